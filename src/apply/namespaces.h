/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: opening and joining those given by path, and what a new one needs at once. */
#ifndef APPLY_NAMESPACES_H
#define APPLY_NAMESPACES_H

#include "base/err.h"
#include "plan/plan.h"

/* Parent: opens every path and checks its type (NS_GET_NSTYPE) before anything is created. A path
 * that is the runtime's own namespace gives -1: nothing to join (setns to it may be EINVAL). */
MUST_CHECK struct err *namespaces_open(const struct plan_namespaces *ns, int fds[static 8]);
void namespaces_close(const struct plan_namespaces *ns, int fds[static 8]);
/*
 * Joins all of them, as far as permitted first those but user, then user, then what was refused
 * before: a network namespace may belong to the host's user namespace or to the container's.
 */
MUST_CHECK struct err *namespaces_join(const struct plan_namespaces *ns, const int fds[static 8]);
/* Child, in a user namespace: root of it, or, where root is not mapped, the process's user; where
 * that is not mapped either, whoever it was. Clears the death signal. */
MUST_CHECK struct err *namespaces_become_root(const struct plan_namespaces *ns);
/* True if namespaces must be joined by a process in between, whose child is the container's. */
bool namespaces_need_middle(const struct plan_namespaces *ns);
/*
 * timens.c: linux.timeOffsets (time_namespaces(7)). A time namespace takes offsets until the first
 * process is in it, so the process in between makes it for its child. timens_open comes before the
 * joins, while /proc is surely the host's; -1 when no offsets were asked for. timens_apply comes
 * after them: it makes the namespace, together with a new user namespace, which is to own it, and
 * writes the offsets; *out_made are the CLONE_NEW* that are done. Of a joined namespace it checks
 * that the offsets are those asked for.
 */
MUST_CHECK struct err *timens_open(const struct plan_namespaces *ns, int *out_fd);
MUST_CHECK struct err *timens_apply(const struct plan_namespaces *ns, int offsets_fd,
				    uint64_t *out_made);
bool namespaces_has_user(const struct plan_namespaces *ns); /* new or joined */
/* Child: brings up "lo" in a new network namespace; a seccomp filter or an address family
 * restriction around the runtime that forbids it is no error. */
void namespaces_loopback_up(void);

#endif
