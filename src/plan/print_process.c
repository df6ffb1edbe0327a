/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a plan, the second half: the process, its confinement, the hooks. See print_words.c. The
 * parent runs it.
 */
#include "plan/print_words.h"

#include <inttypes.h>
#include <string.h>

#include "plan/plan.h"

/* ---- process ---- */

void print_args(const void *object, struct print_words *out)
{
	char *const *args = ((const struct plan_process *)object)->args;

	for (; args && *args; args++)
		print_words_add(out, *args);
}

/* Names only: values may be secrets, and --debug logs what is printed here (lesson S52). */
void print_env_names(const void *object, struct print_words *out)
{
	char *const *env = ((const struct plan_process *)object)->env;

	for (; env && *env; env++)
		print_words_add(out, arena_strndup(out->arena, *env, strcspn(*env, "=")));
}

const char *print_home(struct arena *arena UNUSED, const void *object)
{
	return ((const struct plan_process *)object)->home_set ? "from env" : "from /etc/passwd";
}

void print_groups(const void *object, struct print_words *out)
{
	const struct plan_process *process = object;

	for (size_t i = 0; i < process->groups_n; i++)
		print_words_add(out, arena_asprintf(out->arena, "%u", process->groups[i]));
}

const char *print_oom_score(struct arena *arena, const void *object)
{
	const struct opt_i64 *score = &((const struct plan_process *)object)->oom_score_adj;

	return score->set ? arena_asprintf(arena, "%" PRId64, score->v) : NULL;
}

const char *print_personality(struct arena *arena, const void *object)
{
	const struct plan_process *process = object;
	const char *name = oci_names_of(&oci_personality_domains, process->personality);

	if (!process->personality_set)
		return NULL;
	return name ? name : arena_asprintf(arena, "0x%lx", process->personality);
}

static const char *set_word(struct arena *arena, const struct bitset *set)
{
	return bitset_is_empty(set) ? NULL : bitset_format(arena, set);
}

const char *print_cpus_initial(struct arena *arena, const void *object)
{
	return set_word(arena, &((const struct plan_exec_cpus *)object)->initial);
}

const char *print_cpus_final(struct arena *arena, const void *object)
{
	return set_word(arena, &((const struct plan_exec_cpus *)object)->final);
}

const char *print_memory_mode(struct arena *arena UNUSED, const void *object)
{
	const struct plan_memory_policy *policy = object;

	return oci_names_of(&oci_memory_policy_modes, (uint64_t)policy->mode);
}

const char *print_memory_nodes(struct arena *arena, const void *object)
{
	return set_word(arena, &((const struct plan_memory_policy *)object)->nodes);
}

void print_memory_flags(const void *object, struct print_words *out)
{
	print_words_add_bits(out, &oci_memory_policy_flags,
			     ((const struct plan_memory_policy *)object)->flags);
}

const char *print_time_offset_secs(struct arena *arena, const void *object)
{
	return arena_asprintf(arena, "%" PRId64, ((const struct plan_time_offset *)object)->secs);
}

/* ---- capabilities: bit numbers, not bit values ---- */

static void add_caps(struct print_words *out, uint64_t mask)
{
	for (unsigned int cap = 0; cap < 64; cap++) {
		const char *name = oci_names_of(&oci_capability_names, cap);

		if (mask & 1ULL << cap)
			print_words_add(out, name ? name : arena_asprintf(out->arena, "%u", cap));
	}
}

void print_caps_bounding(const void *object, struct print_words *out)
{
	add_caps(out, ((const struct plan_caps *)object)->bounding);
}

void print_caps_effective(const void *object, struct print_words *out)
{
	add_caps(out, ((const struct plan_caps *)object)->effective);
}

void print_caps_permitted(const void *object, struct print_words *out)
{
	add_caps(out, ((const struct plan_caps *)object)->permitted);
}

void print_caps_inheritable(const void *object, struct print_words *out)
{
	add_caps(out, ((const struct plan_caps *)object)->inheritable);
}

void print_caps_ambient(const void *object, struct print_words *out)
{
	add_caps(out, ((const struct plan_caps *)object)->ambient);
}

void print_caps_until_exec(const void *object, struct print_words *out)
{
	add_caps(out, ((const struct plan_caps *)object)->until_exec);
}

/* ---- limits ---- */

static const char *limit_word(struct arena *arena, uint64_t value)
{
	return value == UINT64_MAX ? "unlimited" : arena_asprintf(arena, "%" PRIu64, value);
}

const char *print_rlimit_type(struct arena *arena, const void *object)
{
	const struct plan_rlimit *limit = object;
	const char *name = oci_names_of(&oci_rlimit_types, (uint64_t)limit->resource);

	return name ? name : arena_asprintf(arena, "%d", limit->resource);
}

const char *print_rlimit_soft(struct arena *arena, const void *object)
{
	return limit_word(arena, ((const struct plan_rlimit *)object)->soft);
}

const char *print_rlimit_hard(struct arena *arena, const void *object)
{
	return limit_word(arena, ((const struct plan_rlimit *)object)->hard);
}

/* ---- seccomp ---- */

static void add_ints(struct print_words *out, const struct oci_names *names,
		     const struct oci_ints *ints)
{
	for (size_t i = 0; i < ints->n; i++) {
		const char *name = oci_names_of(names, (uint64_t)ints->items[i]);

		print_words_add(out,
				name ? name : arena_asprintf(out->arena, "%d", ints->items[i]));
	}
}

static const char *action_word(struct arena *arena, int action, const struct opt_u32 *errno_ret)
{
	const char *name = oci_names_of(&oci_seccomp_actions, (uint64_t)action);

	return errno_ret->set ? arena_asprintf(arena, "%s(%u)", name, errno_ret->v) : name;
}

const char *print_seccomp_default(struct arena *arena, const void *object)
{
	const struct oci_seccomp *profile = ((const struct plan_seccomp *)object)->profile;

	return profile->default_action.set
		       ? action_word(arena, profile->default_action.v, &profile->default_errno_ret)
		       : NULL;
}

void print_seccomp_archs(const void *object, struct print_words *out)
{
	add_ints(out, &oci_seccomp_archs,
		 &((const struct plan_seccomp *)object)->profile->architectures);
}

void print_seccomp_flags(const void *object, struct print_words *out)
{
	print_words_add_bits(out, &oci_seccomp_flags, ((const struct plan_seccomp *)object)->flags);
}

/* "0 SCMP_CMP_EQ 8" */
static void add_arg(struct strbuf *text, const struct oci_seccomp_arg *arg)
{
	strbuf_addf(text, " %u %s %" PRIu64, arg->index,
		    oci_names_of(&oci_seccomp_ops, (uint64_t)arg->op), arg->value);
	if (arg->op == OCI_CMP_MASKED_EQ)
		strbuf_addf(text, " %" PRIu64, arg->value_two);
}

/* A rule in one line: a profile has hundreds of names, so the first few stand for the rest. */
static const char *rule_word(struct arena *arena, const struct oci_seccomp_rule *rule)
{
	enum { SHOWN = 4 };
	drop_strbuf struct strbuf text = { 0 };

	strbuf_add(&text, action_word(arena, rule->action, &rule->errno_ret));
	for (size_t i = 0; i < rule->names.n && i < SHOWN; i++)
		strbuf_addf(&text, " %s", rule->names.items[i]);
	if (rule->names.n > SHOWN)
		strbuf_addf(&text, " and %zu more", rule->names.n - SHOWN);
	for (size_t i = 0; i < rule->args.n; i++) {
		strbuf_add(&text, i ? "," : ", if");
		add_arg(&text, &rule->args.items[i]);
	}
	return arena_strdup(arena, strbuf_text(&text));
}

void print_seccomp_rules(const void *object, struct print_words *out)
{
	const struct oci_seccomp *profile = ((const struct plan_seccomp *)object)->profile;

	for (size_t i = 0; i < profile->syscalls.n; i++)
		print_words_add(out, rule_word(out->arena, &profile->syscalls.items[i]));
}

/* ---- Landlock ---- */

const char *print_landlock_status(struct arena *arena UNUSED, const void *object)
{
	return plan_landlock_status_name(((const struct plan_landlock *)object)->status);
}

const char *print_landlock_enforcement(struct arena *arena UNUSED, const void *object)
{
	return ((const struct plan_landlock *)object)->best_effort ? "best-effort" : "strict";
}

void print_landlock_fs(const void *object, struct print_words *out)
{
	print_words_add_bits(out, &oci_landlock_fs_rights,
			     ((const struct plan_landlock *)object)->handled_fs);
}

void print_landlock_net(const void *object, struct print_words *out)
{
	print_words_add_bits(out, &oci_landlock_net_rights,
			     ((const struct plan_landlock *)object)->handled_net);
}

void print_landlock_scoped(const void *object, struct print_words *out)
{
	print_words_add_bits(out, &oci_landlock_scopes,
			     ((const struct plan_landlock *)object)->scoped);
}

void print_landlock_path_rights(const void *object, struct print_words *out)
{
	print_words_add_bits(out, &oci_landlock_fs_rights,
			     ((const struct plan_landlock_path *)object)->rights);
}

void print_landlock_port_rights(const void *object, struct print_words *out)
{
	print_words_add_bits(out, &oci_landlock_net_rights,
			     ((const struct plan_landlock_port *)object)->rights);
}

/* ---- hooks ---- */

void print_hook_args(const void *object, struct print_words *out)
{
	const struct strv *args = &((const struct oci_hook *)object)->args;

	for (size_t i = 0; i < args->n; i++)
		print_words_add(out, args->items[i]);
}

/* Names only, as of the process. */
void print_hook_env(const void *object, struct print_words *out)
{
	const struct strv *env = &((const struct oci_hook *)object)->env;

	for (size_t i = 0; i < env->n; i++)
		print_words_add(
			out, arena_strndup(out->arena, env->items[i], strcspn(env->items[i], "=")));
}

const char *print_hook_timeout(struct arena *arena, const void *object)
{
	const struct opt_i64 *timeout = &((const struct oci_hook *)object)->timeout;

	return timeout->set ? arena_asprintf(arena, "%" PRId64 " s", timeout->v) : NULL;
}

/* ---- Intel RDT ---- */

const char *print_rdt_group(struct arena *arena UNUSED, const void *object)
{
	const struct plan_rdt *rdt = object;

	return *rdt->group ? rdt->group : "/";
}
