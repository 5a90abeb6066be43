/* SPDX-License-Identifier: MIT */
/* Frames, feeds and transports: references, rings and bytes. */
#include "relay/feed.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct cursor_limits limits = {.frames = 4, .lag_us = 250000};

static struct frame *make_frame(struct frame_pool *pool, uint64_t sequence, const char *payload)
{
	struct frame *frame = frame_create(pool, strlen(payload));

	assert_non_null(frame);
	frame->header.length = (uint32_t)strlen(payload);
	frame->header.sequence = sequence;
	frame->header.pts_us = (int64_t)sequence * 33333;
	frame->header.capture_us = 1700000000000001;
	frame->arrived_us = (int64_t)sequence * 33333;
	memcpy(frame->payload, payload, strlen(payload));
	frame_seal(frame);
	return frame;
}

static void test_frame_goes_back_to_its_pool_once(void **state)
{
	struct frame_pool pool;

	(void)state;
	frame_pool_init(&pool);
	struct frame *frame = make_frame(&pool, 1, "abc");
	assert_true(pool.used_bytes > 0);
	frame_reference(frame);
	frame_release(frame);
	assert_true(pool.used_bytes > 0);
	frame_release(frame);
	assert_int_equal(pool.used_bytes, 0);
	struct frame *again = frame_create(&pool, 3);
	assert_ptr_equal(again, frame);
	frame_release(again);
	frame_release(NULL);
	frame_pool_finish(&pool);
}

static void *release_elsewhere(void *frame)
{
	frame_release(frame);
	return NULL;
}

static void test_frame_released_by_another_thread_comes_back(void **state)
{
	struct frame_pool pool;
	pthread_t thread;

	(void)state;
	frame_pool_init(&pool);
	struct frame *frame = make_frame(&pool, 1, "abc");
	pthread_create(&thread, NULL, release_elsewhere, frame);
	pthread_join(thread, NULL);
	assert_true(counter_get(&pool.used_bytes) > 0); /* until the pool's thread looks */
	struct frame *again = frame_create(&pool, 3);
	assert_ptr_equal(again, frame);
	frame_release(again);
	assert_int_equal(counter_get(&pool.used_bytes), 0);
	frame_pool_finish(&pool);
}

static void test_frame_keeps_its_content_when_it_grows(void **state)
{
	struct frame_pool pool;
	struct frame *frame;
	frame_pool_init(&pool);
	frame = make_frame(&pool, 7, "content");

	(void)state;
	frame = frame_grow(frame, 1 << 20);
	assert_non_null(frame);
	assert_true(frame->capacity >= 1 << 20);
	assert_int_equal(frame->header.length, 7);
	assert_memory_equal(frame->payload, "content", 7);
	assert_null(frame_grow(frame, SIZE_MAX / 2));
	assert_int_equal(pool.used_bytes, 0);
	frame_pool_finish(&pool);
}

static void test_other_limits_hold_from_the_next_frame_on(void **state)
{
	static const struct cursor_limits larger = {.frames = 40, .lag_us = 10000000};
	struct frame_pool pool;
	struct feed *feed = feed_create(NULL, &transport_native, &limits);

	(void)state;
	frame_pool_init(&pool);
	for (uint64_t i = 0; i < 120; i++) {
		struct frame *frame = make_frame(&pool, i, "frame");
		uint64_t kept;

		if (i == 50)
			feed_configure(feed, &larger);
		if (i == 100)
			feed_configure(feed, &limits);
		assert_int_equal(feed_append(feed, frame), 0);
		frame_release(frame);
		kept = feed->ring.end - feed->ring.first;
		assert_true(kept <= (i >= 50 && i < 100 ? larger.frames : limits.frames));
		assert_true(i != 99 || kept == larger.frames);
	}
	feed_destroy(feed);
	assert_int_equal(pool.used_bytes, 0);
	frame_pool_finish(&pool);
}

static void test_ring_is_bounded_and_references_come_back(void **state)
{
	struct frame_pool pool;
	struct feed *feed = feed_create(NULL, &transport_native, &limits);

	(void)state;
	frame_pool_init(&pool);
	for (uint64_t i = 0; i < 100; i++) {
		struct frame *frame = make_frame(&pool, i, "frame");

		assert_int_equal(feed_append(feed, frame), 0);
		frame_release(frame);
		assert_true(feed->ring.end - feed->ring.first <= limits.frames);
		assert_int_equal(feed->bytes, 5 * (feed->ring.end - feed->ring.first));
	}
	assert_int_equal(feed->ring.end, 100);
	feed_destroy(feed);
	assert_int_equal(pool.used_bytes, 0);
	frame_pool_finish(&pool);
}

static void test_ring_reaches_back_to_the_last_key_frame(void **state)
{
	struct frame_pool pool;
	struct feed *feed = feed_create(NULL, &transport_native, &limits);

	(void)state;
	frame_pool_init(&pool);
	for (uint64_t i = 0; i < 50; i++) {
		struct frame *frame = make_frame(&pool, i, "frame");

		frame->header.flags = i == 10 ? WIRE_KEY : 0;
		assert_int_equal(feed_append(feed, frame), 0);
		frame_release(frame);
	}
	assert_int_equal(feed->ring.first, 10);
	assert_int_equal(feed->ring.end, 50);
	feed_destroy(feed);
	assert_int_equal(pool.used_bytes, 0);
	frame_pool_finish(&pool);
}

static void test_entry_on_its_way_outlives_the_ring(void **state)
{
	struct frame_pool pool;
	struct feed *feed = feed_create(NULL, &transport_multipart, &limits);
	struct frame *frame;
	frame_pool_init(&pool);
	frame = make_frame(&pool, 0, "first");

	(void)state;
	feed_append(feed, frame);
	frame_release(frame);
	struct feed_entry *entry = feed_use(feed, 0);
	for (uint64_t i = 1; i < 20; i++) {
		frame = make_frame(&pool, i, "later");
		feed_append(feed, frame);
		frame_release(frame);
	}
	assert_true(feed->ring.first > 0);
	assert_memory_equal(entry->wrapping.pieces[1].iov_base, "first", 5);
	feed_destroy(feed);
	feed_entry_release(entry);
	assert_int_equal(pool.used_bytes, 0);
	frame_pool_finish(&pool);
}

static void append(struct feed *feed, struct frame_pool *pool, uint64_t sequence)
{
	struct frame *frame = make_frame(pool, sequence, "frame");

	assert_int_equal(feed_append(feed, frame), 0);
	frame_release(frame);
}

static void test_frames_due_together_are_one_entry_for_all(void **state)
{
	struct frame_pool pool;
	struct feed *feed = feed_create(NULL, &transport_multipart, &limits);
	uint32_t size = 0;

	(void)state;
	frame_pool_init(&pool);
	append(feed, &pool, 0);
	feed_hold(feed);
	append(feed, &pool, 1);
	struct feed_entry *alone = feed_use_due(feed, 1);
	assert_null(alone->bundle);
	append(feed, &pool, 2);
	append(feed, &pool, 3);
	feed_tell(feed);
	struct feed_entry *first = feed_use_due(feed, 1), *second = feed_use_due(feed, 1);
	assert_ptr_equal(first, second);
	assert_non_null(first->bundle);
	assert_int_equal(first->bundle->n, 3);
	assert_ptr_equal(first->bundle->entries[0], alone);
	for (uint64_t at = 1; at < 4; at++) {
		struct feed_entry *entry = feed_use(feed, at); /* on trial: one by one */
		const struct iovec *pieces = &first->message.msg_iov[3 * (at - 1)];

		assert_int_equal(entry->frame->header.sequence, at);
		for (size_t i = 0; i < 3; i++)
			assert_ptr_equal(pieces[i].iov_base, entry->wrapping.pieces[i].iov_base);
		size += entry->size;
		feed_entry_release(entry);
	}
	assert_int_equal(first->size, size);
	assert_int_equal(first->message.msg_iovlen, 9);
	struct feed_entry *other = feed_use_due(feed, 2); /* who stands elsewhere */
	assert_null(other->bundle);
	feed_entry_release(other);
	append(feed, &pool, 4);
	struct feed_entry *longer = feed_use_due(feed, 1);
	assert_int_equal(longer->bundle->n, 4);
	feed_entry_release(longer);
	feed_destroy(feed);
	assert_memory_equal(first->message.msg_iov[1].iov_base, "frame", 5);
	feed_entry_release(first);
	feed_entry_release(second);
	feed_entry_release(alone);
	assert_int_equal(pool.used_bytes, 0);
	frame_pool_finish(&pool);
}

static size_t flatten(const struct wrapping *wrapping, char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < wrapping->n_pieces; i++) {
		memcpy(to + len, wrapping->pieces[i].iov_base, wrapping->pieces[i].iov_len);
		len += wrapping->pieces[i].iov_len;
	}
	to[len] = '\0';
	return len;
}

static void test_bytes_of_each_transport(void **state)
{
	struct frame_pool pool;
	struct frame *frame;
	frame_pool_init(&pool);
	frame = make_frame(&pool, 3, "JPEG");
	struct wrapping wrapping;
	struct wire_header header;
	char bytes[1024], ending[TRANSPORT_MAX_ENDING];

	(void)state;
	transport_native.wrap(frame, &wrapping);
	assert_int_equal(wrapping.n_pieces, 1); /* one piece of memory: one send */
	assert_int_equal(flatten(&wrapping, bytes), WIRE_HEADER_SIZE + 4);
	assert_int_equal(wire_decode((uint8_t *)bytes, &header), 0);
	assert_int_equal(header.sequence, 3);
	assert_memory_equal(bytes + WIRE_HEADER_SIZE, "JPEG", 4);
	transport_native.ending("away", true, ending);
	assert_int_equal(wire_decode((uint8_t *)ending, &header), 0);
	assert_int_equal(header.flags, WIRE_RETURN);
	size_t len = transport_native.ending("over", false, ending);
	assert_int_equal(wire_decode((uint8_t *)ending, &header), 0);
	assert_int_equal(header.type, WIRE_END);
	assert_int_equal(header.flags, 0);
	assert_int_equal(len, WIRE_HEADER_SIZE + 4);

	transport_multipart.wrap(frame, &wrapping);
	flatten(&wrapping, bytes);
	assert_string_equal(bytes, "--spillway-5f1c0e9b27d84a63\r\nContent-Type: image/jpeg\r\n"
				   "Content-Length: 4\r\nX-Timestamp: 1700000000.000001\r\n\r\n"
				   "JPEG\r\n");
	len = transport_multipart.ending("over", false, ending);
	assert_memory_equal(ending, "--spillway-5f1c0e9b27d84a63--\r\n", len);

	/* The opening ends with the first part's headers; each frame ends with the next one's. */
	transport_multipart_early.wrap(frame, &wrapping);
	flatten(&wrapping, bytes);
	static const char next[] =
		"--spillway-5f1c0e9b27d84a63\r\nContent-Type: image/jpeg\r\n\r\n";
	assert_memory_equal(bytes, "JPEG\r\n", 6);
	assert_string_equal(bytes + 6, next);
	const char *opening = transport_multipart_early.opening;
	assert_string_equal(opening + strlen(opening) - strlen(next), next);
	frame_release(frame);
	frame_pool_finish(&pool);
}

static void test_long_reason_fits_the_ending(void **state)
{
	char reason[1000], ending[TRANSPORT_MAX_ENDING];

	(void)state;
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	assert_int_equal(transport_native.ending(reason, false, ending), TRANSPORT_MAX_ENDING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_goes_back_to_its_pool_once),
		cmocka_unit_test(test_frame_released_by_another_thread_comes_back),
		cmocka_unit_test(test_frame_keeps_its_content_when_it_grows),
		cmocka_unit_test(test_ring_is_bounded_and_references_come_back),
		cmocka_unit_test(test_other_limits_hold_from_the_next_frame_on),
		cmocka_unit_test(test_ring_reaches_back_to_the_last_key_frame),
		cmocka_unit_test(test_entry_on_its_way_outlives_the_ring),
		cmocka_unit_test(test_frames_due_together_are_one_entry_for_all),
		cmocka_unit_test(test_bytes_of_each_transport),
		cmocka_unit_test(test_long_reason_fits_the_ending),
	};
	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
