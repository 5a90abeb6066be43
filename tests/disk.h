/* SPDX-License-Identifier: MIT */
/*
 * A disk that loses power: a SQLite VFS over the real one that knows, for each file of one folder,
 * what it was at its last sync and what was written since. A crash keeps the former, and of the
 * latter nothing, some, or some in part, in any order.
 */
#ifndef SPILLWAY_TESTS_DISK_H
#define SPILLWAY_TESTS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disk_fault { DISK_FINE, DISK_FULL, DISK_SYNC_FAILS };

/* Becomes the default VFS. */
void disk_register(void);
/* Files of this folder (NULL: none) are watched from now on; others pass. All of them are
 * closed. */
void disk_watch(const char *folder);
/* Called after each write and sync, by the thread that did it. NULL: nothing is. */
void disk_set_hook(void (*hook)(void));
void disk_set_fault(enum disk_fault fault);

/* Writes what a crash now would leave to a folder that is there. Seeded. */
int disk_crash(const char *folder, uint64_t *seed);
/* Whether a text was synced, in any file. */
bool disk_holds(const char *text);
/* How often database files were synced, which is done by checkpoints only. */
unsigned disk_checkpoints(void);

/* A small generator (xorshift64*): below n. */
uint64_t disk_random(uint64_t *seed, uint64_t n);

#endif
