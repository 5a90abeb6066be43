/* SPDX-License-Identifier: MIT */
#include "chat/metrics.h"

#include "chat/commands.h"
#include "common/usage.h"

static const struct exposition_labels none;

static void label(struct exposition_labels *labels, const char *name, const char *value)
{
	*labels = (struct exposition_labels){0};
	exposition_label(labels, name, value);
}

static void write_totals(const struct server *server, struct exposition *out)
{
	const struct counters *counters = &server->counters;
	bool stores = store_refuses(server->store) == 0 && server->store_error == 0;
	struct store_counts store;

	store_counts(server->store, &store);
	const struct {
		const char *name, *type, *help;
		uint64_t count;
	} totals[] = {
		{"spillway_chat_connections", "gauge", "Connections.", server->n_clients},
		{"spillway_chat_users", "gauge", "Those who have registered.",
		 server->n_registered},
		{"spillway_chat_operators", "gauge", "Operators of the service who are here.",
		 server->n_operators},
		{"spillway_chat_rooms", "gauge", "Rooms.", server->rooms.n},
		{"spillway_chat_connections_total", "counter", "Connections accepted.",
		 counters->connections},
		{"spillway_chat_refused_connections_total", "counter",
		 "Connections closed because the chat was full, or their address had too many.",
		 counters->refused},
		{"spillway_chat_room_messages_total", "counter",
		 "Messages to rooms that were stored and told.", counters->messages},
		{"spillway_chat_private_messages_total", "counter", "Messages to people.",
		 counters->privates},
		{"spillway_chat_history_messages_total", "counter",
		 "Messages in answers to CHATHISTORY.", counters->history},
		{"spillway_chat_received_lines_total", "counter", "Lines from clients.",
		 counters->conns.lines_in},
		{"spillway_chat_sent_lines_total", "counter", "Lines queued for clients.",
		 counters->conns.lines_out},
		{"spillway_chat_received_bytes_total", "counter", "Bytes from clients.",
		 counters->conns.bytes_in},
		{"spillway_chat_sent_bytes_total", "counter", "Bytes that clients' sockets took.",
		 counters->conns.bytes_out},
		{"spillway_chat_queue_overflows_total", "counter",
		 "Clients closed because too much waited for them.", counters->conns.overflows},
		{"spillway_chat_store_writes_total", "counter", "Writes confirmed by the disk.",
		 store.writes},
		{"spillway_chat_store_commits_total", "counter",
		 "Transactions in which they were written.", store.commits},
		{"spillway_chat_store_refused_writes_total", "counter",
		 "Writes that came to nothing: too many waited, or the disk failed.",
		 store.refused},
		{"spillway_chat_store_memory_bytes", "gauge",
		 "Memory of the database: its caches above all.", store.memory_bytes},
		{"spillway_chat_store_works", "gauge", "Whether the last write was stored.",
		 stores},
	};

	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		exposition_family(out, totals[i].name, totals[i].type, totals[i].help);
		exposition_count(out, &none, totals[i].count);
	}
}

static void write_commands(const struct server *server, struct exposition *out)
{
	exposition_family(out, "spillway_chat_commands_total", "counter",
			  "Commands of clients that were run.");
	for (size_t i = 0; commands_name(i) != NULL; i++) {
		struct exposition_labels labels;

		label(&labels, "command", commands_name(i));
		exposition_count(out, &labels, server->command_counts[i]);
	}
}

static void write_reloads(const struct server *server, struct exposition *out)
{
	struct exposition_labels labels;

	exposition_family(out, "spillway_chat_reloads_total", "counter",
			  "How often the configuration was read again.");
	label(&labels, "result", "changed");
	exposition_count(out, &labels, server->counters.reloads);
	label(&labels, "result", "refused");
	exposition_count(out, &labels, server->counters.failed_reloads);
}

static void write_build(const struct server *server, struct exposition *out)
{
	struct exposition_labels info = {0};

	exposition_label(&info, "version", SPILLWAY_VERSION);
	exposition_label(&info, "io", io_name(server->io));
	exposition_family(out, "spillway_chat_build_info", "gauge",
			  "Which chat this is; always 1.");
	exposition_count(out, &info, 1);
}

void metrics_write(const struct server *server, struct exposition *out)
{
	struct usage usage = usage_read();

	write_totals(server, out);
	write_commands(server, out);
	write_reloads(server, out);
	write_build(server, out);
	usage_expose(&usage, server->started_s, out);
}
