/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment of the payload. Values may be secrets: none of them is ever in a message
 * (lesson S52). Pure; the parent runs it.
 */
#include "plan/process_parts.h"

#include <stdlib.h>
#include <string.h>

/* execvp(3): where it looks when there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

/* An open-addressed set of names, as engines pass hundreds of variables (service links). */
struct name_set {
	const char **slots;
	size_t size; /* a power of two */
};

static size_t name_len(const char *entry)
{
	return strcspn(entry, "=");
}

/* FNV-1a */
static size_t hash_name(const char *entry, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)entry[i]) * 0x100000001b3ULL;
	return (size_t)hash;
}

/* False if the name of `entry` is there already. */
static bool add_name(struct name_set *set, const char *entry)
{
	size_t len = name_len(entry);

	for (size_t i = hash_name(entry, len);; i++) {
		const char **slot = &set->slots[i & (set->size - 1)];

		if (!*slot) {
			*slot = entry;
			return true;
		}
		if (name_len(*slot) == len && strncmp(*slot, entry, len) == 0)
			return false;
	}
}

static const char *value_of(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env; env++) {
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	}
	return NULL;
}

/*
 * What socket activation promises (sd_listen_fds(3)): the count, and the pid that they are meant
 * for, which is 1 for a container's init. They go last, so that they win over config's.
 */
static size_t add_listen(struct arena *arena, const struct plan_options *options, char **entries,
			 size_t n)
{
	if (!options->listen_fds)
		return n;
	entries[n++] = arena_asprintf(arena, "LISTEN_FDS=%u", options->listen_fds);
	entries[n++] = arena_strdup(arena, "LISTEN_PID=1");
	return n;
}

/* After config's, which is likely to be the engine's own environment. */
static size_t add_notify(struct arena *arena, const struct plan *plan, char **entries, size_t n)
{
	if (plan->notify)
		entries[n++] = arena_strdup(arena, "NOTIFY_SOCKET=" PLAN_NOTIFY_DIR
						   "/" PLAN_NOTIFY_SOCKET);
	return n;
}

/* Of entries with one name the last one counts and stays where it is (lesson P10). */
static char **without_duplicates(struct arena *arena, char **entries, size_t n)
{
	struct name_set set = { .size = 16 };
	char **env = arena_zalloc(arena, (n + 1) * sizeof(*env));
	size_t first = n;

	while (set.size < 2 * n)
		set.size *= 2;
	set.slots = mem_zalloc(set.size * sizeof(*set.slots));
	for (size_t i = n; i-- > 0;) {
		if (add_name(&set, entries[i]))
			env[--first] = entries[i];
	}
	free(set.slots);
	return env + first; /* env[n] is NULL */
}

void plan_add_env(struct arena *arena, struct plan *plan, const struct plan_options *options,
		  struct problems *problems)
{
	const struct strv *config = &plan->config->process->env;
	char **entries = arena_zalloc(arena, (config->n + 3) * sizeof(*entries));
	struct plan_process *process = &plan->process;
	size_t n = 0;

	for (size_t i = 0; i < config->n; i++) {
		size_t len = name_len(config->items[i]);

		if (len && config->items[i][len] == '=')
			entries[n++] = config->items[i];
		else
			problems_error(problems, place_item(arena, "process.env", i),
				       "is not of the form NAME=VALUE");
	}
	n = add_listen(arena, options, entries, n);
	n = add_notify(arena, plan, entries, n);
	process->env = without_duplicates(arena, entries, n);

	const char *home = value_of(process->env, "HOME");
	const char *path = value_of(process->env, "PATH");
	process->home_set = home && *home;
	process->path = path ? path : DEFAULT_PATH;
}
