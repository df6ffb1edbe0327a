/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-field checks of config.json's process section (config.md, "Process"): what the kernel would
 * refuse, or take without doing it, is told before anything is made. Pure.
 */
#include <linux/sched.h>
#include <string.h>

#include "base/bitset.h"
#include "base/str.h"
#include "oci/rules.h"

#ifndef SCHED_ISO /* reserved by the kernel, in the C library's header only */
#define SCHED_ISO 4
#endif

static void check_process(const struct rules *r)
{
	const struct oci_process *process = r->config->process;

	if (!process)
		return;
	oci_rules_absolute(r, process->cwd, "process.cwd");
	/* Like a process section, the command may be missing until start (lesson L23). */
	if (!process->args_set)
		problems_warn(r->problems, "process.args",
			      "is missing: the container can be created, not started");
	else if (!process->args.n)
		problems_error(r->problems, "process.args", "needs at least one entry");
	else if (!process->args.items[0][0])
		problems_error(r->problems, "process.args[0]", "is empty");
	oci_rules_env(r, &process->env, "process.env");
}

/* ioctl_tty(2), struct winsize: 16 bits each. Ignored without a terminal, as config.md has it. */
static void check_console_size(const struct rules *r)
{
	const struct oci_process *process = r->config->process;
	const struct oci_console_size *size = process ? process->console_size : NULL;

	if (!size || !process->terminal)
		return;
	if (size->height > UINT16_MAX)
		problems_error(r->problems, "process.consoleSize.height", "is at most %d",
			       UINT16_MAX);
	if (size->width > UINT16_MAX)
		problems_error(r->problems, "process.consoleSize.width", "is at most %d",
			       UINT16_MAX);
}

/* What could not be read has been told, and has a value that it was not given. */
static bool is_read(const struct rules *r, size_t i, const char *name)
{
	return !problems_has(
		r->problems,
		place_member(r->arena, place_item(r->arena, "process.rlimits", i), name));
}

static void check_rlimits(const struct rules *r)
{
	const struct oci_process *process = r->config->process;

	for (size_t i = 0; process && i < process->rlimits.n; i++) {
		const struct oci_rlimit *limit = &process->rlimits.items[i];
		char *place = place_item(r->arena, "process.rlimits", i);

		if (limit->soft > limit->hard && is_read(r, i, "hard"))
			problems_error(r->problems, place_member(r->arena, place, "soft"),
				       "is above the hard limit");
		for (size_t k = 0; k < i; k++) {
			if (process->rlimits.items[k].type == limit->type &&
			    is_read(r, i, "type") && is_read(r, k, "type"))
				problems_error(
					r->problems, place, "%s is there more than once",
					oci_names_of(&oci_rlimit_types, (uint64_t)limit->type));
		}
	}
}

/* ---- scheduler: sched(7), sched_setattr(2) ---- */

enum {
	RT_PRIORITY_MAX = 99,
	DEADLINE_MIN_NS = 1024, /* the resolution of the kernel's own reckoning */
};

static bool has_flag(const struct oci_scheduler *scheduler, int flag)
{
	for (size_t i = 0; i < scheduler->flags.n; i++) {
		if (scheduler->flags.items[i] == flag)
			return true;
	}
	return false;
}

static const char *policy_name(const struct oci_scheduler *scheduler)
{
	return oci_names_of(&oci_scheduler_policies, (uint64_t)scheduler->policy);
}

static void check_priority(const struct rules *r, const struct oci_scheduler *scheduler)
{
	const int64_t priority = scheduler->priority.v;

	if (scheduler->policy == SCHED_FIFO || scheduler->policy == SCHED_RR) {
		if (priority < 1 || priority > RT_PRIORITY_MAX)
			problems_error(r->problems, "process.scheduler.priority",
				       "%lld: %s needs one from 1 to %d", (long long)priority,
				       policy_name(scheduler), RT_PRIORITY_MAX);
	} else if (priority) {
		problems_error(r->problems, "process.scheduler.priority",
			       "is possible only with SCHED_FIFO and SCHED_RR");
	}
}

static void check_deadline_order(const struct rules *r, const struct oci_scheduler *scheduler)
{
	const uint64_t runtime = scheduler->runtime.v, deadline = scheduler->deadline.v;
	/* A period of 0 stands for the deadline. */
	const uint64_t period = scheduler->period.v ? scheduler->period.v : deadline;

	if (runtime < DEADLINE_MIN_NS)
		problems_error(r->problems, "process.scheduler.runtime",
			       "%llu: SCHED_DEADLINE needs at least %d nanoseconds",
			       (unsigned long long)runtime, DEADLINE_MIN_NS);
	if (runtime > deadline)
		problems_error(r->problems, "process.scheduler.deadline", "is below the runtime");
	if (deadline > period)
		problems_error(r->problems, "process.scheduler.period", "is below the deadline");
	if (period > INT64_MAX)
		problems_error(r->problems, "process.scheduler.period",
			       "%llu is out of range: accepted are nanoseconds up to %lld",
			       (unsigned long long)period, (long long)INT64_MAX);
}

/* sched(7): a SCHED_DEADLINE process makes no processes and no threads, unless they are reset. */
static void check_deadline_alone(const struct rules *r, const struct oci_scheduler *scheduler)
{
	const struct oci_hooks *hooks = r->config->hooks;
	const struct oci_seccomp *seccomp = r->config->linux_->seccomp;

	if (has_flag(scheduler, SCHED_FLAG_RESET_ON_FORK))
		return;
	if (hooks && hooks->start_container.n)
		problems_error(r->problems, "process.scheduler.policy",
			       "SCHED_DEADLINE lets the process make no others: startContainer "
			       "hooks need SCHED_FLAG_RESET_ON_FORK in flags");
	if (seccomp && oci_seccomp_notifies(seccomp))
		problems_error(r->problems, "process.scheduler.policy",
			       "SCHED_DEADLINE lets the process make no thread: SCMP_ACT_NOTIFY "
			       "needs SCHED_FLAG_RESET_ON_FORK in flags");
}

static void check_deadline(const struct rules *r, const struct oci_scheduler *scheduler)
{
	const struct {
		const char *place;
		const struct opt_u64 *value;
	} rows[] = {
		{ "process.scheduler.runtime", &scheduler->runtime },
		{ "process.scheduler.deadline", &scheduler->deadline },
		{ "process.scheduler.period", &scheduler->period },
	};

	if (scheduler->policy != SCHED_DEADLINE) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			if (rows[i].value->v)
				problems_error(r->problems, rows[i].place,
					       "is possible only with SCHED_DEADLINE");
		}
		return;
	}
	check_deadline_order(r, scheduler);
	check_deadline_alone(r, scheduler);
}

static void check_scheduler(const struct rules *r)
{
	const struct oci_scheduler *scheduler =
		r->config->process ? r->config->process->scheduler : NULL;

	if (!scheduler || problems_has(r->problems, "process.scheduler.policy"))
		return;
	if (scheduler->policy == SCHED_ISO)
		problems_unsupported(r->problems, "process.scheduler.policy",
				     "SCHED_ISO is reserved: no Linux kernel implements it");
	/* The parameters of the policy that the runtime was started with: the kernel knows it. */
	if (has_flag(scheduler, SCHED_FLAG_KEEP_POLICY))
		return;
	check_priority(r, scheduler);
	check_deadline(r, scheduler);
}

/* ---- execCPUAffinity ---- */

static void check_cpus(const struct rules *r, const char *list, const char *place)
{
	struct bitset cpus;
	const char *wrong = list ? bitset_parse(r->arena, list, &cpus) : NULL;

	if (wrong)
		problems_error(r->problems, place, "%s", wrong);
}

static void check_cpu_affinity(const struct rules *r)
{
	const struct oci_exec_cpu_affinity *affinity =
		r->config->process ? r->config->process->exec_cpu_affinity : NULL;

	if (!affinity)
		return;
	check_cpus(r, affinity->initial, "process.execCPUAffinity.initial");
	check_cpus(r, affinity->final, "process.execCPUAffinity.final");
}

void oci_rules_check_process(const struct rules *r)
{
	static void (*const checks[])(const struct rules *) = {
		check_process,	 check_console_size, check_rlimits,
		check_scheduler, check_cpu_affinity,
	};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](r);
}
