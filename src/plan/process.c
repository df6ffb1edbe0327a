/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload's process, except capabilities (caps.c), environment (env.c) and user (user.c). Looks
 * up no program and no path: that is the child's, inside the final root. Pure; the parent runs it.
 */
#include "plan/plan.h"

#include <linux/capability.h>
#include <linux/sched.h>

#include "plan/parts.h"
#include "plan/process_parts.h"

static char *const *null_terminated(struct arena *arena, const struct strv *list)
{
	char **out = arena_zalloc(arena, (list->n + 1) * sizeof(*out));

	for (size_t i = 0; i < list->n; i++)
		out[i] = list->items[i];
	return out;
}

static void add_terminal(struct plan *plan)
{
	const struct oci_process *config = plan->config->process;
	const struct oci_console_size *size = config->console_size;

	plan->process.terminal = config->terminal;
	/* config.md: consoleSize MUST be ignored without a terminal. */
	if (!config->terminal || !size)
		return;
	plan->process.rows = (uint16_t)size->height;
	plan->process.columns = (uint16_t)size->width;
}

static void add_pipes(struct plan *plan)
{
	struct plan_process *process = &plan->process;

	process->give_pipes = !process->terminal && plan_host_uid(plan, &process->pipes_uid);
}

static void add_rlimits(struct arena *arena, struct plan *plan)
{
	const struct oci_rlimits *config = &plan->config->process->rlimits;
	struct plan_rlimit *limits = arena_zalloc(arena, (config->n + 1) * sizeof(*limits));

	for (size_t i = 0; i < config->n; i++)
		limits[i] = (struct plan_rlimit){
			.resource = config->items[i].type,
			.soft = config->items[i].soft,
			.hard = config->items[i].hard,
		};
	plan->process.rlimits = limits;
	plan->process.rlimits_n = config->n;
}

/* An empty label is none: no call at all for it (lesson P27). */
static void add_labels(struct plan *plan, struct host *host, struct problems *problems)
{
	const struct oci_process *config = plan->config->process;
	const char *profile = config->apparmor_profile, *label = config->selinux_label;

	if (profile && *profile) {
		plan->process.apparmor_profile = profile;
		if (!host_apparmor_enabled(host)) {
			/* Compared as a whole: a profile may be named unconfined_x (lesson S55).
			 * Where nothing confines, this one is what is there already. */
			if (str_equal(profile, "unconfined"))
				plan->process.apparmor_profile = NULL;
			else
				problems_unsupported(problems, "process.apparmorProfile",
						     "apparmor profile is specified in config, but "
						     "apparmor is disabled or not supported");
		}
	}
	if (label && *label) {
		plan->process.selinux_label = label;
		if (!host_selinux_enabled(host))
			problems_unsupported(problems, "process.selinuxLabel",
					     "selinux label is specified in config, but selinux is "
					     "disabled or not supported");
	}
}

static void add_oom_score(struct plan *plan, struct host *host)
{
	plan->process.oom_score_adj = plan->config->process->oom_score_adj;
	if (!plan->process.oom_score_adj.set)
		return;
	/* proc(5), oom_score_adj: going below one's own takes CAP_SYS_RESOURCE in the initial user
	 * namespace. Rootless engines write it all the same (lesson P14). */
	plan->process.oom_best_effort = !host_in_initial_userns(host) || host_euid(host) != 0;
}

/*
 * sched(7), ioprio_set(2): CAP_SYS_NICE counts in the initial user namespace only. Where the
 * container has another one, the runtime can do from outside what the process can't; a runtime
 * without the privilege leaves it to the process, which may still make itself less important.
 */
static void add_scheduling(struct plan *plan, struct host *host)
{
	const struct oci_process *config = plan->config->process;

	if (!config->scheduler && !config->io_priority)
		return;
	plan->process.scheduled_by_runtime = plan_has_namespace(&plan->ns, CLONE_NEWUSER) &&
					     host_in_initial_userns(host) &&
					     host_own_caps(host) & 1ULL << CAP_SYS_NICE;
}

/* What is no list has been told by the rules. */
static struct bitset cpus_of(struct arena *arena, const char *list)
{
	struct bitset cpus = { 0 };

	if (list && bitset_parse(arena, list, &cpus))
		return (struct bitset){ 0 };
	return cpus;
}

static void add_exec_cpus(struct arena *arena, struct plan *plan)
{
	const struct oci_exec_cpu_affinity *config = plan->config->process->exec_cpu_affinity;

	if (!config)
		return;
	plan->process.exec_cpus.initial = cpus_of(arena, config->initial);
	plan->process.exec_cpus.final = cpus_of(arena, config->final);
}

static void add_personality(struct plan *plan)
{
	const struct oci_personality *personality = plan->config->linux_->personality;

	if (!personality)
		return;
	plan->process.personality_set = true;
	plan->process.personality = (unsigned long)personality->domain;
}

void plan_add_process(struct arena *arena, struct plan *plan, const struct plan_options *options,
		      struct host *host, struct problems *problems)
{
	const struct oci_process *config = plan->config->process;
	struct plan_process *process = &plan->process;

	/* Legal at create; start is what needs one (config.md, "Process"). */
	if (!config)
		return;
	process->present = true;
	process->config = config;
	process->args = null_terminated(arena, &config->args);
	process->cwd = config->cwd;
	process->no_new_privs = config->no_new_privileges;
	process->new_keyring = !options->no_new_keyring;
	/* LISTEN_FDS' come first, from 3 on (sd_listen_fds(3)), then those of --preserve-fds. */
	process->pass_fds = options->listen_fds + options->preserve_fds;
	plan_add_env(arena, plan, options, problems);
	plan_add_user(arena, plan, host, problems);
	plan_add_caps(arena, plan, host, problems);
	add_terminal(plan);
	add_pipes(plan);
	add_rlimits(arena, plan);
	add_labels(plan, host, problems);
	add_oom_score(plan, host);
	add_scheduling(plan, host);
	add_exec_cpus(arena, plan);
	add_personality(plan);
}
