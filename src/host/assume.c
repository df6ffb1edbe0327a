/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `--assume NAME=VALUE`: facts that are given instead of read. One table row per fact: its name,
 * the values it takes, where it is kept. Reads nothing of the machine. The parent, while options
 * are taken.
 */
#include "host/host.h"

#include <stdlib.h>
#include <string.h>

#include "host/host_cache.h"

struct assumption {
	const char *name;
	const char *accepted; /* for messages */
	/* False if `value` is not among what is accepted. */
	bool (*parse)(const char *value, uint64_t *out);
	size_t fact_offset; /* of the struct host_fact in struct host_cache */
};

struct word {
	const char *name;
	uint64_t value;
};

static bool parse_word(const char *value, const struct word *words, size_t n, uint64_t *out)
{
	for (size_t i = 0; i < n; i++) {
		if (str_equal(words[i].name, value)) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}

static bool parse_cgroup(const char *value, uint64_t *out)
{
	static const struct word words[] = {
		{ "v2", CGROUP_V2 },
		{ "hybrid", CGROUP_HYBRID },
		{ "v1", CGROUP_V1 },
		{ "none", CGROUP_NONE },
	};

	return parse_word(value, words, ARRAY_LEN(words), out);
}

static bool parse_yes_no(const char *value, uint64_t *out)
{
	static const struct word words[] = { { "yes", 1 }, { "no", 0 } };

	return parse_word(value, words, ARRAY_LEN(words), out);
}

static bool parse_userns(const char *value, uint64_t *out)
{
	static const struct word words[] = { { "initial", 1 }, { "other", 0 } };

	return parse_word(value, words, ARRAY_LEN(words), out);
}

static bool parse_setgroups(const char *value, uint64_t *out)
{
	static const struct word words[] = { { "allow", 1 }, { "deny", 0 } };

	return parse_word(value, words, ARRAY_LEN(words), out);
}

static bool parse_delegation(const char *value, uint64_t *out)
{
	static const struct word words[] = { { "none", DELEGATED_NONE },
					     { "parent", DELEGATED_PARENT },
					     { "own", DELEGATED_OWN } };

	return parse_word(value, words, ARRAY_LEN(words), out);
}

static bool parse_abi(const char *value, uint64_t *out)
{
	return str_to_u64(value, out) && *out <= 1000;
}

static bool parse_cap_number(const char *value, uint64_t *out)
{
	return str_to_u64(value, out) && *out <= 63;
}

static bool parse_id(const char *value, uint64_t *out)
{
	/* (uid_t)-1 is no id: setresuid(2) takes it as "leave". */
	return str_to_u64(value, out) && *out < UINT32_MAX;
}

static bool parse_caps(const char *value, uint64_t *out)
{
	static const struct word words[] = { { "all", UINT64_MAX }, { "none", 0 } };
	char *end = NULL;

	if (parse_word(value, words, ARRAY_LEN(words), out))
		return true;
	if (!*value || strlen(value) > 16 ||
	    strspn(value, "0123456789abcdefABCDEF") != strlen(value))
		return false;
	*out = strtoull(value, &end, 16);
	return *end == '\0';
}

static bool parse_hugepages(const char *value, uint64_t *out)
{
	drop_mem char *copy = mem_strdup(value);

	*out = 0;
	if (str_equal(value, "none"))
		return true;
	for (char *rest = copy, *word; (word = strsep(&rest, ","));) {
		uint64_t bytes;

		if (!host_parse_page_size(word, &bytes))
			return false;
		*out |= bytes;
	}
	return true;
}

static bool parse_path(const char *value, uint64_t *out)
{
	*out = value[0] == '/';
	return *out || str_equal(value, "none");
}

#define FACT(member) offsetof(struct host_cache, member)
static const struct assumption assumptions[] = {
	{ "cgroup", "v2, hybrid, v1, none", parse_cgroup, FACT(cgroup_mode) },
	{ "landlock-abi", "0 (no Landlock) to 1000", parse_abi, FACT(landlock_abi) },
	{ "euid", "a user id", parse_id, FACT(euid) },
	{ "egid", "a group id", parse_id, FACT(egid) },
	{ "userns", "initial, other", parse_userns, FACT(initial_userns) },
	{ "apparmor", "yes, no", parse_yes_no, FACT(apparmor) },
	{ "selinux", "yes, no", parse_yes_no, FACT(selinux) },
	{ "last-cap", "0 to 63", parse_cap_number, FACT(last_cap) },
	{ "caps", "all, none, a hexadecimal mask", parse_caps, FACT(caps) },
	{ "hugepages", "none, sizes like 2MB,1GB", parse_hugepages, FACT(hugepages) },
	{ "resctrl", "none, an absolute path", parse_path, FACT(resctrl) },
	{ "seccomp-wait-killable", "yes, no", parse_yes_no, FACT(seccomp_wait_killable) },
	{ "own-ids", "how many ids, from 0 on, are mapped", parse_id, FACT(own_ids) },
	{ "setgroups", "allow, deny", parse_setgroups, FACT(setgroups) },
	{ "cgroup-delegation", "none, parent, own", parse_delegation, FACT(delegation) },
	{ "outer-uid", "a user id", parse_id, FACT(outer_uid) },
	{ "systemd", "none, the absolute path of a socket", parse_path, FACT(systemd) },
};
#undef FACT

static const struct assumption *find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(assumptions); i++) {
		if (strlen(assumptions[i].name) == len &&
		    strncmp(assumptions[i].name, name, len) == 0)
			return &assumptions[i];
	}
	return NULL;
}

/* The error for a name that is no row, with the nearest or with all of them. */
static struct err *unknown(const char *text, size_t len)
{
	drop_arena struct arena arena = { 0 };
	const char *name = arena_strndup(&arena, text, len);
	const char *nearest = NULL;
	size_t best = len / 2 + 1;
	drop_strbuf struct strbuf all = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(assumptions); i++) {
		size_t distance = str_distance(name, assumptions[i].name);

		if (distance < best) {
			best = distance;
			nearest = assumptions[i].name;
		}
		strbuf_addf(&all, "%s%s", i ? ", " : "", assumptions[i].name);
	}
	struct err *err = err_new(ERR_USAGE, "--assume: unknown fact \"%s\"", name);
	if (nearest)
		return err_hint(err, "did you mean %s?", nearest);
	return err_hint(err, "known are %s", strbuf_text(&all));
}

static void keep_text(struct host *host, const char *text)
{
	struct strv *list = &host->assumptions;

	list->items =
		arena_grow(&host->arena, list->items, list->n, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = arena_strdup(&host->arena, text);
}

struct err *host_assume(struct host *host, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct assumption *row = find(text, len);
	struct host_cache *cache = host_cache_of(host);
	uint64_t value = 0;

	if (!row)
		return unknown(text, len);
	if (text[len] != '=')
		return err_new(ERR_USAGE, "--assume %s: no value; accepted: %s=VALUE with %s",
			       row->name, row->name, row->accepted);
	if (!row->parse(text + len + 1, &value))
		return err_new(ERR_USAGE, "--assume %s: bad value \"%s\"; accepted: %s", row->name,
			       text + len + 1, row->accepted);

	struct host_fact *fact = (struct host_fact *)(void *)((char *)cache + row->fact_offset);
	*fact = (struct host_fact){
		.known = true,
		.v = value,
		.text = arena_strdup(&host->arena, text + len + 1),
	};
	if (fact == &cache->cgroup_mode) {
		cache->cgroup_assumed = true;
		cache->hierarchies = NULL; /* of an earlier assumption */
	}
	keep_text(host, text);
	return NULL;
}

struct err *host_assume_all(struct host *host, const struct strv *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		TRY(host_assume(host, texts->items[i]));
	return NULL;
}
