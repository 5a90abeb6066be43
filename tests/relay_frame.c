/* SPDX-License-Identifier: MIT */
/* Pools of frames, and frames that other threads release. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/frame.h"

static void *release(void *frame)
{
	frame_release(frame);
	return NULL;
}

/* Nobody makes a frame any more, which would bring it back. */
static void test_frame_that_another_thread_released_is_collected(void **state)
{
	struct frame_pool pool;
	pthread_t other;

	(void)state;
	frame_pool_init(&pool);
	struct frame *frame = frame_create(&pool, 5000);
	assert_non_null(frame);
	assert_int_equal(pthread_create(&other, NULL, release, frame), 0);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_not_equal(counter_get(&pool.used_bytes), 0);
	frame_pool_collect(&pool);
	assert_int_equal(counter_get(&pool.used_bytes), 0);
	assert_int_not_equal(counter_get(&pool.spare_bytes), 0);
	frame_pool_collect(&pool);
	frame_pool_finish(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_that_another_thread_released_is_collected),
	};

	return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
