/* SPDX-License-Identifier: MIT */
#include "tests/churn.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/sim_random.h"

enum {
	TURN_MS = 5,
	SHORTEST_US = 5000, /* a guest's stay */
	LONGEST_US = 4000000,
	PATIENCE_US = 20000000,
	LONGEST_PAUSE_US = 200000, /* between guests, and between two things that one does */
	LAST_WORDS_US = 100000,	   /* of who has ended its sending */
	SMALL_BUFFER = 4096,	   /* of a socket whose owner reads slowly, or not */
	SLOW_BYTES = 512,
	IMPATIENT = 4,	     /* so much likelier is a kind */
	UNSERVED_WEIGHT = 8, /* so that each kind was soon served once */
	SOURCES = 8,	     /* 127.0.0.2 and so on */
	CORPORA = 9,
	MAX_FILES = 128, /* of a corpus */
	MAX_FILE = 64 * 1024,
};

struct file {
	char *data;
	size_t len;
};

struct corpus {
	const char *name;
	struct file files[MAX_FILES];
	size_t n;
};

struct guest {
	struct churn *churn;
	const struct guest_kind *kind; /* NULL: nobody is here */
	size_t row;		       /* of its kind */
	int fd;
	uint64_t number;
	int64_t leave_us, next_us; /* the next thing it does; of nobody: when somebody comes */
	unsigned step;
	bool said_all; /* has ended its sending */
	char *out;
	size_t out_at, out_len;
	int64_t pts_us;
};

struct churn {
	struct churn_places places;
	struct picture picture;
	uint64_t random;
	uint64_t n;
	const struct guest_kind *kinds[CHURN_MAX_KINDS];
	bool served[CHURN_MAX_KINDS];
	size_t n_kinds;
	bool all; /* kinds are there */
	struct guest guests[CHURN_GUESTS];
	struct corpus corpora[CORPORA];
};

/* ---- corpora ---- */

static void read_corpus(struct harness *h, struct corpus *corpus, const char *name)
{
	char path[512], data[MAX_FILE];
	struct dirent **names;

	corpus->name = name;
	snprintf(path, sizeof(path), "tests/corpus/%s", name);
	/* In order, so that a seed means the same everywhere. */
	int n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		harness_fail("there is no %s: start it from the project's root", path);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "tests/corpus/%s/%s", name, names[i]->d_name);
		FILE *file = names[i]->d_name[0] != '.' && corpus->n < MAX_FILES ? fopen(path, "r")
										 : NULL;
		free(names[i]);
		if (file == NULL)
			continue;
		size_t len = fread(data, 1, sizeof(data), file);
		fclose(file);
		struct file *to = &corpus->files[corpus->n++];
		to->data = harness_alloc(h, len + 1);
		memcpy(to->data, data, len);
		to->len = len;
	}
	free(names);
	assert_true(corpus->n > 0);
}

void guest_malformed(struct guest *guest, const char *name)
{
	struct corpus *corpus = guest->churn->corpora;
	char data[MAX_FILE];

	while (strcmp(corpus->name, name) != 0) {
		corpus++;
		assert_true(corpus < guest->churn->corpora + CORPORA);
	}
	const struct file *file = &corpus->files[guest_random(guest, corpus->n)];
	size_t len = file->len;
	memcpy(data, file->data, len);
	uint64_t change = guest_random(guest, 3);
	if (len > 0 && change == 1)
		len = guest_random(guest, len);
	else if (len > 0 && change == 2)
		data[guest_random(guest, len)] = (char)guest_random(guest, 256);
	guest_send(guest, data, len);
}

/* ---- for the kinds ---- */

uint64_t guest_random(struct guest *guest, uint64_t n)
{
	return sim_random_below(&guest->churn->random, n);
}

unsigned guest_step(const struct guest *guest)
{
	return guest->step;
}

const struct picture *guest_picture(const struct guest *guest)
{
	return &guest->churn->picture;
}

/* What doesn't fit is left out: who sends so much without being read goes on with what follows. */
void guest_send(struct guest *guest, const void *data, size_t len)
{
	if (guest->out_at == guest->out_len)
		guest->out_at = guest->out_len = 0;
	if (len > CHURN_MAX_OUT - guest->out_len)
		return;
	memcpy(guest->out + guest->out_len, data, len);
	guest->out_len += len;
}

void guest_print(struct guest *guest, const char *format, ...)
{
	char text[4096];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert_in_range(len, 0, sizeof(text) - 1);
	guest_send(guest, text, (size_t)len);
}

void guest_record(struct guest *guest, const struct wire_header *header, const void *payload)
{
	uint8_t head[WIRE_HEADER_SIZE];

	wire_encode(header, head);
	guest_send(guest, head, sizeof(head));
	guest_send(guest, payload, header->length);
}

void guest_frame(struct guest *guest)
{
	const struct wire_header header = {
		.length = (uint32_t)guest->churn->picture.len,
		.type = WIRE_FRAME,
		.flags = WIRE_KEY,
		.pts_us = guest->pts_us,
	};

	guest->pts_us += 20000;
	guest_record(guest, &header, guest->churn->picture.data);
}

/* ---- coming and going ---- */

static bool is_unserved(const struct churn *churn, size_t row)
{
	return churn->kinds[row]->expects != NULL && !churn->served[row];
}

static int64_t pause_us(struct churn *churn)
{
	return harness_now_us() + (int64_t)sim_random_below(&churn->random, LONGEST_PAUSE_US);
}

static void go(struct guest *guest)
{
	close(guest->fd);
	guest->kind = NULL;
	guest->next_us = pause_us(guest->churn);
}

static int connect_to_port(struct guest *guest, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
	    small = SMALL_BUFFER;

	if (fd < 0)
		return -1;
	if (guest->kind->reading != READS_ALL)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(guest->number % SOURCES));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.sin_port = htons(port);
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
		    errno == EINPROGRESS)
			return fd;
	}
	close(fd);
	return -1;
}

static int connect_to_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Who takes time, takes more than its own. */
static unsigned weight(const struct churn *churn, size_t row)
{
	const struct guest_kind *kind = churn->kinds[row];
	unsigned weight = kind->weight > 0 ? kind->weight : 1;

	if (is_unserved(churn, row))
		weight += UNSERVED_WEIGHT;
	return kind->patient ? weight : weight * IMPATIENT;
}

static size_t choose_kind(struct churn *churn)
{
	uint64_t all = 0;
	size_t row = 0;

	for (size_t i = 0; i < churn->n_kinds; i++)
		all += weight(churn, i);
	for (uint64_t at = sim_random_below(&churn->random, all); at >= weight(churn, row); row++)
		at -= weight(churn, row);
	return row;
}

static int64_t stay_us(struct guest *guest)
{
	return sim_random_scale(&guest->churn->random, SHORTEST_US, LONGEST_US);
}

static void come(struct guest *guest)
{
	struct churn *churn = guest->churn;
	const struct churn_places *places = &churn->places;
	size_t row = choose_kind(churn);

	guest->kind = churn->kinds[row];
	guest->row = row;
	guest->number = churn->n++;
	guest->step = 0;
	guest->said_all = false;
	guest->out_at = guest->out_len = 0;
	guest->pts_us = 0;
	guest->leave_us = harness_now_us() + (guest->kind->patient ? PATIENCE_US : stay_us(guest));
	guest->next_us = pause_us(churn);
	switch (guest->kind->place) {
	case CHURN_RELAY:
		guest->fd = connect_to_port(guest, places->relay_port);
		break;
	case CHURN_CHAT:
		guest->fd = connect_to_port(guest, places->chat_port);
		break;
	case CHURN_RELAY_CONTROL:
		guest->fd = connect_to_path(places->relay_control);
		break;
	case CHURN_CHAT_CONTROL:
		guest->fd = connect_to_path(places->chat_control);
		break;
	}
	if (guest->fd < 0) {
		guest->kind = NULL;
		return;
	}
	if (guest->kind->begin != NULL)
		guest->kind->begin(guest);
}

/* With an end, with a reset, or with its sending first. */
static void leave(struct guest *guest)
{
	const struct linger reset = {.l_onoff = 1};
	uint64_t how = guest_random(guest, 4);

	if (how == 0)
		setsockopt(guest->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (how == 1 && !guest->said_all) {
		shutdown(guest->fd, SHUT_WR);
		guest->said_all = true;
		guest->leave_us = harness_now_us() + LAST_WORDS_US;
		return;
	}
	go(guest);
}

/* ---- a turn ---- */

static void send_some(struct guest *guest)
{
	ssize_t n = send(guest->fd, guest->out + guest->out_at, guest->out_len - guest->out_at,
			 MSG_NOSIGNAL);

	if (n > 0)
		guest->out_at += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		go(guest);
}

static void note_answer(struct guest *guest, const char *data, size_t len)
{
	const char *expects = guest->kind->expects;

	if (expects == NULL || (guest->churn->served[guest->row] && !guest->kind->patient) ||
	    memmem(data, len, expects, strlen(expects)) == NULL)
		return;
	guest->churn->served[guest->row] = true;
	if (guest->kind->patient)
		guest->leave_us = harness_now_us() + stay_us(guest);
}

static void read_some(struct guest *guest, size_t size)
{
	char data[16384];
	ssize_t n = recv(guest->fd, data, size < sizeof(data) ? size : sizeof(data), 0);

	if (n > 0)
		note_answer(guest, data, (size_t)n);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		go(guest);
}

static void do_something(struct guest *guest)
{
	guest->next_us = pause_us(guest->churn);
	if (guest->kind->reading == READS_SLOWLY) {
		read_some(guest, SLOW_BYTES);
		if (guest->kind == NULL)
			return;
	}
	if (guest->kind->go_on != NULL && !guest->said_all)
		guest->kind->go_on(guest);
	guest->step++;
}

static void answer_poll(struct guest *guest, const struct pollfd *entry)
{
	if (guest->kind == NULL || entry->fd < 0)
		return;
	if (entry->revents & POLLOUT)
		send_some(guest);
	else if (entry->revents & POLLIN)
		read_some(guest, SIZE_MAX);
	else if (entry->revents & (POLLERR | POLLHUP | POLLNVAL))
		go(guest);
}

void churn_turn(struct churn *churn)
{
	struct pollfd entries[CHURN_GUESTS];
	int64_t now_us = harness_now_us();

	for (size_t i = 0; i < CHURN_GUESTS; i++) {
		struct guest *guest = &churn->guests[i];

		if (guest->kind != NULL && now_us >= guest->leave_us)
			leave(guest);
		else if (guest->kind != NULL && now_us >= guest->next_us)
			do_something(guest);
		else if (guest->kind == NULL && now_us >= guest->next_us)
			come(guest);
		entries[i] = (struct pollfd){.fd = guest->kind != NULL ? guest->fd : -1};
		if (guest->kind == NULL)
			continue;
		if (guest->out_at < guest->out_len && !guest->said_all)
			entries[i].events |= POLLOUT;
		if (guest->kind->reading == READS_ALL)
			entries[i].events |= POLLIN;
	}
	if (poll(entries, CHURN_GUESTS, TURN_MS) > 0) {
		for (size_t i = 0; i < CHURN_GUESTS; i++)
			answer_poll(&churn->guests[i], &entries[i]);
	}
}

void churn_leave(struct churn *churn)
{
	for (size_t i = 0; i < CHURN_GUESTS; i++) {
		if (churn->guests[i].kind != NULL)
			go(&churn->guests[i]);
	}
}

uint64_t churn_count(const struct churn *churn)
{
	return churn->n;
}

const char *churn_unserved(const struct churn *churn)
{
	for (size_t i = 0; churn->all && i < churn->n_kinds; i++) {
		if (is_unserved(churn, i))
			return churn->kinds[i]->name;
	}
	return NULL;
}

/* ---- life ---- */

static void add_kinds(struct churn *churn, const struct guest_kind *kinds, const char *pattern)
{
	for (; kinds->name != NULL; kinds++) {
		if (fnmatch(pattern, kinds->name, 0) != 0)
			continue;
		assert_true(churn->n_kinds < CHURN_MAX_KINDS);
		churn->kinds[churn->n_kinds++] = kinds;
	}
}

struct churn *churn_create(struct harness *h, const struct churn_places *places,
			   struct picture picture, const char *pattern, uint64_t seed)
{
	static const char *const names[CORPORA] = {"catalogue", "control_request", "http", "jpeg",
						   "message",	"multipart",	   "sasl", "wire",
						   "websocket"};
	struct churn *churn = harness_alloc(h, sizeof(*churn));

	churn->places = *places;
	churn->picture = picture;
	churn->all = strcmp(pattern, "*") == 0;
	churn->random = seed;
	add_kinds(churn, churn_relay_kinds, pattern);
	add_kinds(churn, churn_chat_kinds, pattern);
	if (churn->n_kinds == 0)
		harness_fail("there is no kind of guest named %s", pattern);
	for (size_t i = 0; i < CORPORA; i++)
		read_corpus(h, &churn->corpora[i], names[i]);
	for (size_t i = 0; i < CHURN_GUESTS; i++) {
		churn->guests[i].churn = churn;
		churn->guests[i].out = harness_alloc(h, CHURN_MAX_OUT);
	}
	return churn;
}
