/* SPDX-License-Identifier: MIT */
#include "bench/payload.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { NUMBER_AT = 8, CHECKSUM_AT = 16 };

static const uint8_t start_of_image[2] = {0xff, 0xd8};
static const uint8_t end_of_image[PAYLOAD_TAIL_SIZE] = {0xff, 0xd9};

static void mix(struct payload_sum *sum, const uint8_t word[8])
{
	uint64_t value;

	memcpy(&value, word, sizeof(value));
	sum->sum = (sum->sum ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	sum->sum ^= sum->sum >> 32;
}

static void sum_add(struct payload_sum *sum, const uint8_t *data, size_t len)
{
	if (sum->n_pending > 0) {
		size_t room = sizeof(sum->pending) - sum->n_pending;
		size_t n = len < room ? len : room;

		memcpy(sum->pending + sum->n_pending, data, n);
		sum->n_pending += n;
		data += n;
		len -= n;
		if (sum->n_pending < sizeof(sum->pending))
			return;
		mix(sum, sum->pending);
		sum->n_pending = 0;
	}
	for (; len >= sizeof(sum->pending); data += 8, len -= 8)
		mix(sum, data);
	memcpy(sum->pending, data, len);
	sum->n_pending = len;
}

static uint64_t sum_end(const struct payload_sum *sum)
{
	struct payload_sum last = *sum;

	memset(last.pending + last.n_pending, 0, sizeof(last.pending) - last.n_pending);
	mix(&last, last.pending);
	return last.sum;
}

void payload_fill(uint8_t *payload, size_t size, uint64_t number)
{
	struct payload_sum sum = {0};
	uint64_t random = number * UINT64_C(0xd1342543de82ef95) + 1;

	assert(size >= PAYLOAD_MIN_SIZE);
	size_t end = size - PAYLOAD_TAIL_SIZE;

	memset(payload, 0, PAYLOAD_HEAD_SIZE);
	memcpy(payload, start_of_image, sizeof(start_of_image));
	memcpy(payload + NUMBER_AT, &number, sizeof(number));
	for (size_t at = PAYLOAD_HEAD_SIZE; at < end; at += sizeof(random)) {
		size_t left = end - at;

		random ^= random << 13; /* xorshift64 */
		random ^= random >> 7;
		random ^= random << 17;
		memcpy(payload + at, &random, left < sizeof(random) ? left : sizeof(random));
	}
	memcpy(payload + end, end_of_image, sizeof(end_of_image));
	sum_add(&sum, payload + PAYLOAD_HEAD_SIZE, end - PAYLOAD_HEAD_SIZE);
	sum.sum = sum_end(&sum);
	memcpy(payload + CHECKSUM_AT, &sum.sum, sizeof(sum.sum));
}

void payload_check_begin(struct payload_check *check, size_t size, bool summing)
{
	*check = (struct payload_check){.size = size, .summing = summing};
}

/* Keeps those bytes of data, which stands at check->at, that belong to [from, from + len). */
static void keep(const struct payload_check *check, const uint8_t *data, size_t n, size_t from,
		 size_t len, uint8_t *to)
{
	size_t begin = check->at > from ? check->at : from;
	size_t end = check->at + n < from + len ? check->at + n : from + len;

	if (begin < end)
		memcpy(to + (begin - from), data + (begin - check->at), end - begin);
}

void payload_check_data(struct payload_check *check, const void *data, size_t len)
{
	size_t end = check->size - PAYLOAD_TAIL_SIZE;

	keep(check, data, len, 0, PAYLOAD_HEAD_SIZE, check->head);
	keep(check, data, len, end, PAYLOAD_TAIL_SIZE, check->tail);
	if (check->summing && check->at < end && check->at + len > PAYLOAD_HEAD_SIZE) {
		size_t skip = check->at < PAYLOAD_HEAD_SIZE ? PAYLOAD_HEAD_SIZE - check->at : 0;
		size_t stop = check->at + len > end ? end - check->at : len;

		sum_add(&check->sum, (const uint8_t *)data + skip, stop - skip);
	}
	check->at += len;
}

size_t payload_check_blind(const struct payload_check *check)
{
	size_t end = check->size - PAYLOAD_TAIL_SIZE;

	return !check->summing && check->at >= PAYLOAD_HEAD_SIZE && check->at < end
		       ? end - check->at
		       : 0;
}

void payload_check_skip(struct payload_check *check, size_t len)
{
	check->at += len;
}

int payload_check_end(const struct payload_check *check, uint64_t *ret_number)
{
	uint64_t checksum;

	memcpy(ret_number, check->head + NUMBER_AT, sizeof(*ret_number));
	memcpy(&checksum, check->head + CHECKSUM_AT, sizeof(checksum));
	if (check->at != check->size ||
	    memcmp(check->head, start_of_image, sizeof(start_of_image)) != 0 ||
	    memcmp(check->tail, end_of_image, sizeof(end_of_image)) != 0)
		return -EBADMSG;
	return check->summing && sum_end(&check->sum) != checksum ? -EBADMSG : 0;
}
