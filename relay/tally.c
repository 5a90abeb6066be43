/* SPDX-License-Identifier: MIT */
#include "relay/tally.h"

#include <stdlib.h>
#include <string.h>

struct tally *tally_create(size_t n_shares)
{
	size_t size = n_shares * sizeof(struct tally_share);
	struct tally *tally = calloc(1, sizeof(*tally));

	if (tally == NULL)
		return NULL;
	atomic_init(&tally->references, 1);
	tally->n_shares = n_shares;
	tally->shares = aligned_alloc(_Alignof(struct tally_share), size);
	if (tally->shares == NULL) {
		free(tally);
		return NULL;
	}
	memset(tally->shares, 0, size);
	return tally;
}

struct tally *tally_reference(struct tally *tally)
{
	atomic_fetch_add_explicit(&tally->references, 1, memory_order_relaxed);
	return tally;
}

void tally_release(struct tally *tally)
{
	if (tally == NULL ||
	    atomic_fetch_sub_explicit(&tally->references, 1, memory_order_acq_rel) > 1)
		return;
	free(tally->shares);
	free(tally);
}

static void merge(struct tally_row *sum, const struct tally_row *row)
{
	counter_add(&sum->viewers, counter_get(&row->viewers));
	counter_add(&sum->viewers_joined, counter_get(&row->viewers_joined));
	counter_add(&sum->bytes_out, counter_get(&row->bytes_out));
	for (int reason = 0; reason < CURSOR_REASONS; reason++)
		counter_add(&sum->dropped[reason], counter_get(&row->dropped[reason]));
	ages_merge(&sum->socket_age, &row->socket_age);
	ages_merge(&sum->viewer_age, &row->viewer_age);
}

struct tally_row tally_sum(const struct tally *tally, enum transport_index transport)
{
	struct tally_row sum = {0};

	for (size_t i = 0; i < tally->n_shares; i++)
		merge(&sum, &tally->shares[i].rows[transport]);
	return sum;
}

struct tally_row tally_total(const struct tally *tally)
{
	struct tally_row sum = {0};

	for (int transport = 0; transport < TRANSPORTS; transport++) {
		struct tally_row row = tally_sum(tally, (enum transport_index)transport);

		merge(&sum, &row);
	}
	return sum;
}

uint64_t tally_wanted(const struct tally *tally)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < tally->n_shares; i++)
		sum += counter_get(&tally->shares[i].wanted);
	return sum;
}

uint64_t tally_viewers(const struct tally *tally)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < tally->n_shares; i++) {
		for (int transport = 0; transport < TRANSPORTS; transport++)
			sum += counter_get(&tally->shares[i].rows[transport].viewers);
	}
	return sum;
}
