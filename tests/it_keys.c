/* SPDX-License-Identifier: MIT */
/* Keys and tokens from the first to the last: made, used from here and from elsewhere, listed,
 * revoked. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/key.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

static const char plain[] = "# Ours; keep this line.\n"
			    "[relay]\n"
			    "publish = key\n"
			    "\n"
			    "[stream cam]\n"
			    "# The door.\n"
			    "watch = anyone ; for now\n"
			    "\n"
			    "[capture cam]\n"
			    "source = test:\n";

/* `spillway key new --add`: the key, which is the first line. */
static char *add(struct harness *h, const char *config, const char *kind, const char *note,
		 const char *stream)
{
	struct program *program = program_run(h, "spillway", "key", "new", "--add", "--config",
					      config, kind, "--note", note, stream, NULL);
	char *key = program_output(program);

	key[strcspn(key, "\n")] = '\0';
	assert_int_equal(strlen(key), KEY_TEXT_SIZE - 1);
	return key;
}

static char *id_of(struct harness *h, const char *key)
{
	char hash[KEY_HASH_SIZE];

	key_hash(key, hash);
	return harness_format(h, "%.8s", hash + strlen("blake2b:"));
}

static int put(struct relay *relay, const char *stream, const char *key, struct picture picture)
{
	struct client *client = client_connect(relay->harness, relay->port);

	client_request(client, "PUT", stream,
		       harness_format(relay->harness,
				      "Authorization: Bearer %s\r\nContent-Length: %zu\r\n", key,
				      picture.len));
	client_send(client, picture.data, picture.len);

	int status = client_head(client);

	client_close(client);
	return status;
}

/* ---- the file ---- */

static void test_a_revoked_key_opens_nothing(struct harness *h)
{
	struct picture picture = picture_make(h, 1);
	char *config = harness_write(h, "spillway.ini", plain, strlen(plain));
	char *alice = add(h, config, "--no-token", "Alice", "cam");
	char *bob = add(h, config, "--no-token", "Bob", "cam");
	struct relay *relay = relay_start(h, "--config", config, "--linger", "0", NULL);

	assert_int_equal(put(relay, "/cam", alice, picture), 200);
	assert_int_equal(put(relay, "/cam", bob, picture), 200);
	relay_stop(relay);

	struct program *revoke = program_run(h, "spillway", "key", "revoke", "--config", config,
					     id_of(h, alice), NULL);
	assert_non_null(strstr(program_output(revoke), " of cam: Alice\n"));
	assert_non_null(strstr(program_output(revoke), "systemctl reload spillway-relay"));
	relay = relay_start(h, "--config", config, "--linger", "0", NULL);
	assert_int_equal(put(relay, "/cam", alice, picture), 401);
	assert_int_equal(put(relay, "/cam", bob, picture), 200);
	relay_stop(relay);

	/* The last one: the stream stays closed, though [relay] is open. */
	program_run(h, "sed", "-i", "s/^publish = key/publish = anyone/", config, NULL);
	program_run(h, "spillway", "key", "revoke", "--config", config, id_of(h, bob), NULL);
	relay = relay_start(h, "--config", config, "--linger", "0", NULL);
	assert_int_equal(put(relay, "/cam", bob, picture), 401);
	assert_int_equal(put(relay, "/other", "", picture), 200);
}

static void test_the_file_is_replaced_whole_and_keeps_what_is_in_it(struct harness *h)
{
	char *config = harness_write(h, "spillway.ini", plain, strlen(plain));
	char *link_path = harness_path(h, "link.ini");
	struct stat status;

	assert_int_equal(chmod(config, 0640), 0);
	assert_int_equal(symlink(config, link_path), 0);
	char *key = add(h, link_path, "--no-token", "Alice", "cam");
	char *text = harness_read(h, config, NULL), hash[KEY_HASH_SIZE];
	key_hash(key, hash);
	char *line = harness_format(h, "key = %s ; Alice\n", hash), *at = strstr(text, line);
	assert_non_null(at);
	memmove(at, at + strlen(line), strlen(at + strlen(line)) + 1);
	assert_string_equal(text, plain);
	assert_string_equal(harness_read(h, harness_format(h, "%s.backup", config), NULL), plain);
	assert_int_equal(stat(config, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(lstat(link_path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	program_run(h, "spillway-relay", "--config", config, "--check-config", NULL);
}

static void test_keys_are_listed_without_secrets(struct harness *h)
{
	char *config = harness_write(h, "spillway.ini", plain, strlen(plain));
	char *key = add(h, config, "--no-token", "Alice", "cam");
	char *token = add(h, config, "--token", "Bob", "door/front");
	struct program *list = program_run(h, "spillway", "key", "list", "--config", config, NULL);
	char *text = program_output(list);

	assert_non_null(strstr(text, harness_format(h, "%s  key    cam ", id_of(h, key))));
	assert_non_null(strstr(text, harness_format(h, "%s  token  door/front ", id_of(h, token))));
	assert_null(strstr(text, key));
	assert_null(strstr(text, token));
	list = program_run(h, "spillway", "key", "list", "--config", config, "--json", "cam", NULL);
	text = program_output(list);
	assert_int_equal(harness_count(list->out, "\"id\""), 1);
	assert_non_null(strstr(text, "\"stream\":\"cam\",\"note\":\"Alice\""));
	assert_null(strstr(text, "blake2b"));
}

static void test_what_cant_be_revoked_is_told(struct harness *h)
{
	char *config = harness_write(h, "spillway.ini", plain, strlen(plain));
	static const struct {
		const char *id, *said;
		int status;
	} rows[] = {
		{"0000", "no key or token whose id begins so", 1},
		{"Alice", "that is not an id", 2},
		{"12", "that is not an id", 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct program *revoke = program_start(h, "spillway", "key", "revoke", "--config",
						       config, rows[i].id, NULL);

		assert_int_equal(program_wait(revoke), rows[i].status);
		assert_int_equal(program_count_log(revoke, rows[i].said), 1);
	}
	struct program *revoke = program_start(h, "spillway", "key", "revoke", "--config",
					       harness_path(h, "nothing.ini"), "0000", NULL);
	assert_int_equal(program_wait(revoke), 1);
	assert_string_equal(harness_read(h, config, NULL), plain);
}

/* Both add: neither is lost. */
static void test_two_at_a_time_wait_for_each_other(struct harness *h)
{
	enum { N = 8 };
	char *config = harness_write(h, "spillway.ini", plain, strlen(plain));
	struct program *programs[N];

	for (int i = 0; i < N; i++)
		programs[i] = program_start(h, "spillway", "key", "new", "--add", "--config",
					    config, "cam", NULL);
	for (int i = 0; i < N; i++)
		assert_int_equal(program_wait(programs[i]), 0);
	assert_int_equal(harness_count(config, "key = blake2b:"), N);
}

/* ---- the service manager's ---- */

static void test_an_agents_key_may_be_a_credential(struct harness *h)
{
	char *config = harness_write(h, "spillway.ini", plain, strlen(plain));
	char *key = add(h, config, "--no-token", "agent", "cam");
	struct relay *relay = relay_start(h, "--config", config, NULL);

	mkdir(harness_path(h, "credentials"), 0700);
	char *file = harness_write(h, "credentials/spillway.key", key, strlen(key));
	assert_int_equal(chmod(file, 0400), 0);
	setenv("CREDENTIALS_DIRECTORY", harness_path(h, "credentials"), 1);
	program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io, "--source",
		      "test:", "--size", "320x180", "--rendition", "none", relay_url(relay, "cam"),
		      NULL);
	unsetenv("CREDENTIALS_DIRECTORY");
	client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
}

/* ---- secrets ---- */

static void expect_silent(const struct program *program, const char *const secrets[2])
{
	struct harness *h = program->harness;
	size_t len;
	char *command =
		harness_read(h, harness_format(h, "/proc/%d/cmdline", (int)program->pid), &len);

	for (size_t i = 0; i < 2; i++) {
		if (strstr(program_log(program), secrets[i]) != NULL ||
		    strstr(program_output(program), secrets[i]) != NULL)
			harness_fail("%s tells a secret", program->command);
		if (memmem(command, len, secrets[i], strlen(secrets[i])) != NULL)
			harness_fail("ps tells a secret of %s", program->command);
	}
}

/* Of those who have them: whether they are right or wrong, and the file with them or the URL. */
static void test_nobody_tells_his_key(struct harness *h)
{
	char *config = harness_write(h, "spillway.ini", plain, strlen(plain));
	char *key = add(h, config, "--no-token", "agent", "cam");
	char *token = add(h, config, "--token", "viewer", "cam");
	char *key_file = harness_write(h, "cam.key", key, strlen(key));
	const char *const secrets[] = {key, token};

	program_run(h, "sed", "-i", "s/^watch = anyone.*/watch = token/", config, NULL);
	assert_int_equal(chmod(key_file, 0600), 0);
	struct relay *relay = relay_start(h, "--config", config, "--log-level", "debug", NULL);
	struct program *agent = program_start(
		h, "spillway-capture", "--config", "/dev/null", "--io", h->io, "--source",
		"test:", "--size", "320x180", "--rendition", "none", "--log-level", "debug",
		"--key-file", key_file, relay_url(relay, "cam"), NULL);
	client_get(h, relay->port, harness_format(h, "/cam.jpg?wait=60&key=%s", token), "", 200);
	setenv("SPILLWAY_KEY", token, 1);
	struct program *watch = program_start(h, "spillway", "watch", "--frames", "3", "--json",
					      relay_url(relay, "cam"), NULL);
	/* The agent's key is none for watching, nor is the token one for publishing. */
	struct program *wrong_agent =
		program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
			      "--source", "test:", "--rendition", "none", "--log-level", "debug",
			      relay_url(relay, "cam"), NULL);
	setenv("SPILLWAY_KEY", key, 1);
	struct program *wrong_watch =
		program_start(h, "spillway", "watch", relay_url(relay, "cam"), NULL);
	unsetenv("SPILLWAY_KEY");
	assert_int_equal(program_wait(watch), 0);
	assert_int_equal(program_wait(wrong_watch), 1);
	program_wait_log(wrong_agent, "needs its key");
	expect_silent(watch, secrets);
	expect_silent(wrong_watch, secrets);
	expect_silent(wrong_agent, secrets);
	expect_silent(agent, secrets);
	expect_silent(relay->program, secrets);
	struct program *list = program_run(h, "spillway", "key", "list", "--config", config, NULL);
	expect_silent(list, secrets);
}

/* What can't be understood is told without what stands behind it. */
static void test_a_wrong_url_is_told_without_its_key(struct harness *h)
{
	static const char key[] = "00112233445566778899aabbccddeeff";
	const char *const secrets[] = {key, key};
	char *url = harness_format(h, "localhost/Cam?key=%s", key);
	char *text = harness_format(h, "[capture cam]\nsource = test:\nurl = %s\n", url);
	char *config = harness_write(h, "wrong.ini", text, strlen(text));
	struct program *programs[] = {
		program_start(h, "spillway", "watch", url, NULL),
		program_start(h, "spillway-capture", "--config", "/dev/null", "--source",
			      "test:", url, NULL),
		program_start(h, "spillway-capture", "--config", config, "--check-config", NULL),
		program_start(h, "spillway-capture", "--config", "/dev/null", "--key", key, NULL),
		program_start(h, "spillway-capture", "--config", "/dev/null",
			      harness_format(h, "--key=%s", key), NULL),
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		assert_true(program_wait(programs[i]) != 0);
		assert_true(strlen(program_log(programs[i])) > 0);
		expect_silent(programs[i], secrets);
	}
}

/* ---- from here and from elsewhere ---- */

static const char *const own_network[] = {
	"unshare", "-n", "sh", "-c", "ip link set lo up && echo ready && exec \"$@\"", "sh", NULL,
};

/* Words before a command that runs in the network of a program. */
static const char *const *inside(struct harness *h, const struct program *program)
{
	const char **words = harness_alloc(h, 5 * sizeof(*words));

	words[0] = "nsenter";
	words[1] = "-t";
	words[2] = harness_format(h, "%d", (int)program->pid);
	words[3] = "-n";
	words[4] = NULL;
	return words;
}

struct elsewhere {
	struct relay *relay;
	const char *const *here, *const *there;
	char *picture;
};

/* A relay at 192.0.2.1, in a network of its own, and another machine beside it. */
static struct elsewhere start_networks(struct harness *h, const char *config)
{
	struct elsewhere networks;
	struct picture picture = picture_make(h, 1);

	if (geteuid() != 0 || system("unshare -n ip link add type veth 2>/dev/null") != 0)
		harness_skip(h, "no network namespaces here");
	networks.picture = harness_write(h, "still.jpg", picture.data, picture.len);
	h->prefix = own_network;
	struct program *other = program_start(h, "sleep", "infinity", NULL);
	wait_for(strstr(program_output(other), "ready") != NULL);
	networks.relay =
		relay_start(h, "--config", config, "--listen", "0.0.0.0:0", "--linger", "0", NULL);
	networks.here = inside(h, networks.relay->program);
	networks.there = inside(h, other);
	h->prefix = networks.here;
	program_run(h, "ip", "link", "add", "one", "type", "veth", "peer", "name", "two", "netns",
		    harness_format(h, "%d", (int)other->pid), NULL);
	program_run(h, "sh", "-c", "ip address add 192.0.2.1/24 dev one && ip link set one up",
		    NULL);
	h->prefix = networks.there;
	program_run(h, "sh", "-c", "ip address add 192.0.2.2/24 dev two && ip link set two up",
		    NULL);
	h->prefix = NULL;
	return networks;
}

/* The status of a request by curl: it publishes, or watches. */
static int request(struct elsewhere *networks, const char *const *from, bool publishes,
		   const char *host, const char *stream, const char *key)
{
	struct harness *h = networks->relay->harness;
	char *url = harness_format(h, "http://%s:%u/%s", host, networks->relay->port, stream);

	h->prefix = from;
	struct program *curl = program_start(
		h, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H",
		harness_format(h, "Authorization: Bearer %s", key), url,
		publishes ? "-T" : "--head", publishes ? networks->picture : NULL, NULL);
	h->prefix = NULL;
	program_wait(curl);
	return atoi(program_output(curl));
}

static void test_keys_count_everywhere_and_loopback_here_only(struct harness *h)
{
	char *config = harness_write(h, "spillway.ini", "", 0);
	char *key = add(h, config, "--no-token", "x", "keyed");
	char *wrong = add(h, config, "--no-token", "x", "other");
	struct elsewhere networks = start_networks(h, config);
	const struct {
		bool there;
		const char *host, *stream, *key;
		int status;
	} rows[] = {
		/* publish = loopback */
		{false, "127.0.0.1", "cam", "", 200},
		{false, "localhost", "cam", "", 200},
		{false, "192.0.2.1", "cam", "", 401}, /* its own address, but not loopback */
		{true, "192.0.2.1", "cam", "", 401},
		{true, "192.0.2.1", "cam", wrong, 401},
		/* publish = key */
		{false, "127.0.0.1", "keyed", "", 401},
		{false, "127.0.0.1", "keyed", wrong, 401},
		{false, "127.0.0.1", "keyed", key, 200},
		{true, "192.0.2.1", "keyed", "", 401},
		{true, "192.0.2.1", "keyed", wrong, 401},
		{true, "192.0.2.1", "keyed", key, 200},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int status = request(&networks, rows[i].there ? networks.there : networks.here,
				     true, rows[i].host, rows[i].stream, rows[i].key);

		if (status != rows[i].status)
			harness_fail("row %zu: %d", i, status);
	}
	/* A name that leads here, with which a page could have been loaded. */
	h->prefix = networks.there;
	struct program *curl = program_start(
		h, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-T", networks.picture,
		"-H", "Host: localhost",
		harness_format(h, "http://192.0.2.1:%u/cam", networks.relay->port), NULL);
	h->prefix = NULL;
	program_wait(curl);
	assert_string_equal(program_output(curl), "401");
}

static void test_tokens_count_everywhere(struct harness *h)
{
	static const char text[] = "[relay]\npublish = anyone\nlinger = 60\n";
	char *config = harness_write(h, "spillway.ini", text, strlen(text));
	char *token = add(h, config, "--token", "x", "private");
	char *wrong = add(h, config, "--token", "x", "other");
	struct elsewhere networks = start_networks(h, config);
	const struct {
		bool there;
		const char *stream, *key;
		int status;
	} rows[] = {
		{false, "private", "", 401},	{false, "private", wrong, 401},
		{false, "private", token, 404}, {true, "private", "", 401},
		{true, "private", wrong, 401},	{true, "private", token, 404},
		{true, "public", "", 404},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int status = request(&networks, rows[i].there ? networks.there : networks.here,
				     false, "192.0.2.1", rows[i].stream, rows[i].key);

		if (status != rows[i].status)
			harness_fail("row %zu: %d", i, status);
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_a_revoked_key_opens_nothing),
		HARNESS_TEST_ON(test_the_file_is_replaced_whole_and_keeps_what_is_in_it, "epoll"),
		HARNESS_TEST_ON(test_keys_are_listed_without_secrets, "epoll"),
		HARNESS_TEST_ON(test_what_cant_be_revoked_is_told, "epoll"),
		HARNESS_TEST_ON(test_two_at_a_time_wait_for_each_other, "epoll"),
		HARNESS_TEST(test_an_agents_key_may_be_a_credential),
		HARNESS_TEST_ON(test_nobody_tells_his_key, "epoll"),
		HARNESS_TEST_ON(test_a_wrong_url_is_told_without_its_key, "epoll"),
		HARNESS_TEST(test_keys_count_everywhere_and_loopback_here_only),
		HARNESS_TEST(test_tokens_count_everywhere),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
