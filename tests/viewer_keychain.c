/* SPDX-License-Identifier: MIT */
#include "viewer/keychain.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW_S = 1800000000 };

static char folder[] = "/tmp/spillway-keychain-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/spillway/e2e/localhost:6667/%s", folder, name);
	return path;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	return setenv("XDG_DATA_HOME", folder, 1);
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static void open_for(struct keychain *keychain, const char *account)
{
	assert_int_equal(keychain_open(keychain, "localhost:6667", account), 0);
}

/* It publishes, knows bob, and has said something to him. */
static void use(struct keychain *keychain, char list[DEVICE_LIST_TEXT])
{
	struct device_list bob = {.version = 5, .expiry_s = UINT32_MAX, .n = 1, .devices = {{9}}};
	struct secrecy *secrecy = &keychain->secrecy;
	char text[DEVICE_LIST_TEXT], envelope[ENVELOPE_ENCODED];

	assert_int_equal(keychain_begin(keychain), 0);
	assert_int_equal(secrecy_renew(secrecy, NOW_S, list), 1);
	assert_int_equal(
		secrecy_take_list(secrecy, secrecy_peer(secrecy, "alice"), slice_from(list), NOW_S),
		0);
	device_list_write(&bob, "bob", (const uint8_t[DEVICE_LIST_SEED]){7}, text);
	assert_int_equal(
		secrecy_take_list(secrecy, secrecy_peer(secrecy, "bob"), slice_from(text), NOW_S),
		0);
	assert_int_equal(secrecy_seal(secrecy, secrecy_peer(secrecy, "bob"), ENVELOPE_SAID,
				      slice_from("hi"), 1, 0, envelope),
			 0);
	/* Our own echo. */
	struct secrecy_opened opened;
	const struct secrecy_way way = {.own = true, .fresh = true};
	assert_int_equal(secrecy_open(secrecy, secrecy_peer(secrecy, "bob"), &way,
				      slice_from(envelope), NOW_S, &opened),
			 SECRECY_TEXT);
	assert_int_equal(keychain_end(keychain), 0);
}

static void test_what_was_known_is_known_again(void **state)
{
	struct keychain keychain;
	char list[DEVICE_LIST_TEXT];
	struct secrecy before;
	struct secrecy_peer bob, *again;

	(void)state;
	open_for(&keychain, "Alice");
	use(&keychain, list);
	before = keychain.secrecy;
	bob = *secrecy_peer(&keychain.secrecy, "bob");
	keychain_close(&keychain);

	open_for(&keychain, "alice");
	assert_int_equal(keychain_begin(&keychain), 0);
	assert_memory_equal(keychain.secrecy.identity, before.identity, DEVICE_KEY);
	assert_int_equal(keychain.secrecy.n_keys, 1);
	assert_memory_equal(&keychain.secrecy.keys[0], &before.keys[0], sizeof(before.keys[0]));
	again = secrecy_peer(&keychain.secrecy, "bob");
	assert_true(again->known && again->encrypts && !again->compared);
	assert_memory_equal(again->identity, bob.identity, DEVICE_KEY);
	assert_memory_equal(again->previous, bob.previous, ENVELOPE_HASH);
	assert_int_equal(again->sequence, 1);
	assert_int_equal(again->version, 5);
	assert_int_equal(again->n_devices, 1);
	assert_memory_equal(&again->devices[0], &bob.devices[0], sizeof(bob.devices[0]));
	assert_int_equal(again->ours.n_chains, 1);
	assert_memory_equal(&again->ours.chains[0], &bob.ours.chains[0],
			    sizeof(bob.ours.chains[0]));
	assert_int_equal(keychain_end(&keychain), 0);
	/* What it had published is still good. */
	assert_int_equal(secrecy_take_list(&keychain.secrecy,
					   secrecy_peer(&keychain.secrecy, "alice"),
					   slice_from(list), NOW_S),
			 0);
	assert_int_equal(secrecy_renew(&keychain.secrecy, NOW_S, list), 0);
	keychain_close(&keychain);
}

static void test_nobody_else_can_read_it(void **state)
{
	static const char *const files[] = {"identity", "device-1", "known"};
	struct keychain keychain;
	char list[DEVICE_LIST_TEXT];
	struct stat status;
	mode_t mask = umask(0);

	(void)state;
	open_for(&keychain, "alice");
	use(&keychain, list);
	keychain_close(&keychain);
	umask(mask);
	assert_int_equal(stat(path_of("alice"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "alice/%s", files[i]);
		assert_int_equal(stat(path_of(name), &status), 0);
		assert_int_equal(status.st_mode & 0777, 0600);
	}
}

static void test_two_clients_are_two_devices(void **state)
{
	struct keychain first, second;
	char list[DEVICE_LIST_TEXT];

	(void)state;
	open_for(&first, "alice");
	use(&first, list);
	open_for(&second, "alice");
	assert_int_equal(keychain_begin(&second), 0);
	assert_memory_equal(second.secrecy.identity, first.secrecy.identity, DEVICE_KEY);
	assert_int_equal(second.secrecy.n_keys, 0);
	/* It knows bob, but has said nothing to him. */
	assert_true(secrecy_peer(&second.secrecy, "bob")->known);
	assert_int_equal(secrecy_peer(&second.secrecy, "bob")->sequence, 0);
	assert_int_equal(secrecy_take_list(&second.secrecy, secrecy_peer(&second.secrecy, "alice"),
					   slice_from(list), NOW_S),
			 0);
	assert_int_equal(secrecy_renew(&second.secrecy, NOW_S, list), 1);
	/* What the one learns, the other knows. */
	secrecy_peer(&second.secrecy, "bob")->compared = true;
	second.secrecy.changed = true;
	assert_int_equal(keychain_end(&second), 0);
	assert_int_equal(keychain_begin(&first), 0);
	assert_true(secrecy_peer(&first.secrecy, "bob")->compared);
	assert_int_equal(secrecy_peer(&first.secrecy, "bob")->sequence, 1);
	assert_int_equal(keychain_end(&first), 0);
	assert_memory_not_equal(first.secrecy.keys[0].secret, second.secrecy.keys[0].secret,
				DEVICE_KEY);
	keychain_close(&first);
	keychain_close(&second);
}

static void test_there_are_as_many_clients_as_devices(void **state)
{
	struct keychain keychains[KEYCHAIN_MAX_CLIENTS], one_more;

	(void)state;
	for (size_t i = 0; i < KEYCHAIN_MAX_CLIENTS; i++)
		open_for(&keychains[i], "alice");
	assert_int_equal(keychain_open(&one_more, "localhost:6667", "alice"), -EBUSY);
	keychain_close(&keychains[1]);
	open_for(&one_more, "alice");
	assert_int_equal(one_more.device, 2);
	keychain_close(&one_more);
	for (size_t i = 0; i < KEYCHAIN_MAX_CLIENTS; i++) {
		if (i != 1)
			keychain_close(&keychains[i]);
	}
}

static void test_an_identity_that_was_copied_is_used(void **state)
{
	struct keychain keychain;
	char list[DEVICE_LIST_TEXT], from[512], to[512], command[1600];
	uint8_t identity[DEVICE_KEY];

	(void)state;
	open_for(&keychain, "alice");
	use(&keychain, list);
	memcpy(identity, keychain.secrecy.identity, sizeof(identity));
	keychain_close(&keychain);
	strcpy(from, path_of("alice/identity"));
	strcpy(to, path_of("bob"));
	snprintf(command, sizeof(command), "mkdir '%s' && cp '%s' '%s'", to, from, to);
	assert_int_equal(system(command), 0);
	open_for(&keychain, "bob");
	assert_int_equal(keychain_begin(&keychain), 0);
	assert_memory_equal(keychain.secrecy.identity, identity, DEVICE_KEY);
	assert_int_equal(keychain.secrecy.n_keys, 0);
	assert_int_equal(keychain_end(&keychain), 0);
	keychain_close(&keychain);
}

#define BYTES "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define CHAIN "[" BYTES ", 1, 1, " BYTES "]"
#define CHAINS CHAIN ", " CHAIN ", " CHAIN ", " CHAIN
#define GOOD_SIDE                                                                                  \
	"{\"device-1\": {\"bob\": {\"sent\": 1, \"hash\": " BYTES ", \"theirs\": [" CHAINS         \
	", " CHAINS "], \"ours\": []}, "

static void test_damaged_files_are_refused(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{"alice/known", ""},
		{"alice/known", "{\"accounts\": {\"bob\": 5}}"},
		{"alice/known", "[]"},
		{"alice/known", "{\"device-1\": {\"bob\": {\"sent\": 1}}}"},
		{"alice/known", GOOD_SIDE "\"eve\": 5}}"},
		{"alice/known", GOOD_SIDE "\"Bob\": 5}}"},
		{"alice/device-1", "AAAA 1 2\n"},
		{"alice/device-1", "\n\nnonsense\n"},
		{"alice/identity", "AAAA\n"},
		{"alice/identity", ""},
	};
	struct keychain keychain;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_for(&keychain, "alice");
		int fd = open(path_of(cases[i].name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, cases[i].text, strlen(cases[i].text)),
				 strlen(cases[i].text));
		close(fd);
		/* However often it is tried. */
		for (int try = 0; try < 6; try++)
			assert_int_equal(keychain_begin(&keychain), -EBADMSG);
		assert_true(keychain.secrecy.n_peers == 0 ||
			    keychain.secrecy.peers[0]->theirs.n_chains <= 8);
		keychain_close(&keychain);
		unlink(path_of(cases[i].name));
	}
}

static void test_a_device_that_lost_its_place_has_another_key(void **state)
{
	struct keychain keychain;
	char list[DEVICE_LIST_TEXT];
	uint8_t device[DEVICE_KEY];

	(void)state;
	open_for(&keychain, "alice");
	use(&keychain, list);
	memcpy(device, keychain.secrecy.keys[0].device, DEVICE_KEY);
	keychain_close(&keychain);
	unlink(path_of("alice/known"));
	open_for(&keychain, "alice");
	assert_int_equal(keychain_begin(&keychain), 0);
	assert_int_equal(secrecy_renew(&keychain.secrecy, NOW_S, list), 1);
	assert_memory_not_equal(keychain.secrecy.keys[0].device, device, DEVICE_KEY);
	assert_memory_equal(keychain.secrecy.keys[1].device, device, DEVICE_KEY);
	assert_int_equal(keychain_end(&keychain), 0);
	keychain_close(&keychain);
}

static void test_names_stay_in_their_folder(void **state)
{
	struct keychain keychain;

	(void)state;
	assert_int_equal(keychain_open(&keychain, "../../x", "a/../b"), 0);
	assert_non_null(strstr(keychain.folder, "/spillway/e2e/%2e.%2f..%2fx/a%2f..%2fb"));
	assert_null(strstr(keychain.folder + strlen(folder), "/../"));
	keychain_close(&keychain);
	assert_int_equal(keychain_open(&keychain, "localhost:6667", "two words"), -EINVAL);
	assert_int_equal(keychain_open(&keychain, "localhost:6667", ""), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_what_was_known_is_known_again),
		TEST(test_nobody_else_can_read_it),
		TEST(test_two_clients_are_two_devices),
		TEST(test_there_are_as_many_clients_as_devices),
		TEST(test_an_identity_that_was_copied_is_used),
		TEST(test_damaged_files_are_refused),
		TEST(test_a_device_that_lost_its_place_has_another_key),
		TEST(test_names_stay_in_their_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
