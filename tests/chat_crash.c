/* SPDX-License-Identifier: MIT */
/*
 * What was confirmed is on disk: a writer is killed, and a disk (disk.h) forgets all since its last sync, at
 * random moments.
 *
 *	chat_crash				the tests
 *	chat_crash --seed N			with other moments
 *	chat_crash --measure FOLDER WRITERS SECONDS	how many messages are confirmed, and how fast
 */
#include "chat/history.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/disk.h"

enum {
	KILLS = 200,
	KILL_MAX_US = 12000, /* how long a writer lives */
	DISK_ROUNDS = 12,
	DISK_MESSAGES = 500, /* a round; all fit into a page */
	DISK_CRASHES = 300,  /* at least */
	MAX_WRITERS = 1024,
	PATH_SIZE = 256,
};

static uint64_t seed = 1;
static char folder[64], data[PATH_SIZE], copy[PATH_SIZE];

/* ---- writers: each has one message under way ---- */

struct writer {
	struct history_add add;
	int number;
	char id[24], text[40];
	struct timespec began;
};

struct crowd {
	struct io *io;
	struct store *store;
	int next, last; /* numbers of messages */
	size_t under_way;
	void (*confirmed)(struct crowd *crowd, struct writer *writer);
	struct writer writers[MAX_WRITERS];
};

static struct crowd crowd;

static void write_next(struct writer *writer);

static void written(struct store_job *job, int result)
{
	struct writer *writer = (struct writer *)(void *)job;

	crowd.under_way--;
	if (result < 0)
		abort();
	crowd.confirmed(&crowd, writer);
	write_next(writer);
	if (crowd.under_way == 0)
		io_stop(crowd.io);
}

static void write_next(struct writer *writer)
{
	if (crowd.next > crowd.last)
		return;
	writer->number = crowd.next++;
	snprintf(writer->id, sizeof(writer->id), "id%08d", writer->number);
	snprintf(writer->text, sizeof(writer->text), "text-%08d-", writer->number);
	clock_gettime(CLOCK_MONOTONIC, &writer->began);
	writer->add = (struct history_add){
		.in = {"", "#cam"},
		.message = {.msgid = writer->id,
			    .time_ms = 1000,
			    .command = "PRIVMSG",
			    .source = "dan!~dan@host.example",
			    .account = "dan",
			    .tags = "",
			    .text = writer->text},
	};
	if (history_add(crowd.store, &writer->add, written) < 0)
		abort();
	crowd.under_way++;
}

/* Returns when all of the messages first to last were confirmed. */
static void run_crowd(const char *where, size_t n, int first, int last,
		      void (*confirmed)(struct crowd *crowd, struct writer *writer))
{
	char why[DATABASE_WHY_SIZE];
	const char *no_uring;

	crowd.next = first;
	crowd.last = last;
	crowd.confirmed = confirmed;
	if (io_create(&crowd.io, IO_BACKEND_AUTO, &no_uring) < 0)
		abort();
	if (store_open(&crowd.store, crowd.io, where, STORE_SERVES, why) < 0) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
	for (size_t i = 0; i < n; i++)
		write_next(&crowd.writers[i]);
	if (io_run(crowd.io) < 0)
		abort();
	store_close(crowd.store);
	io_destroy(crowd.io);
}

/* ---- what is there afterwards ---- */

/* How many messages there are: 1, 2, 3 ... without a gap, each once, in this order; -1 where that
 * isn't so. Of more than a page the last are looked at. */
static int count_messages(const char *where)
{
	struct history_page page = {
		.in = {"", "#cam"}, .which = HISTORY_LATEST, .limit = HISTORY_MAX_PAGE};
	struct history_message message;
	struct store *store;
	char why[DATABASE_WHY_SIZE];
	int number = 0, before = -1;
	char end;

	if (store_open(&store, NULL, where, STORE_SERVES, why) < 0) {
		fprintf(stderr, "%s\n", why);
		return -1;
	}
	if (history_page(store, &page, NULL) < 0)
		before = -2;
	for (size_t i = 0; i < page.rows.n && before != -2; i++) {
		history_message(&page.rows, i, &message);
		if (sscanf(message.text, "text-%8d%c", &number, &end) != 2 ||
		    (before >= 0 && number != before + 1) ||
		    (i == 0 && page.rows.n < HISTORY_MAX_PAGE && number != 1)) {
			fprintf(stderr, "%s is behind %d\n", message.text, before);
			number = -1;
			break;
		}
		before = number;
	}
	rows_finish(&page.rows);
	store_close(store);
	return before == -2 ? -1 : number;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/chat_crash-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(data, sizeof(data), "%s/data", folder);
	snprintf(copy, sizeof(copy), "%s/copy", folder);
	return 0;
}

static void remove_folder(const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char name[PATH_SIZE + 32];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s/" STORE_FILE "%s", path, suffixes[i]);
		unlink(name);
	}
	rmdir(path);
}

static void make_folder(const char *path)
{
	remove_folder(path);
	if (mkdir(path, 0700) < 0)
		abort();
}

static int tear_down(void **state)
{
	(void)state;
	remove_folder(data);
	remove_folder(copy);
	return rmdir(folder);
}

/* ---- kill -9 ---- */

static int confirmations;

/* To the pipe, which outlives the writer. */
static void tell_parent(struct crowd *all, struct writer *writer)
{
	(void)all;
	if (write(confirmations, &writer->number, sizeof(writer->number)) < 0)
		abort();
}

static pid_t start_writer(int first, size_t n, int *ret_pipe)
{
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		confirmations = ends[1];
		run_crowd(data, n, first, INT32_MAX - 1, tell_parent);
		_exit(0);
	}
	close(ends[1]);
	*ret_pipe = ends[0];
	return child;
}

/* Returns the last number that was confirmed; each is one more than that before. */
static int read_confirmations(int end, int before)
{
	int number;

	while (read(end, &number, sizeof(number)) == sizeof(number)) {
		assert_int_equal(number, before + 1);
		before = number;
	}
	return before;
}

static void test_killed_writer_loses_nothing_that_was_confirmed(void **state)
{
	int there = 0, confirmed = 0, in_vain = 0, end, status;

	(void)state;
	make_folder(data);
	for (int i = 0; i < KILLS; i++) {
		size_t writers = (size_t)1 << disk_random(&seed, 7);
		pid_t child = start_writer(there + 1, writers, &end);
		struct pollfd first = {.fd = end, .events = POLLIN};
		int last;

		/* Now and then while it still opens the database. */
		if (disk_random(&seed, 5) > 0)
			assert_int_equal(poll(&first, 1, -1), 1);
		usleep((useconds_t)disk_random(&seed, KILL_MAX_US));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		last = read_confirmations(end, there);
		close(end);
		confirmed += last - there;
		in_vain += last == there;
		there = count_messages(data);
		if (there < last)
			fail_msg("kill %d: %d were confirmed, %d are there", i, last, there);
	}
	assert_true(in_vain < KILLS / 2);
	printf("%d kills, %d messages confirmed, %d there\n", KILLS, confirmed, there);
}

/* ---- a disk that forgets ---- */

static atomic_int n_confirmed;
static pthread_mutex_t crash_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned crashes, failures;
static uint64_t chance; /* one crash in so many */

/* Called by both threads. What was confirmed is looked at before the disk is. */
static void crash_perhaps(void)
{
	int confirmed, there;

	pthread_mutex_lock(&crash_lock);
	if (disk_random(&seed, chance) == 0) {
		confirmed = atomic_load(&n_confirmed);
		make_folder(copy);
		there = disk_crash(copy, &seed) == 0 ? count_messages(copy) : -1;
		crashes++;
		if (there < confirmed || there > crowd.last) {
			fprintf(stderr, "crash %u: %d were confirmed, %d are there\n", crashes,
				confirmed, there);
			failures++;
		}
	}
	pthread_mutex_unlock(&crash_lock);
}

/* Those within rounds: opening and closing a database have some, too. */
static unsigned checkpoints;

static void look_at_disk(struct crowd *all, struct writer *writer)
{
	checkpoints += writer->number == all->last ? disk_checkpoints() : 0;
	checkpoints -= writer->number == 1 ? disk_checkpoints() : 0;
	if (writer->number != atomic_fetch_add(&n_confirmed, 1) + 1 || !disk_holds(writer->text)) {
		fprintf(stderr, "%s was confirmed before it was synced, or out of turn\n",
			writer->text);
		failures++;
	}
	crash_perhaps();
}

static void test_disk_that_forgets_has_all_that_was_confirmed(void **state)
{
	(void)state;
	for (int i = 0; i < DISK_ROUNDS && failures == 0; i++) {
		make_folder(data);
		atomic_store(&n_confirmed, 0);
		chance = 60 + disk_random(&seed, 60);
		disk_watch(data);
		disk_set_hook(crash_perhaps);
		/* Alone, or many in a transaction. */
		run_crowd(data, (size_t)1 << (i % 6), 1, DISK_MESSAGES, look_at_disk);
		disk_set_hook(NULL);
		disk_watch(NULL);
	}
	assert_int_equal(failures, 0);
	assert_true(crashes >= DISK_CRASHES);
	/* Crashes fell into checkpoints, too. */
	assert_true(checkpoints > 0);
	printf("%u crashes, %u checkpoints\n", crashes, checkpoints);
}

/* ---- a disk that fails ---- */

static int try_to_say(struct store *store, const char *id)
{
	struct history_add add = {
		.in = {"", "#cam"},
		.message = {id, 0, "PRIVMSG", "dan!~d@h", "", "", "text", false},
	};

	return history_add(store, &add, NULL);
}

static size_t count_page(struct store *store)
{
	struct history_page page = {.in = {"", "#cam"}, .which = HISTORY_LATEST, .limit = 10};
	size_t n;

	assert_int_equal(history_page(store, &page, NULL), 0);
	n = page.rows.n;
	rows_finish(&page.rows);
	return n;
}

static struct store *open_on_disk(void)
{
	struct store *store;
	char why[DATABASE_WHY_SIZE];

	disk_watch(data);
	assert_int_equal(store_open(&store, NULL, data, STORE_SERVES, why), 0);
	return store;
}

static void test_full_disk_refuses_writes_until_there_is_room(void **state)
{
	struct store *store, *other;
	char why[DATABASE_WHY_SIZE];

	(void)state;
	make_folder(data);
	store = open_on_disk();
	assert_int_equal(try_to_say(store, "one"), 0);
	disk_set_fault(DISK_FULL);
	assert_int_equal(try_to_say(store, "two"), -ENOSPC);
	assert_int_equal(count_page(store), 1);
	disk_set_fault(DISK_FINE);
	assert_int_equal(try_to_say(store, "two"), 0);
	assert_int_equal(count_page(store), 2);
	assert_int_equal(store_refuses(store), 0);
	store_close(store);
	disk_set_fault(DISK_FULL);
	assert_int_equal(store_open(&other, NULL, data, STORE_SERVES, why), -ENOSPC);
	assert_non_null(strstr(why, "the disk is full"));
	disk_set_fault(DISK_FINE);
	disk_watch(NULL);
}

static void test_after_a_sync_that_failed_nothing_is_written_but_reads_go_on(void **state)
{
	struct store *store;

	(void)state;
	make_folder(data);
	store = open_on_disk();
	assert_int_equal(try_to_say(store, "one"), 0);
	disk_set_fault(DISK_SYNC_FAILS);
	assert_int_equal(try_to_say(store, "two"), -EIO);
	disk_set_fault(DISK_FINE);
	assert_int_equal(try_to_say(store, "three"), -EIO);
	assert_int_equal(store_refuses(store), -EIO);
	assert_int_equal(count_page(store), 1);
	store_close(store);
	store = open_on_disk();
	assert_int_equal(try_to_say(store, "four"), 0);
	store_close(store);
	disk_watch(NULL);
}

/* ---- queues ---- */

static size_t n_told;

static void count_told(struct store_job *job, int result)
{
	(void)job;
	assert_int_equal(result, 0);
	n_told++;
	if (store_idle(crowd.store))
		io_stop(crowd.io);
}

/* Nobody is told from inside the call, and what is one too many is refused at once. */
static void test_full_queue_refuses_at_once(void **state)
{
	static struct history_page pages[STORE_MAX_READS + 1];
	static struct writer writers[STORE_MAX_WRITES + 1];
	const char *no_uring;
	char why[DATABASE_WHY_SIZE];
	struct store_counts counts;

	(void)state;
	make_folder(data);
	assert_int_equal(io_create(&crowd.io, IO_BACKEND_AUTO, &no_uring), 0);
	assert_int_equal(store_open(&crowd.store, crowd.io, data, STORE_SERVES, why), 0);
	for (size_t i = 0; i <= STORE_MAX_WRITES; i++) {
		struct writer *writer = &writers[i];

		snprintf(writer->id, sizeof(writer->id), "%zu", i);
		writer->add = (struct history_add){
			.in = {"", "#cam"},
			.message = {writer->id, 0, "PRIVMSG", "d!~d@h", "", "", "text", false},
		};
		assert_int_equal(history_add(crowd.store, &writer->add, count_told),
				 i < STORE_MAX_WRITES ? 0 : -EAGAIN);
	}
	for (size_t i = 0; i <= STORE_MAX_READS; i++) {
		pages[i] = (struct history_page){
			.in = {"", "#empty"}, .which = HISTORY_LATEST, .limit = 1};
		assert_int_equal(history_page(crowd.store, &pages[i], count_told),
				 i < STORE_MAX_READS ? 0 : -EAGAIN);
	}
	assert_int_equal(n_told, 0);
	assert_false(store_idle(crowd.store));
	assert_int_equal(io_run(crowd.io), 0);
	assert_int_equal(n_told, STORE_MAX_WRITES + STORE_MAX_READS);
	store_counts(crowd.store, &counts);
	assert_int_equal(counts.writes, STORE_MAX_WRITES);
	assert_true(counts.commits < STORE_MAX_WRITES / 2);
	store_close(crowd.store);
	io_destroy(crowd.io);
}

/* ---- measuring ---- */

enum { MAX_SAMPLES = 4000000 };

static int64_t *samples_us;
static size_t n_samples;
static struct timespec until;

static int64_t us_between(struct timespec a, struct timespec b)
{
	return (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
}

static void take_sample(struct crowd *all, struct writer *writer)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (n_samples < MAX_SAMPLES)
		samples_us[n_samples++] = us_between(writer->began, now);
	if (us_between(now, until) < 0)
		all->last = 0;
}

static int compare(const void *a, const void *b)
{
	const int64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static int measure(const char *where, size_t writers, int seconds)
{
	samples_us = calloc(MAX_SAMPLES, sizeof(samples_us[0]));
	if (samples_us == NULL || writers < 1 || writers > MAX_WRITERS || seconds < 1)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	run_crowd(where, writers, 1, INT32_MAX - 1, take_sample);
	qsort(samples_us, n_samples, sizeof(samples_us[0]), compare);
	int64_t median_us = samples_us[n_samples / 2], late_us = samples_us[n_samples * 99 / 100];

	printf("%zu writers: %zu messages a second, confirmed after %.2f ms (median), "
	       "%.2f ms (99th percentile)\n",
	       writers, n_samples / (size_t)seconds, (double)median_us / 1e3,
	       (double)late_us / 1e3);
	free(samples_us);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char *argv[])
{
	static const struct CMUnitTest tests[] = {
		/* First: a process with threads isn't forked. */
		CASE(test_killed_writer_loses_nothing_that_was_confirmed),
		CASE(test_disk_that_forgets_has_all_that_was_confirmed),
		CASE(test_full_disk_refuses_writes_until_there_is_room),
		CASE(test_after_a_sync_that_failed_nothing_is_written_but_reads_go_on),
		CASE(test_full_queue_refuses_at_once),
	};

	if (argc == 5 && strcmp(argv[1], "--measure") == 0)
		return measure(argv[2], (size_t)atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && strcmp(argv[1], "--seed") == 0)
		seed = strtoull(argv[2], NULL, 10) | 1;
	printf("seed %" PRIu64 "\n", seed);
	disk_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
