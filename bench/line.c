/* SPDX-License-Identifier: MIT */
#include "bench/line.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

int line_init(struct line *line, const struct line_config *config, uint64_t seed)
{
	*line = (struct line){.config = *config, .random = seed};
	line->packets = calloc(LINE_PACKETS, sizeof(*line->packets));
	return line->packets != NULL ? 0 : -ENOMEM;
}

void line_finish(struct line *line)
{
	free(line->packets);
	line->packets = NULL;
}

/* splitmix64, by Sebastiano Vigna */
static uint64_t next_random(struct line *line)
{
	uint64_t z = line->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct line_packet *packet_at(const struct line *line, uint64_t at)
{
	return &line->packets[at % LINE_PACKETS];
}

static int64_t sending_ns(const struct line *line, size_t len)
{
	if (line->config.rate == 0)
		return 0;
	return (int64_t)(8 * len * (uint64_t)SECOND_NS / line->config.rate);
}

/* Packets leave the queue as the line gets free. Jitter doesn't let one overtake another. */
static void advance(struct line *line, int64_t now_ns)
{
	while (line->started < line->end) {
		struct line_packet *packet = packet_at(line, line->started);
		int64_t begins_ns = line->free_ns > packet->at_ns ? line->free_ns : packet->at_ns;

		if (begins_ns > now_ns)
			break;
		line->free_ns = begins_ns + sending_ns(line, packet->len);
		packet->at_ns = line->free_ns + line->config.delay_ns;
		if (line->config.jitter_ns > 0)
			packet->at_ns +=
				(int64_t)(next_random(line) % (uint64_t)line->config.jitter_ns);
		if (line->started > line->head) {
			int64_t before_ns = packet_at(line, line->started - 1)->at_ns;

			packet->at_ns = packet->at_ns > before_ns ? packet->at_ns : before_ns;
		}
		line->queued -= packet->len;
		line->started++;
	}
}

void line_set_rate(struct line *line, uint64_t rate, int64_t now_ns)
{
	advance(line, now_ns);
	line->config.rate = rate;
}

void line_put(struct line *line, const void *bytes, size_t len, int64_t now_ns)
{
	assert(len <= LINE_PACKET_SIZE);
	advance(line, now_ns);
	if (next_random(line) % 1000 < line->config.loss) {
		line->counts.lost++;
		return;
	}
	if (line->end - line->head == LINE_PACKETS ||
	    (line->queued > 0 && line->queued + len > line->config.queue)) {
		line->counts.overflowed++;
		return;
	}
	struct line_packet *packet = packet_at(line, line->end++);
	packet->at_ns = now_ns;
	packet->len = len;
	memcpy(packet->bytes, bytes, len);
	line->queued += len;
	advance(line, now_ns);
}

const struct line_packet *line_peek(struct line *line, int64_t now_ns)
{
	advance(line, now_ns);
	if (line->head == line->started || packet_at(line, line->head)->at_ns > now_ns)
		return NULL;
	return packet_at(line, line->head);
}

void line_take(struct line *line)
{
	assert(line->head < line->started);
	line->counts.passed++;
	line->head++;
}

int64_t line_next_ns(const struct line *line)
{
	if (line->head < line->started)
		return packet_at(line, line->head)->at_ns;
	return line->started < line->end ? line->free_ns : INT64_MAX;
}
