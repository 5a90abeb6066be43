/* SPDX-License-Identifier: MIT */
#include "chat/query.h"

#define MESSAGE_COLUMNS "msgid, time_ms, command, source, account, tags, text, bot"
#define EVENT_COLUMNS                                                                              \
	"substr(msgid, 1, instr(msgid, '/') - 1), time_ms, command, source, account, tags, text, " \
	"bot"
/* Between two places, (time, id), that don't belong to it. */
#define IN_SPAN "WHERE conversation = ?1 AND (time_ms, id) > (?2, ?3) AND (time_ms, id) < (?4, ?5) "
/* Each part of it is in order. */
#define ALL_IN_SPAN                                                                                \
	"SELECT " MESSAGE_COLUMNS ", id FROM messages " IN_SPAN "AND gone = 0 UNION ALL "          \
	"SELECT " EVENT_COLUMNS ", id FROM messages " IN_SPAN "AND gone = 2 "

const char *const query_text[QUERIES] = {
	/* IMMEDIATE: the lock is taken, or refused, before anything was done. */
	[QUERY_BEGIN] = "BEGIN IMMEDIATE",
	[QUERY_COMMIT] = "COMMIT",
	[QUERY_ROLLBACK] = "ROLLBACK",
	[QUERY_SAVEPOINT] = "SAVEPOINT one",
	[QUERY_RELEASE] = "RELEASE one",
	[QUERY_UNDO] = "ROLLBACK TO one",
	/* A number that changes each time: what stays the same isn't written. */
	[QUERY_STARTED] = "INSERT INTO settings (name, value) VALUES ('starts', 1) "
			  "ON CONFLICT DO UPDATE SET value = value + 1",

	[QUERY_CONVERSATION_FIND] = "SELECT id FROM conversations WHERE name = ?1",
	[QUERY_CONVERSATION_ADD] = "INSERT INTO conversations (name) VALUES (?1)",
	[QUERY_CONVERSATION_JOIN] =
		"INSERT INTO participants (account, conversation, peer) VALUES (?1, ?2, ?3) "
		"ON CONFLICT DO NOTHING",
	[QUERY_CONVERSATIONS_OF] = "SELECT peer, conversation FROM participants WHERE account = ?1",
	[QUERY_CONVERSATION_LONG] = "SELECT id, n FROM conversations WHERE n > ?1 LIMIT 1",
	[QUERY_CONVERSATION_EVENTFUL] =
		"SELECT id, events FROM conversations WHERE events > ?1 LIMIT 1",
	[QUERY_MESSAGE_ADD] = "INSERT INTO messages (conversation, " MESSAGE_COLUMNS ") "
			      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[QUERY_MESSAGE_LAST_TIME] = "SELECT time_ms FROM messages ORDER BY id DESC LIMIT 1",
	[QUERY_MESSAGE_POSITION] =
		"SELECT time_ms, id FROM messages WHERE msgid IN (?1, ?1 || '/' || ?2) "
		"AND conversation = ?2",
	[QUERY_MESSAGE_NEWEST] =
		"SELECT time_ms FROM messages WHERE conversation = ?1 AND gone = 0 "
		"ORDER BY time_ms DESC, id DESC LIMIT 1",
	[QUERY_MESSAGES_ONWARD] = "SELECT " MESSAGE_COLUMNS " FROM messages " IN_SPAN
				  "AND gone = 0 ORDER BY time_ms, id LIMIT ?6",
	[QUERY_MESSAGES_BACKWARD] = "SELECT " MESSAGE_COLUMNS " FROM messages " IN_SPAN
				    "AND gone = 0 ORDER BY time_ms DESC, id DESC LIMIT ?6",
	[QUERY_MESSAGES_MISSED] = "SELECT " MESSAGE_COLUMNS " FROM messages WHERE conversation IN "
				  "(SELECT conversation FROM participants WHERE account = ?1) "
				  "AND time_ms >= ?2 AND gone = 0 AND account != ?1 COLLATE NOCASE "
				  "ORDER BY time_ms DESC, id DESC LIMIT ?3",
	[QUERY_MESSAGES_OF_ID] =
		"SELECT id, msgid, account, source FROM messages WHERE conversation = ?1 AND gone "
		"= 0 AND msgid = ?2 "
		"LIMIT ?3",
	[QUERY_MESSAGES_OF_ACCOUNT] =
		"SELECT id, msgid, account, source FROM messages WHERE conversation = ?1 AND gone "
		"= 0 "
		"AND account = ?2 COLLATE NOCASE ORDER BY time_ms DESC, id DESC LIMIT ?3",
	[QUERY_MESSAGES_OF_SOURCE] =
		"SELECT id, msgid, account, source FROM messages WHERE conversation = ?1 AND gone "
		"= 0 "
		"AND source = ?2 COLLATE NOCASE ORDER BY time_ms DESC, id DESC LIMIT ?3",
	[QUERY_MESSAGES_OF_ANYBODY] =
		"SELECT id, msgid, account, source FROM messages WHERE conversation = ?1 "
		"AND gone = 0 AND ?2 = '*' ORDER BY time_ms DESC, id DESC LIMIT ?3",
	[QUERY_MESSAGE_EMPTY] = "UPDATE messages SET gone = 1, text = '', tags = '' "
				"WHERE id = ?1 AND gone = 0",
	[QUERY_MESSAGES_FORGET_OLD] =
		"DELETE FROM messages WHERE id IN (SELECT id FROM messages ORDER BY id LIMIT ?2) "
		"AND time_ms < ?1",
	/* What is deleted counts until it is forgotten. */
	[QUERY_MESSAGES_FORGET_FIRST] =
		"DELETE FROM messages WHERE id IN (SELECT id FROM ("
		"SELECT id, time_ms FROM messages WHERE conversation = ?1 AND gone = 0 UNION ALL "
		"SELECT id, time_ms FROM messages WHERE conversation = ?1 AND gone = 1 "
		"ORDER BY time_ms, id LIMIT ?2))",
	[QUERY_EVENT_ADD] = "INSERT INTO messages (conversation, " MESSAGE_COLUMNS ", gone) "
			    "VALUES (?1, ?2 || '/' || ?1, ?3, ?4, ?5, ?6, '', ?7, ?8, 2)",
	[QUERY_ALL_ONWARD] = ALL_IN_SPAN "ORDER BY time_ms, id LIMIT ?6",
	[QUERY_ALL_BACKWARD] = ALL_IN_SPAN "ORDER BY time_ms DESC, id DESC LIMIT ?6",
	[QUERY_EVENTS_FORGET_FIRST] =
		"DELETE FROM messages WHERE id IN (SELECT id FROM messages "
		"WHERE conversation = ?1 AND gone = 2 ORDER BY time_ms, id LIMIT ?2)",

	[QUERY_EVENTS_OF_ID] =
		"SELECT id, ?2, account, source FROM messages WHERE msgid = ?2 || '/' || ?1 "
		"AND conversation = ?1 AND gone = 2 LIMIT ?3",
	[QUERY_EVENT_REMOVE] = "DELETE FROM messages WHERE id = ?1 AND gone = 2",
	[QUERY_EVENTS_REMOVE_OF_ACCOUNT] =
		"DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE conversation = ?1 "
		"AND gone = 2 AND account = ?2 COLLATE NOCASE LIMIT ?3)",
	[QUERY_EVENTS_REMOVE_OF_SOURCE] =
		"DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE conversation = ?1 "
		"AND gone = 2 AND source = ?2 COLLATE NOCASE LIMIT ?3)",
	[QUERY_EVENTS_REMOVE_OF_ANYBODY] =
		"DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE conversation = ?1 "
		"AND gone = 2 AND ?2 = '*' LIMIT ?3)",

	/* Where nothing was said, what happened there gives way to what has the name from now
	 * on. */
	[QUERY_CONVERSATION_CLEAR] =
		"DELETE FROM messages WHERE conversation IN (SELECT id FROM conversations "
		"WHERE name = ?2 AND name != ?1 AND n = 0) AND gone = 2",
	[QUERY_CONVERSATION_RENAME] = "UPDATE conversations SET name = ?2 WHERE name = ?1",
	[QUERY_ROOM_RENAME] = "UPDATE rooms SET room = ?2 WHERE room = ?1",
	[QUERY_TOPIC_RENAME] = "UPDATE topics SET room = ?2 WHERE room = ?1",
	[QUERY_ROOM_MODES_RENAME] = "UPDATE room_modes SET room = ?2 WHERE room = ?1",
	[QUERY_ROLES_RENAME] = "UPDATE roles SET room = ?2 WHERE room = ?1",
	[QUERY_RULES_RENAME] = "UPDATE rules SET room = ?2 WHERE room = ?1",
	[QUERY_METADATA_RENAME] = "UPDATE metadata SET target = ?2 WHERE target = ?1",
	/* Somebody may have read in a room that had the name earlier. */
	[QUERY_MARKERS_RENAME] = "UPDATE OR REPLACE markers SET target = ?2 WHERE target = ?1",
	[QUERY_AUDIT_RENAME] = "UPDATE audit SET room = ?2 WHERE room = ?1",
	[QUERY_ANNOUNCEMENTS_RENAME] = "UPDATE announcements SET room = ?2 WHERE room = ?1",

	[QUERY_ROOM_ADD] = "INSERT INTO rooms (room, created_s) VALUES (?1, ?2)",
	[QUERY_ROOM_FIND] = "SELECT created_s FROM rooms WHERE room = ?1",
	[QUERY_ROOM_REMOVE] = "DELETE FROM rooms WHERE room = ?1",
	/* Where nobody has a role so great. */
	[QUERY_ROOM_REMOVE_WITHOUT] = "DELETE FROM rooms WHERE (?1 = '' OR room = ?1) AND NOT "
				      "EXISTS (SELECT 1 FROM roles "
				      "WHERE roles.room = rooms.room AND role >= ?2)",
	[QUERY_ROOMS] = "SELECT room, created_s FROM rooms ORDER BY room LIMIT ?1",
	[QUERY_ROOM_MODE_SET] = "INSERT INTO room_modes (room, mode, value) VALUES (?1, ?2, ?3) "
				"ON CONFLICT DO UPDATE SET value = excluded.value",
	[QUERY_ROOM_MODE_REMOVE] = "DELETE FROM room_modes WHERE room = ?1 AND mode = ?2",
	[QUERY_ROOM_MODES] = "SELECT mode, value FROM room_modes WHERE room = ?1 LIMIT ?2",
	[QUERY_TOPIC_SET] =
		"INSERT INTO topics (room, topic, by, set_s) VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
		"DO "
		"UPDATE SET topic = excluded.topic, by = excluded.by, set_s = excluded.set_s",
	[QUERY_TOPICS] = "SELECT topic, by, set_s FROM topics WHERE room = ?1 LIMIT ?2",
	[QUERY_ROLE_SET] = "INSERT INTO roles (room, account, role) VALUES (?1, ?2, ?3) "
			   "ON CONFLICT DO UPDATE SET role = excluded.role",
	[QUERY_ROLE_REMOVE] = "DELETE FROM roles WHERE room = ?1 AND account = ?2",
	[QUERY_ROLE_GIVE] = "INSERT INTO roles (room, account, role) VALUES (?1, ?2, ?3) "
			    "ON CONFLICT DO UPDATE SET role = role | excluded.role",
	[QUERY_ROLE_TAKE] = "UPDATE roles SET role = role & ~?3 WHERE room = ?1 AND account = ?2",
	[QUERY_ROLES] = "SELECT account, role FROM roles WHERE room = ?1 ORDER BY account LIMIT ?2",
	[QUERY_RULE_SET] = "INSERT INTO rules (room, kind, mask, by, reason, set_s, expires_s) "
			   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET "
			   "by = excluded.by, reason = excluded.reason, set_s = excluded.set_s, "
			   "expires_s = excluded.expires_s",
	[QUERY_RULE_REMOVE] = "DELETE FROM rules WHERE room = ?1 AND kind = ?2 AND mask = ?3",
	[QUERY_RULES] = "SELECT kind, mask, by, reason, set_s, expires_s FROM rules "
			"WHERE room = ?1 AND (expires_s = 0 OR expires_s > ?2) "
			"ORDER BY set_s, id LIMIT ?3",
	[QUERY_RULES_EXPIRE] = "DELETE FROM rules WHERE id IN (SELECT id FROM rules "
			       "WHERE expires_s != 0 AND expires_s <= ?1 LIMIT ?2)",

	[QUERY_ACCOUNT_ADD] = "INSERT INTO accounts (name, password, scram, rank, created_s) "
			      "VALUES (?1, ?2, ?3, ?4, ?5)",
	[QUERY_ACCOUNT_FIND] = "SELECT name, password, scram, rank, created_s FROM accounts "
			       "WHERE name = ?1 AND deleted = 0 LIMIT ?2",
	[QUERY_ACCOUNT_NAMES] = "SELECT name, deleted, rank FROM accounts WHERE name > ?1 "
				"ORDER BY name LIMIT ?2",
	[QUERY_ACCOUNT_CHECK] = "SELECT created_s FROM accounts WHERE name = ?1 AND deleted = 0",
	[QUERY_ACCOUNT_CHANGE] = "UPDATE accounts SET password = ?2, scram = ?3 "
				 "WHERE name = ?1 AND deleted = 0",
	[QUERY_ACCOUNT_RANK] = "UPDATE accounts SET rank = ?2 WHERE name = ?1 AND deleted = 0",
	[QUERY_ACCOUNT_DELETE] = "UPDATE accounts SET deleted = 1, password = '', scram = '', "
				 "rank = 0 WHERE name = ?1 AND deleted = 0",

	[QUERY_ANNOUNCEMENT_ADD] =
		"INSERT INTO announcements (room, by, text, time_ms) VALUES (?1, ?2, ?3, ?4)",
	[QUERY_ANNOUNCEMENT_REMOVE] = "DELETE FROM announcements WHERE id = ?1",
	[QUERY_ANNOUNCEMENTS_CLEAR] = "DELETE FROM announcements",
	[QUERY_ANNOUNCEMENTS] = "SELECT id, room, by, text, time_ms FROM announcements "
				"WHERE (?1 = '' OR room = ?1 OR room = '') ORDER BY id LIMIT ?2",

	[QUERY_AUDIT_ADD] = "INSERT INTO audit (time_ms, by, action, room, target, detail) "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[QUERY_AUDIT] = "SELECT id, time_ms, by, action, room, target, detail FROM audit "
			"WHERE (?1 = '' OR room = ?1) AND id < ?2 ORDER BY id DESC LIMIT ?3",
	[QUERY_AUDIT_FORGET] = "DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id "
			       "LIMIT ?2) AND (time_ms < ?1 "
			       "OR id <= (SELECT max(id) FROM audit) - ?3)",

	/* What was read stays read. */
	[QUERY_MARKER_SET] = "INSERT INTO markers (account, target, time_ms) SELECT ?1, ?2, ?3 "
			     "WHERE (SELECT count(*) FROM markers WHERE account = ?1) < ?4 "
			     "OR EXISTS (SELECT 1 FROM markers WHERE account = ?1 AND target = ?2) "
			     "ON CONFLICT DO UPDATE SET time_ms = max(time_ms, excluded.time_ms)",
	[QUERY_MARKER] = "SELECT time_ms FROM markers WHERE account = ?1 AND target = ?2 LIMIT ?3",

	[QUERY_METADATA_SET] = "INSERT INTO metadata (target, key, value) SELECT ?1, ?2, ?3 "
			       "WHERE (SELECT count(*) FROM metadata WHERE target = ?1) < ?4 "
			       "OR EXISTS (SELECT 1 FROM metadata WHERE target = ?1 AND key = ?2) "
			       "ON CONFLICT DO UPDATE SET value = excluded.value",
	[QUERY_METADATA_REMOVE] = "DELETE FROM metadata WHERE target = ?1 AND key = ?2",
	[QUERY_METADATA_CLEAR] = "DELETE FROM metadata WHERE target = ?1",
	[QUERY_METADATA] =
		"SELECT key, value FROM metadata WHERE target = ?1 ORDER BY key LIMIT ?2",
};
