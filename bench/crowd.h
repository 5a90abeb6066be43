/* SPDX-License-Identifier: MIT */
/*
 * Clients of a chat, all in one process and one thread: they register, join rooms, and talk in one,
 * with a bounded number of messages on their way. A message has arrived when each receiver has it.
 */
#ifndef SPILLWAY_BENCH_CROWD_H
#define SPILLWAY_BENCH_CROWD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CROWD_MAX_CLIENTS = 16000,
	CROWD_MAX_WINDOW = 1024,
	CROWD_MAX_SENDERS = 64,
	CROWD_MIN_TEXT = 16,
	CROWD_MAX_TEXT = 400,
	CROWD_LINE_SIZE = 1024,
	CROWD_CHECKED = 16, /* one receiver in so many looks at each line's number */
	CROWD_AT_ONCE = 64, /* are opened, or join, where nothing else is said */
};

struct crowd_client {
	int fd;
	bool checked;
	uint8_t waits_for;   /* enum crowd_answer */
	uint16_t n_line;     /* bytes of the line that isn't whole yet */
	uint64_t n_messages; /* that came */
	uint64_t *newest;    /* of each sender, of who is checked; owned */
	char line[CROWD_LINE_SIZE];
};

struct crowd { /* start with crowd_init() */
	struct sockaddr_in server;
	int epoll;
	struct crowd_client *clients;
	size_t n;
	size_t n_answered; /* that wait for nothing any more */
	bool talking;
	size_t n_senders, window, text_len; /* the first so many talk, all others receive */
	uint64_t sent, arrived; /* messages; the latter in order: all receivers have those before */
	uint32_t passed
		[CROWD_MAX_WINDOW]; /* how many receivers have message N, in slot N % window */
	uint64_t deliveries;	    /* lines that came while it talks, senders' included */
	uint64_t faults;	    /* numbers out of order, and lines that are none of ours */
	char why[256];		    /* what went wrong */
};

/* So many clients, not connected yet. -ENOMEM, or epoll's -errno. */
int crowd_init(struct crowd *crowd, const struct sockaddr_in *server, size_t n);
void crowd_finish(struct crowd *crowd);

/* All of these return 0, or -errno with why filled in. */
/* So many at a time. */
int crowd_register(struct crowd *crowd, size_t at_once);
/* Into rooms of so many, so many at a time. */
int crowd_join(struct crowd *crowd, size_t room_size, size_t at_once);
/* Takes what still comes, until nothing came for a moment. */
int crowd_settle(struct crowd *crowd);
/* In the first room, in which all are. Once; crowd_talk() goes on from there. */
void crowd_begin(struct crowd *crowd, size_t n_senders, size_t window, size_t text_len);
int crowd_talk(struct crowd *crowd, int64_t time_us);

#endif
