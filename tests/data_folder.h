/* SPDX-License-Identifier: MIT */
/* A folder for a store, made for each test. */
#ifndef SPILLWAY_TESTS_DATA_FOLDER_H
#define SPILLWAY_TESTS_DATA_FOLDER_H

#include "chat/store.h"

enum { DATA_FOLDER_PATH = 256 };

extern char data_folder[64];

/* For cmocka: before and after each test. */
int data_folder_make(void **state);
int data_folder_remove(void **state);

/* A file in it. */
void data_folder_path(const char *name, char ret_path[DATA_FOLDER_PATH]);
/* Whether a text stands in a file. */
bool data_folder_has(const char *name, const char *text);
/* A store there, without a loop. */
struct store *data_folder_open(void);

#endif
