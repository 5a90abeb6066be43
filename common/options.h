/* SPDX-License-Identifier: MIT */
/*
 * Options: one table per program drives the command line, the configuration file and --help. A row
 * is a field of a plain struct that is filled once at start and constant after that.
 *
 *	1. options_init() puts the rows' defaults into the struct.
 *	2. options_file() reads the configuration file (INI, by inih) over them.
 *	3. options_command_line() goes over both, so that the command line wins.
 *
 * (The command line is looked through for --config before step 2: options_config_path().)
 * Every option has the same name in the file, without the hyphens before it.
 */
#ifndef SPILLWAY_OPTIONS_H
#define SPILLWAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define OPTIONS_DEFAULT_FILE "/etc/spillway/spillway.ini"

enum {
	OPTIONS_MAX_ROWS = 64,	     /* of a table */
	OPTIONS_MAX_NAME = 32,	     /* bytes of a row's name */
	OPTIONS_MAX_ITEMS = 64,	     /* of a list */
	OPTIONS_MAX_SECTIONS = 1024, /* of a file */
	OPTIONS_MAX_MISTAKES = 20,   /* of a file, that are told */
	OPTIONS_MAX_MISTAKE = 320,   /* bytes of a sentence about one */
	OPTIONS_ERROR_SIZE = 8192,   /* holds them all, but for very long paths */
};

enum option_type {
	OPTION_BOOL,   /* bool; a flag on the command line (--no-NAME too), yes/no in the file */
	OPTION_NUMBER, /* int64_t; min and max hold */
	OPTION_BYTES,  /* int64_t; "8M", "512K", "1G" or plain */
	OPTION_TIME,   /* int64_t, seconds; "90s", "10m", "1h", "2d" or plain */
	OPTION_TEXT,   /* char *, owned by the struct; NULL while not set; "" makes it so again */
	OPTION_LIST,   /* struct option_list; may be given many times; what the command line gives
			  replaces what the file gave, and what the file gives the default */
	OPTION_CHOICE, /* int: the index in choices */
};

enum option_place {
	OPTION_EVERYWHERE,
	OPTION_COMMAND_LINE, /* not in the file */
	OPTION_FILE,	     /* not on the command line: secrets, which ps would show */
};

struct option_list {
	char **items; /* owned */
	size_t n;
};

struct option_row {
	const char *name;
	enum option_type type;
	size_t offset;		    /* of the field */
	const char *value;	    /* what --help calls it: "MS"; NULL for a flag */
	const char *initial;	    /* the default, as text; NULL: false, 0, not set */
	int64_t min, max;	    /* numbers, bytes and times; a row of these needs both */
	const char *const *choices; /* NULL-terminated */
	enum option_place place;
	const char *help; /* one sentence; --help adds the default and the limits */
};

/* What a value has to be besides its type. */
struct option_check {
	const char *name; /* of the row */
	/* -EINVAL, and in ret_error what would be right. */
	int (*check)(const char *text, char *ret_error, size_t error_size);
};

/* A kind of section. A plain one ("relay") has one struct; a named one ("stream cam") gets a struct
 * per name from open(). */
struct option_section {
	const char *name;
	const char *example;	       /* of a named one's name, for --print-config */
	const struct option_row *rows; /* ends with a row whose name is NULL */
	void *fields;		       /* of a plain section */
	/* Named sections: returns the struct for this name, options_init()ed, or NULL with *ret_why
	 * set (constant) when the name won't do. */
	void *(*open)(void *context, const char *name, const char **ret_why);
	void *context;
	const struct option_check *checks; /* ends with one whose name is NULL; may be NULL */
};

struct option_program {
	const char *name;    /* "spillway-relay" */
	const char *usage;   /* behind the name: "[OPTION]... URL" */
	const char *summary; /* a sentence or two for --help */
	const char *more;    /* what --help says at its end: examples; may be NULL */
	const struct option_row *rows;
	void *fields;
	size_t min_arguments, max_arguments; /* that aren't options */
	/* Of the configuration file, for --print-config; none: there is no such option. The options
	 * are those of the one that has `rows`. */
	const struct option_section *sections;
	size_t n_sections;
};

void options_init(const struct option_row *rows, void *fields);
void options_finish(const struct option_row *rows, void *fields); /* frees what the fields own */

bool options_equal(const struct option_row *row, const void *a, const void *b);
/* Exchanges one field of two structs. */
void options_swap(const struct option_row *row, void *a, void *b);

/* The value of --config in argv; else the default file if it exists; else NULL. An explicitly named
 * one is returned in any case. Borrowed from argv. */
const char *options_config_path(int argc, char *const argv[]);

/*
 * Reads the file: the sections given, and skips the sections of other programs: those whose first
 * word is in `others` (NULL-terminated). Unknown sections and keys, bad values, duplicate sections
 * and (but for lists) duplicate keys are errors: returns -EINVAL (or the errno of opening), and in
 * ret_error a sentence with file and line for each, up to OPTIONS_MAX_MISTAKES, with line feeds
 * between them (log_error_lines()). The good sections were opened.
 */
int options_file(const char *path, const struct option_section *sections, size_t n_sections,
		 const char *const *others, char *ret_error, size_t error_size);
/* The same from a file that is open already (borrowed); path is its name in errors. */
int options_file_read(FILE *in, const char *path, const struct option_section *sections,
		      size_t n_sections, const char *const *others, char *ret_error,
		      size_t error_size);

/* The end of --check-config, where there was no error: says that the file (NULL: that there is
 * none) is all right, and returns the exit status. */
int options_all_right(const char *path);

/*
 * Returns the index in argv of the first argument that isn't an option (argv may be permuted), or:
 * -EINVAL after having said on standard error what is wrong and that --help helps: exit with 2.
 * --help, --version and --print-config print to standard output and exit(0). Names must be whole;
 * what is wrong is said without the value of an option that isn't there, which may be a secret.
 */
int options_command_line(const struct option_program *program, int argc, char *argv[]);

void options_help(const struct option_program *program, FILE *out);

/* A configuration file with every option of the program's sections, what it means, and its default,
 * commented out; what is true in given (by row, NULL: nothing is) has the program's own value. */
void options_print_config(const struct option_program *program, const bool *given, FILE *out);

/* Sets one field from text, as file and command line do; for tests and programs with rows of their
 * own. -EINVAL, -ERANGE; ret_error then says what would be right. */
int options_set(const struct option_row *row, void *fields, const char *text, char *ret_error,
		size_t error_size);

#endif
