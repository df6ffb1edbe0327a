/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp, but its rules, which are compiled as they are written (apply/seccomp.c): whether
 * there is a filter, how it is loaded, who listens to it. Pure; the parent runs it.
 */
#include "plan/plan.h"

#include <linux/seccomp.h>

#include "plan/parts.h"

static unsigned int flags_of(const struct oci_seccomp *profile, bool notifies)
{
	/* TSYNC is accepted and has nothing to do: there is one thread to filter (lesson P18). */
	unsigned int asked = 0, known = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	/* Absent and empty differ (lesson P18): the kernel's default costs every program speed. */
	if (!profile->flags_set)
		asked = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < profile->flags.n; i++)
		asked |= (unsigned int)profile->flags.items[i];
	/* seccomp(2): refused without a listener. */
	if (notifies)
		known |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	return asked & known;
}

void plan_add_seccomp(struct arena *arena, struct plan *plan)
{
	const struct oci_seccomp *profile = plan->config->linux_->seccomp;
	struct plan_seccomp *seccomp = &plan->seccomp;

	/* An empty object stands for "no filter" (lesson P22); the rules refuse other ones that
	 * lack a default action. */
	if (!profile || (!profile->default_action.set && !profile->syscalls.n))
		return;
	/* config-linux.md: without SCMP_ACT_NOTIFY listenerPath is ignored. */
	bool notifies = oci_seccomp_notifies(profile) && profile->listener_path;

	seccomp->profile = profile;
	seccomp->flags = flags_of(profile, notifies);
	if (!notifies)
		return;
	seccomp->listener_path = plan_host_path(arena, plan->bundle, profile->listener_path);
	seccomp->listener_metadata = profile->listener_metadata;
}
