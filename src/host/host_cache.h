/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host.c and its neighbours share: the facts read or assumed so far. Private to this room.
 */
#ifndef HOST_HOST_CACHE_H
#define HOST_HOST_CACHE_H

#include "host/host.h"

/* A number that is known (read or assumed) or not yet. */
struct host_fact {
	bool known;
	uint64_t v;
};

struct host_cache {
	struct host_fact cgroup_mode;	      /* enum host_cgroup_mode */
	bool cgroup_assumed;		      /* hierarchies are the conventional layout */
	struct host_hierarchies *hierarchies; /* NULL: not yet looked for */
	struct host_fact landlock_abi, euid, egid, initial_userns, apparmor, selinux, last_cap,
		caps, hugepages;
};

struct host_cache *host_cache_of(struct host *host);

/*
 * The hierarchies that /proc/self/mountinfo and /proc/self/cgroup describe; a function of the two
 * texts, so that it is tested with texts of other machines. Newest-first order of /proc/self/cgroup
 * is kept. Items are arena memory.
 */
void host_parse_hierarchies(struct arena *arena, const char *mountinfo, const char *self_cgroup,
			    struct host_hierarchies *out);
/* The layout that distributions use for `mode`. */
void host_conventional_hierarchies(struct arena *arena, enum host_cgroup_mode mode,
				   struct host_hierarchies *out);

#endif
