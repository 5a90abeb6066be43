/* SPDX-License-Identifier: MIT */
/*
 * multipart/x-mixed-replace (RFC 2046 section 5.1; the subtype is Netscape's of 1995, and what
 * browsers, players and cameras speak).
 *
 * Plain: each part begins with its boundary, and says its length and time. Early: each part is
 * ended at once by the next one's boundary and headers (which can't know a length yet), since
 * Chromium shows a part only when the next one's headers are complete.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "relay/transport.h"

/* Long and random, as a part without a length ends where this stands. */
#define BOUNDARY "spillway-5f1c0e9b27d84a63"

#define OPENING                                                                                    \
	"HTTP/1.1 200 OK\r\n"                                                                      \
	"Content-Type: multipart/x-mixed-replace; boundary=" BOUNDARY "\r\n"                       \
	"Connection: close\r\n"                                                                    \
	"Vary: Accept\r\n" TRANSPORT_LIVE_FIELDS "\r\n"
#define PART "--" BOUNDARY "\r\nContent-Type: image/jpeg\r\n"

static struct iovec piece(const void *data, size_t len)
{
	/* sendmsg() won't change it, but isn't declared so */
	return (struct iovec){(void *)(uintptr_t)data, len};
}

static void plain_wrap(const struct frame *frame, struct wrapping *wrapping)
{
	int len = snprintf(wrapping->head, sizeof(wrapping->head),
			   PART "Content-Length: %" PRIu32 "\r\n"
				"X-Timestamp: %" PRId64 ".%06" PRId64 "\r\n\r\n",
			   frame->header.length, frame->header.capture_us / 1000000,
			   frame->header.capture_us % 1000000);

	wrapping->pieces[0] = piece(wrapping->head, (size_t)len);
	wrapping->pieces[1] = piece(frame->payload, frame->header.length);
	wrapping->pieces[2] = piece("\r\n", 2);
	wrapping->n_pieces = 3;
}

static size_t plain_ending(const char *reason, bool returns, char ending[TRANSPORT_MAX_ENDING])
{
	(void)reason;
	(void)returns;
	memcpy(ending, "--" BOUNDARY "--\r\n", sizeof("--" BOUNDARY "--\r\n"));
	return strlen(ending);
}

static void early_wrap(const struct frame *frame, struct wrapping *wrapping)
{
	static const char next[] = "\r\n" PART "\r\n";

	wrapping->pieces[0] = piece(frame->payload, frame->header.length);
	wrapping->pieces[1] = piece(next, sizeof(next) - 1);
	wrapping->n_pieces = 2;
}

static size_t early_ending(const char *reason, bool returns, char ending[TRANSPORT_MAX_ENDING])
{
	(void)reason;
	(void)returns;
	memcpy(ending, "\r\n--" BOUNDARY "--\r\n", sizeof("\r\n--" BOUNDARY "--\r\n"));
	return strlen(ending);
}

const struct transport transport_multipart = {
	.index = TRANSPORT_MULTIPART,
	.name = "multipart",
	.opening = OPENING,
	.wrap = plain_wrap,
	.ending = plain_ending,
};

const struct transport transport_multipart_early = {
	.index = TRANSPORT_MULTIPART_EARLY,
	.name = "multipart-early",
	.opening = OPENING PART "\r\n",
	.wrap = early_wrap,
	.ending = early_ending,
};
