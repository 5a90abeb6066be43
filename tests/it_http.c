/* SPDX-License-Identifier: MIT */
/* Every row of the relay's request table, and what it says to requests that are wrong. */
#include <jansson.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

#define UPGRADE "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"

/* ---- helpers ---- */

/* A stream with one frame. */
static struct client *publish_one(struct relay *relay, const char *target, struct picture picture)
{
	struct client *publisher = client_publish(relay->harness, relay->port, target);
	const char *data;

	client_frame(publisher, picture.data, picture.len, 0);
	/* Published when somebody gets it. */
	struct client *viewer = client_watch(relay->harness, relay->port, target);
	client_next_frame(viewer, &data);
	client_close(viewer);
	return publisher;
}

/* Sends bytes as they are, and reads the head of the answer. */
static struct client *ask(struct relay *relay, const char *bytes)
{
	struct client *client = client_connect(relay->harness, relay->port);

	client_send(client, bytes, strlen(bytes));
	client_head(client);
	return client;
}

/* An error is one plain sentence, and the connection ends without a reset. */
static void expect_error(struct client *client, const char *request, int status)
{
	size_t len;

	if (client->head.status != status)
		harness_fail("%s\n%d instead of %d", request, client->head.status, status);
	char *sentence = client_body(client, &len);
	assert_string_equal(client_field(client, "Content-Type"), "text/plain; charset=utf-8");
	assert_true(len > 3 && sentence[len - 1] == '\n' && sentence[len - 2] == '.');
	assert_null(memchr(sentence, '\n', len - 1));
	client_expect_end(client);
	assert_false(client->was_reset);
	client_close(client);
}

/* The same as client_get(), but that another of the relay's threads may not have heard of the
 * stream yet. */
static struct client *get_live(struct relay *relay, const char *target, const char *fields)
{
	int64_t deadline_us = harness_deadline_us();

	for (;;) {
		struct client *client = client_connect(relay->harness, relay->port);

		client_request(client, "GET", target, fields);
		if (client_head(client) == 200)
			return client;
		assert_int_equal(client->head.status, 404);
		client_close(client);
		harness_pause(deadline_us, target, __FILE__, __LINE__);
	}
}

/* ---- the table ---- */

enum body { PAGE, PLAIN_PARTS, EARLY_PARTS, PICTURE, JSON, METRICS, TEXT };

static const char *const types[] = {
	[PAGE] = "text/html; charset=utf-8",
	[PLAIN_PARTS] = "multipart/x-mixed-replace; boundary=",
	[EARLY_PARTS] = "multipart/x-mixed-replace; boundary=",
	[PICTURE] = "image/jpeg",
	[JSON] = "application/json",
	[METRICS] = "text/plain; version=0.0.4; charset=utf-8",
	[TEXT] = "text/plain; charset=utf-8",
};

#define CHROMIUM_PAGE "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
#define CHROMIUM_IMAGE "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"

static const struct {
	const char *target, *accept;
	enum body body;
} rows[] = {
	{"/", "", PAGE},
	{"/", "Accept: */*\r\n", PAGE},
	{"/cam.mjpg", "", PLAIN_PARTS},
	{"/cam.mjpg", "Accept: */*\r\n", PLAIN_PARTS},
	{"/cam.mjpg", "Accept: " CHROMIUM_IMAGE "\r\n", EARLY_PARTS},
	{"/cam.mjpg", "Accept: " CHROMIUM_PAGE "\r\n", EARLY_PARTS},
	{"/cam.mjpg?early=1", "", EARLY_PARTS},
	{"/cam.mjpg?x=y&early=1", "Accept: */*\r\n", EARLY_PARTS},
	{"/cam.mjpg?early=0", "Accept: " CHROMIUM_IMAGE "\r\n", PLAIN_PARTS},
	{"/cam.jpg", "", PICTURE},
	{"/cam.jpg", "Accept: " CHROMIUM_PAGE "\r\n", PICTURE},
	{"/cam", "", PLAIN_PARTS},
	{"/cam", "Accept: */*\r\n", PLAIN_PARTS},
	{"/cam", "Accept: " CHROMIUM_IMAGE "\r\n", EARLY_PARTS},
	{"/cam?early=1", "", EARLY_PARTS},
	{"/cam", "Accept: " CHROMIUM_PAGE "\r\n", PAGE},
	{"/nobody/is/here", "Accept: " CHROMIUM_PAGE "\r\n", PAGE},
	{"/api/streams", "", JSON},
	{"/metrics", "", METRICS},
	{"/healthz", "", TEXT},
};

static void expect_live_fields(struct client *client)
{
	assert_string_equal(client_field(client, "Cache-Control"), "no-store, no-transform");
	assert_string_equal(client_field(client, "X-Accel-Buffering"), "no");
	assert_string_equal(client_field(client, "Vary"), "Accept");
	assert_true(client->head.content_length < 0);
}

static void test_every_row_of_the_table_answers(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 42);
	const char *data;
	size_t len;

	publish_one(relay, "/cam", picture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct client *client = get_live(relay, rows[i].target, rows[i].accept);
		char *type = client_field(client, "Content-Type");

		if (strncmp(type, types[rows[i].body], strlen(types[rows[i].body])) != 0)
			harness_fail("%s with %s: %s", rows[i].target, rows[i].accept, type);
		client_close(client);
		if (rows[i].body == PLAIN_PARTS) {
			client = client_parts(h, relay->port, rows[i].target, rows[i].accept);
			assert_true(client_next_part(client, &data, &len));
		} else if (rows[i].body == EARLY_PARTS) {
			client = client_parts(h, relay->port, rows[i].target, rows[i].accept);
			assert_true(client_next_early(client, &data, &len));
		} else {
			continue;
		}
		expect_live_fields(client);
		assert_true(picture_equal(picture, data, len));
		client_close(client);
	}
}

static void test_native_viewer_is_upgraded(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 7);
	const char *data;

	publish_one(relay, "/a/b/c/d", picture);
	struct client *viewer = client_watch(h, relay->port, "/a/b/c/d");
	assert_string_equal(client_field(viewer, "Connection"), "Upgrade");
	struct wire_header header = client_next_frame(viewer, &data);
	assert_true(picture_equal(picture, data, header.length));
	assert_int_equal(header.flags, WIRE_KEY);
	assert_int_equal(header.track, 0);
	assert_int_equal(header.sequence, 0);
	assert_true(header.capture_us > 0);
}

static void test_newest_picture_says_its_time_and_length(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make_sized(h, 9, 300000);
	long long seconds, micros;
	size_t len;

	publish_one(relay, "/cam", picture);
	struct client *client = get_live(relay, "/cam.jpg", "");
	char *body = client_body(client, &len);
	assert_true(picture_equal(picture, body, len));
	assert_int_equal(
		sscanf(client_field(client, "X-Timestamp"), "%lld.%6lld", &seconds, &micros), 2);
	assert_true(seconds > 1600000000);
	assert_string_equal(client_field(client, "Cache-Control"), "no-store");
	client_expect_end(client);
}

static void test_page_may_load_nothing_from_elsewhere(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *client = client_get(h, relay->port, "/", "", 200);

	assert_non_null(
		strstr(client_field(client, "Content-Security-Policy"), "default-src 'none'"));
	assert_non_null(
		strstr(client_field(client, "Content-Security-Policy"), "frame-ancestors 'none'"));
	assert_string_equal(client_field(client, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(client_field(client, "Vary"), "Accept");
	assert_non_null(strstr(client_body(client, NULL), "<title>"));
	client_expect_end(client);
}

static void test_head_is_answered_without_a_body(struct harness *h)
{
	static const char *const targets[] = {"/",	  "/api/streams",     "/metrics",
					      "/healthz", "/cam.jpg?wait=60", "/no/such.jpg",
					      "/no/such"};
	struct relay *relay = relay_start(h, NULL);

	publish_one(relay, "/cam", picture_make(h, 1));
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct client *client = client_connect(h, relay->port);

		client_request(client, "HEAD", targets[i], "");
		assert_int_equal(client_head(client), i < 5 ? 200 : 404);
		assert_true(client->head.content_length > 0);
		client_expect_end(client);
	}
}

static bool is_listed(struct relay *relay, const char *text)
{
	struct client *client = client_get(relay->harness, relay->port, "/api/streams", "", 200);
	bool listed = strstr(client_body(client, NULL), text) != NULL;

	client_close(client);
	return listed;
}

/* The same head, byte for byte, and then the end instead of pictures. */
static void test_head_of_a_live_answer_is_that_of_get(struct harness *h)
{
	static const char *const targets[][2] = {
		{"/cam.mjpg?wait=60", ""},
		{"/cam?wait=60", ""},
		{"/cam?wait=60&early=1", ""},
		{"/cam?wait=60", UPGRADE}, /* which is for GET */
	};
	struct relay *relay = relay_start(h, NULL);

	client_publish(h, relay->port, "/cam");
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct client *get = client_get(h, relay->port, targets[i][0], "", 200);
		struct client *head = client_connect(h, relay->port);

		client_request(head, "HEAD", targets[i][0], targets[i][1]);
		client_head(head);
		assert_string_equal(head->head_text, get->head_text);
		client_expect_end(head);
		assert_false(head->was_reset);
		client_close(get);
	}
	wait_for(is_listed(relay, "\"viewers\":0"));
}

static void test_streams_are_listed_as_json(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);

	publish_one(relay, "/cam", picture_make(h, 1));
	publish_one(relay, "/den/door", picture_make(h, 2));
	wait_for(is_listed(relay, "\"viewers\":0") && !is_listed(relay, "\"viewers\":1"));
	client_watch(h, relay->port, "/cam");
	wait_for(is_listed(relay, "\"viewers\":1"));
	struct client *client = client_get(h, relay->port, "/api/streams", "", 200);
	json_t *answer = json_loads(client_body(client, NULL), JSON_REJECT_DUPLICATES, NULL);
	const json_t *streams = json_object_get(answer, "streams");
	assert_int_equal(json_array_size(streams), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *stream = json_array_get(streams, i);
		const char *name = json_string_value(json_object_get(stream, "name"));

		assert_true(strcmp(name, "cam") == 0 || strcmp(name, "den/door") == 0);
		assert_string_equal(json_string_value(json_object_get(stream, "state")), "live");
		assert_int_equal(json_integer_value(json_object_get(stream, "frames")), 1);
		assert_int_equal(json_integer_value(json_object_get(stream, "viewers")),
				 strcmp(name, "cam") == 0 ? 1 : 0);
		/* Whoever may watch needn't know who publishes. */
		assert_null(json_object_get(stream, "address"));
	}
	json_decref(answer);
}

static void test_head_may_come_byte_by_byte(struct harness *h)
{
	static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct relay *relay = relay_start(h, NULL);
	struct client *client = client_connect(h, relay->port);

	for (size_t i = 0; request[i] != '\0'; i++)
		client_send(client, request + i, 1);
	assert_int_equal(client_head(client), 200);
	assert_string_equal(client_body(client, NULL), "ok\n");
}

static void test_http_1_0_can_watch(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);

	publish_one(relay, "/cam", picture_make(h, 1));
	assert_int_equal(ask(relay, "GET /cam.mjpg?wait=60 HTTP/1.0\r\n\r\n")->head.status, 200);
	assert_int_equal(ask(relay, "GET /cam.jpg?wait=60 HTTP/1.0\r\n\r\n")->head.status, 200);
}

static void test_curl_reads_the_newest_picture(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 77);
	char *path = harness_path(h, "got.jpg");
	size_t len;

	publish_one(relay, "/cam", picture);
	program_run(h, "curl", "-sS", "--fail", "-o", path, relay_http(relay, "/cam.jpg?wait=60"),
		    NULL);
	char *data = harness_read(h, path, &len);
	assert_true(picture_equal(picture, data, len));
}

static bool has_ipv6_loopback(void)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

static void test_localhost_is_both_families_on_one_port(struct harness *h)
{
	struct relay *relay = relay_start(h, "--listen", "localhost:0", NULL);
	char *line = harness_format(h, "listening on http://[::1]:%u/", relay->port);

	/* Both lines are there before the control socket's. */
	program_wait_log(relay->program, "control socket");
	client_get(h, relay->port, "/healthz", "", 200);
	if (!has_ipv6_loopback())
		harness_skip(h, "this machine has no IPv6 loopback");
	assert_int_equal(program_count_log(relay->program, line), 1);
	program_run(h, "curl", "-sS", "--fail", "-g",
		    harness_format(h, "http://[::1]:%u/healthz", relay->port), NULL);
}

static void test_options_that_are_wrong_are_refused(struct harness *h)
{
	static const char *const wrong[][2] = {
		{"--nonsense", "1"},	  {"--linger", "soon"},	       {"--queue-frames", "0"},
		{"--io", "telepathy"},	  {"--max-frame", "1000G"},    {"--publish", "nobody"},
		{"--workers", "1000000"}, {"an", "argument too many"},
	};
	static const char *const files[] = {
		"[relay]\nlinger = soon\n",
		"[relay]\nnonsense = 1\n",
		"[nonsense]\n",
		"[stream Cam]\n",
		"[stream cam]\nkey = not a hash\n",
		"[relay]\nconfig = other.ini\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct program *program =
			program_start(h, "spillway-relay", "--config", "/dev/null", wrong[i][0],
				      wrong[i][1], NULL);

		if (program_wait(program) != 2)
			harness_fail("%s %s: %d", wrong[i][0], wrong[i][1], program->status);
		assert_true(harness_count(program->err, "\n") >= 1);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct program *program = program_start(h, "spillway-relay", "--config",
							relay_config(h, files[i]), NULL);

		if (program_wait(program) != 1)
			harness_fail("%s: %d", files[i], program->status);
		assert_true(harness_count(program->err, "\n") >= 1);
	}
}

/* ---- what is wrong ---- */

#define HOST "Host: localhost\r\n"

static const struct {
	const char *request;
	int status;
} errors[] = {
	/* malformed heads (RFC 9112) */
	{"GET / HTTP/1.1\nHost: localhost\n\n", 400},
	{"GET / HTTP/1.1\r\nHost: localhost\n\r\n", 400},
	{"GET / HTTP/1.1\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
	{"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" HOST "nocolon\r\n\r\n", 400},
	{"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
	{"GET /\r\n\r\n", 400},
	{"GET cam HTTP/1.1\r\n" HOST "\r\n", 400},
	{"\x16\x03\x01\x02\r\n\r\n", 400},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	 400},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n", 400},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n", 400},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", 400},
	{"PUT /cam HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
	{"PUT /cam HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
	{"GET /cam?wait=soon HTTP/1.1\r\n" HOST "\r\n", 400},
	{"GET /cam?wait=301 HTTP/1.1\r\n" HOST "\r\n", 400},
	{"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
	/* nothing there */
	{"GET /cam HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /cam HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: spillway/1\r\n\r\n", 404},
	{"GET /cam.jpg HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /cam.mjpg HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /Cam HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /a/b/c/d/e HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /cam/ HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /../etc/passwd HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /api HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /api/secrets HTTP/1.1\r\n" HOST "\r\n", 404},
	{"GET /healthz/x HTTP/1.1\r\n" HOST "\r\n", 404},
	{"PUT /api/streams/x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", 404},
	{"PUT /static/x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", 404},
	{"PUT /cam.mp4 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", 404},
	/* methods */
	{"DELETE /cam HTTP/1.1\r\n" HOST "\r\n", 405},
	{"PUT / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405},
	{"PUT /cam.jpg HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405},
	{"PUT /healthz HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405},
	{"POST /healthz HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405},
	{"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400},
	{"get / HTTP/1.1\r\n" HOST "\r\n", 405},
	{"POST /cam HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 426},
	{"POST /cam HTTP/1.1\r\n" HOST "Upgrade: spillway/1\r\n\r\n", 426},
	{"POST /cam HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 426},
	/* bodies */
	{"PUT /cam HTTP/1.1\r\n" HOST "\r\n", 411},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n", 415},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Type: multipart/x\r\nContent-Length: 5\r\n\r\n",
	 415},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 415},
	{"PUT /cam HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 400},
	{"PUT /cam HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
	{"PUT /cam HTTP/1.1\r\n" HOST
	 "Content-Type: image/jpeg\r\nContent-Length: 4\r\n\r\n\xff\xd8\xff\xd9",
	 415},
};

static void test_each_error_is_one_sentence(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		expect_error(ask(relay, errors[i].request), errors[i].request, errors[i].status);
	/* Nothing was changed by any of them. */
	char *streams = client_body(client_get(h, relay->port, "/api/streams", "", 200), NULL);
	assert_null(strstr(streams, "\"live\""));
	assert_int_equal(client_get(h, relay->port, "/healthz", "", 200)->head.status, 200);
}

static void test_tls_is_told_that_this_is_plain_http(struct harness *h)
{
	/* The beginning of a ClientHello, all of which would follow. */
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	struct relay *relay = relay_start(h, "--request-timeout", "3600", NULL);

	for (size_t len = 1; len < sizeof(hello); len += sizeof(hello) - 2) {
		struct client *client = client_connect(h, relay->port);

		client_send(client, hello, len);
		client_head(client);
		expect_error(client, "a ClientHello", 400);
	}
	/* What a person sees. */
	struct program *curl = program_start(
		h, "curl", "-sSk", harness_format(h, "https://127.0.0.1:%u/", relay->port), NULL);
	assert_int_not_equal(program_wait(curl), 0);
	assert_true(harness_count(curl->err, "\n") > 0);
}

static void test_errors_tell_programs_what_to_do(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	static const char *const allowed[][2] = {
		{"/", "GET, HEAD, OPTIONS"},
		{"/metrics", "GET, HEAD, OPTIONS"},
		{"/cam.jpg", "GET, HEAD, OPTIONS"},
		{"/cam.mjpg", "GET, HEAD, OPTIONS"},
		{"/cam", "GET, HEAD, PUT, POST, OPTIONS"},
	};
	struct client *client;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
		const char *path = allowed[i][0];

		client = ask(relay, harness_format(h, "DELETE %s HTTP/1.1\r\n" HOST "\r\n", path));
		assert_int_equal(client->head.status, 405);
		assert_string_equal(client_field(client, "Allow"), allowed[i][1]);
		assert_string_equal(client_field(client, "Connection"), "close");
		client = ask(relay, harness_format(h, "OPTIONS %s HTTP/1.1\r\n" HOST "\r\n", path));
		assert_int_equal(client->head.status, 204);
		assert_string_equal(client_field(client, "Allow"), allowed[i][1]);
		assert_string_equal(client_field(client, "Content-Length"), "");
		client_expect_end(client);
	}
	expect_error(ask(relay, "OPTIONS /Cam HTTP/1.1\r\n" HOST "\r\n"), "OPTIONS", 404);
	/* RFC 9110 section 15.5.22 */
	client = ask(relay, "POST /cam HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	assert_string_equal(client_field(client, "Upgrade"), "spillway/1");
}

/* ---- one publisher at a time ---- */

static void test_second_publisher_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture first = picture_make(h, 1), next = picture_make(h, 2);
	struct client *publisher = publish_one(relay, "/cam", first);
	const char *data;

	struct client *viewer = client_watch(h, relay->port, "/cam");
	client_next_frame(viewer, &data);
	expect_error(ask(relay, "POST /cam HTTP/1.1\r\n" HOST
				"Connection: upgrade\r\nUpgrade: spillway/1\r\n\r\n"),
		     "POST", 409);
	expect_error(ask(relay, "PUT /cam HTTP/1.1\r\n" HOST "Content-Length: 9999\r\n\r\n"), "PUT",
		     409);
	expect_error(
		ask(relay, "PUT /cam?takeover=0 HTTP/1.1\r\n" HOST "Content-Length: 9999\r\n\r\n"),
		"PUT", 409);
	/* The first goes on as if nothing had been. */
	client_frame(publisher, next.data, next.len, 40000);
	struct wire_header header = client_next_frame(viewer, &data);
	assert_true(picture_equal(next, data, header.length));
	assert_int_equal(header.sequence, 1);
	assert_int_equal(header.flags & WIRE_DISCONTINUITY, 0);
}

static void test_takeover_replaces_at_once(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture first = picture_make(h, 1), next = picture_make(h, 2);
	struct client *native = publish_one(relay, "/cam", first);
	const char *data;

	struct client *viewer = client_watch(h, relay->port, "/cam");
	client_next_frame(viewer, &data);
	/* A PUT takes over from a native publisher, */
	struct client *put = client_connect(h, relay->port);
	client_request(put, "PUT", "/cam?takeover=1",
		       "Content-Type: image/jpeg\r\nContent-Length: 1000000\r\n");
	client_send(put, next.data, next.len);
	struct wire_header header = client_next_frame(viewer, &data);
	assert_true(picture_equal(next, data, header.length));
	assert_int_equal(header.flags & WIRE_DISCONTINUITY, WIRE_DISCONTINUITY);
	assert_string_equal(client_end_sentence(native), "Another publisher has taken over.");
	/* and a native one from a PUT. */
	native = client_publish(h, relay->port, "/cam?takeover=1");
	client_frame(native, first.data, first.len, 5);
	header = client_next_frame(viewer, &data);
	assert_true(picture_equal(first, data, header.length));
	assert_int_equal(client_head(put), 409);
	assert_string_equal(client_body(put, NULL), "Another publisher has taken over.\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_every_row_of_the_table_answers),
		HARNESS_TEST(test_native_viewer_is_upgraded),
		HARNESS_TEST(test_newest_picture_says_its_time_and_length),
		HARNESS_TEST(test_page_may_load_nothing_from_elsewhere),
		HARNESS_TEST(test_head_is_answered_without_a_body),
		HARNESS_TEST(test_head_of_a_live_answer_is_that_of_get),
		HARNESS_TEST(test_streams_are_listed_as_json),
		HARNESS_TEST(test_head_may_come_byte_by_byte),
		HARNESS_TEST(test_http_1_0_can_watch),
		HARNESS_TEST(test_curl_reads_the_newest_picture),
		HARNESS_TEST(test_localhost_is_both_families_on_one_port),
		HARNESS_TEST_ON(test_options_that_are_wrong_are_refused, "epoll"),
		HARNESS_TEST(test_each_error_is_one_sentence),
		HARNESS_TEST(test_tls_is_told_that_this_is_plain_http),
		HARNESS_TEST(test_errors_tell_programs_what_to_do),
		HARNESS_TEST(test_second_publisher_is_refused),
		HARNESS_TEST(test_takeover_replaces_at_once),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
