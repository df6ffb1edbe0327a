/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup on every layout: pure v2 (cgroup_v2.c), v1 (cgroup_v1.c) and hybrid, which
 * is both. cgroup.c has what they share. Parent, except cgroup_join_self.
 */
#ifndef APPLY_CGROUP_H
#define APPLY_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"
#include "status/journal.h"

/* One of the container's groups while it is made. Descriptors are -1 where there is none. */
struct cgroup_group {
	int dir_fd;
	int procs_fd; /* v1: cgroup.procs opened for writing, for cgroup_join_self */
	/* The first group's: no other runtime takes the groups while this is open. */
	int lock_fd;
	bool existed; /* was there before us, with settings of its past */
};
struct systemd;
struct cgroup {
	const struct plan_cgroup *plan;
	/* The program that had systemd start the unit, and is in its group; NULL: none any more */
	struct systemd *systemd;
	struct cgroup_group *groups; /* one per plan dir */
};

/*
 * Makes the groups (journal first), refuses a group that has processes ("container's cgroup is not
 * empty: N process(es) found"), is frozen or is being used by another create, enables v2
 * controllers in the ancestors, writes the limits, installs the device rules, hands over delegated
 * files. On error the journal undoes it.
 */
MUST_CHECK struct err *cgroup_create(const struct plan_cgroup *plan, struct journal *journal,
				     struct cgroup *out);
/*
 * The container's process is in the group: what was in it to have it made goes. Without a unit of
 * systemd nothing is done.
 */
void cgroup_leave(struct cgroup *cgroup);
/*
 * Whether a process that could not be cloned into the group (as `rc` says) can be moved there by
 * systemd instead: where the runtime is not below a group that is delegated to it (a user's login
 * session), or the program above takes the last place of pids.limit.
 */
bool cgroup_can_place(const struct cgroup *cgroup, int rc);
MUST_CHECK struct err *cgroup_place(const struct cgroup *cgroup, pid_t pid);
/* The directory descriptor for clone3(CLONE_INTO_CGROUP), or -1 (no v2 group). */
int cgroup_clone_fd(const struct cgroup *cgroup);
/*
 * Child: moves itself into the v1 groups with the descriptors it inherited (no path is walked;
 * works after a user namespace was made, as the kernel checks the opener's credentials).
 */
MUST_CHECK struct err *cgroup_join_self(const struct cgroup *cgroup);
/* Child: moves itself into the v1 group whose cgroup.procs this is: 0 or -errno. */
int cgroup_join_by(int procs_fd);
/* Child, in its groups: every CPU that they have. */
void cgroup_use_all_cpus(void);
/* cgroup_events.c: true if the kernel's OOM killer struck in the group since it was made
 * (memory.events on v2, memory.oom_control on v1). Unreadable means no. */
bool cgroup_was_oom_killed(const struct cgroup *cgroup);
void cgroup_close(struct cgroup *cgroup);
#define drop_cgroup CLEANUP(cgroup_close)

/* cgroup_update.c: new limits for groups that are there, and the way back. */
struct cgroup_update {
	struct arena arena;
	struct cgroup cgroup;
	struct plan_cgroup old;	 /* the writes that put everything back */
	struct journal *journal; /* for groups that are made */
	size_t existing;	 /* dirs of the plan that are there; the others are made */
};
/*
 * Refuses what can't hold before it changes anything; then makes the groups behind the first
 * `existing` ones, writes the limits, and puts the container's processes into the groups that are
 * new. On error the old values are back.
 */
MUST_CHECK struct err *cgroup_update(const struct plan_cgroup *plan, size_t existing,
				     struct journal *journal, struct cgroup_update *out);
/* The old values again. Processes stay in groups that were made. */
MUST_CHECK struct err *cgroup_update_undo(struct cgroup_update *update);
/*
 * After that, with a unit of systemd's: has it know the limits, and its files say again what they
 * said before, as systemd rounds (a quota to whole percents). On error the unit has its old limits:
 * this is the last that an update does.
 */
MUST_CHECK struct err *cgroup_update_unit(struct cgroup_update *update);
void cgroup_update_close(struct cgroup_update *update);
#define drop_cgroup_update CLEANUP(cgroup_update_close)

/* By absolute path of a group directory, for undo, kill, pause: */
/* SIGKILL to every process of the group and below: cgroup.kill, else freeze and signal (bounded).
 */
MUST_CHECK struct err *cgroup_kill_all(const char *path);
/* Sends `signum` to every process of the group and below. */
MUST_CHECK struct err *cgroup_signal_all(const char *path, int signum);
/* The processes of the group and below, in the runtime's pid namespace, sorted; a group that is
 * gone has none. The caller frees *out. */
struct cgroup_pids {
	pid_t *items;
	size_t n;
};
MUST_CHECK struct err *cgroup_list_pids(const char *path, struct cgroup_pids *out);
void cgroup_pids_add(struct cgroup_pids *pids, pid_t pid);
void cgroup_pids_free(struct cgroup_pids *pids);
#define drop_pids CLEANUP(cgroup_pids_free)
/* Removes the group and all below it, depth first; EBUSY is retried on a growing delay (bounded).
 * A group that is not there is success. Only directories on a cgroup file system are touched. */
MUST_CHECK struct err *cgroup_remove(const char *path);
/* rmdir of one directory if it is empty; anything else is success too. */
void cgroup_remove_if_empty(const char *path);
/* Freezes or thaws and waits (bounded, by cgroup.events on v2) until it is so. What could not be
 * frozen is thawed again. */
MUST_CHECK struct err *cgroup_freeze(const char *path, bool v2, bool frozen);
/* True if the group is frozen, by itself or by a group above; a missing group or file is "no". */
bool cgroup_is_frozen(const char *path, bool v2);
/* True if freezing was asked for this very group: what thawing it would end (lesson G45). */
bool cgroup_is_paused(const char *path, bool v2);

#endif
