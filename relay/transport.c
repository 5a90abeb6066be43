/* SPDX-License-Identifier: MIT */
#include "relay/transport.h"

const struct transport *const transports[TRANSPORTS] = {
	[TRANSPORT_NATIVE] = &transport_native,
	[TRANSPORT_MULTIPART] = &transport_multipart,
	[TRANSPORT_MULTIPART_EARLY] = &transport_multipart_early,
};
