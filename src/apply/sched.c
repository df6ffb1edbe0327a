/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.scheduler (sched_setattr(2), sched(7)) and process.ioPriority (ioprio_set(2)). Which
 * properties a policy takes is checked before anything is made (oci/rules_process.c). Child, as the
 * last step of create, or the parent for it.
 */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>

#include "apply/actors.h"
#include "oci/names.h"
#include "sys/sys.h"

static const char *hint_of(uint32_t policy, int rc)
{
	if (rc == -EOPNOTSUPP)
		return "the kernel has no utilisation clamping (CONFIG_UCLAMP_TASK)";
	if (rc == -EPERM && policy == SCHED_DEADLINE)
		return "needs CAP_SYS_NICE, and all CPUs of the machine: with linux.resources."
		       "cpu.cpus or under taskset it is refused";
	if (rc == -EPERM && (policy == SCHED_FIFO || policy == SCHED_RR))
		return "needs CAP_SYS_NICE, and in a v1 cpu group a share of the realtime budget: "
		       "linux.resources.cpu.realtimeRuntime";
	if (rc == -EPERM || rc == -EACCES)
		return "a lower nice value, or leaving SCHED_IDLE, needs CAP_SYS_NICE";
	if (rc == -EBUSY)
		return "what the CPUs can give to SCHED_DEADLINE processes is given away "
		       "(kernel.sched_rt_runtime_us)";
	if (rc == -EINVAL && policy == SCHED_DEADLINE)
		return "the period must be between kernel.sched_deadline_period_min_us and "
		       "kernel.sched_deadline_period_max_us";
	return NULL;
}

static struct err *explain(const struct oci_scheduler *config, int rc)
{
	const char *hint = hint_of((uint32_t)config->policy, rc);
	struct err *err = err_sys(rc, "process.scheduler: set %s",
				  oci_names_of(&oci_scheduler_policies, (uint64_t)config->policy));

	return hint ? err_hint(err, "%s", hint) : err;
}

static struct err *set_scheduler(const struct oci_scheduler *config, pid_t pid)
{
	struct nuc_sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = (uint32_t)config->policy,
		.sched_nice = (int32_t)config->nice.v,
		.sched_priority = (uint32_t)config->priority.v,
		.sched_runtime = config->runtime.v,
		.sched_deadline = config->deadline.v,
		.sched_period = config->period.v,
	};

	for (size_t i = 0; i < config->flags.n; i++)
		attr.sched_flags |= (uint64_t)config->flags.items[i];
	int rc = sys_sched_setattr(pid, &attr);
	/* The other policies leave the nice value alone: it counts when the process changes its
	 * policy, or has children under SCHED_FLAG_RESET_ON_FORK. */
	bool set_nice = attr.sched_policy != SCHED_NORMAL && attr.sched_policy != SCHED_BATCH &&
			!(attr.sched_flags & SCHED_FLAG_KEEP_ALL);
	if (rc >= 0 && set_nice)
		rc = sys_setpriority(pid, attr.sched_nice);
	return rc < 0 ? explain(config, rc) : NULL;
}

static struct err *set_io_priority(const struct oci_io_priority *config, pid_t pid)
{
	/* The group, not the process: config.md, "ioPriority". */
	int rc = sys_ioprio_set(IOPRIO_WHO_PGRP, pid,
				IOPRIO_PRIO_VALUE(config->io_class, (int)config->priority));
	struct err *err = NULL;

	if (rc < 0)
		err = err_sys(rc, "process.ioPriority: set %s %d",
			      oci_names_of(&oci_io_classes, (uint64_t)config->io_class),
			      (int)config->priority);
	return rc == -EPERM ? err_hint(err, "IOPRIO_CLASS_RT needs CAP_SYS_NICE") : err;
}

struct err *sched_apply(const struct plan_process *process, pid_t pid)
{
	const struct oci_process *config = process->config;

	if (!config)
		return NULL;
	if (config->scheduler)
		TRY(set_scheduler(config->scheduler, pid));
	return config->io_priority ? set_io_priority(config->io_priority, pid) : NULL;
}
