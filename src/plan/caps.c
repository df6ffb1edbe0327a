/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capability words as bit masks. What the kernel does not have or this runtime can't grant is a
 * warning and is left out (config.md, "Linux Process"): never an error, and never granted by some
 * other way. Each capability is warned about once, whatever the number of sets it is in. Pure; the
 * parent runs it.
 */
#include "plan/process_parts.h"

#include <linux/capability.h>
#include <linux/sched.h>

#include "oci/landlock.h"
#include "oci/names.h"
#include "plan/parts.h"

struct cap_reader {
	struct arena *arena;
	struct problems *problems;
	uint64_t grantable;
	unsigned int last_cap;
	uint64_t warned;
	struct strv warned_words;
};

static bool seen_word(struct cap_reader *reader, char *word)
{
	struct strv *words = &reader->warned_words;

	for (size_t i = 0; i < words->n; i++) {
		if (str_equal(words->items[i], word))
			return true;
	}
	words->items = arena_grow(reader->arena, words->items, words->n, words->n + 1,
				  sizeof(*words->items));
	words->items[words->n++] = word;
	return false;
}

static void warn_unknown(struct cap_reader *reader, const char *place, char *word)
{
	const char *nearest = oci_names_nearest(&oci_capability_names, word);

	if (seen_word(reader, word))
		return;
	if (nearest)
		problems_warn(reader->problems, place,
			      "unknown capability \"%s\" (did you mean %s?): left out", word,
			      nearest);
	else
		problems_warn(reader->problems, place, "unknown capability \"%s\": left out", word);
}

static uint64_t read_set(struct cap_reader *reader, const struct strv *words, const char *set)
{
	const char *set_place = place_member(reader->arena, "process.capabilities", set);
	uint64_t mask = 0;

	for (size_t i = 0; i < words->n; i++) {
		const char *place = place_item(reader->arena, set_place, i);
		uint64_t number = 0;

		if (!oci_names_find(&oci_capability_names, words->items[i], &number)) {
			warn_unknown(reader, place, words->items[i]);
			continue;
		}
		uint64_t bit = 1ULL << number;
		if (reader->grantable & bit) {
			mask |= bit;
			continue;
		}
		if (!(reader->warned & bit))
			problems_warn(reader->problems, place, "%s %s: left out", words->items[i],
				      number > reader->last_cap
					      ? "is not known to this kernel"
					      : "can't be granted, as the runtime lacks it itself");
		reader->warned |= bit;
	}
	return mask;
}

/* Takes what is in `set` but not in `limit` out of it, with one warning for all of them. */
static uint64_t keep_within(struct cap_reader *reader, uint64_t set, uint64_t limit,
			    const char *name, const char *limit_name)
{
	uint64_t out = set & ~limit;
	drop_strbuf struct strbuf list = { 0 };

	if (!out)
		return set;
	for (unsigned int cap = 0; cap < 64; cap++) {
		const char *word = oci_names_of(&oci_capability_names, cap);

		if (out & 1ULL << cap)
			strbuf_addf(&list, "%s%s", list.len ? ", " : "", word ? word : "?");
	}
	problems_warn(reader->problems,
		      arena_asprintf(reader->arena, "process.capabilities.%s", name),
		      "%s: left out, as the kernel takes only what is %s too", strbuf_text(&list),
		      limit_name);
	return set & limit;
}

void plan_add_caps(struct arena *arena, struct plan *plan, struct host *host,
		   struct problems *problems)
{
	const struct oci_capabilities *config = plan->config->process->capabilities;
	struct plan_caps *caps = &plan->process.caps;

	/*
	 * Absent means none: a container must not run with all of the runtime's privileges because
	 * a section was left out (docs/design.md, "Decisions").
	 */
	caps->set = true;
	if (!config)
		return;
	struct cap_reader reader = { .arena = arena,
				     .problems = problems,
				     .last_cap = host_last_cap(host) };
	/* user_namespaces(7): who makes or joins a user namespace holds every capability in it. */
	reader.grantable =
		plan_has_namespace(&plan->ns, CLONE_NEWUSER) ? UINT64_MAX : host_own_caps(host);
	if (reader.last_cap < 63)
		reader.grantable &= (1ULL << (reader.last_cap + 1)) - 1;

	caps->bounding = read_set(&reader, &config->bounding, "bounding");
	caps->permitted = read_set(&reader, &config->permitted, "permitted");
	caps->effective = read_set(&reader, &config->effective, "effective");
	caps->inheritable = read_set(&reader, &config->inheritable, "inheritable");
	caps->ambient = read_set(&reader, &config->ambient, "ambient");
	/*
	 * capabilities(7): effective is a subset of permitted; capset(2) adds to inheritable only
	 * what is bounding; ambient is a subset of permitted and of inheritable. Widening a set to
	 * make another fit would grant what was not asked for (lesson S38).
	 */
	caps->effective =
		keep_within(&reader, caps->effective, caps->permitted, "effective", "permitted");
	caps->inheritable =
		keep_within(&reader, caps->inheritable, caps->bounding, "inheritable", "bounding");
	caps->ambient = keep_within(&reader, caps->ambient, caps->permitted & caps->inheritable,
				    "ambient", "permitted and inheritable");
}

/*
 * seccomp(2) and landlock_restrict_self(2) without no_new_privs take CAP_SYS_ADMIN in the user
 * namespace.
 */
void plan_add_caps_until_exec(struct plan *plan, struct host *host, struct problems *problems)
{
	const struct plan_landlock *landlock = &plan->landlock;
	bool has_policy = landlock->asked && landlock->status != LANDLOCK_NOT_ENFORCED;
	const uint64_t admin = 1ULL << CAP_SYS_ADMIN;

	if (!plan->process.present || plan->process.no_new_privs ||
	    (!plan->seccomp.profile && !has_policy))
		return;
	if (plan_has_namespace(&plan->ns, CLONE_NEWUSER) || host_own_caps(host) & admin)
		plan->process.caps.until_exec = admin;
	else
		problems_error(problems,
			       plan->seccomp.profile ? "linux.seccomp"
						     : "annotations[" OCI_LANDLOCK_ANNOTATION "]",
			       "needs CAP_SYS_ADMIN, which the runtime lacks, or "
			       "process.noNewPrivileges");
}
