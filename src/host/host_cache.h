/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host.c and its neighbours share: the facts read or assumed so far. Private to this room.
 */
#ifndef HOST_HOST_CACHE_H
#define HOST_HOST_CACHE_H

#include "host/host.h"

/* A number, or a text, that is known (read or assumed) or not yet. */
struct host_fact {
	bool known;
	uint64_t v;
	const char *text; /* arena memory; of an assumed one, the value as it was given */
};

struct host_cache {
	struct host_fact cgroup_mode;	      /* enum host_cgroup_mode */
	bool cgroup_assumed;		      /* hierarchies are the conventional layout */
	struct host_hierarchies *hierarchies; /* NULL: not yet looked for */
	struct host_fact landlock_abi, euid, egid, initial_userns, apparmor, selinux, last_cap,
		caps, hugepages, resctrl, seccomp_wait_killable;
	struct host_fact own_ids;	 /* assumed only */
	char *own_uid_map, *own_gid_map; /* as read; NULL: not yet */
	struct host_fact setgroups;	 /* 1: allowed */
	struct host_fact delegation;	 /* enum host_delegation */
	struct host_fact outer_uid;
	struct host_fact systemd; /* text: a socket; "": none */
};

struct host_cache *host_cache_of(struct host *host);

/* ---- mountinfo.c ---- */

/* The fields of a line of /proc/self/mountinfo (proc(5)) that matter here; they point into it. */
struct host_mount {
	const char *root, *mount_point; /* fields 4 and 5, unescaped */
	const char *type;
	const char *super_options; /* the last field; "" if there is none */
};
/* Cuts `line` in place; false if it is not of the form of proc(5). */
bool host_parse_mount(char *line, struct host_mount *out);
MUST_CHECK struct err *host_read_mountinfo(struct strbuf *out);
/* Where a whole resctrl file system is mounted by this text, or NULL. Arena memory. */
const char *host_parse_resctrl_root(struct arena *arena, const char *mountinfo);

/* ---- cgroup_facts.c ---- */

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
