/* SPDX-License-Identifier: MIT */
/* Who may publish and who may watch, and that nothing secret is told to anybody. */
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "common/key.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

/* A relay with streams of every kind; each has a key or token of its own. */
struct access {
	struct relay *relay;
	struct picture picture;
	char key[KEY_TEXT_SIZE], token[KEY_TEXT_SIZE], wrong[KEY_TEXT_SIZE];
	char key_hash[KEY_HASH_SIZE], token_hash[KEY_HASH_SIZE];
	char *basic, *basic_wrong; /* with the key as the password */
};

static char *basic(struct harness *h, const char *key)
{
	char *plain = harness_format(h, "anybody:%s", key);
	size_t size = sodium_base64_encoded_len(strlen(plain), sodium_base64_VARIANT_ORIGINAL);
	char *text = harness_alloc(h, size);

	return sodium_bin2base64(text, size, (unsigned char *)plain, strlen(plain),
				 sodium_base64_VARIANT_ORIGINAL);
}

static struct access start(struct harness *h, const char *log_level)
{
	struct access access = {.picture = picture_make(h, 1)};

	key_generate(access.key);
	key_generate(access.token);
	key_generate(access.wrong);
	key_hash(access.key, access.key_hash);
	key_hash(access.token, access.token_hash);
	access.basic = basic(h, access.key);
	access.basic_wrong = basic(h, access.wrong);
	char *config = relay_config(h, harness_format(h,
						      "[relay]\n"
						      "publish = loopback\n"
						      "[stream keyed]\n"
						      "key = %s\n"
						      "[stream keyed/open]\n"
						      "publish = anyone\n"
						      "[stream private]\n"
						      "token = %s\n",
						      access.key_hash, access.token_hash));
	access.relay =
		relay_start(h, "--config", config, "--log-level", log_level, "--linger", "0", NULL);
	return access;
}

/* PUTs one picture, and reads the head of the answer. */
static struct client *put(struct access *access, const char *version, const char *target,
			  const char *fields)
{
	struct client *client = client_connect(access->relay->harness, access->relay->port);

	client_print(client, "PUT %s HTTP/%s\r\n%sContent-Length: %zu\r\n\r\n", target, version,
		     fields, access->picture.len);
	client_send(client, access->picture.data, access->picture.len);
	client_head(client);
	return client;
}

static void expect_put(struct access *access, const char *version, const char *target,
		       const char *fields, int status)
{
	struct client *client = put(access, version, target, fields);

	if (client->head.status != status)
		harness_fail("PUT %s\n%s\n%d instead of %d", target, fields, client->head.status,
			     status);
	client_body(client, NULL);
	client_expect_end(client);
	client_close(client);
}

/* ---- publishing ---- */

static const struct {
	const char *version, *fields;
	int status;
} from_loopback[] = {
	{"1.1", "Host: localhost\r\n", 200},
	{"1.1", "Host: LocalHost:7070\r\n", 200},
	{"1.1", "Host: 127.0.0.1\r\n", 200},
	{"1.1", "Host: 127.1.2.3:80\r\n", 200},
	{"1.1", "Host: [::1]\r\n", 200},
	{"1.1", "Host: [::1]:7070\r\n", 200},
	{"1.1", "Host: localhost:7070\r\nOrigin: http://localhost:7070\r\n", 200},
	/* A page of another site, which a browser on this machine shows. */
	{"1.1", "Host: localhost:7070\r\nOrigin: http://evil.example\r\n", 401},
	{"1.1", "Host: localhost:7070\r\nOrigin: http://localhost:8080\r\n", 401},
	{"1.1", "Host: localhost:7070\r\nOrigin: https://localhost:7070\r\n", 401},
	{"1.1", "Host: localhost:7070\r\nOrigin: null\r\n", 401},
	/* A name of another site, which leads to this machine (DNS rebinding). */
	{"1.1", "Host: evil.example\r\n", 401},
	{"1.1", "Host: evil.example\r\nOrigin: http://evil.example\r\n", 401},
	{"1.1", "Host: 127.0.0.1.evil.example\r\n", 401},
	{"1.1", "Host: localhost.evil.example\r\n", 401},
	{"1.1", "Host: 128.0.0.1\r\n", 401},
	{"1.1", "Host: \r\n", 401},
	/* A proxy on this machine. */
	{"1.1", "Host: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n", 401},
	{"1.1", "Host: localhost\r\nX-Forwarded-Host: example.org\r\n", 401},
	{"1.1", "Host: localhost\r\nX-Forwarded-Proto: https\r\n", 401},
	{"1.1", "Host: localhost\r\nX-Real-IP: 192.0.2.1\r\n", 401},
	{"1.1", "Host: localhost\r\nForwarded: for=192.0.2.1\r\n", 401},
	{"1.1", "Host: localhost\r\nVia: 1.1 proxy\r\n", 401},
	{"1.0", "Host: localhost\r\n", 401},
	{"1.0", "", 401},
};

static void test_only_this_machine_publishes_without_a_key(struct harness *h)
{
	struct access access = start(h, "info");

	for (size_t i = 0; i < sizeof(from_loopback) / sizeof(*from_loopback); i++)
		expect_put(&access, from_loopback[i].version, "/cam", from_loopback[i].fields,
			   from_loopback[i].status);
}

static void test_publishing_a_keyed_stream_needs_its_key(struct harness *h)
{
	struct access access = start(h, "info");
	const struct {
		const char *target, *fields;
		int status;
	} rows[] = {
		{"/keyed", "", 401},
		{"/keyed", harness_format(h, "Authorization: Bearer %s\r\n", access.key), 200},
		{"/keyed", harness_format(h, "authorization: bearer %s\r\n", access.key), 200},
		{"/keyed", harness_format(h, "Authorization: Basic %s\r\n", access.basic), 200},
		{harness_format(h, "/keyed?key=%s", access.key), "", 200},
		{harness_format(h, "/keyed?x=y&key=%s", access.key), "", 200},
		{"/keyed", harness_format(h, "Authorization: Bearer %s\r\n", access.wrong), 401},
		{"/keyed", harness_format(h, "Authorization: Basic %s\r\n", access.basic_wrong),
		 401},
		{harness_format(h, "/keyed?key=%s", access.wrong), "", 401},
		{"/keyed?key=", "", 401},
		{"/keyed", "Authorization: Bearer\r\n", 401},
		{"/keyed", "Authorization: Basic !!!\r\n", 401},
		{"/keyed", "Authorization: Digest username=x\r\n", 401},
		/* The hash isn't the key, and one stream's token not another's key. */
		{"/keyed", harness_format(h, "Authorization: Bearer %s\r\n", access.key_hash), 401},
		{"/keyed", harness_format(h, "Authorization: Bearer %s\r\n", access.token), 401},
		/* What is below it is as it is, but for what has a section of its own. */
		{"/keyed/door", "", 401},
		{"/keyed/door", harness_format(h, "Authorization: Bearer %s\r\n", access.key), 200},
		{"/keyed/open", "", 200},
		{"/keyed-not", "", 200},
		/* A key is good where there is none needed, and a wrong one no harm. */
		{"/cam", harness_format(h, "Authorization: Bearer %s\r\n", access.wrong), 200},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect_put(&access, "1.1", rows[i].target,
			   harness_format(h, "Host: localhost\r\n%s", rows[i].fields),
			   rows[i].status);
	/* With its key it comes from anywhere. */
	expect_put(&access, "1.0", harness_format(h, "/keyed?key=%s", access.key),
		   "Host: example.org\r\nX-Forwarded-For: 192.0.2.1\r\n", 200);
}

static void test_who_may_not_publish_is_told_in_the_log(struct harness *h)
{
	struct access access = start(h, "info");

	expect_put(&access, "1.1", harness_format(h, "/keyed?key=%s", access.wrong),
		   "Host: localhost\r\n", 401);
	wait_for(strstr(program_log(access.relay->program),
			" may not publish it: Publishing this stream needs its key.") != NULL);
}

static void test_missing_key_is_asked_for(struct harness *h)
{
	struct access access = start(h, "info");
	struct client *client = put(&access, "1.1", "/keyed", "Host: localhost\r\n");

	assert_int_equal(client->head.status, 401);
	/* Both ways, each in a line of its own, as some clients read the first only. */
	assert_non_null(
		strstr(client->head_text, "\r\nWWW-Authenticate: Bearer realm=\"spillway\"\r\n"));
	assert_non_null(
		strstr(client->head_text, "\r\nWWW-Authenticate: Basic realm=\"spillway\"\r\n"));
	assert_string_equal(client_body(client, NULL), "Publishing this stream needs its key.\n");
}

static void test_native_publisher_needs_the_key_too(struct harness *h)
{
	struct access access = start(h, "info");
	struct client *client = client_connect(h, access.relay->port);
	const char *data;

	client_request(client, "POST", "/keyed", "Connection: Upgrade\r\nUpgrade: spillway/1\r\n");
	assert_int_equal(client_head(client), 401);
	client_body(client, NULL);
	client_expect_end(client);
	client = client_connect(h, access.relay->port);
	client_request(client, "POST", "/keyed",
		       harness_format(h,
				      "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"
				      "Authorization: Bearer %s\r\n",
				      access.key));
	assert_int_equal(client_head(client), 101);
	client_frame(client, access.picture.data, access.picture.len, 0);
	client_next_frame(client_watch(h, access.relay->port, "/keyed"), &data);
}

/* Taking over is publishing: without the key, nobody's stream is touched. */
static void test_takeover_needs_the_key(struct harness *h)
{
	struct access access = start(h, "info");
	struct client *publisher = client_publish(h, access.relay->port,
						  harness_format(h, "/keyed?key=%s", access.key));
	const char *data;

	client_frame(publisher, access.picture.data, access.picture.len, 0);
	struct client *viewer = client_watch(h, access.relay->port, "/keyed");
	client_next_frame(viewer, &data);
	expect_put(&access, "1.1", "/keyed?takeover=1", "Host: localhost\r\n", 401);
	client_frame(publisher, access.picture.data, access.picture.len, 1000);
	assert_int_equal(client_next_frame(viewer, &data).sequence, 1);
}

static void test_publish_key_shuts_out_this_machine(struct harness *h)
{
	struct access access = start(h, "info");
	struct access strict = access;

	strict.relay = relay_start(h, "--publish", "key", NULL);
	expect_put(&strict, "1.1", "/cam", "Host: localhost\r\n", 401);
	strict.relay = relay_start(h, "--publish", "anyone", NULL);
	expect_put(&strict, "1.1", "/cam", "Host: example.org\r\n", 200);
}

/* ---- watching ---- */

static void test_watching_needs_the_token(struct harness *h)
{
	struct access access = start(h, "info");
	static const char *const targets[] = {"/private", "/private.mjpg", "/private.jpg",
					      "/private/below"};
	static const char upgrade[] = "Connection: Upgrade\r\nUpgrade: spillway/1\r\n";
	char *bearer = harness_format(h, "Authorization: Bearer %s\r\n", access.token);
	char *wrong = harness_format(h, "Authorization: Bearer %s\r\n", access.wrong);

	for (size_t i = 0; i < 2; i++) {
		struct client *publisher = client_publish(h, access.relay->port,
							  i == 0 ? "/private" : "/private/below");

		client_frame(publisher, access.picture.data, access.picture.len, 0);
	}
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct client *client = client_get(h, access.relay->port, targets[i], "", 401);

		assert_non_null(strstr(client->head_text, "\r\nWWW-Authenticate: "));
		client_get(h, access.relay->port, targets[i], wrong, 401);
		client_get(h, access.relay->port, targets[i], upgrade, 401);
		client_get(h, access.relay->port,
			   harness_format(h, "%s?key=%s", targets[i], access.key), "", 401);
		client_get(h, access.relay->port,
			   harness_format(h, "%s?key=%s&wait=60", targets[i], access.token), "",
			   200);
		client_get(h, access.relay->port, harness_format(h, "%s?wait=60", targets[i]),
			   bearer, 200);
	}
	client_get(h, access.relay->port, "/private?wait=60",
		   harness_format(h, "%s%s", bearer, upgrade), 101);
	/* Whether it is there is told to nobody without the token. */
	client_get(h, access.relay->port, "/private/nothing", "", 401);
	client_get(h, access.relay->port, "/private/nothing?wait=5", "", 401);
	char *list = client_body(client_get(h, access.relay->port, "/api/streams", "", 200), NULL);
	assert_non_null(strstr(list, "\"streams\":[]}"));
}

static void test_watch_token_holds_for_all_streams(struct harness *h)
{
	char token[KEY_TEXT_SIZE], hash[KEY_HASH_SIZE];
	struct picture picture = picture_make(h, 1);
	const char *data;

	key_generate(token);
	key_hash(token, hash);
	char *config = relay_config(h, harness_format(h,
						      "[relay]\n"
						      "watch = token\n"
						      "token = %s\n"
						      "[stream public]\n"
						      "watch = anyone\n",
						      hash));
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	client_frame(publisher, picture.data, picture.len, 0);
	publisher = client_publish(h, relay->port, "/public");
	client_frame(publisher, picture.data, picture.len, 0);
	client_get(h, relay->port, "/cam", "", 401);
	client_next_frame(client_watch(h, relay->port, harness_format(h, "/cam?key=%s", token)),
			  &data);
	client_next_frame(client_watch(h, relay->port, "/public"), &data);
	/* It is said once that anyone may watch; here not. */
	assert_int_equal(program_count_log(relay->program, "anyone may watch"), 0);
}

/* ---- secrets ---- */

static void expect_no_secret(const struct access *access, const char *where, const char *text)
{
	const char *const secrets[] = {access->key,	      access->token, access->wrong,
				       access->key_hash + 8,  access->basic, access->basic_wrong,
				       access->token_hash + 8};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		if (strstr(text, secrets[i]) != NULL)
			harness_fail("%s tells a secret: %s", where, secrets[i]);
	}
}

static void test_nothing_secret_is_told(struct harness *h)
{
	struct access access = start(h, "debug");
	const char *keys[] = {access.key, access.token, access.wrong};
	const char *data;

	for (size_t i = 0; i < 3; i++) {
		static const char *const streams[] = {"/keyed", "/private", "/none"};

		for (size_t j = 0; j < 3; j++) {
			char *target = harness_format(h, "%s?key=%s", streams[j], keys[i]);
			char *field = harness_format(
				h, "Host: localhost\r\nAuthorization: Bearer %s\r\n", keys[i]);
			struct client *client = put(&access, "1.1", target, field);

			expect_no_secret(&access, "an answer", client->head_text);
			expect_no_secret(&access, "an answer", client_body(client, NULL));
			put(&access, "1.1", streams[j],
			    harness_format(h, "Host: localhost\r\nAuthorization: Basic %s\r\n",
					   i == 0 ? access.basic : access.basic_wrong));
			client = client_connect(h, access.relay->port);
			client_request(client, "GET", target, field);
			client_head(client);
			expect_no_secret(&access, "an answer", client->head_text);
		}
	}
	client_publish(h, access.relay->port, harness_format(h, "/keyed?key=%s", access.key));
	struct client *publisher = client_publish(h, access.relay->port, "/private");
	client_frame(publisher, access.picture.data, access.picture.len, 0);
	client_next_frame(client_watch(h, access.relay->port,
				       harness_format(h, "/private?key=%s", access.token)),
			  &data);
	struct program *stat = program_run(h, "spillway", "stat", "--json", "--control",
					   access.relay->control, NULL);
	expect_no_secret(&access, "spillway stat", program_output(stat));
	expect_no_secret(
		&access, "the list",
		client_body(client_get(h, access.relay->port, "/api/streams", "", 200), NULL));
	client_close_all(h);
	relay_stop(access.relay);
	assert_true(program_count_log(access.relay->program, "401") > 0);
	expect_no_secret(&access, "the log", program_log(access.relay->program));
}

static void test_a_new_key_opens_its_stream(struct harness *h)
{
	char key[64], hash[128];
	struct picture picture = picture_make(h, 3);
	char *path = harness_write(h, "still.jpg", picture.data, picture.len);

	char *text = program_output(program_run(h, "spillway", "key", "new", NULL));
	char *hash_at = strstr(text, "blake2b:");
	assert_non_null(hash_at);
	assert_int_equal(sscanf(hash_at, "%127[a-z0-9:]", hash), 1);
	char *key_at = text;
	do {
		key_at += strcspn(key_at, "0123456789abcdef");
		assert_true(*key_at != '\0');
		size_t len = strspn(key_at, "0123456789abcdef");
		if (len == 32)
			break;
		key_at += len;
	} while (true);
	snprintf(key, sizeof(key), "%.32s", key_at);
	assert_true(key_matches(key, hash));
	char *config = relay_config(h, harness_format(h, "[stream cam]\nkey = %s\n", hash));
	struct relay *relay = relay_start(h, "--config", config, NULL);
	program_run(h, "curl", "-sS", "--fail", "-u", harness_format(h, "me:%s", key), "-T", path,
		    relay_http(relay, "/cam"), NULL);
	struct program *refused = program_start(h, "curl", "-sS", "--fail", "-u", "me:wrong", "-T",
						path, relay_http(relay, "/cam"), NULL);
	assert_int_equal(program_wait(refused), 22);
	assert_int_equal(program_count_log(refused, "401"), 1);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_only_this_machine_publishes_without_a_key),
		HARNESS_TEST(test_publishing_a_keyed_stream_needs_its_key),
		HARNESS_TEST(test_who_may_not_publish_is_told_in_the_log),
		HARNESS_TEST(test_missing_key_is_asked_for),
		HARNESS_TEST(test_native_publisher_needs_the_key_too),
		HARNESS_TEST(test_takeover_needs_the_key),
		HARNESS_TEST(test_publish_key_shuts_out_this_machine),
		HARNESS_TEST(test_watching_needs_the_token),
		HARNESS_TEST(test_watch_token_holds_for_all_streams),
		HARNESS_TEST(test_nothing_secret_is_told),
		HARNESS_TEST(test_a_new_key_opens_its_stream),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
