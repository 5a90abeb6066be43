/* SPDX-License-Identifier: MIT */
/* An input is an address as people type it; what was understood, written out, means the same. */
#include "common/url.h"

#include <errno.h>
#include <stdio.h>

#include "tests/fuzz.h"

static bool is_ipv6(const char *host)
{
	return strchr(host, ':') != NULL;
}

static void fuzz_stream(const char *text)
{
	struct url url, again;
	char written[1024];
	const char *why;
	int r = url_parse(text, &url, &why);

	assert(r == 0 ? !why : r == -EINVAL && why);
	if (r < 0)
		return;
	assert(url.host[0] && url.port[0] && name_valid(slice_from(url.stream)));
	snprintf(written, sizeof(written), is_ipv6(url.host) ? "[%s]:%s/%s?%s" : "%s:%s/%s?%s",
		 url.host, url.port, url.stream, url.query);
	assert(url_parse(written, &again, &why) == 0);
	assert(memcmp(&url, &again, sizeof(url)) == 0);
}

static void fuzz_endpoint(const char *text)
{
	char host[256], port[6], again_host[256], again_port[6], written[512];
	int r = url_parse_endpoint(text, "localhost", "7070", host, port);

	assert(r == 0 || r == -EINVAL);
	if (r < 0)
		return;
	snprintf(written, sizeof(written), is_ipv6(host) ? "[%s]:%s" : "%s:%s", host, port);
	assert(url_parse_endpoint(written, "", "", again_host, again_port) == 0);
	assert(strcmp(host, again_host) == 0 && strcmp(port, again_port) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	fuzz_stream(text);
	fuzz_endpoint(text);
	free(text);
	return 0;
}
