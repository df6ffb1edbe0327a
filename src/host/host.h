/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about the machine, each read once and only when asked for. Every fact can be given instead
 * of read (`--assume NAME=VALUE`), so that plans are tested without root on any machine. Reads
 * only; never changes anything.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum host_cgroup_mode {
	CGROUP_V2 = 1, /* /sys/fs/cgroup is cgroup2 */
	CGROUP_HYBRID, /* v1 controllers, and a cgroup2 tree at /sys/fs/cgroup/unified */
	CGROUP_V1,
	CGROUP_NONE, /* no cgroup file system is mounted */
};

/* Where in the v2 tree an unprivileged runtime may make groups. */
enum host_delegation {
	DELEGATED_NONE = 1,
	DELEGATED_PARENT, /* beside its own group: in the one above, which is delegated to it */
	DELEGATED_OWN,	  /* only below its own group */
};

/* One mounted cgroup hierarchy. */
struct host_hierarchy {
	bool v2;
	char *controllers; /* "cpu,cpuacct" as mounted; "" for v2; "name=systemd" for named ones */
	char *mount_point; /* absolute */
	char *own_path;	   /* this process's group in it, from /proc/self/cgroup ("/") */
};
struct host_hierarchies {
	struct host_hierarchy *items;
	size_t n;
};

struct host {
	struct arena arena;
	struct strv assumptions; /* "name=value", checked by host_assume; owned by the arena */
	/* private caches of host.c */
	struct host_cache *cache;
};

void host_init(struct host *host);
void host_free(struct host *host);
#define drop_host CLEANUP(host_free)

/*
 * Takes one `--assume` argument. Names: cgroup (v2, hybrid, v1, none), landlock-abi (0: no
 * Landlock, or N), euid, egid, userns (initial, other), apparmor (yes, no), selinux (yes, no),
 * last-cap (number), caps (all, none, or a hexadecimal mask as in /proc/self/status), hugepages
 * (none, or sizes: 2MB,1GB), resctrl (none, or where it is mounted), seccomp-wait-killable (yes,
 * no), own-ids (N: the ids below N are mapped), setgroups (allow, deny), cgroup-delegation (none,
 * parent, own), outer-uid (N), systemd (none, or the socket of the manager). Unknown names and bad
 * values are ERR_USAGE naming the nearest.
 */
MUST_CHECK struct err *host_assume(struct host *host, const char *text);
MUST_CHECK struct err *host_assume_all(struct host *host, const struct strv *texts);

MUST_CHECK struct err *host_cgroup_mode(struct host *host, enum host_cgroup_mode *out);
/* All hierarchies, from /proc/self/mountinfo and /proc/self/cgroup; under --assume cgroup=..., the
 * conventional layout (/sys/fs/cgroup/<controller>, /sys/fs/cgroup/unified). */
MUST_CHECK struct err *host_cgroup_hierarchies(struct host *host,
					       const struct host_hierarchies **out);
int host_landlock_abi(struct host *host); /* 0: not there or not enabled */
/* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */
bool host_seccomp_wait_killable(struct host *host);
uid_t host_euid(struct host *host);
gid_t host_egid(struct host *host);
bool host_in_initial_userns(struct host *host); /* inode of /proc/self/ns/user */
bool host_apparmor_enabled(struct host *host);
bool host_selinux_enabled(struct host *host);
unsigned int host_last_cap(struct host *host); /* /proc/sys/kernel/cap_last_cap */
/* The runtime's own permitted set as a bit mask: what can be granted at all. */
uint64_t host_own_caps(struct host *host);
/* The sizes of huge pages that the kernel has, /sys/kernel/mm/hugepages: bit N for 2^N bytes. */
uint64_t host_hugepage_sizes(struct host *host);
/* "2MB": the size in bytes; false if it is none, or no power of two. */
bool host_parse_page_size(const char *text, uint64_t *out);
/* Where resctrl is mounted in the runtime's mount namespace, or NULL (config-linux.md, "IntelRdt").
 */
MUST_CHECK struct err *host_resctrl_root(struct host *host, const char **out);

/* userns_facts.c */
/* An ordinary user, or root of a user namespace: whatever capabilities there are, they don't reach
 * the machine's own groups, devices and ids. */
bool host_is_unprivileged(struct host *host);
/* Whether the ids first to first + count - 1 are mapped in the runtime's own user namespace, which
 * is what makes them ids there; a new map takes a range that lies in one line of the own one. */
bool host_has_ids(struct host *host, bool group, uint32_t first, uint32_t count);
/* The same for the text of a uid_map file. */
bool host_map_has(const char *map, uint64_t first, uint64_t count);
/* setgroups(2) is denied in the runtime's own user namespace, and so in all below it. */
bool host_denies_setgroups(struct host *host);
/* For an unprivileged runtime. */
MUST_CHECK struct err *host_cgroup_delegation(struct host *host, enum host_delegation *out);
/* The own user id outside of the own user namespace: whose user manager is ours. */
uid_t host_outer_uid(struct host *host);

/*
 * systemd_facts.c: the socket over which the service manager is asked, or NULL. Of root: the system
 * manager's own, or the system bus; of an unprivileged runtime: the user's bus, or the user
 * manager's own.
 */
const char *host_systemd_socket(struct host *host);
/* It is the system manager's: also of a system that is in a user namespace as a whole. */
bool host_systemd_is_system(const char *socket);

/*
 * Whether `path` is the very namespace that the runtime itself is in; `kind` is a name below
 * /proc/self/ns ("net"). False when either can't be read: opening the path reports that. A path is
 * looked at on every call, never cached or assumed.
 */
bool host_is_own_namespace(const char *path, const char *kind);

/*
 * Reads the policy of a "file:" annotation: a regular file, of root or the caller, that no other
 * can write; not through a symbolic link. ERR_CONFIG otherwise. Read on every call.
 */
MUST_CHECK struct err *host_read_policy_file(struct host *host, const char *path,
					     struct strbuf *out);

#endif
