/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of exec: the stored configuration with its process replaced (--process) or changed by
 * options, made by the same parts as create's. Without effects. The parent runs it.
 */
#include "plan/plan.h"

#include <linux/sched.h>

#include "oci/landlock.h"
#include "plan/parts.h"
#include "plan/process_parts.h"

static void append(struct arena *arena, struct strv *list, const struct strv *more)
{
	char **items = arena_zalloc(arena, (list->n + more->n + 1) * sizeof(*items));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		items[n++] = list->items[i];
	for (size_t i = 0; i < more->n; i++)
		items[n++] = more->items[i];
	*list = (struct strv){ items, n };
}

static void append_gids(struct arena *arena, struct oci_u32s *list, const struct oci_u32s *more)
{
	uint32_t *items = arena_zalloc(arena, (list->n + more->n + 1) * sizeof(*items));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		items[n++] = list->items[i];
	for (size_t i = 0; i < more->n; i++)
		items[n++] = more->items[i];
	*list = (struct oci_u32s){ items, n };
}

static bool has_word(const struct strv *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++) {
		if (str_equal(list->items[i], word))
			return true;
	}
	return false;
}

/*
 * Never inheritable: with file capabilities it would give them to whoever is no root
 * (CVE-2022-29162). Ambient only where the configuration has it inheritable (lesson S38).
 */
static void add_caps(struct arena *arena, struct oci_process *process, const struct strv *caps)
{
	struct oci_capabilities *sets = arena_zalloc(arena, sizeof(*sets));

	if (process->capabilities)
		*sets = *process->capabilities;
	append(arena, &sets->bounding, caps);
	append(arena, &sets->permitted, caps);
	append(arena, &sets->effective, caps);
	for (size_t i = 0; i < caps->n; i++) {
		const struct strv one = { &caps->items[i], 1 };

		if (has_word(&sets->inheritable, caps->items[i]))
			append(arena, &sets->ambient, &one);
	}
	process->capabilities = sets;
}

/* exec [option...] ID COMMAND: the container's own process with another command. */
static void change(struct arena *arena, const struct plan_exec_options *options,
		   struct oci_process *process)
{
	process->args = options->args;
	process->args_set = true;
	/* config's terminal is its own (lesson C40) */
	process->terminal = options->terminal;
	append(arena, &process->env, &options->env);
	if (options->cwd)
		process->cwd = arena_strdup(arena, options->cwd);
	if (options->uid.set)
		process->user.uid = options->uid.v;
	if (options->gid.set)
		process->user.gid = options->gid.v;
	append_gids(arena, &process->user.additional_gids, &options->additional_gids);
	if (options->caps.n)
		add_caps(arena, process, &options->caps);
	process->no_new_privileges |= options->no_new_privs;
	if (options->apparmor_profile)
		process->apparmor_profile = arena_strdup(arena, options->apparmor_profile);
	if (options->selinux_label)
		process->selinux_label = arena_strdup(arena, options->selinux_label);
}

/* exec --process: what confines or weighs the container's process and is not in the file is as
 * configured (lesson P28); who it is and what it does comes from the file (lesson C38). */
static void inherit(const struct oci_process *configured, struct oci_process *process)
{
	if (!configured)
		return;
	if (!process->capabilities)
		process->capabilities = configured->capabilities;
	if (!process->rlimits.n)
		process->rlimits = configured->rlimits;
	if (!process->apparmor_profile)
		process->apparmor_profile = configured->apparmor_profile;
	if (!process->selinux_label)
		process->selinux_label = configured->selinux_label;
	if (!process->oom_score_adj.set)
		process->oom_score_adj = configured->oom_score_adj;
	if (!process->scheduler)
		process->scheduler = configured->scheduler;
	if (!process->io_priority)
		process->io_priority = configured->io_priority;
	if (!process->exec_cpu_affinity)
		process->exec_cpu_affinity = configured->exec_cpu_affinity;
	if (!process->user.umask.set)
		process->user.umask = configured->user.umask;
}

/* The configuration with the process of exec in it; NULL if there is none to start from. */
static struct oci_config *with_process(struct arena *arena, const struct oci_config *config,
				       const struct plan_exec_options *options)
{
	struct oci_config *merged = arena_zalloc(arena, sizeof(*merged));
	struct oci_process *process = arena_zalloc(arena, sizeof(*process));

	*merged = *config;
	merged->process = process;
	if (options->process) {
		*process = *options->process;
		inherit(config->process, process);
		return merged;
	}
	if (!config->process)
		return NULL;
	*process = *config->process;
	change(arena, options, process);
	return merged;
}

/* What the container is confined by: of its own configuration, not of exec's options. */
static struct err *add_container(struct arena *arena, struct plan *plan,
				 const struct plan_options *options, struct host *host,
				 struct problems *problems)
{
	plan_add_namespaces(arena, plan, host, problems);
	plan_add_memory_policy(arena, plan);
	plan_add_seccomp(arena, plan);
	/* the policy's `mounts: auto` looks at the mounts, its relative paths start at the cwd */
	if (!oci_config_annotation(plan->config, OCI_LANDLOCK_ANNOTATION))
		return NULL;
	plan_add_mounts(arena, plan, options, problems);
	plan->notify = false; /* it is the container's own process that says when it is ready */
	plan->process.cwd = plan->config->process ? plan->config->process->cwd : NULL;
	return plan_add_landlock(arena, plan, options, host, problems);
}

/* What is there already is neither made nor joined by path. */
static void leave_made(struct plan *plan)
{
	struct plan_namespaces *ns = &plan->ns;
	const struct plan_namespaces made = *ns;

	*ns = (struct plan_namespaces){
		.enter = made.create,
		.user_uid = made.user_uid,
		.user_gid = made.user_gid,
		.in_user_namespace = made.in_user_namespace,
	};
	for (size_t i = 0; i < made.joins_n; i++)
		ns->enter |= (uint64_t)made.joins[i].type;
	plan->rootfs = (struct plan_rootfs){ 0 };
	plan->rdt.lines_n = 0;
	plan->rdt.may_make = plan->rdt.by_id = false;
}

static void add_cpus(struct plan *plan)
{
	const struct oci_resources *resources = plan->config->linux_->resources;
	const struct oci_cpu *cpu = resources ? resources->cpu : NULL;

	/* config.md: where execCPUAffinity has no final, the kernel decides. */
	plan->process.all_cpus_of_group =
		!plan->process.config->exec_cpu_affinity && cpu && cpu->cpus && *cpu->cpus;
}

struct err *plan_make_exec(struct arena *arena, const struct oci_config *config,
			   const struct plan_options *options, const struct plan_exec_options *exec,
			   struct host *host, struct problems *problems, struct plan **out)
{
	struct plan *plan = arena_zalloc(arena, sizeof(*plan));
	const struct oci_config *merged = with_process(arena, config, exec);

	if (!merged)
		return err_hint(err_new(ERR_CONFIG, "the configuration has no process"),
				"exec --process gives a whole one");
	oci_process_check(arena, merged, problems);
	if (problems_errors(problems))
		return NULL;
	plan->id = options->id;
	plan->bundle = options->bundle;
	plan->config = config;
	TRY(add_container(arena, plan, options, host, problems));
	plan->config = merged;
	plan_add_process(arena, plan, options, host, problems);
	plan->process.cwd_must_exist = true;
	add_cpus(plan);
	TRY(plan_add_rdt(arena, plan, host, problems));
	plan_add_caps_until_exec(plan, host, problems);
	leave_made(plan);
	*out = plan;
	return NULL;
}
