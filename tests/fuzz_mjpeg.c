/* SPDX-License-Identifier: MIT */
/* An input is a buffer as a camera's driver hands it out. */
#include "capture/mjpeg.h"

#include "common/jpeg.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *from = (uint8_t *)fuzz_copy((const char *)data, size);
	struct mjpeg_outline outline, copied;

	if (mjpeg_look(from, size, &outline) == 0) {
		uint8_t *to = malloc(outline.len + MJPEG_TABLES_SIZE);
		size_t len;

		assert(to != NULL && outline.len <= size && outline.tables_at <= outline.len);
		len = mjpeg_copy(&outline, from, to);
		assert(len == outline.len + (outline.lacks_tables ? MJPEG_TABLES_SIZE : 0));
		assert(mjpeg_look(to, len, &copied) == 0);
		assert(copied.len == len && !copied.lacks_tables);
		assert(copied.width == outline.width && copied.height == outline.height);
		free(to);
	}
	free(from);
	return 0;
}
