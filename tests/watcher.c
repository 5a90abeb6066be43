/* SPDX-License-Identifier: MIT */
#include "tests/watcher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void let_go(struct io_op *op, int result)
{
	struct watcher *watcher =
		(struct watcher *)(void *)((char *)op - offsetof(struct watcher, later));

	(void)result;
	watcher->held = false;
	session_resume(&watcher->session);
}

static bool watcher_frame(struct session *session, const struct frame *frame)
{
	struct watcher *watcher = session->context;

	assert_false(watcher->held);
	assert_int_equal(watcher->ended, 0);
	assert_true(watcher->n_frames < MAX_FRAMES);
	for (uint32_t i = 0; i < frame->header.length; i++)
		assert_int_equal(frame->data[i], (uint8_t)frame->header.sequence);
	assert_true(frame->received_us > 1700000000000000);
	watcher->firsts[watcher->n_frames] = frame->first;
	watcher->frames[watcher->n_frames++] = frame->header.sequence;
	if (watcher->n_frames == watcher->stop_at_frame)
		session_stop(session);
	if (!watcher->hold || watcher->n_frames == watcher->stop_at_frame)
		return true;
	watcher->held = true;
	io_timer(watcher->io, &watcher->later, 0, let_go);
	return false;
}

static void watcher_event(struct session *session, enum session_event event, const char *sentence)
{
	struct watcher *watcher = session->context;

	assert_true(watcher->n_events < MAX_EVENTS);
	watcher->events[watcher->n_events] = event;
	snprintf(watcher->sentences[watcher->n_events++], SESSION_MAX_SENTENCE, "%s", sentence);
	if (watcher->n_events == watcher->stop_at_event)
		session_stop(session);
}

static void watcher_ended(struct session *session, int error, const char *sentence)
{
	struct watcher *watcher = session->context;

	watcher->ended++;
	watcher->error = error;
	snprintf(watcher->why, sizeof(watcher->why), "%s", sentence);
	io_stop(watcher->io);
}

static const struct session_handler handler = {watcher_frame, watcher_event, watcher_ended};

int watcher_set_up(void **state)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));
	enum io_backend backend = *(enum io_backend *)*state;
	const char *why;

	assert_int_equal(io_create(&watcher->io, backend, &why), 0);
	snprintf(watcher->url.host, sizeof(watcher->url.host), "127.0.0.1");
	snprintf(watcher->url.stream, sizeof(watcher->url.stream), "cam");
	watcher->options = (struct session_options){
		.url = &watcher->url,
		.key = "",
		.max_frame_bytes = MAX_FRAME_BYTES,
		.reconnect = true,
	};
	*state = watcher;
	return 0;
}

int watcher_tear_down(void **state)
{
	struct watcher *watcher = *state;

	io_destroy(watcher->io);
	free(watcher);
	return 0;
}

void watch_port(struct watcher *watcher, uint16_t port)
{
	snprintf(watcher->url.port, sizeof(watcher->url.port), "%u", port);
	assert_int_equal(
		session_start(&watcher->session, watcher->io, &watcher->options, &handler, watcher),
		0);
	assert_int_equal(io_run(watcher->io), 0);
	assert_int_equal(watcher->ended, 1);
}

void watch(struct watcher *watcher, serve *const *serves)
{
	fake_relay_start(serves);
	watch_port(watcher, fake_relay.port);
	fake_relay_end();
}

void assert_frames(const struct watcher *watcher, const uint64_t *frames, int n)
{
	assert_int_equal(watcher->n_frames, n);
	for (int i = 0; i < n; i++)
		assert_int_equal(watcher->frames[i], frames[i]);
}
