/* SPDX-License-Identifier: MIT */
/*
 * Many viewers in one process, on the sessions of `spillway watch`, which come back by themselves:
 * crowd N URL. The stream is the agent's test picture. Each frame is judged: it is a whole picture
 * with one number in it, and everybody gets the same bytes for it, once, and in order.
 *
 *	"all here"	each has had a frame
 *	"all back …"	each has had one of a new connection since SIGHUP, and how long that took
 *
 * At the end, by SIGTERM, what was seen. Exits with 1 when a frame was bad.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "capture/strip.h"
#include "common/jpeg.h"
#include "common/log.h"
#include "common/signals.h"
#include "viewer/session.h"

enum { MAX_VIEWERS = 1000, KEPT_FRAMES = 64, KEPT_BYTES = 64 << 10, MAX_PIXELS = 640 * 360 };

/* The frames of late, as who got them first saw them. */
struct kept {
	uint64_t sequence;
	int64_t capture_us;
	uint32_t length;
	uint8_t data[KEPT_BYTES];
};

struct watcher {
	struct session session;
	uint64_t sequence; /* of its last frame, … */
	int64_t pts_us;	   /* … and its time */
	bool here, back;
};

static struct {
	struct io *io;
	struct signals signals;
	struct watcher *watchers;
	size_t n, n_here, n_back, n_ended;
	int64_t marked_us, first_back_us; /* 0: not yet */
	struct kept kept[KEPT_FRAMES];
	tjhandle decoder;
	unsigned long long frames, judged, torn, differing, disordered, lost;
} crowd;

/* Its outline, and the number at its top and bottom edges. */
static bool is_whole(const struct frame *frame)
{
	static uint8_t luma[MAX_PIXELS];
	struct jpeg_scan scan = {0};
	uint32_t number;
	size_t used;

	return jpeg_scan(&scan, frame->data, frame->header.length, &used) == 1 &&
	       used == frame->header.length && (size_t)scan.width * scan.height <= MAX_PIXELS &&
	       tjDecompress2(crowd.decoder, frame->data, frame->header.length, luma, scan.width,
			     scan.width, scan.height, TJPF_GRAY, 0) == 0 &&
	       strip_read(luma, scan.width, scan.width, scan.height, &number) == 0;
}

/* Numbers begin anew with a relay, so the time of capture counts, too. */
static void judge(const struct frame *frame)
{
	const struct wire_header *header = &frame->header;
	struct kept *kept = &crowd.kept[header->sequence % KEPT_FRAMES];

	if (header->length > KEPT_BYTES) {
		crowd.torn++;
		return;
	}
	if (kept->sequence == header->sequence && kept->capture_us == header->capture_us &&
	    kept->length > 0) {
		if (kept->length != header->length ||
		    memcmp(kept->data, frame->data, kept->length) != 0)
			crowd.differing++;
		return;
	}
	kept->sequence = header->sequence;
	kept->capture_us = header->capture_us;
	kept->length = header->length;
	memcpy(kept->data, frame->data, header->length);
	crowd.judged++;
	if (!is_whole(frame))
		crowd.torn++;
}

static void count_here(struct watcher *watcher)
{
	if (watcher->here)
		return;
	watcher->here = true;
	if (++crowd.n_here == crowd.n)
		puts("all here");
}

static void count_back(struct watcher *watcher)
{
	int64_t now_us = io_now_us(crowd.io);

	if (crowd.marked_us == 0 || watcher->back)
		return;
	watcher->back = true;
	if (++crowd.n_back == 1)
		crowd.first_back_us = now_us;
	if (crowd.n_back < crowd.n)
		return;
	printf("all back: the first after %.1f s, the last after %.1f s\n",
	       (double)(crowd.first_back_us - crowd.marked_us) / 1e6,
	       (double)(now_us - crowd.marked_us) / 1e6);
	crowd.marked_us = 0;
}

static bool got_frame(struct session *session, const struct frame *frame)
{
	struct watcher *watcher = session->context;

	crowd.frames++;
	judge(frame);
	if (!frame->first && (frame->header.sequence <= watcher->sequence ||
			      frame->header.pts_us <= watcher->pts_us))
		crowd.disordered++;
	watcher->sequence = frame->header.sequence;
	watcher->pts_us = frame->header.pts_us;
	count_here(watcher);
	if (frame->first)
		count_back(watcher);
	return true;
}

static void got_event(struct session *session, enum session_event event, const char *sentence)
{
	(void)session;
	(void)sentence;
	if (event == SESSION_LOST)
		crowd.lost++;
}

static void session_over(struct session *session, int error, const char *sentence)
{
	(void)session;
	if (error != 0)
		printf("a viewer gave up: %s\n", sentence);
	if (++crowd.n_ended == crowd.n)
		io_stop(crowd.io);
}

static void mark(void *context)
{
	(void)context;
	crowd.marked_us = io_now_us(crowd.io);
	crowd.n_back = 0;
	for (size_t i = 0; i < crowd.n; i++)
		crowd.watchers[i].back = false;
}

static void end(void *context)
{
	(void)context;
	for (size_t i = 0; i < crowd.n; i++)
		session_stop(&crowd.watchers[i].session);
}

static bool start(const struct session_options *options)
{
	static const struct session_handler handler = {got_frame, got_event, session_over};
	const char *why;

	crowd.signals = (struct signals){.end = end, .reload = mark};
	if (io_create(&crowd.io, IO_BACKEND_AUTO, &why) < 0 ||
	    signals_init(&crowd.signals, crowd.io) < 0)
		return false;
	for (size_t i = 0; i < crowd.n; i++) {
		struct watcher *watcher = &crowd.watchers[i];

		if (session_start(&watcher->session, crowd.io, options, &handler, watcher) < 0)
			return false;
	}
	return true;
}

int main(int argc, char *argv[])
{
	struct url url;
	struct session_options options = {
		.url = &url, .key = "", .max_frame_bytes = 8 << 20, .reconnect = true};
	const char *why = "crowd N URL";

	crowd.n = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	if (crowd.n < 1 || crowd.n > MAX_VIEWERS || url_parse(argv[2], &url, &why) < 0) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	crowd.decoder = tjInitDecompress();
	crowd.watchers = calloc(crowd.n, sizeof(*crowd.watchers));
	if (!crowd.decoder || !crowd.watchers || !start(&options) || io_run(crowd.io) < 0)
		return 2;
	signals_finish(&crowd.signals);
	printf("%llu frames, %llu different ones; %llu connections lost; bad: %llu torn, "
	       "%llu differing, %llu out of order\n",
	       crowd.frames, crowd.judged, crowd.lost, crowd.torn, crowd.differing,
	       crowd.disordered);
	return crowd.torn + crowd.differing + crowd.disordered > 0 || crowd.judged == 0;
}
