/* SPDX-License-Identifier: MIT */
/* The chat's configuration, from options.h's tables: filled at start, and anew by reload.h. */
#ifndef SPILLWAY_CHAT_CONFIG_H
#define SPILLWAY_CHAT_CONFIG_H

#include "chat/flood.h"
#include "common/options.h"
#include "common/stream_rules.h"

#define CHAT_DEFAULT_PORT "6667"

/* As a path: the usual places (control.h). */
#define CHAT_RELAY_AUTO "auto"

enum {
	CHAT_MAX_NETWORK = 32,
	CHAT_CONFIG_ERROR_SIZE = OPTIONS_ERROR_SIZE,
	CHAT_REGISTRATIONS_S = 3600, /* in which there may be so many */
	CHAT_LOGIN_FAILURES_S = 600,
};

extern const struct option_row chat_config_rows[];

enum chat_registration { CHAT_REGISTRATION_OPEN, CHAT_REGISTRATION_CLOSED };

struct chat_config {
	int argc; /* what the program was called with, borrowed */
	char **argv;
	char *config;
	bool check_config;
	struct option_list listen;
	char *control; /* a path; NULL: control.h's choice */
	int io;	       /* enum io_backend */
	int log_level;
	char *data; /* a folder; NULL: data_home.h's choice */

	char *name;    /* of the server, as messages show it */
	char *network; /* what clients show */
	char *motd;    /* a file; NULL: none */
	struct option_list web_origins;
	struct stream_rules streams; /* of which the chat uses the owners */
	char *relay;		     /* its control socket; NULL: none */
	int64_t relay_grace_s;
	bool cloak; /* of addresses */

	int64_t max_clients;
	int64_t max_per_address;
	int64_t max_rooms;
	int64_t max_joined;
	int64_t max_owned;
	int64_t max_queue;		/* bytes */
	int64_t quiet_room;		/* members; 0: none is */
	int64_t replay;			/* messages; 0: none */
	int64_t keep_days;		/* 0: whatever its age */
	int64_t keep_messages;		/* of a conversation; 0: all */
	struct option_list block_words; /* masks; see word.h */
	struct option_list flood_wishes;
	struct flood_rules flood; /* made of these, and of what is for accounts */

	bool guests;	  /* they may come */
	int registration; /* enum chat_registration */
	int64_t max_accounts;
	int64_t registrations;	/* of an address, in an hour; 0: any number */
	int64_t login_failures; /* of an address, in ten minutes; 0: any number */

	/* Accounts: who is appointed, or dismissed, or gets another password, instead of serving;
	 * NULL: nobody. */
	char *add_operator;
	char *remove_operator;
	char *set_password;

	/* Files: announcements are written or read instead of serving; NULL: they aren't. */
	char *export_announcements;
	char *import_announcements;

	int64_t registration_timeout_s;
	int64_t ping_interval_s;
	int64_t ping_timeout_s;
	int64_t leave_delay_s; /* 0: none */
	int64_t drain_timeout_s;
};

/*
 * From the configuration file and the command line. Returns 0; or, having said why on standard
 * error, the exit status: 1 for the file, 2 for the command line.
 */
int chat_config_load(struct chat_config *config, int argc, char *argv[]);
/* The same again, into another struct, without a word: -EINVAL, with a sentence in ret_error, and
 * nothing to finish. */
int chat_config_again(const struct chat_config *config, struct chat_config *ret_fresh,
		      char *ret_error, size_t error_size);
void chat_config_finish(struct chat_config *config);

#endif
