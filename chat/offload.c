/* SPDX-License-Identifier: MIT */
#include "chat/offload.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* First in, first out. */
struct chain {
	struct offload_job *first, *last;
};

struct offload {
	const struct offload_type *type;
	void *context;
	struct io *io;
	struct io_op op;
	int ready;	  /* the eventfd */
	size_t under_way; /* the loop's: added, and not told yet */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t arrived, finished;
	struct chain waiting, done;
	bool ending;

	size_t n_threads;
	pthread_t threads[];
};

static void chain_add(struct chain *chain, struct offload_job *job)
{
	job->next = NULL;
	if (chain->first == NULL)
		chain->first = job;
	else
		chain->last->next = job;
	chain->last = job;
}

static struct offload_job *chain_take(struct chain *chain, size_t max)
{
	struct offload_job *first = chain->first, *job = first;

	if (first == NULL)
		return NULL;
	while (--max > 0 && job->next != NULL)
		job = job->next;
	chain->first = job->next;
	job->next = NULL;
	return first;
}

/* Called with the lock. Returns whether the loop has to be woken. */
static bool hand_back(struct offload *offload, struct offload_job *jobs)
{
	bool wake = false;

	for (struct offload_job *job = jobs, *next; job != NULL; job = next) {
		next = job->next;
		if (job->waited_for) {
			job->finished = true;
			pthread_cond_broadcast(&offload->finished);
		} else {
			chain_add(&offload->done, job);
			wake = true;
		}
	}
	return wake;
}

static void *thread_main(void *argument)
{
	struct offload *offload = argument;
	struct offload_job *jobs;
	uint64_t one = 1;

	pthread_mutex_lock(&offload->lock);
	for (;;) {
		while (offload->waiting.first == NULL && !offload->ending)
			pthread_cond_wait(&offload->arrived, &offload->lock);
		jobs = chain_take(&offload->waiting, offload->type->batch);
		if (jobs == NULL)
			break;
		pthread_mutex_unlock(&offload->lock);
		offload->type->work(offload->context, jobs);
		pthread_mutex_lock(&offload->lock);
		if (hand_back(offload, jobs) && write(offload->ready, &one, sizeof(one)) < 0)
			abort(); /* it would take 2^64 batches that nobody was told of */
		if (offload->type->after != NULL) {
			pthread_mutex_unlock(&offload->lock);
			offload->type->after(offload->context);
			pthread_mutex_lock(&offload->lock);
		}
	}
	pthread_mutex_unlock(&offload->lock);
	return NULL;
}

static int start_threads(struct offload *offload)
{
	sigset_t all, before;
	int error = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (error == 0 && offload->n_threads < offload->type->threads) {
		error = pthread_create(&offload->threads[offload->n_threads], NULL, thread_main,
				       offload);
		offload->n_threads += error == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

int offload_create(struct offload **ret_offload, struct io *io, const struct offload_type *type,
		   void *context)
{
	struct offload *offload =
		calloc(1, sizeof(*offload) + type->threads * sizeof(offload->threads[0]));
	int error;

	if (offload == NULL)
		return -ENOMEM;
	offload->type = type;
	offload->context = context;
	offload->io = io;
	pthread_mutex_init(&offload->lock, NULL);
	pthread_cond_init(&offload->arrived, NULL);
	pthread_cond_init(&offload->finished, NULL);
	offload->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = offload->ready < 0 ? -errno : start_threads(offload);
	if (error < 0) {
		offload_destroy(offload);
		return error;
	}
	*ret_offload = offload;
	return 0;
}

void offload_destroy(struct offload *offload)
{
	if (offload == NULL)
		return;
	assert(offload_idle(offload));
	pthread_mutex_lock(&offload->lock);
	offload->ending = true;
	pthread_cond_broadcast(&offload->arrived);
	pthread_mutex_unlock(&offload->lock);
	for (size_t i = 0; i < offload->n_threads; i++)
		pthread_join(offload->threads[i], NULL);
	if (offload->ready >= 0 && offload->io != NULL)
		io_close(offload->io, offload->ready);
	else if (offload->ready >= 0)
		close(offload->ready);
	pthread_cond_destroy(&offload->finished);
	pthread_cond_destroy(&offload->arrived);
	pthread_mutex_destroy(&offload->lock);
	free(offload);
}

static void on_ready(struct io_op *op, int result)
{
	struct offload *offload =
		(struct offload *)(void *)((char *)op - offsetof(struct offload, op));
	struct offload_job *jobs, *next;
	uint64_t n;

	(void)result; /* what is done is told, however it was heard of */
	pthread_mutex_lock(&offload->lock);
	if (read(offload->ready, &n, sizeof(n)) < 0)
		assert(errno == EAGAIN);
	jobs = chain_take(&offload->done, SIZE_MAX);
	pthread_mutex_unlock(&offload->lock);
	for (; jobs != NULL; jobs = next) {
		next = jobs->next;
		offload->under_way--;
		jobs->done(jobs, jobs->result);
	}
	if (offload->under_way > 0 && !io_busy(&offload->op))
		io_poll(offload->io, &offload->op, offload->ready, POLLIN, on_ready);
}

static void give(struct offload *offload, struct offload_job *job)
{
	pthread_mutex_lock(&offload->lock);
	chain_add(&offload->waiting, job);
	pthread_cond_signal(&offload->arrived);
	pthread_mutex_unlock(&offload->lock);
}

int offload_add(struct offload *offload, struct offload_job *job, offload_done *done)
{
	if (offload->under_way >= offload->type->max_jobs)
		return -EAGAIN;
	offload->under_way++;
	job->done = done;
	job->waited_for = false;
	give(offload, job);
	if (!io_busy(&offload->op))
		io_poll(offload->io, &offload->op, offload->ready, POLLIN, on_ready);
	return 0;
}

int offload_do(struct offload *offload, struct offload_job *job)
{
	job->waited_for = true;
	job->finished = false;
	give(offload, job);
	pthread_mutex_lock(&offload->lock);
	while (!job->finished)
		pthread_cond_wait(&offload->finished, &offload->lock);
	pthread_mutex_unlock(&offload->lock);
	return job->result;
}

size_t offload_under_way(const struct offload *offload)
{
	return offload->under_way;
}

bool offload_idle(const struct offload *offload)
{
	return offload->under_way == 0;
}
