/* SPDX-License-Identifier: MIT */
#include "chat/schema.h"

/*
 * NOCASE compares as CASEMAPPING=ascii does: A to Z only.
 *
 * conversations: a room, by its name; or a private one, by the names of both in their order, with a
 * blank between them (history.c). They go with their last message. Messages keep their row when
 * they are deleted, without text, so that history can still be asked for from there.
 *
 * A deleted account keeps its name, so that nobody else can take it, and what it was told.
 */
static const char version_1[] =
	"CREATE TABLE settings (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"

	"CREATE TABLE conversations (id INTEGER PRIMARY KEY, "
	"	name TEXT NOT NULL COLLATE NOCASE UNIQUE, n INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, "
	"	conversation INTEGER NOT NULL, msgid TEXT NOT NULL UNIQUE, time_ms INTEGER NOT "
	"NULL, "
	"	command TEXT NOT NULL, source TEXT NOT NULL, account TEXT NOT NULL, "
	"	tags TEXT NOT NULL, text TEXT NOT NULL, bot INTEGER NOT NULL, "
	"	gone INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX messages_in_order ON messages (conversation, time_ms, id);"
	"CREATE TABLE participants (account TEXT NOT NULL COLLATE NOCASE, "
	"	conversation INTEGER NOT NULL, peer TEXT NOT NULL, "
	"	PRIMARY KEY (account, conversation)) WITHOUT ROWID;"
	"CREATE INDEX participants_by_conversation ON participants (conversation);"
	"CREATE TRIGGER message_comes AFTER INSERT ON messages BEGIN "
	"	UPDATE conversations SET n = n + 1 WHERE id = new.conversation; END;"
	"CREATE TRIGGER message_goes AFTER DELETE ON messages BEGIN "
	"	UPDATE conversations SET n = n - 1 WHERE id = old.conversation;"
	"	DELETE FROM conversations WHERE id = old.conversation AND n = 0; END;"
	"CREATE TRIGGER conversation_goes AFTER DELETE ON conversations BEGIN "
	"	DELETE FROM participants WHERE conversation = old.id; END;"

	"CREATE TABLE topics (room TEXT PRIMARY KEY COLLATE NOCASE, topic TEXT NOT NULL, "
	"	by TEXT NOT NULL, set_s INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE roles (room TEXT NOT NULL COLLATE NOCASE, "
	"	account TEXT NOT NULL COLLATE NOCASE, role INTEGER NOT NULL, "
	"	PRIMARY KEY (room, account)) WITHOUT ROWID;"
	"CREATE INDEX roles_by_account ON roles (account);"
	"CREATE TABLE rules (id INTEGER PRIMARY KEY, room TEXT NOT NULL COLLATE NOCASE, "
	"	kind INTEGER NOT NULL, mask TEXT NOT NULL COLLATE NOCASE, by TEXT NOT NULL, "
	"	reason TEXT NOT NULL, set_s INTEGER NOT NULL, expires_s INTEGER NOT NULL, "
	"	UNIQUE (room, kind, mask));"
	"CREATE INDEX rules_by_expiry ON rules (expires_s) WHERE expires_s != 0;"

	"CREATE TABLE accounts (name TEXT PRIMARY KEY COLLATE NOCASE, password TEXT NOT NULL, "
	"	scram TEXT NOT NULL, rank INTEGER NOT NULL, created_s INTEGER NOT NULL, "
	"	deleted INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
	"CREATE TABLE markers (account TEXT NOT NULL COLLATE NOCASE, "
	"	target TEXT NOT NULL COLLATE NOCASE, time_ms INTEGER NOT NULL, "
	"	PRIMARY KEY (account, target)) WITHOUT ROWID;"
	"CREATE TRIGGER account_goes AFTER UPDATE OF deleted ON accounts WHEN new.deleted BEGIN "
	"	DELETE FROM roles WHERE account = new.name;"
	"	DELETE FROM markers WHERE account = new.name;"
	"	DELETE FROM participants WHERE account = new.name; END;"

	"CREATE TABLE announcements (id INTEGER PRIMARY KEY AUTOINCREMENT, "
	"	room TEXT NOT NULL COLLATE NOCASE, by TEXT NOT NULL, text TEXT NOT NULL, "
	"	time_ms INTEGER NOT NULL);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, "
	"	by TEXT NOT NULL, action TEXT NOT NULL, room TEXT NOT NULL COLLATE NOCASE, "
	"	target TEXT NOT NULL, detail TEXT NOT NULL);";

/*
 * rooms: those that are kept while nobody is in them. What is known of a room goes with it; rules
 * of no room ('') are the service's. A role that is taken away is 0, and goes.
 *
 * In version 1 topics outlived every room; roles were not given yet.
 */
static const char version_2[] =
	"CREATE TABLE rooms (room TEXT PRIMARY KEY COLLATE NOCASE, created_s INTEGER NOT NULL) "
	"WITHOUT ROWID;"
	"CREATE TABLE room_modes (room TEXT NOT NULL COLLATE NOCASE, mode TEXT NOT NULL, "
	"	value TEXT NOT NULL, PRIMARY KEY (room, mode)) WITHOUT ROWID;"
	"INSERT INTO rooms (room, created_s) "
	"	SELECT DISTINCT room, CAST(strftime('%s', 'now') AS INTEGER) FROM roles;"
	"DELETE FROM topics WHERE room NOT IN (SELECT room FROM rooms);"
	"DELETE FROM rules WHERE room != '' AND room NOT IN (SELECT room FROM rooms);"
	"CREATE TRIGGER room_goes AFTER DELETE ON rooms BEGIN "
	"	DELETE FROM topics WHERE room = old.room;"
	"	DELETE FROM roles WHERE room = old.room;"
	"	DELETE FROM room_modes WHERE room = old.room;"
	"	DELETE FROM rules WHERE room = old.room; END;"
	"CREATE TRIGGER role_goes AFTER UPDATE OF role ON roles WHEN new.role = 0 BEGIN "
	"	DELETE FROM roles WHERE room = new.room AND account = new.account; END;";

/* Somebody's messages are found without going through all that others have said there: for PURGE.
 * What is deleted already isn't gone through, either. */
static const char version_3[] =
	"CREATE INDEX messages_by_account ON messages (conversation, account COLLATE NOCASE, "
	"	time_ms, id) WHERE gone = 0;"
	"CREATE INDEX messages_by_source ON messages (conversation, source COLLATE NOCASE, "
	"	time_ms, id) WHERE gone = 0;";

/* target: an account, or a room that is kept, whose names begin with '#'. */
static const char version_4[] =
	"CREATE TABLE metadata (target TEXT NOT NULL COLLATE NOCASE, key TEXT NOT NULL, "
	"	value TEXT NOT NULL, PRIMARY KEY (target, key)) WITHOUT ROWID;"
	"CREATE TRIGGER account_metadata_goes AFTER UPDATE OF deleted ON accounts "
	"	WHEN new.deleted BEGIN DELETE FROM metadata WHERE target = new.name; END;"
	"CREATE TRIGGER room_metadata_goes AFTER DELETE ON rooms BEGIN "
	"	DELETE FROM metadata WHERE target = old.room; END;";

/*
 * Of messages `gone` says: 0 that they are there, 1 that they are deleted, and 2 that they are
 * none, but what happened in a room. These are counted apart. One may have happened in several
 * rooms: its msgid has a '/' and the conversation behind it.
 */
static const char version_5[] =
	"ALTER TABLE conversations ADD COLUMN events INTEGER NOT NULL DEFAULT 0;"
	"DROP INDEX messages_in_order;"
	"CREATE INDEX messages_in_order ON messages (conversation, gone, time_ms, id);"
	"DROP TRIGGER message_comes;"
	"CREATE TRIGGER message_comes AFTER INSERT ON messages BEGIN "
	"	UPDATE conversations SET n = n + (new.gone != 2), events = events + (new.gone = 2) "
	"	WHERE id = new.conversation; END;"
	"DROP TRIGGER message_goes;"
	"CREATE TRIGGER message_goes AFTER DELETE ON messages BEGIN "
	"	UPDATE conversations SET n = n - (old.gone != 2), events = events - (old.gone = 2) "
	"	WHERE id = old.conversation;"
	"	DELETE FROM conversations WHERE id = old.conversation AND n = 0 AND events = 0; "
	"END;";

const struct schema_step schema_steps[] = {
	{version_1}, {version_2}, {version_3}, {version_4}, {version_5},
};

const int schema_version = sizeof(schema_steps) / sizeof(schema_steps[0]);
