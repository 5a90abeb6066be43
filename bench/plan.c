/* SPDX-License-Identifier: MIT */
#include "bench/plan.h"

#include <arpa/inet.h>
#include <errno.h>

int plan_make(struct plan *plan, size_t n_viewers, size_t files)
{
	if (files <= PLAN_SPARE_FILES)
		return -EMFILE;
	size_t most = files - PLAN_SPARE_FILES;
	*plan = (struct plan){n_viewers, (n_viewers + most - 1) / most};
	return plan->n_processes <= PLAN_MAX_PROCESSES ? 0 : -EMFILE;
}

size_t plan_first(const struct plan *plan, size_t process)
{
	return plan->n_viewers * process / plan->n_processes;
}

struct in_addr plan_source(size_t viewer)
{
	return (struct in_addr){
		htonl(INADDR_LOOPBACK + 1 + (in_addr_t)(viewer / PLAN_PER_ADDRESS))};
}
