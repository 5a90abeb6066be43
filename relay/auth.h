/* SPDX-License-Identifier: MIT */
/*
 * Who may publish and who may watch (spillway-relay(8), ACCESS). Pure.
 *
 * A request counts as this machine's own ("loopback") only when nothing says otherwise: the peer is
 * loopback, it is HTTP/1.1, Host is localhost, 127/8 or [::1], Origin is absent or equal to Host,
 * and no proxy has left a field. A proxy in front that leaves none makes the whole internet look
 * like loopback, and can't be told: hence keys.
 */
#ifndef SPILLWAY_AUTH_H
#define SPILLWAY_AUTH_H

#include "common/http.h"
#include "relay/config.h"

bool auth_is_loopback(const struct http_head *request, bool peer_is_loopback);

/* Whether the request carries a secret that one of the hashes was made from: Authorization (Bearer,
 * or Basic's password), or ?key=. */
bool auth_has_secret(const struct http_head *request, const struct option_list *hashes);

/* NULL when it is allowed, else the sentence that says what is missing (constant). */
const char *auth_publish(const struct stream_rule *rule, const struct http_head *request,
			 bool peer_is_loopback);
const char *auth_watch(const struct stream_rule *rule, const struct http_head *request);

#endif
