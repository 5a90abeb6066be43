/* SPDX-License-Identifier: MIT */
/*
 * The tables of the database, and how one of an earlier version becomes the present one: a table of
 * steps.
 */
#ifndef SPILLWAY_SCHEMA_H
#define SPILLWAY_SCHEMA_H

/* application_id of the file, so that it can be told from other databases: "SpCh". */
#define SCHEMA_APPLICATION 0x53704368

struct schema_step {
	const char *sql; /* leads from the version before */
};

/* Version 0 is an empty database; schema_steps[v] makes version v + 1 of version v. */
extern const struct schema_step schema_steps[];
extern const int schema_version; /* the present one: how many steps there are */

#endif
