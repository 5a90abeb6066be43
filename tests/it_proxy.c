/* SPDX-License-Identifier: MIT */
/* The relay behind nginx and HAProxy, with what README.md shows of tests/proxy/. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/key.h"
#include "tests/harness_browser.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

#define HTML "Accept: text/html\r\n"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"

/* Below the ports that the kernel takes for connections. */
enum { FIRST_PORT = 10000, N_PORTS = 20000 };

enum { MOVING = 10 };

/* @FOLDER@, @LISTEN@ and @RELAY@ in the template are filled in. */
struct proxy_kind {
	const char *template;
	const char *listen; /* README's */
	const char *config_name;
	const char *arguments[8]; /* up to that of the configuration's path */
};

static const struct proxy_kind nginx = {
	"tests/proxy/nginx.conf", "80", "nginx.conf", {"nginx", "-e", "stderr", "-c"}};
static const struct proxy_kind haproxy = {
	"tests/proxy/haproxy.cfg", ":80", "haproxy.cfg", {"haproxy", "-db", "-f"}};

/* A relay that wants a key, and a proxy in front of it. */
struct front {
	struct relay *relay;
	struct program *proxy;
	uint16_t port; /* the proxy's */
	char key[KEY_TEXT_SIZE];
	char *key_file;
};

/* ---- starting ---- */

static bool is_installed(const char *program)
{
	char *path = strdup(getenv("PATH")), *rest = path, *folder, file[4096];
	bool found = false;

	while (!found && (folder = strsep(&rest, ":")) != NULL) {
		snprintf(file, sizeof(file), "%s/%s", folder, program);
		found = access(file, X_OK) == 0;
	}
	free(path);
	return found;
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool is_free(uint16_t port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool bound = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return bound;
}

static uint16_t free_port(void)
{
	for (unsigned i = 0; i < N_PORTS; i++) {
		uint16_t port = (uint16_t)(FIRST_PORT + ((unsigned)getpid() + i) % N_PORTS);

		if (is_free(port))
			return port;
	}
	harness_fail("no port is free");
}

static bool accepts(uint16_t port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return connected;
}

static char *replace(struct harness *h, const char *text, const char *what, const char *with)
{
	char *result = harness_format(h, "%s", text), *at;

	while ((at = strstr(result, what)) != NULL)
		result = harness_format(h, "%.*s%s%s", (int)(at - result), result, with,
					at + strlen(what));
	return result;
}

static char *fill_in(struct harness *h, const struct proxy_kind *kind, const char *listen,
		     const char *relay)
{
	size_t len;
	char *text = harness_read(h, kind->template, &len);

	if (len == 0)
		harness_fail("%s isn't there", kind->template);
	text = replace(h, text, "@FOLDER@", h->folder);
	text = replace(h, text, "@LISTEN@", listen);
	return replace(h, text, "@RELAY@", relay);
}

/* publish: for the relay's [relay]. The stream "cam" has a key. */
static struct front start(struct harness *h, const struct proxy_kind *kind, const char *publish)
{
	struct front front = {.port = free_port()};
	const char *argv[8];
	char hash[KEY_HASH_SIZE];
	size_t n = 0;

	if (!is_installed(kind->arguments[0]))
		harness_skip(h, harness_format(h, "%s isn't installed", kind->arguments[0]));
	key_generate(front.key);
	key_hash(front.key, hash);
	front.key_file = harness_write(h, "key", front.key, strlen(front.key));
	chmod(front.key_file, 0600);
	char *config =
		relay_config(h, harness_format(h, "[relay]\npublish = %s\n[stream cam]\nkey = %s\n",
					       publish, hash));
	front.relay = relay_start(h, "--config", config, NULL);
	char *text = fill_in(h, kind, harness_format(h, "127.0.0.1:%u", front.port),
			     harness_format(h, "%u", front.relay->port));
	for (; kind->arguments[n] != NULL; n++)
		argv[n] = kind->arguments[n];
	argv[n++] = harness_write(h, kind->config_name, text, strlen(text));
	argv[n] = NULL;
	front.proxy = program_start_v(h, argv);
	wait_for(accepts(front.port) || program_has_ended(front.proxy));
	if (program_has_ended(front.proxy))
		harness_fail("%s doesn't start", kind->arguments[0]);
	return front;
}

static char *through(struct harness *h, const struct front *front, const char *scheme,
		     const char *path)
{
	return harness_format(h, "%s://127.0.0.1:%u%s", scheme, front->port, path);
}

/* ---- what works through a proxy ---- */

/* They never end: a proxy that waits for the end of a request passes nothing on. */
static void ffmpeg_publishes(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");
	const char *data;

	struct program *ffmpeg = program_start(
		h, "ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25",
		"-f", "mpjpeg", "-method", "PUT", "-headers",
		harness_format(h, "Authorization: Bearer %s\r\n", front.key),
		through(h, &front, "http", "/cam"), NULL);
	struct client *viewer = client_watch(h, front.relay->port, "/cam");
	for (int i = 0; i < 10; i++)
		client_next_frame(viewer, &data);
	assert_false(program_has_ended(ffmpeg));
}

static void agent_publishes(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");
	const char *data;

	struct program *agent = program_start(
		h, "spillway-capture", "--io", h->io, "--source", "test:", "--size", "160x120",
		"--key-file", front.key_file, through(h, &front, "spillway", "/cam"), NULL);
	struct client *viewer = client_watch(h, front.relay->port, "/cam");
	for (int i = 0; i < 10; i++)
		client_next_frame(viewer, &data);
	assert_false(program_has_ended(agent));
}

/* Larger than what nginx takes by itself, 1 MB. */
static void large_picture_passes(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");
	struct picture picture = picture_make_sized(h, 1, 3000000);
	char *file = harness_write(h, "large.jpg", picture.data, picture.len);

	struct program *curl =
		program_run(h, "curl", "-sS", "--fail", "-u", harness_format(h, ":%s", front.key),
			    "-T", file, through(h, &front, "http", "/cam"), NULL);
	assert_string_equal(program_output(curl), "1 frames published\n");
	struct client *viewer = client_get(h, front.port, "/cam.jpg", "", 200);
	size_t len;
	char *body = client_body(viewer, &len);
	assert_int_equal(len, picture.len);
	assert_true(picture_equal(picture, body, len));
}

/* A single picture, and nothing behind it that would push it out of a buffer. */
static struct client *publish_one(struct harness *h, const struct front *front,
				  struct picture picture)
{
	struct client *publisher =
		client_publish(h, front->relay->port, harness_format(h, "/cam?key=%s", front->key));

	client_frame(publisher, picture.data, picture.len, 0);
	return publisher;
}

static void multipart_comes_at_once(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");
	struct picture picture = picture_make(h, 1);
	char *out = harness_path(h, "parts");

	struct client *publisher = publish_one(h, &front, picture);
	struct program *curl = program_start(h, "curl", "-sS", "--fail", "-N", "-o", out,
					     through(h, &front, "http", "/cam.mjpg?wait=60"), NULL);
	wait_for(harness_count(out, "\xff\xd9") == 1);
	client_frame(publisher, picture.data, picture.len, 40000);
	wait_for(harness_count(out, "\xff\xd9") == 2);
	assert_false(program_has_ended(curl));
}

static void spillway_watches(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");
	struct picture picture = picture_make(h, 1);
	char *out = harness_path(h, "watched.mjpg");
	size_t len;

	publish_one(h, &front, picture);
	program_run(h, "spillway", "watch", "--io", h->io, "--frames", "1", "--out", out,
		    through(h, &front, "spillway", "/cam"), NULL);
	char *watched = harness_read(h, out, &len);
	assert_int_equal(len, picture.len);
	assert_true(picture_equal(picture, watched, len));
}

static void page_is_shown(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");
	static const char *const pages[] = {"/", "/cam"};

	publish_one(h, &front, picture_make(h, 1));
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		struct client *direct = client_get(h, front.relay->port, pages[i], HTML, 200);
		struct client *client = client_get(h, front.port, pages[i], HTML, 200);
		char *page = client_body(direct, NULL);

		assert_string_equal(client_field(client, "Content-Type"),
				    client_field(direct, "Content-Type"));
		assert_non_null(strstr(page, "<html"));
		assert_string_equal(client_body(client, NULL), page);
	}
}

static void browser_shows_it_move(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");

	program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io, "--source",
		      "test:", "--size", "320x180", "--key-file", front.key_file,
		      through(h, &front, "spillway", "/cam"), NULL);
	struct program *browser = browser_open(h, through(h, &front, "http", "/"));
	browser_expect(browser, "state live");
	browser_expect(browser, "viewers 1 viewer");
	wait_for(browser_count(browser, "picture #") >= MOVING);
	browser_close(browser);
}

/* A browser shows a part when the next one's headers are there: the proxy must pass them on. */
static void browser_shows_a_single_picture(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");

	publish_one(h, &front, picture_make(h, 47));
	struct program *browser = browser_open(h, through(h, &front, "http", "/cam"));
	browser_expect(browser, "picture 47");
	browser_close(browser);
}

/* ---- what doesn't ---- */

static void expect_refused(struct harness *h, const struct front *front, const char *path)
{
	struct picture picture = picture_make(h, 1);
	char *file = harness_write(h, "picture.jpg", picture.data, picture.len);

	struct program *curl = program_run(
		h, "sh", "-c",
		harness_format(h, "curl -sS -o /dev/null -w '%%{http_code}' -T - '%s' <%s",
			       through(h, front, "http", path), file),
		NULL);
	assert_string_equal(program_output(curl), "401");
	struct client *native = client_connect(h, front->port);
	client_request(native, "POST", path, UPGRADE);
	assert_int_equal(client_head(native), 401);
	assert_true(strstr(client_field(native, "WWW-Authenticate"), "Bearer") != NULL ||
		    strstr(client_field(native, "WWW-Authenticate"), "Basic") != NULL);
	client_close(native);
}

static void publishing_needs_a_key(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "key");

	expect_refused(h, &front, "/cam");
	expect_refused(h, &front, "/other");
	expect_refused(h, &front, "/cam?key=wrong");
}

/* The proxy is a program on the relay's machine, and says for whom it asks. */
static void proxy_is_no_loopback(struct harness *h, const struct proxy_kind *kind)
{
	struct front front = start(h, kind, "loopback");

	expect_refused(h, &front, "/other");
	client_publish(h, front.relay->port, "/other");
}

/* ---- README ---- */

static void test_readme_shows_what_is_tested(struct harness *h)
{
	static const struct proxy_kind *const kinds[] = {&nginx, &haproxy};
	char *readme = harness_read(h, "README.md", NULL);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char *text = fill_in(h, kinds[i], kinds[i]->listen, "7070");
		char *begin = strstr(text, "# README {\n"), *end = strstr(text, "# README }\n");

		assert_true(begin != NULL && end > begin);
		begin += strlen("# README {\n");
		*end = '\0';
		if (strstr(readme, begin) == NULL)
			harness_fail("README.md doesn't show %s: it should have\n%s",
				     kinds[i]->template, begin);
	}
}

#define BEHIND_EACH(behaviour)                                                                     \
	static void test_nginx_##behaviour(struct harness *h)                                      \
	{                                                                                          \
		behaviour(h, &nginx);                                                              \
	}                                                                                          \
	static void test_haproxy_##behaviour(struct harness *h)                                    \
	{                                                                                          \
		behaviour(h, &haproxy);                                                            \
	}
BEHIND_EACH(ffmpeg_publishes)
BEHIND_EACH(agent_publishes)
BEHIND_EACH(large_picture_passes)
BEHIND_EACH(multipart_comes_at_once)
BEHIND_EACH(spillway_watches)
BEHIND_EACH(page_is_shown)
BEHIND_EACH(browser_shows_it_move)
BEHIND_EACH(browser_shows_a_single_picture)
BEHIND_EACH(publishing_needs_a_key)
BEHIND_EACH(proxy_is_no_loopback)

/* What differs between the back ends, other tests see. */
#define TEST_BEHIND_EACH(behaviour)                                                                \
	HARNESS_TEST_ON(test_nginx_##behaviour, "uring"),                                          \
		HARNESS_TEST_ON(test_haproxy_##behaviour, "uring")

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST_BEHIND_EACH(ffmpeg_publishes),
		TEST_BEHIND_EACH(agent_publishes),
		TEST_BEHIND_EACH(large_picture_passes),
		TEST_BEHIND_EACH(multipart_comes_at_once),
		TEST_BEHIND_EACH(spillway_watches),
		TEST_BEHIND_EACH(page_is_shown),
		TEST_BEHIND_EACH(browser_shows_it_move),
		TEST_BEHIND_EACH(browser_shows_a_single_picture),
		TEST_BEHIND_EACH(publishing_needs_a_key),
		TEST_BEHIND_EACH(proxy_is_no_loopback),
		HARNESS_TEST_ON(test_readme_shows_what_is_tested, "uring"),
	};
	const char *path = getenv("PATH");
	char longer[8192];

	/* Where Debian has them; not every user's path leads there. */
	snprintf(longer, sizeof(longer), "%s:/usr/sbin:/usr/local/sbin", path != NULL ? path : "");
	setenv("PATH", longer, 1);
	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
