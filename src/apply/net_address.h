/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses of a network device that outlive its move to another network namespace, where the
 * kernel drops them all: the permanent ones of global scope, IPv4 and IPv6 (config-linux.md,
 * "Network Devices"). Read, written as text into the journal, given to a device. Parent only.
 */
#ifndef APPLY_NET_ADDRESS_H
#define APPLY_NET_ADDRESS_H

#include <net/if.h>

#include "apply/netlink.h"
#include "base/str.h"

struct net_address {
	uint8_t family, prefix; /* AF_INET or AF_INET6; the prefix length */
	uint8_t protocol;	/* IFA_PROTO: who added it; 0: not said */
	uint32_t flags;		/* IFA_F_*, those that can be asked for */
	uint32_t priority;	/* of the prefix route; 0: the kernel's */
	/* As rtnetlink(7) has them: `address` is the peer's where there is one. */
	unsigned char address[16], local[16], broadcast[4];
	bool has_local, has_broadcast;
	char label[IFNAMSIZ]; /* IPv4; "": the device's name; ":x": behind it */
};
struct net_addresses {
	struct net_address *items; /* free() */
	size_t n;
};
void net_addresses_free(struct net_addresses *addresses);
#define drop_net_addresses CLEANUP(net_addresses_free)

/* Those of device `index`, which is called `name`: 0 or -errno, -E2BIG for more than a device can
 * reasonably have. */
int net_addresses_read(struct netlink *netlink, int index, const char *name,
		       struct net_addresses *out);
/* Gives them to device `index`; one that it has already is success. */
MUST_CHECK struct err *net_addresses_add(struct netlink *netlink, int index, const char *name,
					 const struct net_addresses *addresses);

/* One word without blanks, "-" for none. */
void net_addresses_write(const struct net_addresses *addresses, struct strbuf *out);
/* False if it is no such word. */
bool net_addresses_parse(const char *word, struct net_addresses *out);

#endif
