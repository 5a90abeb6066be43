/* SPDX-License-Identifier: MIT */
#include "relay/auth.h"

#include <string.h>

#include "common/key.h"

enum { SECRET_SIZE = 128 };

/* host[:port] without the port; the brackets of an IPv6 address stay. */
static struct slice without_port(struct slice host)
{
	size_t len = host.len;

	while (len > 0 && host.data[len - 1] >= '0' && host.data[len - 1] <= '9')
		len--;
	if (len > 0 && host.data[len - 1] == ':')
		host.len = len - 1;
	return host;
}

/* 127.a.b.c, in numbers: a name such as 127.0.0.1.example.com is somebody else's. */
static bool is_127(struct slice host)
{
	struct slice part;
	unsigned long long number;
	int n = 0;

	while (slice_split(&host, '.', &part)) {
		if (slice_number(part, 255, &number) < 0 || (n == 0 && number != 127))
			return false;
		n++;
	}
	return n == 4;
}

static bool is_local_name(struct slice host)
{
	struct slice name = without_port(host);

	return slice_equal_nocase(name, "localhost") || slice_equal(name, "[::1]") || is_127(name);
}

static bool origin_is(struct slice origin, struct slice host)
{
	static const char scheme[] = "http://";
	size_t skip = sizeof(scheme) - 1;

	return slice_starts_nocase(origin, scheme) && origin.len - skip == host.len &&
	       strncasecmp(origin.data + skip, host.data, host.len) == 0;
}

bool auth_is_loopback(const struct http_head *request, bool peer_is_loopback)
{
	static const char *const left_by_proxies[] = {
		"Forwarded",	     "X-Forwarded-For", "X-Forwarded-Host",
		"X-Forwarded-Proto", "X-Real-IP",	"Via",
	};
	struct slice host = http_field(request, "Host"), origin = http_field(request, "Origin");

	for (size_t i = 0; i < sizeof(left_by_proxies) / sizeof(*left_by_proxies); i++) {
		if (http_field(request, left_by_proxies[i]).data != NULL)
			return false;
	}
	return peer_is_loopback && request->minor == 1 && is_local_name(host) &&
	       (origin.data == NULL || origin_is(origin, host));
}

static bool matches_any(const char *secret, const struct option_list *hashes)
{
	bool matches = false;

	for (size_t i = 0; i < hashes->n; i++) /* all of them: the time says nothing */
		matches |= key_matches(secret, hashes->items[i]);
	return matches;
}

bool auth_has_secret(const struct http_head *request, const struct option_list *hashes)
{
	char secret[SECRET_SIZE];
	struct slice field = http_field(request, "Authorization");

	if (field.data != NULL && http_credentials(field, secret, sizeof(secret)) >= 0 &&
	    matches_any(secret, hashes))
		return true;
	return http_query(request->query, "key", secret, sizeof(secret)) >= 0 &&
	       matches_any(secret, hashes);
}

const char *auth_publish(const struct stream_rule *rule, const struct http_head *request,
			 bool peer_is_loopback)
{
	if (rule->publish == PUBLISH_ANYONE || auth_has_secret(request, &rule->keys))
		return NULL;
	if (rule->publish == PUBLISH_KEY)
		return "Publishing this stream needs its key.";
	if (auth_is_loopback(request, peer_is_loopback))
		return NULL;
	return "Without a key, streams may be published from the relay's own machine only.";
}

const char *auth_watch(const struct stream_rule *rule, const struct http_head *request)
{
	if (rule->watch == WATCH_ANYONE || auth_has_secret(request, &rule->tokens))
		return NULL;
	return "Watching this stream needs a token.";
}
