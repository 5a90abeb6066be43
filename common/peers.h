/* SPDX-License-Identifier: MIT */
/* Who is at the other end, and how many connections each address has. */
#ifndef SPILLWAY_PEERS_H
#define SPILLWAY_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv4 as ::ffff:a.b.c.d. */
struct peer {
	uint8_t address[16];
	uint16_t port;
};

enum {
	PEER_ADDRESS_SIZE = 46,
	PEER_TEXT_SIZE = 56, /* "[address]:65535" */
};

/* All zero for what is no IP address. */
struct peer peer_from(const struct sockaddr_storage *address);
bool peer_is_ipv4(const struct peer *peer);
bool peer_is_loopback(const struct peer *peer);
const char *peer_address_text(const struct peer *peer, char text[PEER_ADDRESS_SIZE]);
const char *peer_text(const struct peer *peer, char text[PEER_TEXT_SIZE]);

/* Connections per address; an IPv6 host counts by its /64, which is what a host has. */
struct peers { /* start with {0} */
	struct peers_slot *slots;
	size_t n_slots, used;
};

/* One connection more. -EMFILE when the address has max already (nothing is counted then),
 * -ENOMEM. */
int peers_add(struct peers *peers, const struct peer *peer, uint32_t max);
void peers_remove(struct peers *peers, const struct peer *peer);
void peers_finish(struct peers *peers);

#endif
