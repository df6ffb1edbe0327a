/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's smaller actors, a file each: they do what the plan says to the calling process and
 * nothing else. All return NULL or the error that ends the container's creation.
 */
#ifndef APPLY_ACTORS_H
#define APPLY_ACTORS_H

#include <sys/types.h>

#include "base/err.h"
#include "plan/plan.h"

struct cgroup;

/* caps.c: the one home of sys/capability.h. Bounding set, ids and the other sets, in that order:
 * drop bounding, keep caps, setgroups/setgid/setuid, effective+permitted+inheritable, ambient.
 * `until_exec` (a mask) stays effective and permitted beside the sets. */
MUST_CHECK struct err *creds_apply(const struct plan_process *process, uint64_t until_exec);

/* rlimits.c: sets the limits of `pid` (0: self). */
MUST_CHECK struct err *rlimits_apply(const struct plan_process *process, pid_t pid);

/*
 * sched.c: process.scheduler and process.ioPriority of `pid` (0: self), which has a process group
 * of its own. Nothing is asked for: nothing is done.
 */
MUST_CHECK struct err *sched_apply(const struct plan_process *process, pid_t pid);

/* affinity.c: the CPUs that the calling process may run on; an empty set leaves them. `place` is
 * the property ("process.execCPUAffinity.final"). For exec: the container's own process has none
 * (config.md). */
MUST_CHECK struct err *affinity_apply(const struct bitset *cpus, const char *place);

/* memory_policy.c: linux.memoryPolicy of the calling process; execve keeps it. */
MUST_CHECK struct err *memory_policy_apply(const struct plan_memory_policy *policy);

/* sysctl.c: below a private, verified procfs (proc_fd is its root). */
MUST_CHECK struct err *sysctl_apply(const struct plan *plan, int proc_fd);

/*
 * lsm.c: AppArmor and SELinux labels for the next execve, through thread-self/attr below proc_fd,
 * the root of a procfs that can be trusted. A kernel without such an LSM is told by the plan.
 * The process that opens the files has to write them: the kernel compares its memory.
 */
struct lsm_files {
	int apparmor_fd, selinux_fd; /* -1: no label */
};
bool lsm_has_label(const struct plan_process *process);
MUST_CHECK struct err *lsm_open(const struct plan_process *process, int proc_fd,
				struct lsm_files *out);
/* Writes and closes. */
MUST_CHECK struct err *lsm_apply_exec(const struct plan_process *process, struct lsm_files *files);

/* seccomp.c: the one home of seccomp.h. */
struct seccomp_filter {
	void *program; /* struct sock_filter[] */
	unsigned short len;
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* */
};
/*
 * Parent: compiles the profile, or takes it from the cache in cache_dirfd (-1: none). The key
 * holds the rules, libseccomp's version and the architecture; the file must be owner-only and
 * verify.
 */
MUST_CHECK struct err *seccomp_filter_prepare(const struct plan_seccomp *plan, int cache_dirfd,
					      struct arena *arena, struct seccomp_filter *out);
/*
 * seccomp_load.c. Child: loads it. no_new_privs must be set or CAP_SYS_ADMIN held. With
 * out_listener_fd, which may be NULL, it is a notifying filter's listener (seccomp_unotify(2)).
 * Once this has succeeded a system call may be denied, notified, or the process's last.
 */
MUST_CHECK struct err *seccomp_filter_load(const struct seccomp_filter *filter,
					   int *out_listener_fd);

/* landlock.c */
/* Child, in the final root, at create: builds the ruleset; paths are resolved below root_fd.
 * *out_fd is -1 when nothing is to be enforced. What is worth a warning (an expected path is
 * missing) is appended to `warnings`, in arena memory: the child has no log. */
MUST_CHECK struct err *landlock_build(const struct plan_landlock *plan, int root_fd,
				      struct arena *arena, struct strv *warnings, int *out_fd);
/* Child, last but seccomp. */
MUST_CHECK struct err *landlock_enforce(const struct plan_landlock *plan, int ruleset_fd);

/* exec.c */
/*
 * Finds the program of process.args[0] as execvp would, with the container's PATH, root and cwd, so
 * that a wrong command fails at create: "exec: \"x\": executable file not found in $PATH", or the
 * errno text for a path with a slash. *out is arena memory.
 */
MUST_CHECK struct err *exec_find(struct arena *arena, const struct plan_process *process,
				 const char **out);
/* HOME for `uid` from the container's /etc/passwd (a hostile file: bounded, regular), or "/". */
const char *exec_home(struct arena *arena, uid_t uid);

#endif
