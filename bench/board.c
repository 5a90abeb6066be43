/* SPDX-License-Identifier: MIT */
#include "bench/board.h"

#include <sys/mman.h>

struct board *board_create(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (board == MAP_FAILED)
		return NULL;
	board_set_window(board, (struct window){UINT64_MAX, UINT64_MAX});
	return board;
}

void board_destroy(struct board *board)
{
	if (board != NULL)
		munmap(board, sizeof(*board));
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
