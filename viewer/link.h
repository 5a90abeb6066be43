/* SPDX-License-Identifier: MIT */
/*
 * A client's connection to a chat server, on common/io.h:
 *
 *	1. the host is looked up, and its addresses are tried in turn,
 *	2. capabilities are agreed on (IRCv3, version 302), a nick is taken, and with an account we log in,
 *	3. messages come and go; PINGs find out whether the server is still there,
 *	4. when it isn't, it begins again at 1 after a while, unless it was told not to.
 *
 * Each line that is sent is answered, so that one knows what arrived: by its label
 * (labeled-response), or, with a server that has no labels, by the PONG to a PING behind it.
 *
 * The caller owns the struct; it must stay until `ended` was called.
 */
#ifndef SPILLWAY_LINK_H
#define SPILLWAY_LINK_H

#include "common/backoff.h"
#include "common/io.h"
#include "common/message.h"
#include "common/resolver.h"
#include "viewer/login.h"

enum {
	LINK_MAX_SENTENCE = 512, /* bytes, with the NUL */
	LINK_NICK_SIZE = 65,
	LINK_MAX_UNANSWERED = 128, /* lines under way */
	LINK_MAX_BATCHES = 8,	   /* answers of several messages under way */
	LINK_REF_SIZE = 65,
	LINK_CONNECT_S = 5,   /* for one address */
	LINK_REGISTER_S = 30, /* for the welcome */
	LINK_PING_S = 30,     /* without a byte: ask */
	LINK_SILENT_S = 60,   /* without a byte: lost */
	LINK_QUIT_S = 2,      /* for the server's good-bye */
	LINK_INPUT_SIZE = MESSAGE_MAX_TAGS + MESSAGE_MAX_LINE + 1,
	LINK_OUTPUT_SIZE = 65536,
	LINK_MAX_LINES = 16, /* of a message, where the server doesn't say */
};

struct link_options {
	const char *host, *port, *nick;
	const char *account, *password; /* to log in with; NULL: as a guest */
	bool reconnect;			/* after a loss; the first time it has to work */
	bool substitute; /* for a nick that is taken another is found the first time, too */
};

struct link;

struct link_handler {
	/* The welcome has come, for the first time or again. */
	void (*up)(struct link *link);
	/* What came, but for what keeps the connection going; borrowed until the return. label: of
	 * the line that it answers; 0: none, as far as is known. Of a server without labels it may
	 * be the answer to that line, if it is an answer. */
	void (*message)(struct link *link, const struct message *message, uint32_t label);
	/* A line was answered, so that there is room for another. */
	void (*answered)(struct link *link, uint32_t label);
	/* How link_log_in() went: 0 or -errno, and a sentence for people. */
	void (*logged_in)(struct link *link, int error, const char *sentence);
	/* The connection is lost, and tried again. What wasn't answered may or may not have
	 * arrived. */
	void (*lost)(struct link *link, const char *sentence);
	/* The end: 0 or -errno, and a sentence for people. */
	void (*ended)(struct link *link, int error, const char *sentence);
};

/* What is asked for, where it is offered: bits, in the order of their names. */
enum link_cap {
	LINK_CAP_BATCH = 1u << 0,
	LINK_CAP_HISTORY = 1u << 1,
	LINK_CAP_READ = 1u << 2,
	LINK_CAP_LABELS = 1u << 3,
	LINK_CAP_SASL = 1u << 4,
	LINK_CAP_METADATA = 1u << 5,
	LINK_CAP_ACCOUNT_TAG = 1u << 6,
	LINK_CAP_ECHO = 1u << 7,
	LINK_CAP_TAGS = 1u << 8,
	LINK_CAP_MULTILINE = 1u << 9,
};

enum link_state {
	LINK_IDLE,
	LINK_RESOLVING,
	LINK_CONNECTING,
	LINK_REGISTERING,
	LINK_UP,
	LINK_QUITTING,
	LINK_CLOSING, /* waits for all operations to end */
	LINK_RETRYING
};

enum link_next { LINK_NEXT_END, LINK_NEXT_ADDRESS, LINK_NEXT_TRY };

struct link_batch {
	char ref[LINK_REF_SIZE];
	uint32_t label;
};

struct link { /* to be read: state, caps, n_unanswered, max_bytes, max_lines, nick; the rest is private */
	void *context;
	enum link_state state;
	unsigned caps; /* enum link_cap */
	size_t n_unanswered;
	size_t max_bytes,
		max_lines; /* of a message of several lines (draft/multiline); 0: there are none */
	char nick[LINK_NICK_SIZE]; /* what we are called now */

	struct io *io;
	const struct link_options *options;
	const struct link_handler *handler;
	enum link_next next;
	int error;
	char sentence[LINK_MAX_SENTENCE];
	char farewell[LINK_MAX_SENTENCE]; /* the server's ERROR; "": none */
	struct resolver resolver;
	struct addrinfo *addresses, *address;
	int fd;
	struct backoff backoff;
	bool was_up;
	char wanted[LINK_NICK_SIZE]; /* what we want to be called */
	bool asks_nick;		     /* on our own account */
	bool watches_nick;	     /* the server tells us when it is free (MONITOR) */
	unsigned offered;
	char mechanisms[128]; /* for logging in, as offered */
	struct login login;
	bool logs_in;			       /* and it isn't known yet how that went */
	char challenge[2 * LOGIN_MAX_MESSAGE]; /* Base64, as far as it has come */
	size_t challenge_len;
	uint32_t last_label, unanswered[LINK_MAX_UNANSWERED];
	struct link_batch batches[LINK_MAX_BATCHES];
	int64_t heard_us, pinged_us, deadline_us;
	struct io_op connect, recv, send, watchdog, retry;
	char in[LINK_INPUT_SIZE];
	size_t in_len;
	bool skips; /* a line that is too long, to its end */
	char out[LINK_OUTPUT_SIZE];
	size_t out_len;
};

/* Everything is borrowed until the end. */
void link_start(struct link *link, struct io *io, const struct link_options *options,
		const struct link_handler *handler, void *context);
/* A line with CR LF, without tags, or several that are answered as one; *ret_label is what
 * answered() will be given. -ENOTCONN; -ENOBUFS: LINK_MAX_UNANSWERED are under way. */
int link_send(struct link *link, const char *line, size_t len, uint32_t *ret_label);
/* The same with tags that clients tell each other, without '@' and blank; "": none. */
int link_send_tagged(struct link *link, const char *tags, const char *line, size_t len,
		     uint32_t *ret_label);
/* Logs in to another account, or for the first time; logged_in() says how that went, unless the
 * connection is lost before. Both are borrowed until then. -ENOTCONN; -EBUSY: that is under way
 * already. */
int link_log_in(struct link *link, const char *account, const char *password);
/* Says good-bye, with a line like that or "" for none, and ends soon. May be called again. */
void link_quit(struct link *link, const char *line, size_t len);

#endif
