/* SPDX-License-Identifier: MIT */
/*
 * spillway-bench tunlink: a link between two network namespaces, with a rate, a queue, a delay,
 * jitter and loss, for kernels without netem. Each namespace gets a tun device, and what one sends
 * goes through a line (line.h) to the other.
 */
#include "bench/commands.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench/line.h"
#include "common/log.h"
#include "common/options.h"

enum {
	BATCH = 256,	  /* packets of one direction, before the other's turn */
	MAX_CHANGES = 64, /* --change */
	TX_PACKETS = 10000,
	QUEUE_LEAST_MS = 50, /* without --queue */
};

#define MS_NS INT64_C(1000000)
#define SECOND_NS INT64_C(1000000000)

struct tunlink_options {
	int64_t rtt_ms, jitter_ms, loss, rate, queue, seed;
	char *near_namespace, *far_namespace, *near_address, *far_address;
	struct option_list changes;
};

#define FIELD(name) offsetof(struct tunlink_options, name)

static const struct option_row rows[] = {
	{"near", OPTION_TEXT, FIELD(near_namespace), "NAME", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "the network namespace at one end"},
	{"far", OPTION_TEXT, FIELD(far_namespace), "NAME", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "the network namespace at the other end"},
	{"near-address", OPTION_TEXT, FIELD(near_address), "ADDR", "10.77.0.1", 0, 0, NULL,
	 OPTION_COMMAND_LINE, "the IPv4 address there"},
	{"far-address", OPTION_TEXT, FIELD(far_address), "ADDR", "10.77.0.2", 0, 0, NULL,
	 OPTION_COMMAND_LINE, "the IPv4 address there"},
	{"rate", OPTION_NUMBER, FIELD(rate), "KBIT", "0", 0, 10000000, NULL, OPTION_COMMAND_LINE,
	 "kbit/s each way; 0: without limit"},
	{"rtt", OPTION_NUMBER, FIELD(rtt_ms), "MS", "0", 0, 10000, NULL, OPTION_COMMAND_LINE,
	 "the round trip through empty queues; half of it each way"},
	{"jitter", OPTION_NUMBER, FIELD(jitter_ms), "MS", "0", 0, 10000, NULL, OPTION_COMMAND_LINE,
	 "up to so much more each way, by chance; packets stay in order"},
	{"loss", OPTION_NUMBER, FIELD(loss), "N", "0", 0, 1000, NULL, OPTION_COMMAND_LINE,
	 "of a thousand packets so many are lost, each way"},
	{"queue", OPTION_BYTES, FIELD(queue), "BYTES", "0", 0, 1 << 30, NULL, OPTION_COMMAND_LINE,
	 "may wait for the line, each way; 0: what it carries in a round trip, or in 50 ms if "
	 "that is more"},
	{"change", OPTION_LIST, FIELD(changes), "S:KBIT", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "S seconds after the start another rate begins"},
	{"seed", OPTION_NUMBER, FIELD(seed), "N", "1", 0, INT64_MAX, NULL, OPTION_COMMAND_LINE,
	 "of jitter and loss"},
	{0},
};

/* One direction: what is read from one device is written to the other. */
struct direction {
	int in, out;
	struct line line;
};

struct change {
	int64_t at_ns; /* after the start */
	uint64_t rate;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* ---- devices ---- */

static int enter_namespace(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int error = setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
	close(fd);
	return error;
}

static struct sockaddr address_of(struct in_addr host)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = host};
	struct sockaddr address;

	memcpy(&address, &in, sizeof(address));
	return address;
}

/* Gives the device its addresses, and a queue so long that only the line's counts. */
static int set_up(int fd, const char *device, struct in_addr own, struct in_addr peer)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, device, IFNAMSIZ);
	request.ifr_addr = address_of(own);
	if (ioctl(fd, SIOCSIFADDR, &request) < 0)
		return -errno;
	request.ifr_dstaddr = address_of(peer);
	if (ioctl(fd, SIOCSIFDSTADDR, &request) < 0)
		return -errno;
	request.ifr_netmask = address_of((struct in_addr){.s_addr = INADDR_BROADCAST});
	if (ioctl(fd, SIOCSIFNETMASK, &request) < 0)
		return -errno;
	request.ifr_mtu = LINE_PACKET_SIZE;
	if (ioctl(fd, SIOCSIFMTU, &request) < 0)
		return -errno;
	request.ifr_qlen = TX_PACKETS;
	if (ioctl(fd, SIOCSIFTXQLEN, &request) < 0)
		return -errno;
	request.ifr_flags = IFF_UP | IFF_POINTOPOINT | IFF_NOARP;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* In the present namespace; a descriptor or -errno. */
static int open_device(struct in_addr own, struct in_addr peer)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "link0"};
	int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = tun < 0 || fd < 0 ? -errno : 0;

	if (error == 0 && ioctl(tun, TUNSETIFF, &request) < 0)
		error = -errno;
	if (error == 0)
		error = set_up(fd, request.ifr_name, own, peer);
	if (fd >= 0)
		close(fd);
	if (error < 0 && tun >= 0)
		close(tun);
	return error < 0 ? error : tun;
}

static int open_end(const char *namespace, const char *own_text, const char *peer_text)
{
	struct in_addr own, peer;

	if (namespace == NULL || inet_pton(AF_INET, own_text, &own) != 1 ||
	    inet_pton(AF_INET, peer_text, &peer) != 1) {
		log_error("--near and --far, and two IPv4 addresses, are needed");
		return -EINVAL;
	}
	int fd = enter_namespace(namespace);
	if (fd == 0)
		fd = open_device(own, peer);
	if (fd < 0)
		log_error("no link into network namespace %s: %s", namespace, strerror(-fd));
	return fd;
}

/* ---- carrying ---- */

static void take_in(struct direction *direction)
{
	uint8_t bytes[LINE_PACKET_SIZE];

	for (unsigned i = 0; i < BATCH; i++) {
		ssize_t len = read(direction->in, bytes, sizeof(bytes));

		if (len <= 0)
			return;
		line_put(&direction->line, bytes, (size_t)len, now_ns());
	}
}

static void give_out(struct direction *direction)
{
	const struct line_packet *packet;

	while ((packet = line_peek(&direction->line, now_ns())) != NULL) {
		/* What the device doesn't take is lost, as it would be on a wire. */
		if (write(direction->out, packet->bytes, packet->len) < 0 && errno != EAGAIN)
			log_debug("a packet was refused: %s", strerror(errno));
		line_take(&direction->line);
	}
}

static int64_t next_ns(const struct direction directions[2], const struct change *change)
{
	int64_t next = change->at_ns;

	for (unsigned i = 0; i < 2; i++) {
		int64_t at_ns = line_next_ns(&directions[i].line);

		next = at_ns < next ? at_ns : next;
	}
	return next;
}

/* changes end with one that never comes. Signals are taken only while it waits. */
static void carry(struct direction directions[2], const struct change *change,
		  const sigset_t *while_waiting)
{
	while (!stopped) {
		struct pollfd polls[2] = {{.fd = directions[0].in, .events = POLLIN},
					  {.fd = directions[1].in, .events = POLLIN}};
		int64_t at_ns = next_ns(directions, change), left_ns = at_ns - now_ns();
		struct timespec left = {.tv_sec = left_ns / SECOND_NS,
					.tv_nsec = left_ns % SECOND_NS};

		if (left_ns < 0)
			left = (struct timespec){0};
		ppoll(polls, 2, at_ns == INT64_MAX ? NULL : &left, while_waiting);
		while (change->at_ns <= now_ns()) {
			for (unsigned i = 0; i < 2; i++)
				line_set_rate(&directions[i].line, change->rate, change->at_ns);
			change++;
		}
		for (unsigned i = 0; i < 2; i++) {
			take_in(&directions[i]);
			give_out(&directions[i]);
		}
	}
}

/* ---- options ---- */

/* In the order of time, and a last one that never comes. */
static int parse_changes(const struct option_list *list, struct change changes[MAX_CHANGES + 1])
{
	int64_t before_ns = -1;

	if (list->n > MAX_CHANGES)
		return -E2BIG;
	for (size_t i = 0; i < list->n; i++) {
		unsigned seconds, kbit;
		int len = 0;

		if (sscanf(list->items[i], "%u:%u%n", &seconds, &kbit, &len) != 2 ||
		    list->items[i][len] != '\0' || seconds * SECOND_NS <= before_ns)
			return -EINVAL;
		before_ns = changes[i].at_ns = seconds * SECOND_NS;
		changes[i].rate = kbit * UINT64_C(1000);
	}
	changes[list->n].at_ns = INT64_MAX;
	return 0;
}

static struct line_config make_config(const struct tunlink_options *options)
{
	int64_t ms = options->rtt_ms > QUEUE_LEAST_MS ? options->rtt_ms : QUEUE_LEAST_MS;
	int64_t queue = options->queue > 0 ? options->queue : options->rate * ms / 8;

	return (struct line_config){
		.rate = (uint64_t)options->rate * 1000,
		.queue = (size_t)queue,
		.delay_ns = options->rtt_ms * MS_NS / 2,
		.jitter_ns = options->jitter_ms * MS_NS,
		.loss = (uint32_t)options->loss,
	};
}

static void report(const struct direction directions[2])
{
	static const char *const names[] = {"to_far", "to_near"};

	for (unsigned i = 0; i < 2; i++) {
		const struct line_counts *counts = &directions[i].line.counts;

		printf("%s\"%s\":{\"passed\":%llu,\"overflowed\":%llu,\"lost\":%llu}%s",
		       i == 0 ? "{" : ",", names[i], (unsigned long long)counts->passed,
		       (unsigned long long)counts->overflowed, (unsigned long long)counts->lost,
		       i == 0 ? "" : "}\n");
	}
}

/* Until a signal comes. */
static void run(struct direction directions[2], struct change changes[], size_t queue)
{
	struct sigaction action = {.sa_handler = stop};
	sigset_t signals, none;

	sigemptyset(&none);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	prctl(PR_SET_TIMERSLACK, 1UL);
	int64_t start_ns = now_ns();
	for (size_t i = 0; changes[i].at_ns < INT64_MAX; i++)
		changes[i].at_ns += start_ns;
	printf("{\"queue_bytes\":%zu}\n", queue);
	fflush(stdout);
	carry(directions, changes, &none);
	report(directions);
}

static int link_namespaces(const struct tunlink_options *options, struct change changes[])
{
	struct line_config config = make_config(options);
	struct direction directions[2] = {0};
	int status = COMMAND_FAILED;

	int near = open_end(options->near_namespace, options->near_address, options->far_address);
	int far = near < 0 ? -1
			   : open_end(options->far_namespace, options->far_address,
				      options->near_address);
	directions[0].in = directions[1].out = near;
	directions[1].in = directions[0].out = far;
	uint64_t seed = 2 * (uint64_t)options->seed;
	if (near >= 0 && far >= 0 && line_init(&directions[0].line, &config, seed) == 0 &&
	    line_init(&directions[1].line, &config, seed + 1) == 0) {
		run(directions, changes, config.queue);
		status = COMMAND_OK;
	}
	for (unsigned i = 0; i < 2; i++) {
		line_finish(&directions[i].line);
		if (directions[i].in >= 0)
			close(directions[i].in);
	}
	return status;
}

static int tunlink_main(int argc, char *argv[])
{
	struct tunlink_options options = {0};
	struct change changes[MAX_CHANGES + 1] = {0};
	const struct option_program program = {
		.name = "spillway-bench tunlink",
		.usage = "--near NAME --far NAME [OPTION]...",
		.summary =
			"Links two network namespaces by tun devices, both called link0, until it "
			"is ended. Takes root.",
		.more = "Prints a line when the link is there, and one that counts packets at the "
			"end.\n",
		.rows = rows,
		.fields = &options,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &options);
	if (options_command_line(&program, argc, argv) >= 0) {
		if (parse_changes(&options.changes, changes) == 0)
			status = link_namespaces(&options, changes);
		else
			log_error("--change takes S:KBIT, such as 20:2000, in the order of time");
	}
	options_finish(rows, &options);
	return status;
}

const struct command tunlink_command = {
	.name = "tunlink",
	.summary = "a link with a rate, a delay and loss between two network namespaces",
	.run = tunlink_main,
};
