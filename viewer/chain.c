/* SPDX-License-Identifier: MIT */
#include "viewer/chain.h"

#include <string.h>

bool chain_continues(const struct chain *chain, const struct envelope_head *head)
{
	return chain->sequence > 0 && head->sequence == chain->sequence + 1 &&
	       memcmp(head->previous, chain->hash, ENVELOPE_HASH) == 0;
}

enum chain_place chain_place(const struct chain *chain, const struct envelope_head *head,
			     uint64_t *ret_missing)
{
	uint64_t back = chain->sequence - head->sequence;

	*ret_missing = 0;
	if (chain->sequence == 0)
		return CHAIN_FIRST;
	if (head->sequence > chain->sequence) {
		*ret_missing = head->sequence - chain->sequence - 1;
		if (*ret_missing > 0)
			return CHAIN_GAP;
		return chain_continues(chain, head) ? CHAIN_NEXT : CHAIN_FORK;
	}
	return back >= CHAIN_WINDOW || (chain->seen >> back & 1) != 0 ? CHAIN_REPEATED : CHAIN_LATE;
}

void chain_take(struct chain *chain, const struct envelope_head *head,
		const uint8_t hash[ENVELOPE_HASH])
{
	uint64_t ahead = head->sequence - chain->sequence;

	if (head->sequence <= chain->sequence) {
		chain->seen |= UINT64_C(1) << (chain->sequence - head->sequence);
		return;
	}
	/* What came before the first one isn't waited for. */
	if (chain->sequence == 0)
		chain->seen = UINT64_MAX;
	else
		chain->seen = ahead < CHAIN_WINDOW ? chain->seen << ahead | 1 : 1;
	chain->sequence = head->sequence;
	memcpy(chain->hash, hash, ENVELOPE_HASH);
}
