/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state document (runtime.md, "State"), as `state` prints it, hooks get it on standard input
 * and the store keeps it. Extra properties that the specification allows: rootfs, created, owner,
 * nucleus.landlock.
 */
#ifndef OCI_STATE_H
#define OCI_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "oci/config.h"
#include "oci/problems.h"

#define OCI_SPEC_VERSION "1.3.0"

struct oci_landlock_state {
	char *status; /* "fully-enforced", "partially-enforced", "not-enforced" */
	uint32_t abi;
	struct strv dropped;
};
struct oci_nucleus_state {
	struct oci_landlock_state *landlock; /* NULL: not asked for */
};
struct oci_state {
	char *oci_version, *id;
	char *status; /* "creating", "created", "running", "paused", "stopped" */
	int64_t pid;  /* 0 when stopped */
	char *bundle, *rootfs;
	char *created; /* RFC 3339 with nanoseconds, UTC */
	char *owner;
	struct oci_map annotations;
	struct oci_nucleus_state *nucleus;
};

/* Compact for hooks, indented for people; slashes are never escaped. free() by the caller. */
char *oci_state_write(const struct oci_state *state, bool indent);

/*
 * What a seccomp agent gets over its socket (config-linux.md, "The Container Process State");
 * `fds` names the descriptors that come along, in their order.
 */
struct oci_process_state {
	char *oci_version;
	struct strv fds;
	int64_t pid; /* as the runtime sees it */
	char *metadata;
	struct oci_state *state;
};
/* Compact. free() by the caller. */
char *oci_process_state_write(const struct oci_process_state *state);

/*
 * What the store keeps beside it (state.json): documented in docs/design.md, versioned; unknown
 * keys are ignored and missing ones have defaults, so that it survives an upgrade of the runtime.
 */
struct oci_record {
	struct oci_state state;	  /* status is not kept: it is worked out each time */
	uint32_t version;	  /* 1 */
	uint64_t init_start_time; /* /proc/PID/stat field 22 */
	struct strv cgroup_dirs;  /* absolute group paths */
	char *cgroup_mode;	  /* "v2", "hybrid", "v1", "none" */
	char *freezer_dir;	  /* group path that pause works on, or NULL */
	bool freezer_v2;
	/* The unit whose group it is, and the socket of its manager; NULL: not made by systemd. */
	char *systemd_unit, *systemd_socket;
	bool own_pid_namespace;
	bool no_process;     /* the configuration has none: start is an error */
	bool no_new_keyring; /* the caller's session keyring is the container's */
	uint32_t uid;	     /* of the caller */
	/* What start has to know of linux.seccomp; NULL: no call is notified. */
	char *seccomp_listener_path, *seccomp_listener_metadata;
};
char *oci_record_write(const struct oci_record *record);
/* Damaged input is an error that names the place. */
void oci_record_read(struct arena *arena, const char *text, size_t len, struct problems *problems,
		     struct oci_record *out);

#endif
