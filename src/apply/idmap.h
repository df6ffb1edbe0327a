/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id maps of user namespaces: writing those of the container's, checking those of a joined one,
 * and namespaces that are made for their maps alone (id-mapped mounts). Parent only.
 * user_namespaces(7).
 */
#ifndef APPLY_IDMAP_H
#define APPLY_IDMAP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"

/* The setuid programs that write what the kernel does not take from us; NULL: not needed. */
struct idmap_programs {
	const char *uid, *gid;
};
/*
 * Before anything is made: looks for the programs, if they are needed, and refuses maps that the
 * kernel would not take. Paths are arena memory.
 */
MUST_CHECK struct err *idmap_prepare(const struct plan *plan, struct arena *arena,
				     struct idmap_programs *out);
/* Writes setgroups, gid_map and uid_map of `pid`, which waits for it in its new user namespace. */
MUST_CHECK struct err *idmap_write(const struct plan *plan, const struct idmap_programs *programs,
				   pid_t pid);
/*
 * `pid` is in the joined user namespace: its maps must be those of the configuration, if there are
 * any, and have the ids of the process.
 */
MUST_CHECK struct err *idmap_check_joined(const struct plan *plan, pid_t pid);

/* Whether the text of a uid_map file says the same as `map`, in whatever order and pieces. */
bool idmap_is_same(const char *text, const struct oci_id_mapping *map, size_t n);

/* Writes one map of `pid` with the runtime's own rights; `file` is "uid_map" or "gid_map". */
MUST_CHECK struct err *idmap_write_map(pid_t pid, const char *file,
				       const struct oci_id_mapping *map, size_t n);

/* idmap_helper.c */
/* Looks for `name` where the caller's programs are. NULL: it is nowhere. Arena memory. */
const char *idmap_find_program(struct arena *arena, const char *name);
/* Runs PROGRAM PID CONTAINER-ID HOST-ID SIZE ...; what it says is part of the error. */
MUST_CHECK struct err *idmap_run_program(const char *program, pid_t pid,
					 const struct oci_id_mapping *map, size_t n);

/* idmap_namespace.c */
/*
 * Opens a user namespace that has the lists of `idmap` as its maps, for mount_setattr(2): that of a
 * process that lives just long enough. No other process is in it afterwards.
 */
MUST_CHECK struct err *idmap_open_namespace(const struct plan_idmap *idmap, int *out_fd);

#endif
