/* SPDX-License-Identifier: MIT */
#include "viewer/status.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "viewer/table.h"

/* ---- a relay that answers each line with the next of its own ---- */

struct relay {
	int fd;
	const char *const *answers;
	char requests[512];
};

static void *relay_run(void *context)
{
	struct relay *relay = context;
	size_t len = 0;

	for (int i = 0; relay->answers[i]; i++) {
		do {
			if (len + 1 == sizeof(relay->requests) ||
			    recv(relay->fd, relay->requests + len, 1, 0) != 1)
				return NULL;
		} while (relay->requests[len++] != '\n');
		send(relay->fd, relay->answers[i], strlen(relay->answers[i]), MSG_NOSIGNAL);
	}
	shutdown(relay->fd, SHUT_RDWR);
	return NULL;
}

static int ask(struct relay *relay, json_t **ret_status, char sentence[STATUS_SENTENCE_SIZE])
{
	struct control_client client;
	pthread_t thread;
	int fds[2], error;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	relay->fd = fds[1];
	assert_int_equal(pthread_create(&thread, NULL, relay_run, relay), 0);
	control_client_init(&client, fds[0]);
	error = status_ask(&status_of_relay, &client, ret_status, sentence);
	control_client_finish(&client);
	pthread_join(thread, NULL);
	close(fds[1]);
	return error;
}

static void test_three_answers_become_one_status(void **state)
{
	static const char *const answers[] = {
		"{\"ok\":true,\"version\":\"1\",\"pid\":7}\n",
		"{\"ok\":true,\"streams\":[{\"name\":\"cam\"}]}\n",
		"{\"ok\":true,\"viewers\":[]}\n",
		NULL,
	};
	struct relay relay = {.answers = answers};
	char sentence[STATUS_SENTENCE_SIZE], *text;
	json_t *status;

	(void)state;
	assert_int_equal(ask(&relay, &status, sentence), 0);
	text = json_dumps(status, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, "{\"stats\":{\"pid\":7,\"version\":\"1\"},"
				  "\"streams\":[{\"name\":\"cam\"}],\"viewers\":[]}");
	assert_string_equal(relay.requests, "{\"request\":\"stats\"}\n{\"request\":\"streams\"}\n"
					    "{\"request\":\"viewers\"}\n");
	free(text);
	json_decref(status);
}

static void test_what_goes_wrong_is_told(void **state)
{
	static const char *const refusal[] = {"{\"ok\":false,\"error\":\"Not \\u001b[2J now.\"}\n",
					      NULL};
	static const char *const silence[] = {"{\"ok\":false}\n", NULL};
	static const char *const rubbish[] = {"hello\n", NULL};
	static const char *const nothing[] = {NULL};
	static const struct {
		const char *const *answers;
		int error;
		const char *sentence;
	} cases[] = {
		{refusal, -EREMOTEIO, "Not  [2J now."},
		{silence, -EREMOTEIO, "it refuses, and doesn't say why"},
		{rubbish, -EBADMSG, "spillway-relay: Bad message"},
		{nothing, -EPIPE, "spillway-relay: Broken pipe"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct relay relay = {.answers = cases[i].answers};
		char sentence[STATUS_SENTENCE_SIZE];
		json_t *status;

		assert_int_equal(ask(&relay, &status, sentence), cases[i].error);
		assert_string_equal(sentence, cases[i].sentence);
	}
}

/* ---- tables ---- */

static char *printed(const struct status_service *service, const char *text)
{
	json_t *status = json_loads(text, 0, NULL);
	char *page;
	size_t len;
	FILE *out = open_memstream(&page, &len);

	assert_non_null(status);
	service->print(out, status);
	fclose(out);
	json_decref(status);
	return page;
}

static void test_everything_is_shown_in_columns(void **state)
{
	char *page = printed(
		&status_of_relay,
		"{\"stats\":{\"version\":\"0.1.0\",\"pid\":12,\"uptime_s\":7380,\"io\":\"io_"
		"uring\","
		"\"streams\":1,\"viewers\":2,\"publishers\":1,\"connections\":3,\"frames_in\":10,"
		"\"frames_out\":18,\"bytes_in\":1000,\"bytes_out\":2000000,"
		"\"frames_dropped\":{\"queue\":2,\"lag\":0},\"cpu_s\":1.25,\"memory_kb\":2000},"
		"\"streams\":[{\"name\":\"cam\",\"state\":\"live\",\"since_s\":12.4,"
		"\"transport\":\"native\",\"address\":\"127.0.0.1:4\",\"frames\":10,\"fps\":29.97,"
		"\"kbps\":2400.4,\"bytes\":5000,\"viewers\":2,\"frames_dropped\":{\"backlog\":7}}],"
		"\"viewers\":["
		"{\"id\":1,\"stream\":\"cam\",\"transport\":\"native\",\"address\":\"[::1]:5\","
		"\"connected_s\":3,\"frames_sent\":10,\"frames_dropped\":{\"queue\":2,\"lag\":1,"
		"\"backlog\":0,\"join\":0},\"lag_frames\":2,\"lag_ms\":66.7,\"worst_lag_frames\":4,"
		"\"worst_lag_ms\":133,\"bytes\":1234567,\"unsent\":800,\"rtt_ms\":0.25,"
		"\"age_ms\":70,\"state\":\"sending\"},"
		"{\"id\":1000,\"stream\":\"cam\",\"transport\":\"multipart\"}]}");

	(void)state;
	assert_string_equal(
		page,
		"spillway-relay 0.1.0, process 12, up 2 h 03 min, on io_uring\n"
		"1 streams, 2 viewers, 1 publishers, 3 connections\n"
		"frames: 10 in, 18 out, 2 (queue 2) dropped\n"
		"bytes: 1.0 kB in, 2.0 MB out; 2.0 MB of memory, 1.2 s of CPU\n"
		"\n"
		"STREAM  STATE   SINCE  PUBLISHER    TRANSPORT   FPS  KBIT/S  FRAMES   BYTES  "
		"VIEWERS  DROPPED\n"
		"cam     live   12.4 s  127.0.0.1:4  native     30.0    2400      10  5.0 kB  "
		"      2  7 (backlog 7)\n"
		"\n"
		"  ID  STREAM  TRANSPORT  ADDRESS  STATE    SINCE  SENT   BYTES          LAG  "
		"       WORST  UNSENT     RTT      AGE  DROPPED\n"
		"   1  cam     native     [::1]:5  sending  3.0 s    10  1.2 MB  2 / 66.7 ms  "
		"4 / 133.0 ms   800 B  0.2 ms  70.0 ms  3 (queue 2, lag 1)\n"
		"1000  cam     multipart  -        -            -     -       -            -  "
		"           -       -       -        -  -\n");
	free(page);
}

static void test_missing_and_strange_fields_are_no_trouble(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"stat\":5,\"rooms\":{\"a\":1},\"users\":\"many\"}",
		"{\"stat\":{\"pid\":\"x\",\"store_error\":7},\"rooms\":[5,null,{}],"
		"\"users\":[{\"nick\":-1,\"account\":5,\"rooms\":[7,[]]},{\"rooms\":\"#cam\"}]}",
		"{\"stats\":5,\"streams\":{\"a\":1},\"viewers\":\"many\"}",
		"{\"stats\":{\"pid\":\"x\",\"frames_dropped\":7},\"streams\":[5,null,{}],"
		"\"viewers\":[{\"id\":-1,\"bytes\":-5,\"rtt_ms\":-1,\"frames_dropped\":[1]}]}",
		"{\"viewers\":[{\"frames_dropped\":{\"a\":1e300,\"b\":1e300,"
		"\"cccccccccccccccccccccccccccccccccccccccccccccccccc\":1e300}}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (int chat = 0; chat < 2; chat++)
			free(printed(chat ? &status_of_chat : &status_of_relay, texts[i]));
}

static void test_a_name_does_nothing_to_the_terminal(void **state)
{
	char *page = printed(&status_of_relay, "{\"streams\":[{\"name\":\"a\\u001b[31mb\\nc\"}]}");

	(void)state;
	assert_null(strchr(page, '\033'));
	assert_non_null(strstr(page, "a [31mb c"));
	free(page);
	page = printed(&status_of_chat, "{\"users\":[{\"rooms\":[\"#a\\u001b[31mb\"]}],"
					"\"stat\":{\"store_error\":\"\\u001b[31m\"}}");
	assert_null(strchr(page, '\033'));
	assert_non_null(strstr(page, "#a [31mb"));
	free(page);
}

static void test_a_chat_is_shown_in_columns(void **state)
{
	char *page = printed(
		&status_of_chat,
		"{\"stat\":{\"version\":\"0.1.0\",\"pid\":12,\"uptime_s\":7380,\"io\":\"epoll\","
		"\"rooms\":2,\"users\":3,\"most_users\":5,\"connections\":4,\"messages\":70,"
		"\"messages_per_s\":1.25,\"private_messages\":6,\"history_messages\":100,"
		"\"writes\":71,\"commits\":50,\"refused_writes\":2,\"store_error\":\"the disk is "
		"full\","
		"\"bytes_in\":1000,\"bytes_out\":2000000,\"memory_kb\":2000,\"cpu_s\":0.5},"
		"\"rooms\":[{\"name\":\"#cam\",\"members\":2,\"modes\":\"+nt\",\"topic\":\"The "
		"garden\","
		"\"since_s\":12},{\"name\":\"#den\",\"members\":1,\"topic\":\"\"}],"
		"\"users\":[{\"nick\":\"dan\",\"account\":\"\",\"host\":\"::1\",\"transport\":"
		"\"irc\","
		"\"connected_s\":60,\"idle_s\":3,\"waiting\":800,\"rooms\":[\"@#cam\",\"#den\"]},"
		"{\"nick\":\"eve\",\"account\":\"eve\",\"rooms\":[]}]}");

	(void)state;
	assert_string_equal(
		page, "spillway-chat 0.1.0, process 12, up 2 h 03 min, on epoll\n"
		      "2 rooms, 3 users, 5 at most, 4 connections\n"
		      "messages: 70 in rooms, 1.2 a second now; 6 private; 100 shown again\n"
		      "database: 71 writes in 50 commits, 2 refused\n"
		      "nothing can be stored: the disk is full\n"
		      "bytes: 1.0 kB in, 2.0 MB out; 2.0 MB of memory, 0.5 s of CPU\n"
		      "\n"
		      "ROOM  MEMBERS  MODES   SINCE  TOPIC\n"
		      "#cam        2  +nt    12.0 s  The garden\n"
		      "#den        1  -           -  -\n"
		      "\n"
		      "NICK  ACCOUNT  HOST  TRANSPORT       SINCE   IDLE  UNSENT  ROOMS\n"
		      "dan   guest    ::1   irc        1 min 00 s  3.0 s   800 B  @#cam #den\n"
		      "eve   eve      -     -                   -      -       -  -\n");
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_answers_become_one_status),
		cmocka_unit_test(test_what_goes_wrong_is_told),
		cmocka_unit_test(test_everything_is_shown_in_columns),
		cmocka_unit_test(test_missing_and_strange_fields_are_no_trouble),
		cmocka_unit_test(test_a_chat_is_shown_in_columns),
		cmocka_unit_test(test_a_name_does_nothing_to_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
