/* SPDX-License-Identifier: MIT */
#include "common/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { URL_HOST_SIZE = 256, URL_PORT_SIZE = 6, URL_MAX_PORT = 65535 };

/* ---- hosts and ports ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A host's name, an IPv4 address, or the interface behind an IPv6 one. */
static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
	       c == '_' || c == '-';
}

static bool name_chars(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_name_char(text.data[i]))
			return false;
	}
	return text.len > 0;
}

/* A bare number would be taken for an IPv4 address (7070 for 0.0.27.158); a port was meant. */
static bool host_valid(struct slice host)
{
	size_t i = 0;

	while (i < host.len && is_digit(host.data[i]))
		i++;
	return i < host.len && name_chars(host);
}

/* An IPv6 address, maybe with %INTERFACE. */
static bool address_valid(struct slice host)
{
	struct slice address, interface = host;
	char text[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	return slice_split(&interface, '%', &address) &&
	       slice_copy(address, text, sizeof(text)) == 0 &&
	       inet_pton(AF_INET6, text, &in6) == 1 && (!interface.data || name_chars(interface));
}

/*
 * Splits HOST[:PORT] or [HOST][:PORT], either of which may be missing: its data is then NULL.
 * Returns what is wrong, NULL when nothing is.
 */
static const char *split_endpoint(struct slice text, struct slice *ret_host, struct slice *ret_port)
{
	struct slice rest = text, between;
	bool valid;

	if (text.len > 0 && text.data[0] == '[') {
		slice_split(&rest, ']', ret_host);
		ret_host->data++;
		ret_host->len--;
		valid = rest.data && address_valid(*ret_host);
		*ret_port = rest;
		if (valid && (!slice_split(ret_port, ':', &between) || between.len > 0))
			return "behind ']' only a colon and a port can stand";
	} else {
		*ret_port = text;
		slice_split(ret_port, ':', ret_host);
		if (ret_port->len > 0 && memchr(ret_port->data, ':', ret_port->len))
			return "an IPv6 address needs brackets, as in [::1]";
		valid = ret_host->len == 0 || host_valid(*ret_host);
		if (ret_host->len == 0)
			ret_host->data = NULL;
	}
	return valid && ret_host->len < URL_HOST_SIZE ? NULL : "the host is not valid";
}

/* min: 0 lets the system choose, which only a listener may. */
static int copy_port(struct slice port, unsigned long long min, char ret_port[URL_PORT_SIZE])
{
	unsigned long long number;

	if (slice_number(port, URL_MAX_PORT, &number) < 0 || number < min)
		return -EINVAL;
	snprintf(ret_port, URL_PORT_SIZE, "%u", (unsigned)number);
	return 0;
}

int url_parse_endpoint(const char *text, const char *default_host, const char *default_port,
		       char ret_host[URL_HOST_SIZE], char ret_port[URL_PORT_SIZE])
{
	struct slice host, port;

	if (text[0] == '\0' || split_endpoint(slice_from(text), &host, &port))
		return -EINVAL;
	if (!host.data)
		host = slice_from(default_host);
	if (!port.data)
		port = slice_from(default_port);
	if (slice_copy(host, ret_host, URL_HOST_SIZE) < 0)
		return -EINVAL;
	return copy_port(port, 0, ret_port);
}

/* ---- streams' addresses ---- */

static const struct {
	const char *name, *default_port;
} schemes[] = {
	{"spillway", URL_DEFAULT_PORT},
	{"http", "80"}, /* as a browser shows it; there the relay is behind a proxy */
};

/* Takes "SCHEME://" off *rest. */
static const char *take_scheme(struct slice *rest, struct slice *ret_default_port)
{
	size_t i, len = 0;

	*ret_default_port = slice_from(URL_DEFAULT_PORT);
	while (len < rest->len && is_name_char(rest->data[len]))
		len++;
	if (!slice_starts_nocase((struct slice){rest->data + len, rest->len - len}, "://"))
		return NULL;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (slice_equal_nocase((struct slice){rest->data, len}, schemes[i].name))
			break;
	}
	if (i == sizeof(schemes) / sizeof(schemes[0]))
		return "the scheme must be spillway:// or http://";
	*ret_default_port = slice_from(schemes[i].default_port);
	rest->data += len + strlen("://");
	rest->len -= len + strlen("://");
	return NULL;
}

static const char *parse_authority(struct slice authority, struct slice default_port,
				   struct url *ret_url)
{
	struct slice host, port;
	const char *why;

	if (authority.len > 0 && memchr(authority.data, '@', authority.len))
		return "a key does not belong in an address, where others can see it";
	why = split_endpoint(authority, &host, &port);
	if (why)
		return why;
	if (!host.data)
		return "the host is missing";
	slice_copy(host, ret_url->host, sizeof(ret_url->host));
	if (copy_port(port.data ? port : default_port, 1, ret_url->port) < 0)
		return "the port must be a number from 1 to 65535";
	return NULL;
}

static const char *parse_query(struct slice query, struct url *ret_url)
{
	for (size_t i = 0; i < query.len; i++) {
		if (query.data[i] <= ' ' || query.data[i] > '~' || query.data[i] == '#')
			return "what stands behind '?' has a character that must be escaped";
	}
	if (slice_copy(query, ret_url->query, sizeof(ret_url->query)) < 0)
		return "what stands behind '?' is too long";
	return NULL;
}

static const char *parse(struct slice text, struct url *ret_url)
{
	struct slice rest = text, authority, default_port, stream;
	const char *why = take_scheme(&rest, &default_port);

	if (why)
		return why;
	authority = (struct slice){rest.data, strcspn(rest.data, "/?#")};
	rest.data += authority.len;
	rest.len -= authority.len;
	why = parse_authority(authority, default_port, ret_url);
	if (why)
		return why;
	if (rest.len == 0 || rest.data[0] != '/')
		return "the stream is missing, as in localhost/cam";
	rest.data++;
	rest.len--;
	slice_split(&rest, '?', &stream);
	if (!name_valid(stream))
		return "the stream's name is not valid: use a-z, 0-9, '.', '_' and '-', in up to "
		       "four levels, without an ending such as .jpg";
	slice_copy(stream, ret_url->stream, sizeof(ret_url->stream));
	return parse_query(rest, ret_url);
}

int url_parse(const char *text, struct url *ret_url, const char **ret_why)
{
	*ret_url = (struct url){0};
	*ret_why = parse(slice_from(text), ret_url);
	return *ret_why ? -EINVAL : 0;
}
