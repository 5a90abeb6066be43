/* SPDX-License-Identifier: MIT */
#include "tests/sim_scenario.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim_libc.h"

enum {
	MS = 1000,
	SECOND = 1000000,
	MOST_VIEWERS = 3000,
	MOST_DELIVERIES = 20000, /* frames times viewers, about */
	MOST_BYTES = 48 << 20,	 /* the same in bytes */
	MOST_MOVERS = 40,
	MOST_PUBLISHERS_OF_A_STREAM = 4,
	SMALLEST_STEADY = 10000, /* bytes of a picture: with less, the kernel's segments count */
};

#define LADDER "ladder"

/* ---- chance ---- */

static uint64_t below(struct sim_scenario *scenario, uint64_t n)
{
	return sim_random_below(&scenario->random, n);
}

static int64_t between(struct sim_scenario *scenario, int64_t from, int64_t to)
{
	return sim_random_between(&scenario->random, from, to);
}

static int64_t scale(struct sim_scenario *scenario, int64_t from, int64_t to)
{
	return sim_random_scale(&scenario->random, from, to);
}

static bool chance(struct sim_scenario *scenario, uint32_t per_thousand)
{
	return sim_random_chance(&scenario->random, per_thousand);
}

/* ---- the relay ---- */

static void init_config(struct sim_scenario *scenario)
{
	scenario->config = (struct relay_config){
		.workers = chance(scenario, 500) ? 1 : between(scenario, 2, 4),
		.queue_frames = scale(scenario, 1, 32),
		.max_lag_ms = scale(scenario, 20, 1000),
		.linger_s = between(scenario, 0, 3),
		.stall_timeout_s = scale(scenario, 1, 10),
		.publisher_timeout_s = scale(scenario, 1, 5),
		.request_timeout_s = scale(scenario, 1, 5),
		.drain_timeout_s = between(scenario, 0, 3),
		.max_viewers = 100000,
		.max_connections = 100000,
		.max_per_address = 100000,
		.max_streams = 1000,
		.max_frame_bytes = 512 << 10,
		.max_header_bytes = 2 << 10,
		.relay_rule = {.publish = chance(scenario, 300) ? PUBLISH_LOOPBACK : PUBLISH_ANYONE,
			       .watch = WATCH_ANYONE},
	};
	scenario->crowded = chance(scenario, 100);
	if (scenario->crowded) {
		scenario->config.max_viewers = scale(scenario, 1, 100);
		scenario->config.max_connections = scale(scenario, 2, 100);
		scenario->config.max_per_address = scale(scenario, 1, 100);
		scenario->config.max_streams = between(scenario, 1, 3);
	}
}

static void init_faults(struct sim_scenario *scenario)
{
	scenario->faults.late = chance(scenario, 300) ? (uint32_t)below(scenario, 300) : 0;
	scenario->faults.races = (uint32_t)below(scenario, 1000);
	scenario->calm = chance(scenario, 500);
	if (scenario->calm)
		return;
	if (chance(scenario, 300))
		scenario->faults.start_failures = (uint32_t)scale(scenario, 10, 5000);
	if (chance(scenario, 300))
		scenario->faults.accept_failures = (uint32_t)below(scenario, 300);
	if (chance(scenario, 500))
		scenario->faults.short_sends = (uint32_t)scale(scenario, 1, 500);
	if (chance(scenario, 300))
		scenario->faults.pauses = (uint32_t)scale(scenario, 100, 10000);
	if (chance(scenario, 400))
		scenario->memory_failures = (uint32_t)scale(scenario, 100, 50000);
}

/* ---- links ---- */

static struct sockaddr_storage make_address(struct sim_scenario *scenario, bool local)
{
	static const char *const addresses[] = {"127.0.0.1", "127.9.8.7",  "10.0.0.1",
						"10.0.0.2",  "192.0.2.77", "198.51.100.1"};
	struct sockaddr_storage address = {0};
	in_port_t port = htons((in_port_t)between(scenario, 1024, 65535));

	if (chance(scenario, 200)) {
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = port};
		char text[64];

		snprintf(text, sizeof(text), "2001:db8::%x:1", (unsigned)below(scenario, 4));
		inet_pton(AF_INET6, local ? "::1" : text, &in6.sin6_addr);
		memcpy(&address, &in6, sizeof(in6));
	} else {
		struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};

		inet_pton(AF_INET, addresses[below(scenario, local ? 2 : 6)], &in.sin_addr);
		memcpy(&address, &in, sizeof(in));
	}
	return address;
}

static struct sim_line good_line(struct sim_scenario *scenario)
{
	return (struct sim_line){
		.latency_us = scale(scenario, 10, 50 * MS),
		.segment = (uint32_t)scale(scenario, 1448, 64 << 10),
		.buffer = 16 << 20,
		.window = 16 << 20,
	};
}

static struct sim_line bad_line(struct sim_scenario *scenario)
{
	uint64_t stream_rate = scenario->size * UINT64_C(1000000) / (uint64_t)scenario->interval_us;
	struct sim_line line = {
		.latency_us = scale(scenario, 10, 200 * MS),
		.segment = (uint32_t)scale(scenario, 200, 16 << 10),
		.buffer = (uint32_t)scale(scenario, 2 << 10, 1 << 20),
		.window = (uint32_t)scale(scenario, 2 << 10, 1 << 20),
		.slow_start = chance(scenario, 500),
	};

	if (chance(scenario, 700))
		line.rate = 1 + stream_rate * (uint64_t)scale(scenario, 20, 4000) / 1000;
	if (chance(scenario, 200))
		line.losses = (uint32_t)below(scenario, 100);
	if (chance(scenario, 200))
		line.jitter_us = scale(scenario, 10, 100 * MS);
	return line;
}

/* A slow line and nothing else: what DESIGN.md promises a bound on the age of frames for. A
 * connection begins as TCP's do: nobody could know of the queue before it in the first round
 * trip. */
static struct sim_line steady_line(struct sim_scenario *scenario)
{
	uint64_t stream_rate = scenario->size * UINT64_C(1000000) / (uint64_t)scenario->interval_us;

	struct sim_line line = {
		.latency_us = scale(scenario, 10, 100 * MS),
		.segment = 1448,
		.buffer = 4 << 20,
		.window = 4 << 20,
		.rate = 1 + stream_rate * (uint64_t)between(scenario, 500, 900) / 1000,
		.slow_start = true,
	};

	if (chance(scenario, 500))
		line.queue = (uint32_t)scale(scenario, 1448, 1 << 20);
	return line;
}

static struct sim_link make_link(struct sim_scenario *scenario, bool good)
{
	return (struct sim_link){
		.down = good ? good_line(scenario) : bad_line(scenario),
		.up = good_line(scenario),
		.grain = (uint32_t)scale(scenario, 500, 64 << 10),
	};
}

/* ---- publishers ---- */

static void name_stream(size_t stream, char name[32])
{
	snprintf(name, 32, stream % 3 == 2 ? "cam%zu/240p" : "cam%zu", stream);
}

static void spoil_or_leave(struct sim_scenario *scenario, struct sim_publisher *publisher)
{
	publisher->frames = 1 + (uint32_t)below(scenario, scenario->frames + 1);
	publisher->in_frame = chance(scenario, 700);
	if (chance(scenario, 300)) {
		publisher->spoiling = 1 + (enum sim_spoiling)below(scenario, SIM_SPOILINGS - 1);
		publisher->chunked = true;
		publisher->frames -= chance(scenario, 300) ? publisher->frames : 0;
	} else if (chance(scenario, 700)) {
		publisher->leaving =
			(enum sim_leaving)between(scenario, SIM_FINISHES, SIM_VANISHES);
	}
}

static void plan_body(struct sim_scenario *scenario, struct sim_publisher *publisher)
{
	publisher->kind = chance(scenario, 400)
				  ? SIM_PUBLISHER_NATIVE
				  : (enum sim_publisher_kind)below(scenario, SIM_PUBLISHER_KINDS);
	publisher->expects = publisher->kind != SIM_PUBLISHER_NATIVE && chance(scenario, 300);
	publisher->chunked = publisher->kind == SIM_PUBLISHER_FFMPEG || chance(scenario, 700);
	publisher->repeats_times = publisher->kind == SIM_PUBLISHER_NATIVE && chance(scenario, 100);
	publisher->says_nonsense = publisher->kind == SIM_PUBLISHER_NATIVE && chance(scenario, 200);
	publisher->leaps = publisher->kind == SIM_PUBLISHER_NATIVE && chance(scenario, 50);
	publisher->hasty = publisher->kind == SIM_PUBLISHER_NATIVE && chance(scenario, 100);
	publisher->interval_us = scenario->interval_us;
	publisher->jitter_us = scenario->smooth ? 0 : scenario->interval_us / 2;
	publisher->burst = scenario->smooth ? 1 : (uint32_t)scale(scenario, 1, 40);
	publisher->size = scenario->size;
	publisher->size_jitter = !scenario->even && chance(scenario, 500) ? scenario->size : 0;
	publisher->max_frame = (uint64_t)scenario->config.max_frame_bytes;
	publisher->frames = UINT32_MAX;
	if (!publisher->chunked && publisher->kind != SIM_PUBLISHER_NATIVE)
		publisher->frames = 1 + (uint32_t)below(scenario, 2 * scenario->frames);
}

/* What is published to one stream: somebody who stays or fails, and others later. */
static void plan_publisher(struct sim_scenario *scenario, struct sim_publisher *publisher,
			   size_t stream, size_t i)
{
	bool local = scenario->config.relay_rule.publish == PUBLISH_LOOPBACK
			     ? chance(scenario, 900)
			     : chance(scenario, 300);
	char name[32];

	plan_body(scenario, publisher);
	if (i > 0 || chance(scenario, 400))
		spoil_or_leave(scenario, publisher);
	name_stream(stream, name);
	bool takes_over = i > 0 && chance(scenario, 300);
	snprintf(publisher->path, sizeof(publisher->path), "/%s%s", name,
		 takes_over ? "?takeover=1" : "");
	publisher->host = local ? "localhost:7070" : "relay.example";
	publisher->peer.address = make_address(scenario, local);
	publisher->peer.link = make_link(scenario, true);
	publisher->slow = !scenario->smooth && chance(scenario, 300);
	if (publisher->slow)
		publisher->peer.link.up = bad_line(scenario);
	publisher->peer.link.up.buffer = UINT32_MAX; /* it looks itself */
	if (chance(scenario, 300))		     /* cuts anywhere */
		publisher->peer.link.up.segment = (uint32_t)scale(
			scenario, 1 + scenario->size * scenario->frames / 10000, 1500);
	publisher->comes_us = SECOND + between(scenario, 0, 200 * MS);
	if (i > 0)
		publisher->comes_us += between(scenario, 0, scenario->drain_us - SECOND);
	if (publisher->kind == SIM_PUBLISHER_NATIVE && chance(scenario, 20)) {
		publisher->floods_pings = true;
		publisher->peer.link.down.window = publisher->peer.link.down.buffer = 8 << 10;
	}
}

static void plan_publishers(struct sim_scenario *scenario)
{
	size_t most = scenario->n_streams * MOST_PUBLISHERS_OF_A_STREAM + scenario->n_renditions;

	scenario->publishers = sim_alloc(most * sizeof(*scenario->publishers));
	for (size_t stream = 0; stream < scenario->n_streams; stream++) {
		size_t n = (size_t)scale(scenario, 1, MOST_PUBLISHERS_OF_A_STREAM);

		for (size_t i = 0; i < n; i++)
			plan_publisher(scenario, &scenario->publishers[scenario->n_publishers++],
				       stream, i);
	}
}

/* An agent's renditions of one stream: the next is four times as large; on one clock. */
static void plan_renditions(struct sim_scenario *scenario)
{
	bool heed = chance(scenario, 500), leave = !scenario->constant && chance(scenario, 300);

	for (size_t i = 0; i < scenario->n_renditions; i++) {
		struct sim_publisher *publisher = &scenario->publishers[scenario->n_publishers++];

		*publisher = (struct sim_publisher){
			.kind = SIM_PUBLISHER_NATIVE,
			.host = "localhost:7070",
			.comes_us = SECOND,
			.interval_us = scenario->interval_us,
			.grid_us = scenario->interval_us,
			.burst = 1,
			.size = scenario->size >> 2 * (scenario->n_renditions - 1 - i),
			.frames = UINT32_MAX,
			.max_frame = (uint64_t)scenario->config.max_frame_bytes,
			.heeds = heed,
			.peer = {.address = make_address(scenario, true),
				 .link = make_link(scenario, true)},
		};
		publisher->peer.link.up.buffer = UINT32_MAX;
		if (leave && chance(scenario, 500))
			spoil_or_leave(scenario, publisher);
		snprintf(publisher->path, sizeof(publisher->path), "/" LADDER "/r%zu", i);
	}
}

/* ---- viewers ---- */

/* Requests that aren't for a live stream, and what comes of them whatever else happens; 0: that
 * depends. */
static const struct asked {
	const char *request;
	int status;
} asked[] = {
	{"GET /api/streams HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	{"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	{"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 0},
	{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	{"GET /cam0 HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n", 200},
	{"GET /none.jpg HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	{"GET /none?wait=x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	{"GET /UPPER HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	{"GET / HTTP/1.7\r\nHost: x\r\n\r\n", 505},
	{"GET / HTTP/1.1\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
	{"\x16\x03\x01 this is no HTTP\r\n\r\n", 400},
	{"DELETE /cam0 HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	{"POST /cam0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 426},
	{"GET /cam0 HTTP/1.1\r\nHost: x\r\nA: very\r\nlong: ", 431}, /* see below */
	{"PUT /put HTTP/1.1\r\nHost: localhost\r\n\r\n", 0},
	{"PUT /put HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 0},
	{"PUT /put HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
	 "Content-Length: 1\r\n\r\n.",
	 0},
};

static void plan_asking(struct sim_scenario *scenario, struct sim_viewer *viewer)
{
	const struct asked *row = &asked[below(scenario, sizeof(asked) / sizeof(*asked))];

	viewer->expected = row->status;
	snprintf(viewer->request, sizeof(viewer->request), "%s", row->request);
	size_t len = strlen(viewer->request), max = (size_t)scenario->config.max_header_bytes;
	if (row->status == 431) {
		memset(viewer->request + len, 'x', max - len);
		viewer->request[max] = '\0';
	}
	if (chance(scenario, 200) && strncmp(viewer->request, "GET /", 5) == 0 &&
	    row->status == 200) {
		viewer->kind = SIM_VIEWER_HEAD;
		memmove(viewer->request + 5, viewer->request + 4, len - 3);
		viewer->request[0] = 'H';
		memcpy(viewer->request, "HEAD ", 5);
	}
}

/* Sets what it asks for, and the query that says so. */
static void plan_rendition(struct sim_scenario *scenario, struct sim_viewer *viewer, char name[32],
			   char query[32])
{
	unsigned at = (unsigned)below(scenario, scenario->n_renditions);

	viewer->rendition =
		(enum sim_rendition)between(scenario, SIM_RENDITION_AUTO, SIM_RENDITION_LARGEST);
	snprintf(name, 32, LADDER);
	if (viewer->rendition == SIM_RENDITION_AUTO)
		snprintf(query, 32, "rendition=auto&");
	else if (viewer->rendition == SIM_RENDITION_PINNED && chance(scenario, 500))
		snprintf(query, 32, "rendition=r%u&", at);
	else if (viewer->rendition == SIM_RENDITION_PINNED)
		snprintf(name, 32, LADDER "/r%u", at);
	viewer->wishes = viewer->kind == SIM_VIEWER_NATIVE && chance(scenario, 300);
	viewer->view.moves = viewer->rendition == SIM_RENDITION_AUTO || viewer->wishes;
}

static void plan_request(struct sim_scenario *scenario, struct sim_viewer *viewer)
{
	static const struct {
		const char *ending, *fields;
	} requests[] = {
		[SIM_VIEWER_NATIVE] = {"", "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"},
		[SIM_VIEWER_MULTIPART] = {".mjpg", "Accept: */*\r\n"},
		[SIM_VIEWER_EARLY] = {"", "Accept: image/avif,image/webp,*/*\r\n"},
		[SIM_VIEWER_PICTURE] = {".jpg", ""},
	};
	char name[32], wait[24] = "?", rendition[32] = "";

	if (viewer->kind >= SIM_VIEWER_OTHER) {
		plan_asking(scenario, viewer);
		return;
	}
	if (chance(scenario, 300))
		snprintf(wait, sizeof(wait), "?wait=%u&", (unsigned)below(scenario, 6));
	bool asks_early = viewer->kind == SIM_VIEWER_EARLY && chance(scenario, 500);
	name_stream(below(scenario, scenario->n_streams), name);
	if (scenario->n_renditions > 0 && chance(scenario, 800))
		plan_rendition(scenario, viewer, name, rendition);
	snprintf(viewer->request, sizeof(viewer->request),
		 "GET /%s%s%s%s%s HTTP/1.1\r\nHost: relay\r\n%s\r\n", name,
		 requests[viewer->kind].ending, wait, rendition, asks_early ? "early=1" : "x=y",
		 requests[viewer->kind].fields);
}

static void plan_behaviour(struct sim_scenario *scenario, struct sim_viewer *viewer)
{
	int64_t rest_us = scenario->drain_us - viewer->comes_us;

	if (chance(scenario, 300)) {
		viewer->leaving = (enum sim_leaving)between(scenario, SIM_FINISHES, SIM_VANISHES);
		viewer->leaves_us = viewer->comes_us + between(scenario, 1, rest_us + 2 * SECOND);
	}
	if (viewer->healthy || viewer->steady)
		return;
	if (chance(scenario, 200)) {
		viewer->stall_every_us = between(scenario, 0, rest_us);
		viewer->stall_us = chance(scenario, 500) ? 1000 * INT64_C(1000000)
							 : scale(scenario, MS, 1 + 2 * rest_us);
	}
	if (chance(scenario, 30)) {
		viewer->request_piece = (uint32_t)scale(scenario, 1, 20);
		viewer->piece_us = scale(scenario, 100, SECOND);
	}
	if (chance(scenario, 10))
		viewer->request[0] = '\0';
}

static void plan_viewer(struct sim_scenario *scenario, struct sim_viewer *viewer,
			uint32_t healthy_chance, int64_t burst_us)
{
	static const enum sim_viewer_kind kinds[] = {
		SIM_VIEWER_NATIVE,    SIM_VIEWER_NATIVE, SIM_VIEWER_NATIVE,    SIM_VIEWER_NATIVE,
		SIM_VIEWER_MULTIPART, SIM_VIEWER_EARLY,	 SIM_VIEWER_MULTIPART, SIM_VIEWER_EARLY,
		SIM_VIEWER_PICTURE,   SIM_VIEWER_OTHER,
	};

	viewer->kind = kinds[below(scenario, sizeof(kinds) / sizeof(*kinds))];
	plan_request(scenario, viewer);
	viewer->healthy = chance(scenario, healthy_chance);
	viewer->peer.link = make_link(scenario, viewer->healthy);
	viewer->steady = !viewer->healthy && scenario->even && scenario->smooth &&
			 scenario->size >= SMALLEST_STEADY && chance(scenario, 300);
	if (viewer->steady) {
		viewer->peer.link.down = steady_line(scenario);
		viewer->peer.link.grain = 1448;
	}
	viewer->peer.address = make_address(scenario, false);
	viewer->comes_us = burst_us > 0 ? burst_us + between(scenario, 0, MS)
					: between(scenario, SECOND, scenario->drain_us);
	if (chance(scenario, 100)) { /* what it says comes in pieces */
		viewer->peer.link.up.segment = (uint32_t)scale(scenario, 1, 100);
		viewer->peer.link.up.jitter_us = scale(scenario, 1, MS);
	}
	if (viewer->kind == SIM_VIEWER_NATIVE && chance(scenario, 100))
		viewer->ping_us = viewer->healthy ? SECOND : scale(scenario, 5 * MS, 2 * SECOND);
	if (viewer->kind == SIM_VIEWER_NATIVE && chance(scenario, 50)) {
		viewer->chatter = 1 + (enum sim_chatter)below(scenario, SIM_CHATTERS - 1);
		viewer->ping_us = SECOND;
	}
	viewer->late_us = scenario->drain_us - SIM_LATE_US;
	if (viewer->wishes)
		viewer->ping_us = scale(scenario, 200 * MS, 3 * SECOND);
	if (!viewer->healthy && chance(scenario, 10)) {
		viewer->talks = true;
		viewer->ping_us = MS;
	}
	plan_behaviour(scenario, viewer);
}

static void plan_viewers(struct sim_scenario *scenario)
{
	static const uint32_t shares[] = {1000, 900, 500, 100};
	uint32_t healthy_chance = shares[below(scenario, 4)];
	bool bursts = chance(scenario, 300);
	int64_t burst_us = between(scenario, SECOND, scenario->drain_us);

	scenario->viewers = sim_alloc(scenario->n_viewers * sizeof(*scenario->viewers));
	for (size_t i = 0; i < scenario->n_viewers; i++)
		plan_viewer(scenario, &scenario->viewers[i], healthy_chance,
			    bursts && chance(scenario, 800) ? burst_us : 0);
}

/* ---- all of it ---- */

/* Many viewers are rare, and have few and small frames, so that seeds take about the same time. */
static void plan_size(struct sim_scenario *scenario)
{
	scenario->n_viewers = (size_t)scale(scenario, 1, scale(scenario, 1, MOST_VIEWERS));
	scenario->n_streams = chance(scenario, 700)   ? 1
			      : chance(scenario, 900) ? (size_t)between(scenario, 2, 4)
						      : (size_t)between(scenario, 5, 30);
	size_t frames = MOST_DELIVERIES / scenario->n_viewers;
	scenario->frames = (uint32_t)scale(scenario, 4,
					   frames < 8	  ? 8
					   : frames > 100 ? 100
							  : (int64_t)frames);
	int64_t largest = MOST_BYTES / (int64_t)(scenario->n_viewers * scenario->frames);
	scenario->size = (uint32_t)scale(scenario, 100, largest > 200000 ? 200000 : largest);
	scenario->interval_us = chance(scenario, 900) ? scale(scenario, 5 * MS, 150 * MS)
						      : scale(scenario, 500 * MS, 8 * SECOND);
	scenario->drain_us = SECOND + 100 * MS + scenario->frames * scenario->interval_us;
	if (chance(scenario, 200))
		scenario->drain_us += scale(scenario, SECOND, 10 * SECOND);
	if (chance(scenario, 200))
		scenario->second_drain_us = scenario->drain_us + between(scenario, 0, 2 * SECOND);
}

/* Who moves needs time for it, and pictures that differ. */
static void plan_ladder(struct sim_scenario *scenario)
{
	if (!chance(scenario, 150))
		return;
	scenario->n_renditions = (size_t)between(scenario, 2, 3);
	scenario->constant = chance(scenario, 500);
	if (scenario->n_viewers > MOST_MOVERS)
		scenario->n_viewers = MOST_MOVERS;
	scenario->interval_us = scale(scenario, 30 * MS, 150 * MS);
	scenario->frames =
		(uint32_t)(scale(scenario, 2 * SECOND, 25 * SECOND) / scenario->interval_us);
	int64_t largest = MOST_BYTES / (int64_t)(scenario->n_viewers * scenario->frames);
	scenario->size = (uint32_t)scale(scenario, 2048,
					 largest > 100000 ? 100000
					 : largest < 4096 ? 4096
							  : largest);
	scenario->drain_us = SECOND + 100 * MS + scenario->frames * scenario->interval_us;
	if (scenario->second_drain_us > 0)
		scenario->second_drain_us = scenario->drain_us + SECOND;
}

void sim_scenario_init(struct sim_scenario *scenario, uint64_t seed)
{
	uint64_t mixed = seed;

	/* The streams of numbers of neighbouring seeds have nothing in common. */
	*scenario = (struct sim_scenario){.random = sim_random(&mixed)};
	init_config(scenario);
	init_faults(scenario);
	plan_size(scenario);
	plan_ladder(scenario);
	scenario->smooth = chance(scenario, 500);
	scenario->even = chance(scenario, 500);
	scenario->operator_us = chance(scenario, 200) ? scale(scenario, 20 * MS, 2 * SECOND) : 0;
	scenario->kicks = !scenario->calm && chance(scenario, 500);
	plan_publishers(scenario);
	plan_renditions(scenario);
	plan_viewers(scenario);
	if (chance(scenario, 300))
		scenario->config.coalesce_ms = scale(scenario, 1, 200);
}

void sim_scenario_finish(struct sim_scenario *scenario)
{
	for (size_t i = 0; i < scenario->n_publishers; i++)
		sim_publisher_finish(&scenario->publishers[i]);
	sim_free(scenario->publishers);
	sim_free(scenario->viewers);
}

void sim_scenario_start(struct sim_scenario *scenario, struct sim *sim, struct sim_judge *judge)
{
	sim_set_faults(sim, &scenario->faults);
	sim_libc_fail(scenario->memory_failures);
	if (scenario->memory_failures > 0)
		sim_judge_expect_failures(judge);
	for (size_t i = 0; i < scenario->n_publishers; i++) {
		scenario->publishers[i].judge = judge;
		sim_publisher_start(sim, &scenario->publishers[i]);
	}
	for (size_t i = 0; i < scenario->n_viewers; i++) {
		scenario->viewers[i].judge = judge;
		sim_viewer_start(sim, &scenario->viewers[i]);
	}
}

void sim_scenario_describe(const struct sim_scenario *scenario, const struct sim *sim)
{
	sim_trace(sim,
		  "%zu viewers, %zu streams, %zu renditions%s, %zu publishers, %" PRId64
		  " workers; frames every %" PRId64 " us of %u bytes; queue %" PRId64
		  ", lag %" PRId64 " ms, coalesce %" PRId64 " ms, stall %" PRId64
		  " s, linger %" PRId64 " s, drain %" PRId64 " s at %" PRId64 " us;%s%s%s"
		  " faults: start %u, accept %u, short %u, late %u, pauses %u, memory %u",
		  scenario->n_viewers, scenario->n_streams, scenario->n_renditions,
		  scenario->constant ? " that stay" : "", scenario->n_publishers,
		  scenario->config.workers, scenario->interval_us, scenario->size,
		  scenario->config.queue_frames, scenario->config.max_lag_ms,
		  scenario->config.coalesce_ms, scenario->config.stall_timeout_s,
		  scenario->config.linger_s, scenario->config.drain_timeout_s, scenario->drain_us,
		  scenario->calm ? " calm" : "", scenario->smooth ? " smooth" : "",
		  scenario->crowded ? " crowded" : "", scenario->faults.start_failures,
		  scenario->faults.accept_failures, scenario->faults.short_sends,
		  scenario->faults.late, scenario->faults.pauses, scenario->memory_failures);
}
