/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the process is: bounding set, groups, ids, the other capability sets, in that order
 * (capabilities(7)). The one home of sys/capability.h. Child, and hooks that run as the payload.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "apply/actors.h"
#include "sys/sys.h"

enum { CAP_BITS = 64 };

static bool has(uint64_t mask, unsigned int cap)
{
	return mask >> cap & 1;
}

/* Dropped while CAP_SETPCAP is still there; what is out of the set already needs no privilege. */
static struct err *drop_bounding(uint64_t keep)
{
	for (unsigned int cap = 0; cap < CAP_BITS; cap++) {
		if (has(keep, cap))
			continue;
		int rc = sys_prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (rc == -EINVAL) /* beyond the kernel's last one */
			return NULL;
		if (rc == 0)
			continue;
		rc = sys_prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (rc < 0)
			return err_sys(rc, "drop capability %u from the bounding set", cap);
	}
	return NULL;
}

static struct err *set_ids(const struct plan_process *process)
{
	int rc = 0;

	if (process->set_groups)
		rc = sys_setgroups(process->groups_n, process->groups);
	/* A joined user namespace may deny it for good (user_namespaces(7)): none was asked for. */
	if (rc == -EPERM && process->groups_n == 0)
		rc = 0;
	if (rc < 0)
		return err_sys(rc, "process.user.additionalGids: setgroups");
	rc = sys_setresgid(process->gid);
	if (rc < 0)
		return err_hint(err_sys(rc, "process.user.gid: setresgid(%u)", process->gid), "%s",
				rc == -EINVAL ? "the id is not mapped in the user namespace"
					      : "needs CAP_SETGID");
	rc = sys_setresuid(process->uid);
	if (rc < 0)
		return err_hint(err_sys(rc, "process.user.uid: setresuid(%u)", process->uid), "%s",
				rc == -EINVAL ? "the id is not mapped in the user namespace"
					      : "needs CAP_SETUID");
	return NULL;
}

static struct err *set_flag(cap_t caps, cap_flag_t flag, uint64_t mask)
{
	for (unsigned int cap = 0; cap < CAP_BITS; cap++) {
		cap_value_t value = (cap_value_t)cap;

		if (has(mask, cap) && cap_set_flag(caps, flag, 1, &value, CAP_SET) < 0)
			return err_new(ERR_UNSUPPORTED, "capability %u is not known to libcap",
				       cap);
	}
	return NULL;
}

static struct err *set_sets(const struct plan_caps *plan, uint64_t until_exec, cap_t caps)
{
	TRY(set_flag(caps, CAP_PERMITTED, plan->permitted | until_exec));
	TRY(set_flag(caps, CAP_EFFECTIVE, plan->effective | until_exec));
	TRY(set_flag(caps, CAP_INHERITABLE, plan->inheritable));
	if (cap_set_proc(caps) < 0)
		return err_new(ERR_SYS,
			       "process.capabilities: the kernel refuses the sets (capset)");
	return NULL;
}

static struct err *set_ambient(uint64_t mask)
{
	int rc = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

	if (rc < 0 && mask)
		return err_sys(rc, "process.capabilities.ambient: clear the set");
	for (unsigned int cap = 0; cap < CAP_BITS; cap++) {
		if (!has(mask, cap))
			continue;
		rc = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
		if (rc < 0)
			return err_sys(rc, "process.capabilities.ambient: raise capability %u",
				       cap);
	}
	return NULL;
}

struct err *creds_apply(const struct plan_process *process, uint64_t until_exec)
{
	const struct plan_caps *plan = &process->caps;

	if (!plan->set)
		return set_ids(process);
	TRY(drop_bounding(plan->bounding));
	/* Changing from uid 0 would empty the permitted set before the wanted one is written. */
	int rc = sys_prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (rc < 0)
		return err_sys(rc, "prctl(PR_SET_KEEPCAPS)");
	TRY(set_ids(process));
	rc = sys_prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	if (rc < 0)
		return err_sys(rc, "prctl(PR_SET_KEEPCAPS)");
	cap_t caps = cap_init();
	if (!caps)
		return err_new(ERR_SYS, "cap_init: out of memory");
	struct err *err = set_sets(plan, until_exec, caps);
	(void)cap_free(caps);
	return err ? err : set_ambient(plan->ambient);
}
