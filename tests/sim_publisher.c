/* SPDX-License-Identifier: MIT */
#include "tests/sim_publisher.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim_libc.h"

enum {
	MAX_WAITING = 512 * 1024, /* bytes on their way; then frames are left out, as agents do */
	CHUNK = 32 * 1024,
	KEEP_ALIVE_US = 2000000,
	FLOOD_US = 300,
};

static struct sim_publisher *publisher_of(struct sim_peer *peer)
{
	return (struct sim_publisher *)(void *)((char *)peer -
						offsetof(struct sim_publisher, peer));
}

static struct sim_publisher *acting(struct sim_event *event)
{
	return (struct sim_publisher *)(void *)((char *)event -
						offsetof(struct sim_publisher, act));
}

#define FAIL(publisher, ...) sim_fail((publisher)->peer.sim, __VA_ARGS__)

static uint64_t *seed(const struct sim_publisher *publisher)
{
	return sim_seed(publisher->peer.sim);
}

/* ---- sending ---- */

/* A body's bytes, in chunks of any size where it is sent in chunks. */
static void send_body(struct sim_publisher *publisher, const uint8_t *data, size_t len)
{
	char line[32];

	if (!publisher->chunked) {
		sim_peer_send(&publisher->peer, data, len);
		return;
	}
	while (len > 0) {
		size_t most = len < CHUNK ? len : CHUNK, n = most;

		if (sim_random_chance(seed(publisher), 300))
			n = 1 + sim_random_below(seed(publisher), most);
		int line_len = snprintf(line, sizeof(line), "%zx\r\n", n);
		sim_peer_send(&publisher->peer, line, (size_t)line_len);
		sim_peer_send(&publisher->peer, data, n);
		sim_peer_send(&publisher->peer, "\r\n", 2);
		data += n;
		len -= n;
	}
}

static void send_text(struct sim_publisher *publisher, const struct sim_text *text, size_t len)
{
	if (publisher->kind == SIM_PUBLISHER_NATIVE)
		sim_peer_send(&publisher->peer, text->bytes, len);
	else
		send_body(publisher, text->bytes, len);
	publisher->sent_us = sim_now_us(publisher->peer.sim);
}

/* ---- frames ---- */

static uint32_t pick_length(const struct sim_publisher *publisher)
{
	uint32_t length = publisher->size;

	if (publisher->size_jitter > 0 && publisher->chunked)
		length += (uint32_t)sim_random_below(seed(publisher), publisher->size_jitter + 1);
	return length;
}

static void add_frame(struct sim_publisher *publisher, struct sim_text *text, uint32_t serial,
		      uint32_t length)
{
	int64_t now_us = sim_now_us(publisher->peer.sim);

	if (publisher->kind == SIM_PUBLISHER_NATIVE)
		sim_text_record(text,
				(struct wire_header){.length = length,
						     .type = WIRE_FRAME,
						     .flags = WIRE_KEY,
						     .sequence = publisher->sequence,
						     .pts_us = publisher->last_pts_us,
						     .capture_us = SIM_LIBC_EPOCH_US + now_us});
	sim_text_picture(text, &sim_framings[publisher->kind], publisher->sequence++ == 0, serial,
			 length);
}

/* Its own clock begins anywhere. */
static void next_time(struct sim_publisher *publisher)
{
	int64_t pts_us =
		sim_now_us(publisher->peer.sim) + 1000 * (int64_t)publisher->comes_us % 77777;

	if (publisher->grid_us > 0)
		pts_us -= sim_now_us(publisher->peer.sim) % publisher->grid_us;
	if (publisher->last_pts_us == INT64_MAX) /* after a leap there may be no later time */
		return;
	publisher->last_pts_us =
		pts_us > publisher->last_pts_us ? pts_us : publisher->last_pts_us + 1;
}

/* A frame at the end of time, which may or may not be published. */
static void leap(struct sim_publisher *publisher)
{
	static struct sim_text text;

	text.len = 0;
	publisher->last_pts_us = INT64_MAX - (int64_t)sim_random_below(seed(publisher), 3);
	add_frame(publisher, &text, sim_judge_serial(publisher->judge), pick_length(publisher));
	send_text(publisher, &text, text.len);
}

static void send_frame(struct sim_publisher *publisher)
{
	static struct sim_text text;
	uint32_t serial = sim_judge_serial(publisher->judge);
	bool stale = publisher->repeats_times && publisher->sequence > 0 &&
		     sim_random_chance(seed(publisher), 100);

	text.len = 0;
	if (!stale)
		next_time(publisher);
	add_frame(publisher, &text, serial, pick_length(publisher));
	send_text(publisher, &text, text.len);
	if (stale) {
		publisher->stale++;
		return;
	}
	if (publisher->whole == publisher->serials_size) {
		publisher->serials_size += 64;
		publisher->serials =
			sim_realloc(publisher->serials, publisher->serials_size * sizeof(uint32_t));
	}
	publisher->serials[publisher->whole++] = serial;
}

/* ---- the end ---- */

static void is_done(struct sim_publisher *publisher)
{
	publisher->done = true;
	sim_call_off(publisher->peer.sim, &publisher->act);
}

/* A part of one more frame, but not its last bytes, and gone. */
static void leave(struct sim_publisher *publisher)
{
	static void (*const ways[])(struct sim_peer * peer) = {
		[SIM_FINISHES] = sim_peer_finish,
		[SIM_CLOSES] = sim_peer_close,
		[SIM_RESETS] = sim_peer_reset,
		[SIM_VANISHES] = sim_peer_vanish,
	};
	static struct sim_text text;

	if (publisher->in_frame) {
		uint32_t length = pick_length(publisher);

		text.len = 0;
		next_time(publisher);
		add_frame(publisher, &text, sim_judge_serial(publisher->judge), length);
		size_t cut = sim_random_below(seed(publisher), text.len - 4);
		send_text(publisher, &text, cut);
	}
	publisher->left_itself = true;
	publisher->state = SIM_PUBLISHER_WAITS;
	sim_call_off(publisher->peer.sim, &publisher->act);
	ways[publisher->leaving](&publisher->peer);
	if (publisher->leaving != SIM_FINISHES)
		is_done(publisher);
}

static void end_properly(struct sim_publisher *publisher)
{
	static struct sim_text text;

	text.len = 0;
	publisher->state = SIM_PUBLISHER_WAITS;
	sim_call_off(publisher->peer.sim, &publisher->act);
	if (publisher->kind == SIM_PUBLISHER_NATIVE) {
		sim_text_record(&text, (struct wire_header){.type = WIRE_END});
		send_text(publisher, &text, text.len);
		sim_peer_finish(&publisher->peer);
		return;
	}
	sim_text_line(&text, "%s", sim_framings[publisher->kind].closing);
	send_body(publisher, text.bytes, text.len);
	if (publisher->chunked)
		sim_peer_send(&publisher->peer, "0\r\n\r\n", 5);
}

/* ---- what isn't right ---- */

static void spoil_record(struct sim_publisher *publisher, struct sim_text *text)
{
	struct wire_header header = {.length = 100, .type = WIRE_FRAME, .flags = WIRE_KEY};

	next_time(publisher);
	header.pts_us = publisher->last_pts_us;
	if (publisher->spoiling == SIM_SPOILS_TYPE)
		header.type = 0;
	else if (publisher->spoiling == SIM_SPOILS_LENGTH)
		header.length = (uint32_t)publisher->max_frame + 1;
	else if (publisher->spoiling == SIM_SPOILS_TIME)
		header.pts_us = -5;
	else if (publisher->spoiling == SIM_SPOILS_EMPTY)
		header.length = 0;
	sim_text_record(text, header);
	for (int i = 0; i < 100; i++)
		sim_text_add(text, "x", 1);
}

static void spoil_body(struct sim_publisher *publisher, struct sim_text *text)
{
	static const char *const lines[] = {
		[SIM_SPOILS_TYPE] = "a header without a colon\r\n\r\n",
		[SIM_SPOILS_PICTURE] = "Content-Length: 6\r\n\r\nGIF89a\r\n",
		[SIM_SPOILS_TIME] = "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
		[SIM_SPOILS_EMPTY] = "Content-Length: 0\r\n\r\n\r\n",
	};

	if (publisher->spoiling == SIM_SPOILS_TYPE && publisher->chunked) {
		sim_peer_send(&publisher->peer, "these are no digits\r\n", 21);
		return;
	}
	if (publisher->kind >= SIM_PUBLISHER_PICTURES) {
		sim_text_line(text, "GIF89a, which is no JPEG");
	} else {
		/* ffmpeg's boundary line was there already, but for the first picture. */
		if (publisher->kind != SIM_PUBLISHER_FFMPEG)
			sim_text_line(text, "--parts-of-a-test\r\n");
		else if (publisher->sequence == 0)
			sim_text_line(text, "%s", sim_framings[publisher->kind].first);
		if (publisher->spoiling == SIM_SPOILS_LENGTH)
			sim_text_line(text, "Content-Length: %" PRIu64 "\r\n\r\n",
				      publisher->max_frame + 1);
		else
			sim_text_line(text, "%s", lines[publisher->spoiling]);
	}
	send_body(publisher, text->bytes, text->len);
}

/* The relay has to say what is wrong; until it does, this waits. */
static void spoil(struct sim_publisher *publisher)
{
	static struct sim_text text;

	text.len = 0;
	publisher->state = SIM_PUBLISHER_WAITS;
	sim_call_off(publisher->peer.sim, &publisher->act);
	if (publisher->kind == SIM_PUBLISHER_NATIVE) {
		spoil_record(publisher, &text);
		send_text(publisher, &text, text.len);
	} else {
		spoil_body(publisher, &text);
	}
}

/* ---- what it says between frames ---- */

static void say_nonsense(struct sim_publisher *publisher)
{
	static struct sim_text text;
	struct wire_header header = {.type = 0x42, .length = 3, .flags = 0x80, .track = 9};

	text.len = 0;
	if (sim_random_chance(seed(publisher), 500)) { /* a frame of a track that nobody knows */
		header.type = WIRE_FRAME;
		header.flags = 0;
	}
	sim_text_record(&text, header);
	sim_text_add(&text, "???", 3);
	send_text(publisher, &text, text.len);
}

static void ping(struct sim_publisher *publisher)
{
	static struct sim_text text;

	text.len = 0;
	sim_text_record(&text, (struct wire_header){.type = WIRE_PING, .sequence = 1});
	send_text(publisher, &text, text.len);
}

/* Whether frames are wanted. */
static bool is_wanted(struct sim_publisher *publisher)
{
	static struct sim_text text;

	if (!publisher->heeds || !publisher->asked || publisher->demand > 0) {
		publisher->paused = false;
		return true;
	}
	text.len = 0;
	if (!publisher->paused)
		sim_text_record(&text, (struct wire_header){.type = WIRE_PAUSE});
	send_text(publisher, &text, text.len);
	publisher->paused = true;
	return false;
}

static void act(struct sim *sim, struct sim_event *event);

static void wait_for_next(struct sim_publisher *publisher)
{
	struct sim *sim = publisher->peer.sim;
	int64_t wait_us = publisher->interval_us;

	if (publisher->jitter_us > 0)
		wait_us += sim_random_between(seed(publisher), 0, publisher->jitter_us);
	if (publisher->floods_pings)
		wait_us = FLOOD_US;
	else if (publisher->kind == SIM_PUBLISHER_NATIVE && wait_us > KEEP_ALIVE_US)
		wait_us = KEEP_ALIVE_US;
	sim_at(sim, &publisher->act, sim_now_us(sim) + wait_us, act);
}

static bool promises_length(const struct sim_publisher *publisher)
{
	return publisher->kind != SIM_PUBLISHER_NATIVE && !publisher->chunked;
}

static bool is_time(const struct sim_publisher *publisher, int64_t now_us)
{
	return publisher->kind != SIM_PUBLISHER_NATIVE || publisher->whole == 0 ||
	       now_us - publisher->sent_us >= publisher->interval_us ||
	       publisher->interval_us <= KEEP_ALIVE_US;
}

static void act(struct sim *sim, struct sim_event *event)
{
	struct sim_publisher *publisher = acting(event);
	uint32_t n = 1;

	if (publisher->floods_pings && publisher->whole > 0) {
		sim_peer_stall(&publisher->peer, true);
		ping(publisher);
		wait_for_next(publisher);
		return;
	}
	if (!is_time(publisher, sim_now_us(sim)) || !is_wanted(publisher)) {
		ping(publisher);
		wait_for_next(publisher);
		return;
	}
	if (publisher->whole + publisher->stale >= publisher->frames) {
		if (publisher->leaps)
			leap(publisher);
		if (publisher->spoiling != SIM_SPOILS_NOTHING)
			spoil(publisher);
		else if (publisher->leaving != SIM_STAYS)
			leave(publisher);
		else
			end_properly(publisher);
		return;
	}
	if (publisher->burst > 1 && sim_random_chance(seed(publisher), 100))
		n = 1 + (uint32_t)sim_random_below(seed(publisher), publisher->burst);
	if (publisher->says_nonsense && sim_random_chance(seed(publisher), 200))
		say_nonsense(publisher);
	/* With a promised length everything has to be sent. */
	while (n-- > 0 && publisher->whole + publisher->stale < publisher->frames &&
	       (promises_length(publisher) || sim_peer_waiting(&publisher->peer) < MAX_WAITING))
		send_frame(publisher);
	wait_for_next(publisher);
}

/* ---- the answer ---- */

static void ended(struct sim_peer *peer, int error)
{
	struct sim_publisher *publisher = publisher_of(peer);

	sim_trace(peer->sim, "publisher %s: ended: %s", publisher->path, strerror(-error));
	publisher->error = error;
	publisher->ended_us = sim_now_us(peer->sim);
	publisher->ended = error == 0;
	sim_peer_close(peer);
	is_done(publisher);
}

static void begin_sending(struct sim_publisher *publisher)
{
	publisher->state = SIM_PUBLISHER_SENDS;
	publisher->sent_us = sim_now_us(publisher->peer.sim);
	act(publisher->peer.sim, &publisher->act);
}

static void head_complete(struct sim_publisher *publisher)
{
	int status = 0;

	publisher->line[publisher->n_line] = '\0';
	publisher->n_line = 0;
	if (sscanf(publisher->line, "HTTP/1.1 %d ", &status) != 1)
		FAIL(publisher, "a publisher's answer is no HTTP: %s", publisher->line);
	sim_trace(publisher->peer.sim, "publisher %s: %d", publisher->path, status);
	if (status == 100) {
		if (!publisher->expects || publisher->state != SIM_PUBLISHER_ASKS)
			FAIL(publisher, "a 100 that nobody waits for");
		begin_sending(publisher);
		return;
	}
	publisher->status = status;
	if (status == 101) {
		if (publisher->kind != SIM_PUBLISHER_NATIVE)
			FAIL(publisher, "PUT is answered with 101");
		if (!publisher->hasty)
			begin_sending(publisher);
		return;
	}
	const char *length = strstr(publisher->line, "\r\nContent-Length: ");
	if (length == NULL)
		FAIL(publisher, "an answer without a length: %s", publisher->line);
	publisher->left = strtoull(length + 18, NULL, 10);
	publisher->body = true;
	publisher->state = SIM_PUBLISHER_WAITS; /* a tool stops where it is told so */
	sim_call_off(publisher->peer.sim, &publisher->act);
}

/* END is the last record; PONGs and DEMANDs may come before. */
static void record_complete(struct sim_publisher *publisher)
{
	struct wire_header header;

	publisher->n_line = 0;
	if (wire_decode((const uint8_t *)publisher->line, &header) < 0 ||
	    (header.type != WIRE_PONG && header.type != WIRE_DEMAND && header.type != WIRE_END))
		FAIL(publisher, "a publisher got a wrong record");
	if (header.type == WIRE_DEMAND) {
		publisher->asked = true;
		publisher->demand = header.sequence;
	}
	if (header.type != WIRE_END)
		return;
	publisher->body = true;
	publisher->left = header.length;
	publisher->complete = header.length == 0;
	publisher->state = SIM_PUBLISHER_WAITS;
	sim_call_off(publisher->peer.sim, &publisher->act);
	sim_peer_finish(&publisher->peer);
}

static size_t take_body(struct sim_publisher *publisher, const uint8_t *data, size_t len)
{
	if (len > publisher->left)
		len = (size_t)publisher->left;
	if (len == 0)
		FAIL(publisher, "something comes behind a publisher's answer");
	if (publisher->n_line + len < sizeof(publisher->reason)) {
		memcpy(publisher->reason + publisher->n_line, data, len);
		publisher->n_line += (uint32_t)len;
	}
	publisher->left -= len;
	publisher->complete = publisher->left == 0;
	return len;
}

static void received(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	struct sim_publisher *publisher = publisher_of(peer);

	while (len > 0) {
		if (publisher->body) {
			size_t used = take_body(publisher, data, len);

			data += used;
			len -= used;
			continue;
		}
		publisher->line[publisher->n_line++] = (char)*data++;
		len--;
		if (publisher->n_line == SIM_VIEWER_LINE - 1)
			FAIL(publisher, "a publisher's answer has no end");
		if (publisher->status == 101) {
			if (publisher->n_line == WIRE_HEADER_SIZE)
				record_complete(publisher);
		} else if (publisher->n_line >= 4 &&
			   memcmp(publisher->line + publisher->n_line - 4, "\r\n\r\n", 4) == 0) {
			head_complete(publisher);
		}
	}
}

/* ---- the request ---- */

static uint64_t body_length(const struct sim_publisher *publisher)
{
	static struct sim_text text;
	struct sim_publisher model = *publisher;

	text.len = 0;
	add_frame(&model, &text, 1, publisher->size);
	return text.len * publisher->frames + strlen(sim_framings[publisher->kind].closing);
}

static void connected(struct sim_peer *peer)
{
	static struct sim_text text;
	struct sim_publisher *publisher = publisher_of(peer);

	publisher->connected = true;
	text.len = 0;
	if (publisher->kind == SIM_PUBLISHER_NATIVE) {
		sim_text_line(&text,
			      "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"
			      "Upgrade: spillway/1\r\n\r\n",
			      publisher->path, publisher->host);
		sim_peer_send(peer, text.bytes, text.len);
		if (publisher->hasty)
			begin_sending(publisher);
		return;
	}
	sim_text_line(&text, "PUT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Lavf/59\r\n%s%s",
		      publisher->path, publisher->host, sim_framings[publisher->kind].type,
		      publisher->expects ? "Expect: 100-continue\r\n" : "");
	if (publisher->chunked)
		sim_text_line(&text, "Transfer-Encoding: chunked\r\n\r\n");
	else
		sim_text_line(&text, "Content-Length: %" PRIu64 "\r\n\r\n", body_length(publisher));
	sim_peer_send(peer, text.bytes, text.len);
	if (!publisher->expects)
		begin_sending(publisher);
}

static void come(struct sim *sim, struct sim_event *event)
{
	static const struct sim_peer_calls calls = {connected, received, ended};
	struct sim_publisher *publisher = acting(event);

	publisher->peer.calls = &calls;
	publisher->last_pts_us = -1;
	sim_connect(sim, &publisher->peer);
}

void sim_publisher_start(struct sim *sim, struct sim_publisher *publisher)
{
	publisher->peer.sim = sim;
	sim_at(sim, &publisher->act, publisher->comes_us, come);
}

void sim_publisher_finish(struct sim_publisher *publisher)
{
	sim_free(publisher->serials);
	publisher->serials = NULL;
}
