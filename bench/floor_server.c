/* SPDX-License-Identifier: MIT */
/* What both loops of the floor share: who comes, what the publisher sends, and its memory. */
#include "bench/floor.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/http.h"
#include "common/url.h"

enum {
	BACKLOG = 4096,
	HEAD_SIZE = 4096,
	HEAD_TIMEOUT_S = 1,
	HUGE_PAGE = 2 << 20,
};

/* ---- who comes ---- */

static int listen_on(const char *endpoint)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	char host[256], port[6];
	int on = 1;

	if (url_parse_endpoint(endpoint, "127.0.0.1", URL_DEFAULT_PORT, host, port) < 0 ||
	    getaddrinfo(host, port, &hints, &found) != 0)
		return -EINVAL;
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		int error = -errno;

		if (fd >= 0)
			close(fd);
		fd = error;
	}
	freeaddrinfo(found);
	return fd;
}

/* Reads the head and nothing behind it, since our peers wait for the answer. */
static int read_head(int fd, char text[HEAD_SIZE], struct http_head *ret_head)
{
	const struct timeval limit = {.tv_sec = HEAD_TIMEOUT_S};
	size_t have = 0;
	int len = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	while (len == 0 && have < HEAD_SIZE) {
		ssize_t n = recv(fd, text + have, HEAD_SIZE - have, 0);

		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		have += (size_t)n;
		len = http_parse_request(text, have, ret_head);
	}
	return len > 0 && (size_t)len == have ? 0 : -EBADMSG;
}

static int answer(int fd)
{
	static const char text[] = "HTTP/1.1 101 Switching Protocols\r\n"
				   "Connection: Upgrade\r\n"
				   "Upgrade: " WIRE_PROTOCOL "\r\n\r\n";
	const struct timeval forever = {0};
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != sizeof(text) - 1)
		return -EPIPE;
	return 0;
}

static int meet(struct floor *floor, int fd)
{
	char text[HEAD_SIZE];
	struct http_head head = {0};
	int error = read_head(fd, text, &head);

	if (error < 0)
		return error;
	if (!http_field_has(&head, "Upgrade", WIRE_PROTOCOL))
		return -EPROTO;
	if (!slice_equal(head.method, "POST"))
		return floor->n_viewers < floor->max_viewers ? FLOOR_VIEWER : -EMFILE;
	return floor->publisher < 0 ? FLOOR_PUBLISHER : -EEXIST;
}

static void order_viewers(struct floor *floor);

int floor_welcome(struct floor *floor, int fd)
{
	int peer = meet(floor, fd);
	int error = peer < 0 ? peer : answer(fd);

	if (error < 0) {
		close(fd);
		return error;
	}
	if (peer == FLOOR_PUBLISHER) {
		floor->publisher = fd;
	} else {
		floor->viewers[floor->n_viewers++] = (struct floor_viewer){.fd = fd};
		order_viewers(floor);
	}
	return peer;
}

/* ---- the order of sends; called when the newest viewer has come ---- */

static void order_forward(uint32_t *order, size_t n)
{
	order[n - 1] = (uint32_t)n - 1;
}

static void order_reverse(uint32_t *order, size_t n)
{
	memmove(order + 1, order, (n - 1) * sizeof(*order));
	order[0] = (uint32_t)n - 1;
}

static void order_shuffled(uint32_t *order, size_t n)
{
	size_t other = (size_t)random() % n;

	order[n - 1] = order[other];
	order[other] = (uint32_t)n - 1;
}

static void (*const orders[])(uint32_t *order, size_t n) = {
	order_forward,
	order_reverse,
	order_shuffled,
};
const char *const floor_order_names[] = {"forward", "reverse", "shuffled", NULL};

static void order_viewers(struct floor *floor)
{
	orders[floor->config->order](floor->order, floor->n_viewers);
}

/* ---- frames ---- */

/* The first frame says how large slots must be. */
static int make_arena(struct floor *floor, size_t frame_size)
{
	const struct floor_config *config = floor->config;
	bool in_file = config->send == FLOOR_SENDFILE;

	floor->slot_size = (frame_size * (size_t)config->batch + 4095) & ~(size_t)4095;
	floor->arena_size =
		(FLOOR_SLOTS * floor->slot_size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
	if (in_file) {
		floor->arena_fd = memfd_create("frames", MFD_CLOEXEC);
		if (floor->arena_fd < 0 || ftruncate(floor->arena_fd, (off_t)floor->arena_size) < 0)
			return -errno;
	}
	/* Room for a start at a huge page. */
	uint8_t *arena =
		mmap(NULL, floor->arena_size + (in_file ? 0 : HUGE_PAGE), PROT_READ | PROT_WRITE,
		     in_file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, floor->arena_fd, 0);
	if (arena == MAP_FAILED)
		return -errno;
	if (!in_file)
		arena += -(uintptr_t)arena & (HUGE_PAGE - 1);
	if (config->huge_pages && madvise(arena, floor->arena_size, MADV_HUGEPAGE) < 0)
		return -errno;
	floor->arena = arena;
	for (size_t i = 0; i < FLOOR_SLOTS; i++)
		floor->frames[i].data = arena + i * floor->slot_size;
	return 0;
}

static struct floor_frame *free_frame(struct floor *floor)
{
	for (size_t i = 0; i < FLOOR_SLOTS; i++) {
		if (floor->frames[i].users == 0)
			return &floor->frames[i];
	}
	return NULL;
}

/* What sendfile() was given lies in sockets, as the file's own pages, long after it has returned:
 * they are left to them, and the slot gets others. */
static void leave_pages(const struct floor *floor, const struct floor_frame *frame)
{
	if (floor->arena_fd >= 0)
		fallocate(floor->arena_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			  frame->data - floor->arena, (off_t)floor->slot_size);
}

/* Before the arena is there the head goes where it will be needed once more anyway. */
uint8_t *floor_target(struct floor *floor, size_t *ret_len)
{
	if (floor->filling == NULL) {
		floor->filling = free_frame(floor);
		if (floor->filling == NULL)
			return NULL;
		leave_pages(floor, floor->filling);
		floor->filling->users = 1;
		floor->n_filled = 0;
		floor->part_end = WIRE_HEADER_SIZE;
		floor->n_records = 0;
	}
	*ret_len = floor->part_end - floor->n_filled;
	return (floor->arena == NULL ? floor->filling->head : floor->filling->data) +
	       floor->n_filled;
}

static int head_received(struct floor *floor)
{
	struct floor_frame *frame = floor->filling;
	uint8_t *head = floor->arena == NULL ? frame->head
					     : frame->data + floor->n_filled - WIRE_HEADER_SIZE;
	struct wire_header header;
	int error = wire_decode(head, &header);

	if (error < 0 || header.type != WIRE_FRAME || header.length == 0 ||
	    header.length > FLOOR_MAX_FRAME)
		return -EBADMSG;
	if (floor->arena == NULL) {
		error = make_arena(floor, WIRE_HEADER_SIZE + header.length);
		if (error < 0)
			return error;
		memcpy(frame->data, frame->head, WIRE_HEADER_SIZE);
	}
	floor->part_end += header.length;
	return floor->part_end <= floor->slot_size ? 0 : -EMSGSIZE;
}

static struct floor_frame *frame_complete(struct floor *floor)
{
	struct floor_frame *frame = floor->filling;

	frame->len = (uint32_t)floor->n_filled;
	memcpy(frame->head, frame->data, WIRE_HEADER_SIZE);
	frame->pieces[0] = (struct iovec){frame->head, WIRE_HEADER_SIZE};
	frame->pieces[1] =
		(struct iovec){frame->data + WIRE_HEADER_SIZE, frame->len - WIRE_HEADER_SIZE};
	frame->message = (struct msghdr){.msg_iov = frame->pieces, .msg_iovlen = 2};
	floor->filling = NULL;
	return frame;
}

int floor_received(struct floor *floor, size_t len, struct floor_frame **ret_frame)
{
	*ret_frame = NULL;
	floor->n_filled += len;
	if (floor->n_filled < floor->part_end)
		return 0;
	if (!floor->in_payload) {
		floor->in_payload = true;
		return head_received(floor);
	}
	floor->in_payload = false;
	if (++floor->n_records == floor->config->batch)
		*ret_frame = frame_complete(floor);
	else
		floor->part_end += WIRE_HEADER_SIZE;
	return 0;
}

void floor_publisher_gone(struct floor *floor)
{
	close(floor->publisher);
	floor->publisher = -1;
	floor->in_payload = false;
	if (floor->filling != NULL)
		floor->filling->users = 0;
	floor->filling = NULL;
}

bool floor_viewer_begin(struct floor *floor, struct floor_viewer *viewer, struct floor_frame *frame)
{
	if (viewer->fd < 0)
		return false;
	if (viewer->frame != NULL) {
		floor->n_missed++;
		return false;
	}
	frame->users++;
	viewer->frame = frame;
	viewer->sent = 0;
	return true;
}

void floor_viewer_done(struct floor_viewer *viewer)
{
	viewer->frame->users--;
	viewer->frame = NULL;
}

/* ---- making ---- */

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int floor_init(struct floor *floor, const struct floor_config *config)
{
	struct rlimit limit;

	*floor = (struct floor){
		.config = config, .listener = -1, .signals = -1, .publisher = -1, .arena_fd = -1};
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	floor->max_viewers =
		limit.rlim_cur < FLOOR_MAX_VIEWERS ? limit.rlim_cur : FLOOR_MAX_VIEWERS;
	floor->viewers = calloc(floor->max_viewers, sizeof(*floor->viewers));
	floor->order = calloc(floor->max_viewers, sizeof(*floor->order));
	if (floor->viewers == NULL || floor->order == NULL)
		return -ENOMEM;
	floor->signals = open_signals();
	if (floor->signals < 0)
		return floor->signals;
	floor->listener = listen_on(config->listen);
	return floor->listener < 0 ? floor->listener : 0;
}

/* Peers' sockets go with the process. */
void floor_finish(struct floor *floor)
{
	if (floor->arena != NULL)
		munmap(floor->arena, floor->arena_size);
	if (floor->arena_fd >= 0)
		close(floor->arena_fd);
	if (floor->listener >= 0)
		close(floor->listener);
	if (floor->signals >= 0)
		close(floor->signals);
	free(floor->viewers);
	free(floor->order);
}
