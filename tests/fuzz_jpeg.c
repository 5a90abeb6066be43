/* SPDX-License-Identifier: MIT */
/* An input is a stream of pictures back to back. */
#include "common/jpeg.h"

#include <errno.h>

#include "tests/fuzz.h"

/* In pieces; cuts NULL: in one. Returns the same as jpeg_scan. */
static int scan(const uint8_t *data, size_t size, struct fuzz_cuts *cuts,
		struct jpeg_scan *ret_scan, size_t *ret_used)
{
	int r = 0;

	*ret_scan = (struct jpeg_scan){0};
	*ret_used = 0;
	while (r == 0 && *ret_used < size) {
		size_t left = size - *ret_used, piece = cuts ? fuzz_cut(cuts, left) : left, used;
		char *copy = fuzz_copy((const char *)data + *ret_used, piece);

		r = jpeg_scan(ret_scan, (const uint8_t *)copy, piece, &used);
		assert(used > 0 && used <= piece && (r != 0 || used == piece));
		free(copy);
		*ret_used += used;
	}
	return r;
}

/* The size alone is that of the whole picture, and never comes from bytes behind its end. */
static void check_size(const uint8_t *data, size_t size, const struct jpeg_scan *whole, int r)
{
	uint16_t width = 0, height = 0;
	char *copy = fuzz_copy((const char *)data, size);
	int known = jpeg_size((const uint8_t *)copy, size, &width, &height);

	free(copy);
	assert(known == 0 || known == -EBADMSG);
	assert(known < 0 || (width == whole->width && height == whole->height));
	assert(known < 0 || (width > 0 && height > 0));
	assert(known == 0 || r != 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_cuts cuts = fuzz_cuts(data, size);
	struct jpeg_scan whole, cut;
	size_t used, cut_used;
	int r = 1;

	while (r == 1 && size > 0) {
		r = scan(data, size, NULL, &whole, &used);
		assert(r == scan(data, size, &cuts, &cut, &cut_used) && used == cut_used);
		assert(r == 0 || r == 1 || r == -EBADMSG);
		assert(whole.width == cut.width && whole.height == cut.height);
		check_size(data, used, &whole, r);
		if (r == 1) {
			assert(used > 4 && whole.width > 0 && whole.height > 0);
			assert(memcmp(data, "\xff\xd8", 2) == 0);
			assert(memcmp(data + used - 2, "\xff\xd9", 2) == 0);
		}
		data += used;
		size -= used;
	}
	return 0;
}
