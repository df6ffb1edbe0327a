/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recipe of a plan: the parts in their order, and what is no part's own: names, labels of the
 * whole container. Without effects. The parent runs it before anything is made.
 */
#include "plan/plan.h"

#include <linux/sched.h>

#include "plan/parts.h"

static void add_names(struct plan *plan, struct problems *problems)
{
	const char *hostname = plan->config->hostname, *domainname = plan->config->domainname;

	/* An empty name leaves the namespace's own name untouched (lesson N15). */
	plan->hostname = hostname && *hostname ? hostname : NULL;
	plan->domainname = domainname && *domainname ? domainname : NULL;
	if (!plan->hostname && !plan->domainname)
		return;
	if (plan_joins_own(&plan->ns, CLONE_NEWUTS))
		problems_error(problems, plan->hostname ? "hostname" : "domainname",
			       "the uts namespace %s is the runtime's own: this would rename the "
			       "host",
			       plan_find_join(&plan->ns, CLONE_NEWUTS)->path);
}

static void add_mount_label(struct plan *plan, struct host *host, struct problems *problems)
{
	const char *label = plan->config->linux_->mount_label;

	if (!label || !*label)
		return;
	/* The kernel would refuse the parameter context= in the middle of the mounts. */
	if (!host_selinux_enabled(host))
		problems_unsupported(
			problems, "linux.mountLabel",
			"selinux label is specified in config, but selinux is disabled or "
			"not supported");
	plan->rootfs.mount_label = label;
}

struct err *plan_make(struct arena *arena, const struct oci_config *config,
		      const struct plan_options *options, struct host *host,
		      struct problems *problems, struct plan **out)
{
	struct plan *plan = arena_zalloc(arena, sizeof(*plan));

	plan->id = options->id;
	plan->bundle = options->bundle;
	plan->config = config;
	plan->hooks = config->hooks;
	/* First, as most other parts depend on which namespaces the container has. */
	plan_add_namespaces(arena, plan, host, problems);
	add_names(plan, problems);
	add_mount_label(plan, host, problems); /* before the mounts, which carry it */
	plan_add_mounts(arena, plan, options, problems);
	plan_add_devices(arena, plan, problems); /* after the mounts: one of them may be /dev */
	plan_check_shared(arena, plan, problems);
	plan_add_process(arena, plan, options, host, problems);
	plan_add_sysctls(arena, plan, problems);
	plan_add_memory_policy(arena, plan);
	plan_add_seccomp(arena, plan);
	plan_add_net_devices(arena, plan, host, problems);
	TRY(plan_add_cgroup(arena, plan, options, host, problems));
	TRY(plan_add_rdt(arena, plan, host, problems));
	/* Last: the policy's `mounts: auto` looks at the mounts. */
	TRY(plan_add_landlock(arena, plan, options, host, problems));
	plan_add_caps_until_exec(plan, host, problems); /* after all that may need one */
	*out = plan;
	return NULL;
}
