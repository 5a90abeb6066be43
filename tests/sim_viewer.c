/* SPDX-License-Identifier: MIT */
#include "tests/sim_viewer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUNDARY "--spillway-5f1c0e9b27d84a63"

static struct sim_viewer *viewer_of(struct sim_peer *peer)
{
	return (struct sim_viewer *)(void *)((char *)peer - offsetof(struct sim_viewer, peer));
}

#define FAIL(viewer, ...) sim_fail((viewer)->peer.sim, __VA_ARGS__)

const char *sim_viewer_name(const struct sim_viewer *viewer, char name[SIM_VIEWER_REQUEST])
{
	snprintf(name, SIM_VIEWER_REQUEST, "%.*s", (int)strcspn(viewer->request, "\r"),
		 viewer->request);
	return name;
}

/* ---- going ---- */

static void is_done(struct sim_viewer *viewer)
{
	struct sim *sim = viewer->peer.sim;

	viewer->done = true;
	sim_call_off(sim, &viewer->act);
	sim_call_off(sim, &viewer->stall);
	sim_call_off(sim, &viewer->leave);
}

static void leave(struct sim *sim, struct sim_event *event)
{
	struct sim_viewer *viewer =
		(struct sim_viewer *)(void *)((char *)event - offsetof(struct sim_viewer, leave));
	static void (*const ways[])(struct sim_peer * peer) = {
		[SIM_FINISHES] = sim_peer_finish,
		[SIM_CLOSES] = sim_peer_close,
		[SIM_RESETS] = sim_peer_reset,
		[SIM_VANISHES] = sim_peer_vanish,
	};

	(void)sim;
	viewer->left_itself = true;
	ways[viewer->leaving](&viewer->peer);
	if (viewer->leaving != SIM_FINISHES)
		is_done(viewer);
}

static void ended(struct sim_peer *peer, int error)
{
	struct sim_viewer *viewer = viewer_of(peer);
	char name[SIM_VIEWER_REQUEST];

	sim_trace(peer->sim, "%s: ended: %s", sim_viewer_name(viewer, name), strerror(-error));
	viewer->error = error;
	viewer->ended_us = sim_now_us(peer->sim);
	viewer->ended = error == 0;
	if (error == 0 && viewer->complete && viewer->reading != SIM_READING_NOTHING)
		FAIL(viewer, "the relay ends behind something incomplete");
	sim_peer_close(peer);
	is_done(viewer);
}

/* ---- heads and lines ---- */

/* Whether the line ends with this by now. */
static bool has_ending(const struct sim_viewer *viewer, const char *ending)
{
	size_t len = strlen(ending);

	return viewer->n_line >= len &&
	       memcmp(viewer->line + viewer->n_line - len, ending, len) == 0;
}

static bool line_is(const struct sim_viewer *viewer, const char *text)
{
	return viewer->n_line == strlen(text) && memcmp(viewer->line, text, viewer->n_line) == 0;
}

static int64_t length_in(const char *head)
{
	const char *field = strcasestr(head, "\r\nContent-Length: ");

	return field != NULL ? strtoll(field + 18, NULL, 10) : -1;
}

static void answer_begins(struct sim_viewer *viewer)
{
	static const enum sim_reading readings[] = {
		[SIM_VIEWER_NATIVE] = SIM_READING_RECORD,
		[SIM_VIEWER_MULTIPART] = SIM_READING_PART,
		[SIM_VIEWER_EARLY] = SIM_READING_PART,
		[SIM_VIEWER_PICTURE] = SIM_READING_PICTURE,
		[SIM_VIEWER_OTHER] = SIM_READING_BODY,
		[SIM_VIEWER_HEAD] = SIM_READING_BODY,
	};
	int expected = viewer->kind == SIM_VIEWER_NATIVE ? 101 : 200;
	bool live = viewer->kind <= SIM_VIEWER_EARLY;
	char name[SIM_VIEWER_REQUEST];

	viewer->line[viewer->n_line] = '\0';
	if (sscanf(viewer->line, "HTTP/1.1 %d ", &viewer->status) != 1)
		FAIL(viewer, "%s: the answer is no HTTP: %s", viewer->request, viewer->line);
	sim_trace(viewer->peer.sim, "%s: %d", sim_viewer_name(viewer, name), viewer->status);
	int64_t length = length_in(viewer->line);
	bool agreed = viewer->status == expected;
	if ((length >= 0) == (agreed && live))
		FAIL(viewer, "%s: a wrong answer: %s", viewer->request, viewer->line);
	/* Who is refused before his request is understood gets a body in any case. */
	bool understood = viewer->status != 408 && viewer->status != 429 && viewer->status != 503;
	viewer->left = viewer->kind == SIM_VIEWER_HEAD && understood ? 0 : (uint64_t)length;
	viewer->agreed_us = sim_now_us(viewer->peer.sim);
	viewer->reading = agreed ? readings[viewer->kind] : SIM_READING_BODY;
	viewer->picture = (struct sim_picture){0};
	if (viewer->reading == SIM_READING_BODY && viewer->left == 0) {
		viewer->reading = SIM_READING_NOTHING;
		viewer->complete = true;
	}
}

/* The functions below take what they can of the bytes, and return how many. */

static size_t take_head(struct sim_viewer *viewer, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (viewer->n_line == SIM_VIEWER_LINE - 1)
			FAIL(viewer, "%s: the answer's head has no end", viewer->request);
		viewer->line[viewer->n_line++] = (char)data[i];
		if (data[i] == '\n' && has_ending(viewer, "\r\n\r\n")) {
			answer_begins(viewer);
			viewer->n_line = 0;
			return i + 1;
		}
	}
	return len;
}

static size_t take_body(struct sim_viewer *viewer, const uint8_t *data, size_t len)
{
	(void)data;
	len = len < viewer->left ? len : (size_t)viewer->left;
	viewer->left -= len;
	if (viewer->left > 0)
		return len;
	bool goes_on = viewer->reading == SIM_READING_PAYLOAD && !viewer->ending;
	viewer->reading = goes_on ? SIM_READING_RECORD : SIM_READING_NOTHING;
	viewer->complete = !goes_on;
	return len;
}

static size_t take_nothing(struct sim_viewer *viewer, const uint8_t *data, size_t len)
{
	(void)data;
	FAIL(viewer, "%s: %zu bytes come behind the end", viewer->request, len);
}

/* ---- parts ---- */

static void closing_boundary(struct sim_viewer *viewer)
{
	viewer->reading = SIM_READING_NOTHING;
	viewer->complete = true;
}

static size_t take_part(struct sim_viewer *viewer, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (viewer->n_line == SIM_VIEWER_LINE - 1)
			FAIL(viewer, "a part's headers have no end");
		viewer->line[viewer->n_line++] = (char)data[i];
		if (data[i] != '\n')
			continue;
		viewer->line[viewer->n_line] = '\0';
		if (line_is(viewer, BOUNDARY "--\r\n")) {
			closing_boundary(viewer);
			return i + 1;
		}
		if (!has_ending(viewer, "\r\n\r\n"))
			continue;
		if (strncmp(viewer->line, BOUNDARY "\r\n", sizeof(BOUNDARY) + 1) != 0 ||
		    strstr(viewer->line, "\r\nContent-Type: image/jpeg\r\n") == NULL ||
		    (length_in(viewer->line) >= 0) != (viewer->kind == SIM_VIEWER_MULTIPART))
			FAIL(viewer, "a part begins with %s", viewer->line);
		viewer->left = (uint64_t)length_in(viewer->line);
		viewer->picture = (struct sim_picture){0};
		viewer->reading = SIM_READING_PICTURE;
		viewer->n_line = 0;
		return i + 1;
	}
	return len;
}

static size_t take_part_end(struct sim_viewer *viewer, const uint8_t *data, size_t len)
{
	(void)len;
	if (data[0] != (uint8_t) "\r\n"[viewer->n_line])
		FAIL(viewer, "no line end behind a part, but %02x", data[0]);
	if (++viewer->n_line == 2) {
		viewer->n_line = 0;
		viewer->reading = SIM_READING_PART;
	}
	return 1;
}

/* ---- pictures ---- */

/* In its first round trips TCP sends less than the line carries, and frames are late whatever the
 * relay does. Twice what the line and a frame need: a round trip ago, when this one left, it was
 * enough. */
static bool is_found(const struct sim_viewer *viewer)
{
	const struct sim_line *line = &viewer->peer.link.down;
	uint64_t holds = line->rate * (uint64_t)(2 * line->latency_us) / 1000000;

	return sim_peer_congestion(&viewer->peer) >= 2 * (holds + viewer->picture.length);
}

static void note_found(struct sim_viewer *viewer, int64_t age_us)
{
	if (viewer->found_frames++ == 0)
		viewer->found_us = viewer->newest_us;
	if (age_us > viewer->oldest_us)
		viewer->oldest_us = age_us;
}

static void picture_complete(struct sim_viewer *viewer)
{
	static const enum sim_reading readings[] = {
		[SIM_VIEWER_NATIVE] = SIM_READING_RECORD,
		[SIM_VIEWER_MULTIPART] = SIM_READING_PART_END,
		[SIM_VIEWER_EARLY] = SIM_READING_PART_END,
		[SIM_VIEWER_PICTURE] = SIM_READING_NOTHING,
	};

	if (viewer->kind != SIM_VIEWER_EARLY && viewer->picture.length != viewer->left)
		FAIL(viewer, "picture %u of %u bytes is said to have %" PRIu64,
		     viewer->picture.serial, viewer->picture.length, viewer->left);
	uint64_t moved = viewer->view.moved;
	sim_judge_received(viewer->judge, &viewer->view, viewer->picture.serial,
			   viewer->kind == SIM_VIEWER_NATIVE ? &viewer->header : NULL);
	if (viewer->kind == SIM_VIEWER_NATIVE && viewer->view.moved > moved && !viewer->announced)
		FAIL(viewer, "picture %u is of a rendition that wasn't announced",
		     viewer->picture.serial);
	viewer->announced = false;
	int64_t age_us = sim_now_us(viewer->peer.sim) -
			 sim_judge_frame(viewer->judge, viewer->picture.serial)->at_us;
	viewer->newest_us = sim_now_us(viewer->peer.sim);
	viewer->newest_size = viewer->picture.length;
	viewer->late_frames += viewer->newest_us > viewer->late_us;
	if (viewer->view.frames == 1)
		viewer->began_us = viewer->newest_us;
	if (viewer->view.frames > 1 && is_found(viewer))
		note_found(viewer, age_us);
	int64_t waited_us = sim_now_us(viewer->peer.sim) - viewer->agreed_us;
	if (viewer->view.frames == 1 && age_us > waited_us + viewer->peer.link.down.latency_us)
		viewer->first_us = waited_us;
	viewer->reading = readings[viewer->kind];
	viewer->complete = viewer->kind == SIM_VIEWER_PICTURE;
	viewer->picture = (struct sim_picture){0};
}

static size_t take_picture(struct sim_viewer *viewer, const uint8_t *data, size_t len)
{
	size_t used;

	/* An early viewer has had the next part's headers before the end was known. */
	if (viewer->kind == SIM_VIEWER_EARLY && viewer->picture.got == 0 && data[0] == '\r') {
		viewer->reading = SIM_READING_PART_END;
		return 0;
	}
	int result = sim_picture_read(&viewer->picture, data, len, &used);
	if (result < 0)
		FAIL(viewer, "%s: a picture is torn: serial %u, %u bytes of %u", viewer->request,
		     viewer->picture.serial, viewer->picture.got, viewer->picture.length);
	if (result == 1)
		picture_complete(viewer);
	return used;
}

/* ---- records ---- */

static void record_begins(struct sim_viewer *viewer)
{
	struct wire_header *header = &viewer->header;

	if (wire_decode((const uint8_t *)viewer->line, header) < 0)
		FAIL(viewer, "a record's header is malformed");
	viewer->left = header->length;
	if (header->type == WIRE_FRAME) {
		viewer->reading = SIM_READING_PICTURE;
	} else if (header->type == WIRE_PONG && header->length == 0) {
		/* A PONG may stand for several PINGs, the newest of which it answers. */
		if (header->sequence > viewer->pings || header->sequence <= viewer->pongs)
			FAIL(viewer, "a PONG %" PRIu64 " where PING %" PRIu64 " was the last",
			     header->sequence, viewer->pings);
		viewer->pongs = header->sequence;
	} else if (header->type == WIRE_RENDITION && viewer->rendition != SIM_RENDITION_NONE &&
		   header->length > 0) {
		viewer->announced = true;
		viewer->reading = SIM_READING_PAYLOAD;
	} else if (header->type == WIRE_END) {
		viewer->ending = true;
		viewer->complete = header->length == 0;
		viewer->reading = header->length > 0 ? SIM_READING_PAYLOAD : SIM_READING_NOTHING;
	} else {
		FAIL(viewer, "a record of type %u", header->type);
	}
}

static size_t take_record(struct sim_viewer *viewer, const uint8_t *data, size_t len)
{
	size_t n = WIRE_HEADER_SIZE - viewer->n_line;

	n = n < len ? n : len;
	memcpy(viewer->line + viewer->n_line, data, n);
	viewer->n_line += (uint32_t)n;
	if (viewer->n_line == WIRE_HEADER_SIZE) {
		viewer->n_line = 0;
		record_begins(viewer);
	}
	return n;
}

/* ---- all of it ---- */

static void received(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	struct sim_viewer *viewer = viewer_of(peer);
	static size_t (*const takers[])(struct sim_viewer * viewer, const uint8_t *data,
					size_t len) = {
		[SIM_READING_HEAD] = take_head,		[SIM_READING_BODY] = take_body,
		[SIM_READING_RECORD] = take_record,	[SIM_READING_PAYLOAD] = take_body,
		[SIM_READING_PART] = take_part,		[SIM_READING_PICTURE] = take_picture,
		[SIM_READING_PART_END] = take_part_end, [SIM_READING_NOTHING] = take_nothing,
	};

	while (len > 0) {
		size_t used = takers[viewer->reading](viewer, data, len);

		data += used;
		len -= used;
	}
}

/* ---- what it does ---- */

static void ping(struct sim *sim, struct sim_event *event);

static struct sim_viewer *acting(struct sim_event *event)
{
	return (struct sim_viewer *)(void *)((char *)event - offsetof(struct sim_viewer, act));
}

static void request_more(struct sim *sim, struct sim_event *event)
{
	struct sim_viewer *viewer = acting(event);
	size_t left = strlen(viewer->request) - viewer->requested;
	size_t n = viewer->request_piece > 0 && viewer->request_piece < left ? viewer->request_piece
									     : left;

	sim_peer_send(&viewer->peer, viewer->request + viewer->requested, n);
	viewer->requested += n;
	if (n < left) {
		sim_at(sim, event, sim_now_us(sim) + viewer->piece_us, request_more);
		return;
	}
	if (viewer->ping_us > 0)
		sim_at(sim, event, sim_now_us(sim) + viewer->ping_us, ping);
}

/* Where it isn't an error, its last word is followed by silence. */
static void chatter(struct sim_viewer *viewer)
{
	static const struct wire_header headers[SIM_CHATTERS] = {
		[SIM_SAYS_UNKNOWN] = {.type = 0x77, .length = 3000, .flags = 0xff},
		[SIM_SAYS_END] = {.type = WIRE_END, .length = 7},
		[SIM_SAYS_FRAME] = {.type = WIRE_FRAME, .flags = WIRE_KEY, .length = 7},
		[SIM_SAYS_NONSENSE] = {.type = 0},
	};
	struct wire_header header = headers[viewer->chatter];
	uint8_t record[WIRE_HEADER_SIZE + 3000] = {0};

	wire_encode(&header, record);
	if (viewer->chatter == SIM_SAYS_NONSENSE)
		memset(record, 0xee, WIRE_HEADER_SIZE);
	sim_peer_send(&viewer->peer, record, WIRE_HEADER_SIZE + header.length);
	if (viewer->chatter != SIM_SAYS_UNKNOWN)
		viewer->left_itself = true;
	viewer->chatter = SIM_SAYS_NOTHING;
}

static void wish(struct sim_viewer *viewer)
{
	static const char *const wishes[] = {"auto", "", "r0", "r1", "r2", "none", "No/Name"};
	const char *text = wishes[sim_random_below(sim_seed(viewer->peer.sim),
						   sizeof(wishes) / sizeof(*wishes))];
	struct wire_header header = {.type = WIRE_WISH, .length = (uint32_t)strlen(text)};
	uint8_t record[WIRE_HEADER_SIZE + 16];

	wire_encode(&header, record);
	memcpy(record + WIRE_HEADER_SIZE, text, header.length);
	sim_peer_send(&viewer->peer, record, WIRE_HEADER_SIZE + header.length);
}

/* Only what has been agreed to may be spoken to. */
static void ping(struct sim *sim, struct sim_event *event)
{
	struct sim_viewer *viewer = acting(event);
	uint8_t record[WIRE_HEADER_SIZE];

	if (viewer->status == 101 && viewer->chatter != SIM_SAYS_NOTHING) {
		chatter(viewer);
	} else if (viewer->status == 101 && viewer->wishes && !viewer->ending &&
		   sim_random_chance(sim_seed(sim), 300)) {
		wish(viewer);
	} else if (viewer->status == 101 && !viewer->ending) {
		struct wire_header header = {.type = WIRE_PING, .sequence = ++viewer->pings};

		wire_encode(&header, record);
		sim_peer_send(&viewer->peer, record, sizeof(record));
	} else if (viewer->talks && viewer->status != 0) {
		sim_peer_send(&viewer->peer, BOUNDARY, 20);
	}
	sim_at(sim, event, sim_now_us(sim) + viewer->ping_us, ping);
}

static void stall(struct sim *sim, struct sim_event *event)
{
	struct sim_viewer *viewer =
		(struct sim_viewer *)(void *)((char *)event - offsetof(struct sim_viewer, stall));
	bool stalled = !viewer->peer.stalled;

	sim_at(sim, event, sim_now_us(sim) + (stalled ? viewer->stall_us : viewer->stall_every_us),
	       stall);
	sim_peer_stall(&viewer->peer, stalled);
}

static void connected(struct sim_peer *peer)
{
	struct sim_viewer *viewer = viewer_of(peer);

	viewer->connected = true;
	request_more(peer->sim, &viewer->act);
}

static void come(struct sim *sim, struct sim_event *event)
{
	static const struct sim_peer_calls calls = {connected, received, ended};
	struct sim_viewer *viewer = acting(event);

	viewer->peer.calls = &calls;
	sim_connect(sim, &viewer->peer);
	if (viewer->leaving != SIM_STAYS)
		sim_at(sim, &viewer->leave, viewer->leaves_us, leave);
	if (viewer->stall_us > 0)
		sim_at(sim, &viewer->stall, viewer->comes_us + viewer->stall_every_us, stall);
}

void sim_viewer_start(struct sim *sim, struct sim_viewer *viewer)
{
	viewer->peer.sim = sim;
	sim_at(sim, &viewer->act, viewer->comes_us, come);
}
