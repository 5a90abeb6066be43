/* SPDX-License-Identifier: MIT */
#include "chat/bundle.h"

#include <assert.h>
#include <string.h>

static struct line *make(struct line *const *lines, size_t n, enum line_form form)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += line_size(lines[i], form);
	struct line *joined = line_create_room(len);
	if (joined == NULL)
		return NULL;
	len = 0;
	for (size_t i = 0; i < n; i++)
		len += line_write(lines[i], form, joined->data + len);
	return joined;
}

struct line *bundle_join(struct bundle *bundle, struct line *const *lines, size_t n,
			 enum line_form form)
{
	assert(n > 0 && n <= BUNDLE_MAX_LINES);
	if (bundle->joined != NULL && bundle->n == n && bundle->form == form &&
	    memcmp(bundle->lines, lines, n * sizeof(*lines)) == 0)
		return line_share(bundle->joined);
	bundle_clear(bundle);
	bundle->joined = make(lines, n, form);
	if (bundle->joined == NULL)
		return NULL;
	bundle->n = n;
	bundle->form = form;
	for (size_t i = 0; i < n; i++)
		bundle->lines[i] = line_share(lines[i]);
	return line_share(bundle->joined);
}

void bundle_clear(struct bundle *bundle)
{
	for (size_t i = 0; i < bundle->n; i++)
		line_release(bundle->lines[i]);
	line_release(bundle->joined);
	bundle->n = 0;
	bundle->joined = NULL;
}
