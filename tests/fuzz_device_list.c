/* SPDX-License-Identifier: MIT */
/* An input is what a directory says an account's devices are; whatever it is, it is a list that is
 * signed, or refused. */
#include "viewer/device_list.h"

#include <sodium.h>

#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = fuzz_copy((const char *)data, size);
	struct device_list list;

	assert(sodium_init() >= 0);
	/* Those of the corpus are Bob[home]'s. */
	if (device_list_read((struct slice){copy, size}, "bob[home]", &list) == 0) {
		char fingerprint[DEVICE_LIST_FINGERPRINT];

		assert(list.n >= 1 && list.n <= DEVICE_LIST_MAX);
		for (size_t i = 0; i < list.n; i++)
			assert(device_list_has(&list, list.devices[i]));
		device_list_fingerprint(list.identity, "bob[home]", fingerprint);
		assert(strlen(fingerprint) == DEVICE_LIST_FINGERPRINT - 1);
	}
	free(copy);
	return 0;
}
