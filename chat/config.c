/* SPDX-License-Identifier: MIT */
#include "chat/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chat/nick.h"
#include "chat/word.h"
#include "common/log.h"
#include "common/url.h"
#include "common/utf8.h"

static const char *const io_names[] = {"auto", "uring", "epoll", NULL};

static const char *const registration_names[] = {
	[CHAT_REGISTRATION_OPEN] = "open", [CHAT_REGISTRATION_CLOSED] = "closed", NULL};

#define FIELD(name) offsetof(struct chat_config, name)

const struct option_row chat_config_rows[] = {
	{"config", OPTION_TEXT, FIELD(config), "FILE", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "read this configuration file (default " OPTIONS_DEFAULT_FILE ", if it exists)"},
	{"check-config", OPTION_BOOL, FIELD(check_config), NULL, NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE, "read the configuration file, say whether it is all right, and end"},
	{"listen", OPTION_LIST, FIELD(listen), "ADDR:PORT", "localhost:" CHAT_DEFAULT_PORT, 0, 0,
	 NULL, OPTION_EVERYWHERE, "listen here; [::]:6667 and 0.0.0.0:6667 open it to the world"},
	{"control", OPTION_TEXT, FIELD(control), "PATH", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "the control socket's path (default: chat.sock in /run/spillway, else in "
	 "$XDG_RUNTIME_DIR/spillway, else in /tmp/spillway-UID)"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "auto", 0, 0, io_names, OPTION_EVERYWHERE,
	 "the kernel's interface: io_uring where it is allowed, else epoll; or one by force"},
	{"log-level", OPTION_CHOICE, FIELD(log_level), "LEVEL", "info", 0, 0, log_level_names,
	 OPTION_EVERYWHERE, "say so much on standard error"},
	{"data", OPTION_TEXT, FIELD(data), "DIR", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "keep the data in this folder (default /var/lib/spillway, else $XDG_STATE_HOME/spillway, "
	 "else ~/.local/state/spillway)"},

	{"name", OPTION_TEXT, FIELD(name), "HOST", "chat.localhost", 0, 0, NULL, OPTION_EVERYWHERE,
	 "the server's name in its messages, with a dot in it"},
	{"network", OPTION_TEXT, FIELD(network), "NAME", "Spillway", 0, 0, NULL, OPTION_EVERYWHERE,
	 "what clients call this chat; one word"},
	{"motd", OPTION_TEXT, FIELD(motd), "FILE", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "the message of the day: shown to everybody who comes"},

	{"web-origin", OPTION_LIST, FIELD(web_origins), "ORIGIN", NULL, 0, 0, NULL,
	 OPTION_EVERYWHERE, "only pages from there (https://example.org) may use the WebSocket"},
	{"cloak", OPTION_BOOL, FIELD(cloak), NULL, "yes", 0, 0, NULL, OPTION_EVERYWHERE,
	 "others see cloaks instead of people's addresses"},

	{"relay", OPTION_TEXT, FIELD(relay), "PATH", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "tell rooms of their streams, as the relay with this control socket tells of them; auto: "
	 "the first of the usual places where there is one"},
	{"relay-grace", OPTION_NUMBER, FIELD(relay_grace_s), "S", "15", 0, 3600, NULL,
	 OPTION_EVERYWHERE, "a stream that returns within so long hasn't ended"},

	{"max-clients", OPTION_NUMBER, FIELD(max_clients), "N", "10000", 1, 1000000, NULL,
	 OPTION_EVERYWHERE, "so many connections at once"},
	{"max-per-address", OPTION_NUMBER, FIELD(max_per_address), "N", "4096", 1, 1000000, NULL,
	 OPTION_EVERYWHERE, "so many connections from one address (one /64 with IPv6)"},
	{"max-rooms", OPTION_NUMBER, FIELD(max_rooms), "N", "10000", 1, 1000000, NULL,
	 OPTION_EVERYWHERE, "so many rooms at once"},
	{"max-joined", OPTION_NUMBER, FIELD(max_joined), "N", "50", 1, 1000, NULL,
	 OPTION_EVERYWHERE, "a client may be in so many rooms"},
	{"max-owned", OPTION_NUMBER, FIELD(max_owned), "N", "10", 0, 1000000, NULL,
	 OPTION_EVERYWHERE, "an account may own so many rooms, which are kept; 0: none are"},
	{"max-queue", OPTION_BYTES, FIELD(max_queue), "BYTES", "2M", 32 << 10, 1 << 30, NULL,
	 OPTION_EVERYWHERE, "so much may wait for a client that doesn't read; it goes then"},

	{"quiet-room", OPTION_NUMBER, FIELD(quiet_room), "N", "200", 0, 1000000, NULL,
	 OPTION_EVERYWHERE, "who comes into a room of more doesn't show; 0: all always do"},

	{"replay", OPTION_NUMBER, FIELD(replay), "N", "20", 0, 100, NULL, OPTION_EVERYWHERE,
	 "who joins and can't ask for history is told the last so many messages; 0: none"},
	{"keep-days", OPTION_NUMBER, FIELD(keep_days), "N", "90", 0, 36500, NULL, OPTION_EVERYWHERE,
	 "forget what was said so many days ago; 0: never for its age"},
	{"keep-messages", OPTION_NUMBER, FIELD(keep_messages), "N", "100000", 0, 1000000000, NULL,
	 OPTION_EVERYWHERE, "keep the last so many messages of each room; 0: all"},
	{"guests", OPTION_BOOL, FIELD(guests), NULL, "yes", 0, 0, NULL, OPTION_EVERYWHERE,
	 "who isn't logged in to an account may come, too; --no-guests"},
	{"registration", OPTION_CHOICE, FIELD(registration), "WHO", "open", 0, 0,
	 registration_names, OPTION_EVERYWHERE,
	 "open: everybody may make an account; closed: only operators of the service make them"},
	{"registrations", OPTION_NUMBER, FIELD(registrations), "N", "10", 0, 1000000, NULL,
	 OPTION_EVERYWHERE,
	 "from one address so many accounts may be made in an hour; 0: any number"},
	{"max-accounts", OPTION_NUMBER, FIELD(max_accounts), "N", "100000", 1, 10000000, NULL,
	 OPTION_EVERYWHERE, "so many accounts, deleted ones included"},
	{"login-failures", OPTION_NUMBER, FIELD(login_failures), "N", "20", 0, 1000000, NULL,
	 OPTION_EVERYWHERE,
	 "from one address so many may fail to log in within ten minutes; 0: any number"},
	{"block-word", OPTION_LIST, FIELD(block_words), "WORD", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "nobody may say it in a room; * is anything, ? one character"},
	{"flood", OPTION_LIST, FIELD(flood_wishes), "KIND=N/TIME", NULL, 0, 0, NULL,
	 OPTION_EVERYWHERE,
	 "so many of a kind at once, and in so long; 0: no limit (default " FLOOD_DEFAULTS ")"},

	{"add-operator", OPTION_TEXT, FIELD(add_operator), "NAME", NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE,
	 "make this account an operator of the service, and the account where there is none, and "
	 "end"},
	{"remove-operator", OPTION_TEXT, FIELD(remove_operator), "NAME", NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE, "this account is no operator any more; and end"},
	{"set-password", OPTION_TEXT, FIELD(set_password), "NAME", NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE, "give this account another password, and end"},
	{"export-announcements", OPTION_TEXT, FIELD(export_announcements), "FILE", NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE,
	 "write the announcements to this file, as JSON, and end; the file before is kept as "
	 "FILE.backup"},
	{"import-announcements", OPTION_TEXT, FIELD(import_announcements), "FILE", NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE, "put those of this file in the place of all there are, and end"},

	{"registration-timeout", OPTION_NUMBER, FIELD(registration_timeout_s), "S", "60", 1, 3600,
	 NULL, OPTION_EVERYWHERE, "who connects must have said who he is after so long"},
	{"ping-interval", OPTION_NUMBER, FIELD(ping_interval_s), "S", "90", 1, 3600, NULL,
	 OPTION_EVERYWHERE, "who is silent for so long is asked whether he is still there"},
	{"ping-timeout", OPTION_NUMBER, FIELD(ping_timeout_s), "S", "60", 1, 3600, NULL,
	 OPTION_EVERYWHERE, "and has so long to answer"},
	{"leave-delay", OPTION_NUMBER, FIELD(leave_delay_s), "S", "10", 0, 600, NULL,
	 OPTION_EVERYWHERE, "who loses the connection may be back so soon as if nothing had been"},
	{"drain-timeout", OPTION_NUMBER, FIELD(drain_timeout_s), "S", "5", 0, 3600, NULL,
	 OPTION_EVERYWHERE, "on SIGTERM, connections have so long to end well"},
	{0},
};

/* ---- what values have to be; the file and the command line alike ---- */

static int check_name(const char *text, char *ret_error, size_t error_size)
{
	if (nick_host_valid(text))
		return 0;
	snprintf(ret_error, error_size, "a server's name is a host's, with a dot in it");
	return -EINVAL;
}

static int check_network(const char *text, char *ret_error, size_t error_size)
{
	if (*text != '\0' && strlen(text) <= CHAT_MAX_NETWORK &&
	    strpbrk(text, " :,=\t\r\n") == NULL && utf8_valid(slice_from(text)))
		return 0;
	snprintf(ret_error, error_size, "that must be one word of at most %d bytes",
		 CHAT_MAX_NETWORK);
	return -EINVAL;
}

static int check_listen(const char *text, char *ret_error, size_t error_size)
{
	char host[256], port[6];

	if (url_parse_endpoint(text, "localhost", CHAT_DEFAULT_PORT, host, port) == 0)
		return 0;
	snprintf(ret_error, error_size, "%s is not ADDR:PORT", text);
	return -EINVAL;
}

static int check_owner(const char *text, char *ret_error, size_t error_size)
{
	if (nick_valid(text))
		return 0;
	snprintf(ret_error, error_size, "an owner is an account, and has a nick's name");
	return -EINVAL;
}

/* Only the chat knows accounts. */
static const struct option_check stream_checks[] = {
	{"key", stream_rules_check_hash},
	{"token", stream_rules_check_hash},
	{"title", stream_rules_check_title},
	{"owner", check_owner},
	{NULL, NULL},
};

static int check_block_word(const char *text, char *ret_error, size_t error_size)
{
	if (word_valid(text))
		return 0;
	snprintf(ret_error, error_size,
		 "'%s': that must be one word of at most %d bytes, and not everything", text,
		 WORD_MAX);
	return -EINVAL;
}

/* As browsers say it: another spelling would lock all pages out. */
static int check_web_origin(const char *text, char *ret_error, size_t error_size)
{
	size_t scheme = strncmp(text, "https://", 8) == 0  ? 8
			: strncmp(text, "http://", 7) == 0 ? 7
							   : 0;

	if (scheme != 0 && text[scheme] != '\0' && strpbrk(text + scheme, "/?#@ \t,") == NULL)
		return 0;
	snprintf(ret_error, error_size, "%s is no origin such as https://example.org", text);
	return -EINVAL;
}

static int check_flood(const char *text, char *ret_error, size_t error_size)
{
	struct flood_rules rules;

	flood_rules_init(&rules);
	if (flood_rules_set(&rules, text) == 0)
		return 0;
	snprintf(ret_error, error_size,
		 "%s: that is no limit like messages=10/10s, or 0; see spillway-chat(8)", text);
	return -EINVAL;
}

static const struct option_check checks[] = {
	{"block-word", check_block_word},
	{"flood", check_flood},
	{"name", check_name},
	{"network", check_network},
	{"listen", check_listen},
	{"web-origin", check_web_origin},
	{NULL, NULL},
};

static struct option_section chat_section(struct chat_config *config)
{
	return (struct option_section){
		.name = "chat", .rows = chat_config_rows, .fields = config, .checks = checks};
}

static int load_file(struct chat_config *config, const char *path, char *error, size_t error_size)
{
	static const char *const others[] = {"relay", "capture", "rendition", NULL};
	struct option_section sections[] = {
		chat_section(config),
		stream_rules_section(&config->streams),
	};

	sections[1].checks = stream_checks;
	return options_file(path, sections, 2, others, error, error_size);
}

static int check_operator(const char *name, const char *option)
{
	if (name == NULL || nick_valid(name))
		return 0;
	log_error("--%s %s: an account is called like a nick, 1 to %d letters, digits and "
		  "[]{}\\|^_`-",
		  option, name, NICK_MAX);
	return 2;
}

/* The command line's; and limits are understood. */
static int check(struct chat_config *config, char *error, size_t error_size)
{
	const char *name = config->name != NULL ? config->name : "";
	const char *network = config->network != NULL ? config->network : "";
	char why[256];

	for (size_t i = 0; i < config->block_words.n; i++) {
		if (check_block_word(config->block_words.items[i], why, sizeof(why)) < 0) {
			snprintf(error, error_size, "--block-word %s", why);
			return 2;
		}
	}
	for (size_t i = 0; i < config->web_origins.n; i++) {
		if (check_web_origin(config->web_origins.items[i], why, sizeof(why)) < 0) {
			snprintf(error, error_size, "--web-origin %s", why);
			return 2;
		}
	}
	flood_rules_init(&config->flood);
	for (size_t i = 0; i < config->flood_wishes.n; i++) {
		if (flood_rules_set(&config->flood, config->flood_wishes.items[i]) < 0) {
			check_flood(config->flood_wishes.items[i], why, sizeof(why));
			snprintf(error, error_size, "--flood %s", why);
			return 2;
		}
	}
	config->flood.kinds[FLOOD_ACCOUNTS] =
		flood_rule_of(config->registrations, CHAT_REGISTRATIONS_S);
	config->flood.kinds[FLOOD_LOGINS] =
		flood_rule_of(config->login_failures, CHAT_LOGIN_FAILURES_S);
	if (check_name(name, why, sizeof(why)) < 0) {
		snprintf(error, error_size, "--name %s: %s", name, why);
		return 2;
	}
	if (config->export_announcements != NULL && config->import_announcements != NULL) {
		snprintf(error, error_size,
			 "--export-announcements and --import-announcements: one at a time");
		return 2;
	}
	if (check_network(network, why, sizeof(why)) < 0) {
		snprintf(error, error_size, "--network %s: %s", network, why);
		return 2;
	}
	return check_operator(config->add_operator, "add-operator") != 0 ||
			       check_operator(config->remove_operator, "remove-operator") != 0 ||
			       check_operator(config->set_password, "set-password") != 0
		       ? 2
		       : 0;
}

/* Returns the exit status; ret_error is "" where it was said already. */
static int load(struct chat_config *config, int argc, char *argv[], char *error, size_t error_size)
{
	const struct option_section section = chat_section(config);
	const struct option_program program = {
		.name = "spillway-chat",
		.usage = "[OPTION]...",
		.summary = "Rooms beside streams, for every IRC client.",
		.more = "Talk:  irssi -c localhost\n"
			"       then /join #cam, the room of the stream cam\n",
		.rows = chat_config_rows,
		.fields = config,
		.sections = &section, /* those of streams are the relay's to print */
		.n_sections = 1,
	};
	const char *path = options_config_path(argc, argv);

	*config = (struct chat_config){.argc = argc, .argv = argv};
	*error = '\0';
	options_init(chat_config_rows, config);
	if (path != NULL && load_file(config, path, error, error_size) < 0)
		return 1;
	return options_command_line(&program, argc, argv) < 0 ? 2
							      : check(config, error, error_size);
}

int chat_config_load(struct chat_config *config, int argc, char *argv[])
{
	char error[CHAT_CONFIG_ERROR_SIZE];
	int status = load(config, argc, argv, error, sizeof(error));

	if (*error != '\0')
		log_error_lines(error, "");
	return status;
}

int chat_config_again(const struct chat_config *config, struct chat_config *ret_fresh,
		      char *ret_error, size_t error_size)
{
	if (load(ret_fresh, config->argc, config->argv, ret_error, error_size) == 0)
		return 0;
	chat_config_finish(ret_fresh);
	return -EINVAL;
}

void chat_config_finish(struct chat_config *config)
{
	options_finish(chat_config_rows, config);
	stream_rules_finish(&config->streams);
}
