/* SPDX-License-Identifier: MIT */
#include "relay/ages.h"

void ages_expose(const struct ages *ages, struct exposition *out,
		 const struct exposition_labels *labels)
{
	uint64_t count = 0;

	for (size_t i = 0; i < AGES_BUCKETS; i++) {
		count += counter_get(&ages->buckets[i]);
		exposition_bucket(out, labels,
				  i + 1 < AGES_BUCKETS ? ages_end_us(i) : EXPOSITION_NO_END, count);
	}
	/* Not counted anew: another worker may have counted meanwhile. */
	exposition_buckets_end(out, labels, counter_get(&ages->sum_us), count);
}
