/* SPDX-License-Identifier: MIT */
#include "capture/pool.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	struct pool_job *first, *last;
};

struct pool {
	struct io *io;
	pool_told *told;
	void *context;
	struct io_op ready; /* busy while jobs are */
	int finished_fd;    /* an eventfd, written to when there are finished ones */
	unsigned n_threads;
	unsigned n_running; /* or waiting for a thread, as far as the loop knows */
	unsigned n_jobs;
	pthread_t threads[POOL_THREADS];

	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t work;
	struct queue waiting, finished;
	bool ending;
};

static void push(struct queue *queue, struct pool_job *job)
{
	job->next = NULL;
	if (queue->first == NULL)
		queue->first = job;
	else
		queue->last->next = job;
	queue->last = job;
}

static struct pool_job *pop(struct queue *queue)
{
	struct pool_job *job = queue->first;

	if (job != NULL)
		queue->first = job->next;
	return job;
}

/* ---- in the threads ---- */

/* With the mutex. The loop takes all that is finished at once. */
static void finish(struct pool *pool, struct pool_job *job)
{
	uint64_t one = 1;
	bool first = pool->finished.first == NULL;

	push(&pool->finished, job);
	if (first && write(pool->finished_fd, &one, sizeof one) < 0)
		abort(); /* an eventfd takes a small number always */
}

static void *work(void *argument)
{
	struct pool *pool = argument;
	struct pool_job *job;

	pthread_mutex_lock(&pool->mutex);
	for (;;) {
		while (!pool->ending && pool->waiting.first == NULL)
			pthread_cond_wait(&pool->work, &pool->mutex);
		job = pop(&pool->waiting);
		if (job == NULL)
			break;
		pthread_mutex_unlock(&pool->mutex);
		job->run(job);
		pthread_mutex_lock(&pool->mutex);
		finish(pool, job);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* ---- in the loop ---- */

static void do_in_turn(struct pool *pool, struct pool_lane *lane)
{
	struct pool_job *job;

	while ((job = lane->first) != NULL && job->finished) {
		lane->first = job->after;
		pool->n_jobs--;
		job->done(job); /* which may begin it again */
	}
}

static void wait_for_finished(struct pool *pool);

static void on_finished(struct io_op *op, int result)
{
	struct pool *pool = (struct pool *)(void *)((char *)op - offsetof(struct pool, ready));
	struct pool_lane *lanes = NULL;
	struct queue finished;
	struct pool_job *job;
	uint64_t n;

	(void)result;
	(void)!read(pool->finished_fd, &n, sizeof n);
	pthread_mutex_lock(&pool->mutex);
	finished = pool->finished;
	pool->finished.first = NULL;
	pthread_mutex_unlock(&pool->mutex);
	while ((job = pop(&finished)) != NULL) {
		job->finished = true;
		if (job->run != NULL)
			pool->n_running--;
		if (!job->lane->listed) {
			job->lane->next = lanes;
			lanes = job->lane;
		}
		job->lane->listed = true;
	}
	while (lanes != NULL) {
		struct pool_lane *lane = lanes;

		lanes = lane->next;
		lane->listed = false;
		do_in_turn(pool, lane);
	}
	if (pool->n_jobs > 0)
		wait_for_finished(pool);
	pool->told(pool->context);
}

static void wait_for_finished(struct pool *pool)
{
	if (!io_busy(&pool->ready))
		io_poll(pool->io, &pool->ready, pool->finished_fd, POLLIN, on_finished);
}

bool pool_has_room(const struct pool *pool)
{
	return pool->n_running < pool->n_threads;
}

bool pool_is_busy(const struct pool *pool)
{
	return pool->n_jobs > 0;
}

void pool_begin(struct pool *pool, struct pool_lane *lane, struct pool_job *job)
{
	job->lane = lane;
	job->after = NULL;
	job->finished = false;
	if (lane->first == NULL)
		lane->first = job;
	else
		lane->last->after = job;
	lane->last = job;
	pool->n_jobs++;
	wait_for_finished(pool);
	pthread_mutex_lock(&pool->mutex);
	if (job->run == NULL) {
		finish(pool, job);
	} else {
		pool->n_running++;
		push(&pool->waiting, job);
		pthread_cond_signal(&pool->work);
	}
	pthread_mutex_unlock(&pool->mutex);
}

/* ---- beginning and ending ---- */

static unsigned cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

int pool_create(struct pool **ret_pool, struct io *io, unsigned n_threads, pool_told *told,
		void *context)
{
	struct pool *pool = calloc(1, sizeof *pool);
	unsigned n = n_threads != 0 ? n_threads : cores();
	int error = 0;

	if (pool == NULL)
		return -ENOMEM;
	*pool = (struct pool){.io = io, .told = told, .context = context};
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->work, NULL);
	pool->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->finished_fd < 0)
		error = -errno;
	while (error == 0 && pool->n_threads < n && pool->n_threads < POOL_THREADS) {
		error = -pthread_create(&pool->threads[pool->n_threads], NULL, work, pool);
		if (error == 0)
			pool->n_threads++;
	}
	if (error < 0) {
		pool_destroy(pool);
		return error;
	}
	*ret_pool = pool;
	return 0;
}

void pool_destroy(struct pool *pool)
{
	if (pool == NULL)
		return;
	assert(!pool_is_busy(pool) && !io_busy(&pool->ready));
	pthread_mutex_lock(&pool->mutex);
	pool->ending = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);
	if (pool->finished_fd >= 0)
		io_close(pool->io, pool->finished_fd);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}
