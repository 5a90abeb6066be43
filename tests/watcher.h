/* SPDX-License-Identifier: MIT */
/* Who owns a session in its tests: notes what it is told. */
#ifndef SPILLWAY_WATCHER_H
#define SPILLWAY_WATCHER_H

#include "tests/fake_relay.h"
#include "viewer/session.h"

enum { MAX_EVENTS = 16, MAX_FRAMES = 64, MAX_FRAME_BYTES = 200000 };

struct watcher {
	struct io *io;
	struct url url;
	struct session_options options;
	struct session session;
	struct io_op later;

	uint64_t frames[MAX_FRAMES];
	bool firsts[MAX_FRAMES];
	int n_frames;
	enum session_event events[MAX_EVENTS];
	char sentences[MAX_EVENTS][SESSION_MAX_SENTENCE];
	int n_events;
	int ended; /* times */
	int error;
	char why[SESSION_MAX_SENTENCE];

	int stop_at_frame; /* 0: never */
	int stop_at_event;
	bool hold; /* each frame, for a turn of the loop */
	bool held;
};

/* For cmocka: *state is an enum io_backend *, and then a struct watcher * for the stream "cam",
 * that reconnects. */
int watcher_set_up(void **state);
int watcher_tear_down(void **state);

/* Runs a session to its end, against whoever is at that port, or against a fake relay. */
void watch_port(struct watcher *watcher, uint16_t port);
void watch(struct watcher *watcher, serve *const *serves);
/* These are the numbers of the frames that came. */
void assert_frames(const struct watcher *watcher, const uint64_t *frames, int n);

#endif
