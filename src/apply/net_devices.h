/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving network devices of the host into the container (config-linux.md, "Network Devices"), and
 * back when create fails. What belongs to the device itself (hardware address, MTU, alias) moves
 * with it; the addresses that the kernel drops are given to it again. Parent only.
 */
#ifndef APPLY_NET_DEVICES_H
#define APPLY_NET_DEVICES_H

#include "apply/net_address.h"
#include "apply/netlink.h"
#include "base/err.h"
#include "plan/plan.h"
#include "status/journal.h"

/* One device on its way. */
struct net_move {
	const struct plan_net_device *plan;
	int index, master; /* in the runtime's namespace; master 0: none */
	bool up;
	struct net_addresses addresses;
};
struct net_devices {
	struct net_move *items; /* NULL: the plan has none */
	size_t n;
	struct netlink host;	 /* a socket in the runtime's namespace */
	int host_fd;		 /* that namespace */
	int target_fd;		 /* the container's, held so that it outlives its processes here */
	const char *target_path; /* of a joined one; NULL: the container's own */
};
#define NET_DEVICES_INIT                                              \
	{                                                             \
		.host = NETLINK_INIT, .host_fd = -1, .target_fd = -1, \
	}

/*
 * Before anything is made: every device is there, may be moved by this process, and its name is
 * free in the namespace that is joined (`joined_fd`; -1: a new one). Does nothing without devices.
 */
MUST_CHECK struct err *net_devices_check(const struct plan *plan, int joined_fd,
					 struct net_devices *out);
/*
 * Moves them into the network namespace of process `pid` (journal first), in the plan's order:
 * moved, renamed, addresses, up. The devices that were moved before a failure are still there: see
 * net_devices_return.
 */
MUST_CHECK struct err *net_devices_move(struct net_devices *devices, pid_t pid,
					unsigned long long start_time, struct journal *journal);
void net_devices_close(struct net_devices *devices);

/*
 * For a create that failed, before the container's processes are killed, as virtual devices die
 * with their namespace: what the journal names goes back with its name, index, addresses, master
 * and state. `target_fd` is the container's network namespace, or -1: it is looked up by the
 * journal. Devices that are back, or gone with the namespace, are success.
 */
MUST_CHECK struct err *net_devices_return(const struct journal *journal, int target_fd);

#endif
