/* SPDX-License-Identifier: MIT */
/*
 * A long soak: relay and chat under clients of all kinds that come and go, publishers that are killed and return,
 * and configurations that change. It goes by rounds: a while of that, and then everybody leaves. At each
 * round's end the services must hold what they held at the end of the first, to the descriptor; and over many
 * rounds their memory must not grow.
 *
 *	it_soak				a few seconds of it, as in `make test`
 *	SOAK_MINUTES=30 it_soak		for so long: half on each back end
 *	SOAK_SEED=N			who does what is random, but a seed determines it
 *	SOAK_KINDS='*talker*'		only guests of these kinds: to find out whose traces they are
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/churn.h"
#include "tests/churn_chat.h"
#include "tests/gauge.h"
#include "tests/harness_account.h"
#include "tests/harness_library.h"
#include "tests/sanitized.h"
#include "tests/sim_random.h"

enum {
	SECOND_US = 1000000,
	SHORT_ROUNDS = 3, /* of a second each: as in `make test` */
	MANY_ROUNDS = 24,
	LONGEST_ROUND_S = 30,
	WARM_UP = 4, /* a part of MANY_ROUNDS: caches fill, tables find their size */
	MAX_ROUNDS = 2000,
	MAX_ACTORS = 16,
	SHORTEST_SCENE_US = 100000, /* of an actor's, until a signal comes */
	LONGEST_SCENE_US = 4000000,
	RELOAD_EVERY_US = 700000,
	SETTLE_US = SECOND_US,
	PAUSE_US = 20000,
	PICTURE_BYTES = 12000,
	/* What the memory of a service may grow by in all rounds behind the warm-up. */
	MAX_HEAP_GROWTH_KB = 32,
	MAX_RESIDENT_GROWTH_KB = 4096, /* SQLite's caches fill for long: 2 MB for each connection */
};

/* A program that is ended and started again and again. */
struct actor {
	struct program *program;
	int64_t next_us;
	bool stopped;
};

enum { RELAY, CHAT, SERVICES };

struct soak {
	struct harness *h;
	struct relay *relay;
	struct chat *chat;
	struct churn *churn;
	uint64_t seed, random;
	struct actor actors[MAX_ACTORS];
	size_t n_actors, scenes;
	int64_t reload_us;
	size_t reloads;
	size_t rounds;
	int64_t round_us;
	struct gauge gauges[SERVICES];
	struct gauge_reading base[SERVICES]; /* of the first round's end */
	double heap_kb[SERVICES][MAX_ROUNDS], resident_kb[SERVICES][MAX_ROUNDS];
	size_t n; /* of these: rounds behind the warm-up */
};

static const struct gauge_count relay_counts[] = {
	{"spillway_streams", 0},	  {"spillway_viewers", 0},
	{"spillway_publishers", 0},	  {"spillway_connections", 1}, /* who asks */
	{"spillway_frame_pool_bytes", 0}, {0},
};

/* Rooms of accounts stay. */
static const struct gauge_count chat_counts[] = {
	{"spillway_chat_connections", 1}, {"spillway_chat_users", 0},
	{"spillway_chat_operators", 0},	  {"spillway_chat_store_works", 1},
	{"spillway_chat_rooms", -1},	  {0},
};

/* ---- the stage ---- */

static int64_t soon_us(struct soak *soak)
{
	return harness_now_us() +
	       sim_random_scale(&soak->random, SHORTEST_SCENE_US, LONGEST_SCENE_US);
}

/* Short times, so that all is quiet soon when everybody has left. */
/* At the relay short times, so that all is quiet soon when everybody has left. At the chat they
 * change: it may take longer to log in than it allows. The relay's section is wrong now and
 * then. */
static void configure(struct soak *soak)
{
	unsigned n = (unsigned)sim_random_below(&soak->random, 1000);
	bool wrong = soak->relay != NULL && n % 10 == 0;
	const char *relay = harness_format(
		soak->h,
		"[relay]\nlinger = 1\nstall-timeout = 1\npublisher-timeout = 1\n"
		"request-timeout = 1\nmax-streams = %u\nmax-header = %uK\n%s"
		"[stream cam]\ntitle = The camera, %u\n[stream pub/%u]\nwatch = token\n",
		500 + n, 4 + n % 8, wrong ? "nonsense = 1\n" : "", n % 5, n % CHURN_NAMES);
	const char *text = harness_format(
		soak->h,
		"%s[chat]\nregistration-timeout = %u\nping-interval = %u\nping-timeout = %u\n"
		"leave-delay = 1\nmax-queue = 64K\nkeep-messages = 200\nregistrations = 0\n"
		"login-failures = 1000000\nflood = commands=200/5s\nflood = messages=50/5s\n"
		"flood = connections=1000000/1m\nblock-word = spam%u\n",
		relay, 2 + n % 30, 1 + n % 30, 1 + n % 30, n % 7);

	harness_write(soak->h, "soak.ini", text, strlen(text));
}

static void reload(struct soak *soak)
{
	configure(soak);
	program_signal(soak->relay->program, SIGHUP);
	program_signal(soak->chat->program, SIGHUP);
	soak->reloads++;
	soak->reload_us = harness_now_us() + RELOAD_EVERY_US;
}

static void add_actor(struct soak *soak, struct program *program)
{
	assert_true(soak->n_actors < MAX_ACTORS);
	soak->actors[soak->n_actors++] = (struct actor){program, soon_us(soak), false};
}

static void add_agents(struct soak *soak)
{
	struct harness *h = soak->h;
	const struct relay *relay = soak->relay;
	const char *folder = library_folder(h);

	library_video(h, folder, "film.mkv");
	add_actor(soak, program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
				      "--source", "test:", "--size", "320x240", "--fps", "15",
				      "--rendition", "240p=160x120", "--always",
				      relay_url(relay, "cam"), NULL));
	add_actor(soak, program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
				      "--source", "test:", "--size", "160x120", "--fps", "30",
				      "--rendition", "none", "--on-demand",
				      relay_url(relay, "door"), NULL));
	add_actor(soak, program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
				      "--source", harness_format(h, "library:%s", folder),
				      relay_url(relay, "vod"), NULL));
}

static void add_viewers(struct soak *soak)
{
	struct harness *h = soak->h;
	const struct relay *relay = soak->relay;

	add_actor(soak, program_start(h, "spillway", "watch", "--io", h->io, "--rendition", "auto",
				      relay_url(relay, "cam"), NULL));
	add_actor(soak, program_start(h, "spillway", "watch", "--io", h->io,
				      relay_url(relay, "door"), NULL));
	add_actor(soak, program_start(h, "curl", "-s", "-o", "/dev/null",
				      relay_http(relay, "/cam.mjpg?wait=9"), NULL));
	add_actor(soak, program_start(h, "curl", "-s", "-L", "-o", "/dev/null",
				      relay_http(relay, "/vod/film.mjpg"), NULL));
	add_actor(soak, program_start(h, "spillway", "stat", "--control", relay->control, NULL));
}

static void start(struct soak *soak)
{
	struct harness *h = soak->h;
	char *config = harness_path(h, "soak.ini");
	const char *kinds = getenv("SOAK_KINDS");

	configure(soak);
	soak->relay = relay_start(h, "--config", config, NULL);
	soak->chat = chat_start(h, "--config", config, "--relay", soak->relay->control, NULL);
	for (int i = 0; i < CHURN_ACCOUNTS; i++) {
		struct client *owner =
			account_owner(soak->chat, harness_format(h, CHURN_ACCOUNT "%d", i), "");

		chat_say(owner, "JOIN #room%d", i);
		chat_so_far(owner);
		client_close(owner);
	}
	soak->gauges[RELAY] = (struct gauge){"relay", soak->relay->program->pid, soak->relay->port,
					     relay_counts, "spillway_spare_frame_bytes"};
	soak->gauges[CHAT] = (struct gauge){"chat", soak->chat->program->pid, soak->chat->port,
					    chat_counts, "spillway_chat_store_memory_bytes"};
	const struct churn_places places = {soak->relay->port, soak->chat->port,
					    soak->relay->control, soak->chat->control};
	soak->churn = churn_create(h, &places, picture_make_sized(h, 1, PICTURE_BYTES),
				   kinds != NULL ? kinds : "*", soak->seed);
	add_agents(soak);
	add_viewers(soak);
}

/* ---- a round ---- */

/* What tells of a bug: another signal than those that change_scene() sends, a sanitizer, a wrong
 * usage. */
static void check_end(const struct program *program)
{
	static const int fine[] = {0, 1, 128 + SIGTERM, 128 + SIGINT, 128 + SIGKILL};

	if (strncmp(program->name, "spillway", 8) != 0)
		return;
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		if (program->status == fine[i])
			return;
	}
	harness_fail("%s ended with %d", program->command, program->status);
}

static void change_scene(struct soak *soak, struct actor *actor)
{
	static const int signals[] = {SIGTERM, SIGKILL, SIGKILL, SIGINT, SIGSTOP};

	actor->next_us = soon_us(soak);
	if (program_has_ended(actor->program)) {
		check_end(actor->program);
		program_restart(actor->program);
		soak->scenes++;
	} else if (actor->stopped) { /* goes on, or is killed so */
		actor->stopped = false;
		program_signal(actor->program,
			       sim_random_chance(&soak->random, 500) ? SIGCONT : SIGKILL);
	} else {
		int signal = signals[sim_random_below(&soak->random, 5)];

		actor->stopped = signal == SIGSTOP;
		program_signal(actor->program, signal);
	}
}

static void check_services(struct soak *soak)
{
	struct program *programs[SERVICES] = {soak->relay->program, soak->chat->program};

	for (int i = 0; i < SERVICES; i++) {
		if (program_has_ended(programs[i]))
			harness_fail("seed %" PRIu64 ": %s ended with %d", soak->seed,
				     programs[i]->name, programs[i]->status);
	}
}

/* The first round lasts until somebody of every kind was served; the programs are left alone up to
 * then. */
static void run_round(struct soak *soak, size_t round)
{
	int64_t end_us = harness_now_us() + soak->round_us;
	int64_t deadline_us = end_us + (int64_t)HARNESS_DEADLINE_S * SECOND_US;

	for (bool served = round > 0; !served || harness_now_us() < end_us;) {
		churn_turn(soak->churn);
		served = served || churn_unserved(soak->churn) == NULL;
		for (size_t i = 0; served && i < soak->n_actors; i++) {
			if (harness_now_us() >= soak->actors[i].next_us)
				change_scene(soak, &soak->actors[i]);
		}
		if (harness_now_us() >= soak->reload_us)
			reload(soak);
		check_services(soak);
		if (harness_now_us() > deadline_us)
			harness_fail("seed %" PRIu64 ": nobody was served of the kind: %s",
				     soak->seed, churn_unserved(soak->churn));
	}
}

static void clear_stage(struct soak *soak)
{
	churn_leave(soak->churn);
	for (size_t i = 0; i < soak->n_actors; i++) {
		struct actor *actor = &soak->actors[i];

		if (program_has_ended(actor->program))
			check_end(actor->program);
		program_kill(actor->program);
		actor->stopped = false;
	}
}

/* ---- what is left ---- */

static struct gauge_reading read_gauge(const struct soak *soak, const struct gauge *gauge)
{
	struct gauge_reading reading;

	if (!gauge_read(gauge, &reading))
		harness_fail("seed %" PRIu64 ": the %s doesn't answer", soak->seed, gauge->name);
	return reading;
}

/* Waits until its counts are, and the descriptors are so many; fails with what is more. fds: -1:
 * any number. */
static struct gauge_reading wait_quiet(const struct soak *soak, const struct gauge *gauge, long fds)
{
	int64_t deadline_us = harness_deadline_us();

	for (;;) {
		struct gauge_reading reading = read_gauge(soak, gauge);
		const struct gauge_count *unquiet = gauge_unquiet(gauge, &reading);

		if (unquiet == NULL && (fds < 0 || reading.fds == fds))
			return reading;
		if (harness_now_us() > deadline_us && unquiet != NULL)
			harness_fail("seed %" PRIu64
				     ": everybody has left, but %s is %.0f, not %.0f",
				     soak->seed, unquiet->metric,
				     reading.counts[unquiet - gauge->counts], unquiet->quiet);
		if (harness_now_us() > deadline_us)
			harness_fail("seed %" PRIu64 ": everybody has left, but the %s has %ld "
				     "descriptors, not %ld",
				     soak->seed, gauge->name, reading.fds, fds);
		usleep(PAUSE_US);
	}
}

/* The descriptors of who has just left may be counted a moment longer: the base line is the
 * fewest. */
static struct gauge_reading find_base(const struct soak *soak, const struct gauge *gauge)
{
	struct gauge_reading base = wait_quiet(soak, gauge, -1);

	for (int64_t end_us = harness_now_us() + SETTLE_US; harness_now_us() < end_us;) {
		struct gauge_reading reading = wait_quiet(soak, gauge, -1);

		if (reading.fds <= base.fds)
			base = reading;
		usleep(PAUSE_US);
	}
	return base;
}

static void take_stock(struct soak *soak, size_t round)
{
	bool warm = soak->rounds >= MANY_ROUNDS && round >= soak->rounds / WARM_UP;

	print_message("soak (%s) round %zu of %zu: %" PRIu64 " guests, %zu scenes, %zu reloads",
		      soak->h->io, round + 1, soak->rounds, churn_count(soak->churn), soak->scenes,
		      soak->reloads);
	for (int i = 0; i < SERVICES; i++) {
		const struct gauge *gauge = &soak->gauges[i];

		if (round == 0)
			soak->base[i] = find_base(soak, gauge);
		struct gauge_reading reading = wait_quiet(soak, gauge, soak->base[i].fds);
		print_message("; %s: %ld fds, resident %.0f KB", gauge->name, reading.fds,
			      reading.resident_kb);
		if (!SANITIZED)
			print_message(", heap %.1f KB and %.0f kept", reading.heap_kb,
				      reading.kept_kb);
		if (warm) {
			soak->heap_kb[i][soak->n] = reading.heap_kb;
			soak->resident_kb[i][soak->n] = reading.resident_kb;
		}
	}
	print_message("\n");
	soak->n += warm;
}

static void judge_growth(const struct soak *soak, const char *service, const char *what,
			 const double *values, double limit_kb)
{
	double growth = gauge_growth(values, soak->n);

	print_message("soak (%s): %s: %s %.1f KB, then %.1f: grew by %.1f KB in %zu rounds\n",
		      soak->h->io, service, what, values[0], values[soak->n - 1], growth, soak->n);
	if (growth > limit_kb)
		harness_fail("seed %" PRIu64
			     ": the %s's memory (%s) grew by %.1f KB, more than %.0f",
			     soak->seed, service, what, growth, limit_kb);
}

static void judge(const struct soak *soak)
{
	/* ASan and TSan have allocators of their own, which keep what is freed; LSan judges at the
	 * end. */
	for (int i = 0; i < SERVICES && soak->n > 1 && !SANITIZED; i++) {
		const char *name = soak->gauges[i].name;

		judge_growth(soak, name, "heap", soak->heap_kb[i], MAX_HEAP_GROWTH_KB);
		judge_growth(soak, name, "resident", soak->resident_kb[i], MAX_RESIDENT_GROWTH_KB);
	}
	print_message("soak (%s, seed %" PRIu64 "): flat: %" PRIu64
		      " guests, %zu programs and %zu reloads left nothing behind%s\n",
		      soak->h->io, soak->seed, churn_count(soak->churn), soak->scenes,
		      soak->reloads, soak->n > 1 && !SANITIZED ? "" : " (memory wasn't judged)");
}

/* ---- the test ---- */

static void plan(struct soak *soak)
{
	const char *minutes = getenv("SOAK_MINUTES"), *seed = getenv("SOAK_SEED");
	double seconds = minutes != NULL ? strtod(minutes, NULL) * 60 / 2 : SHORT_ROUNDS;
	double round_s = seconds / MANY_ROUNDS;

	round_s = round_s < 1 ? 1 : round_s > LONGEST_ROUND_S ? LONGEST_ROUND_S : round_s;
	soak->round_us = (int64_t)(round_s * SECOND_US);
	soak->rounds = (size_t)(seconds / round_s + 0.5);
	if (soak->rounds < SHORT_ROUNDS)
		soak->rounds = SHORT_ROUNDS;
	if (soak->rounds > MAX_ROUNDS)
		soak->rounds = MAX_ROUNDS;
	soak->seed = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	soak->random = soak->seed;
	print_message("soak (%s): seed %" PRIu64 ", %zu rounds of %.1f s\n", soak->h->io,
		      soak->seed, soak->rounds, round_s);
}

static void test_who_comes_and_goes_leaves_nothing_behind(struct harness *h)
{
	struct soak *soak = harness_alloc(h, sizeof(*soak));

	soak->h = h;
	plan(soak);
	start(soak);
	for (size_t round = 0; round < soak->rounds; round++) {
		run_round(soak, round);
		clear_stage(soak);
		take_stock(soak, round);
	}
	judge(soak);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_who_comes_and_goes_leaves_nothing_behind),
	};

	/* What malloc() keeps for each thread would be told as in use. */
	setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 0);
	/* What a sanitizer found mustn't look like an ordinary failure. */
	setenv("ASAN_OPTIONS", "exitcode=99", 0);
	setenv("LSAN_OPTIONS", "exitcode=99", 0);
	setenv("UBSAN_OPTIONS", "exitcode=99", 0);
	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
