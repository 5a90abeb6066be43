/* SPDX-License-Identifier: MIT */
#include "bench/board.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

struct board *board_create(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (board == MAP_FAILED)
		return NULL;
	board_set_window(board, (struct window){UINT64_MAX, UINT64_MAX});
	board->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (board->wake_fd < 0) {
		munmap(board, sizeof(*board));
		return NULL;
	}
	return board;
}

void board_destroy(struct board *board)
{
	if (board != NULL) {
		close(board->wake_fd);
		munmap(board, sizeof(*board));
	}
}

/* Of processes that weren't started, all is 0. */
uint64_t board_opened(const struct board *board)
{
	uint64_t n = 0;

	for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++)
		n += atomic_load(&board->loads[i].opened);
	return n;
}

uint64_t board_received(const struct board *board)
{
	uint64_t n = 0;

	for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++)
		n += atomic_load(&board->loads[i].received);
	return n;
}

uint64_t board_lost(const struct board *board, enum plan_health health)
{
	uint64_t n = 0;

	for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++)
		n += atomic_load(&board->loads[i].lost[health]);
	return n;
}

uint64_t board_done(const struct board *board)
{
	uint64_t n = board_lost(board, PLAN_HEALTHY) + board_lost(board, PLAN_SLOW);

	for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++)
		n += atomic_load(&board->loads[i].done);
	return n;
}

void board_wake(const struct board *board)
{
	const uint64_t one = 1;

	while (write(board->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* A reader that sees only one of them takes the window for empty: both lie ahead. */
void board_set_window(struct board *board, struct window window)
{
	atomic_store(&board->end, window.end);
	atomic_store(&board->first, window.first);
}

struct window board_window(const struct board *board)
{
	return (struct window){
		.first = atomic_load_explicit(&board->first, memory_order_relaxed),
		.end = atomic_load_explicit(&board->end, memory_order_relaxed),
	};
}
