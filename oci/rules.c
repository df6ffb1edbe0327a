/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-field checks of config.json: what one field's type can't say. All run, all report; one row
 * of the table at the end is one subject. rules_process.c has the process section's, rules_linux.c
 * the Linux section's. Pure.
 */
#include "oci/rules.h"

#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void oci_rules_absolute(const struct rules *r, const char *path, const char *place)
{
	/* An empty one may stand for one that is missing, which has been told. */
	if (path && path[0] != '/' && (*path || !problems_has(r->problems, place)))
		problems_error(r->problems, place, "\"%s\" is no absolute path", path);
}

static void check_not_empty(const struct rules *r, const char *text, const char *place)
{
	/* As above: one that is missing or no string is empty here too. */
	if (text && !*text && !problems_has(r->problems, place))
		problems_error(r->problems, place, "is empty");
}

bool oci_rules_has_namespace(const struct rules *r, int type)
{
	const struct oci_namespaces *list = &r->config->linux_->namespaces;

	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].type == type)
			return true;
	}
	return false;
}

/* SemVer 2.0.0: MAJOR.MINOR.PATCH[-pre][+build], no leading zeros in the numbers. */
static bool parse_semver(const char *text, unsigned long *major)
{
	for (int part = 0; part < 3; part++) {
		size_t digits = strspn(text, "0123456789");

		if (!digits || digits > 9 || (digits > 1 && text[0] == '0'))
			return false;
		if (part == 0)
			*major = strtoul(text, NULL, 10);
		text += digits;
		if (part < 2 && *text++ != '.')
			return false;
	}
	if (*text && *text != '-' && *text != '+')
		return false;
	return !*text ||
	       (text[1] && strspn(text + 1, "0123456789.-+abcdefghijklmnopqrstuvwxyz"
					    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(text + 1));
}

/* Newer 1.x and "-dev" are compatible by the specification's promise (lesson L31). Of the drafts
 * before 1.0.0 one is taken: the specification's own example still names it (config.md). */
static void check_version(const struct rules *r)
{
	unsigned long major = 0;
	const char *version = r->config->oci_version;

	if (!version || problems_has(r->problems, "ociVersion"))
		return;
	if (!parse_semver(version, &major))
		problems_error(r->problems, "ociVersion", "\"%s\" is no SemVer 2.0.0 version",
			       version);
	else if (major != 1 && strcmp(version, "0.5.0-dev") != 0)
		problems_error(r->problems, "ociVersion",
			       "\"%s\" is not supported: accepted are versions 1.x", version);
}

static void check_root(const struct rules *r)
{
	const struct oci_root *root = r->config->root;

	if (!root)
		problems_error(r->problems, "root", "is required");
	else
		check_not_empty(r, root->path, "root.path");
}

void oci_rules_env(const struct rules *r, const struct strv *env, const char *place)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *equals = strchr(env->items[i], '=');
		char *at = place_item(r->arena, place, i);

		/* The value is not quoted: it may be a secret (lesson S52). */
		if (!equals || equals == env->items[i])
			problems_error(r->problems, at, "is not of the form NAME=VALUE");
	}
}

static bool has_option(const struct oci_mount *mount, const char *option)
{
	for (size_t i = 0; i < mount->options.n; i++) {
		if (strcmp(mount->options.items[i], option) == 0)
			return true;
	}
	return false;
}

static void check_mount_idmap(const struct rules *r, const struct oci_mount *mount,
			      const char *place)
{
	bool mapped = mount->uid_mappings.n || mount->gid_mappings.n;
	bool asked = has_option(mount, "idmap") || has_option(mount, "ridmap");

	oci_rules_id_map(r, &mount->uid_mappings, place_member(r->arena, place, "uidMappings"));
	oci_rules_id_map(r, &mount->gid_mappings, place_member(r->arena, place, "gidMappings"));
	if (!mount->uid_mappings.n != !mount->gid_mappings.n)
		problems_error(r->problems, place,
			       "uidMappings and gidMappings must be given together");
	if (asked && !mapped && !oci_rules_has_namespace(r, CLONE_NEWUSER))
		problems_error(r->problems, place,
			       "the option idmap needs uidMappings and gidMappings, or a user "
			       "namespace");
}

static void check_mounts(const struct rules *r)
{
	for (size_t i = 0; i < r->config->mounts.n; i++) {
		const struct oci_mount *mount = &r->config->mounts.items[i];
		char *place = place_item(r->arena, "mounts", i);
		char *dest = place_member(r->arena, place, "destination");

		check_not_empty(r, mount->destination, dest);
		if (mount->destination && *mount->destination && mount->destination[0] != '/')
			problems_warn(r->problems, dest,
				      "\"%s\" is a relative path (deprecated): taken as /%s",
				      mount->destination, mount->destination);
		check_mount_idmap(r, mount, place);
	}
}

/* ---- hooks, names, annotations ---- */

static void check_hook_list(const struct rules *r, const struct oci_hook_list *list,
			    const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_hook *hook = &list->items[i];
		char *place = place_item(r->arena, place_member(r->arena, "hooks", name), i);

		oci_rules_absolute(r, hook->path, place_member(r->arena, place, "path"));
		if (hook->timeout.set && hook->timeout.v <= 0)
			problems_error(r->problems, place_member(r->arena, place, "timeout"),
				       "must be greater than zero");
		oci_rules_env(r, &hook->env, place_member(r->arena, place, "env"));
	}
}

static void check_hooks(const struct rules *r)
{
	const struct oci_hooks *hooks = r->config->hooks;

	if (!hooks)
		return;
	check_hook_list(r, &hooks->prestart, "prestart");
	check_hook_list(r, &hooks->create_runtime, "createRuntime");
	check_hook_list(r, &hooks->create_container, "createContainer");
	check_hook_list(r, &hooks->start_container, "startContainer");
	check_hook_list(r, &hooks->poststart, "poststart");
	check_hook_list(r, &hooks->poststop, "poststop");
}

static void check_names(const struct rules *r)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "hostname", r->config->hostname },
		{ "domainname", r->config->domainname },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].value || !*rows[i].value)
			continue;
		if (!oci_rules_has_namespace(r, CLONE_NEWUTS))
			problems_error(r->problems, rows[i].name,
				       "needs a uts namespace in linux.namespaces: it would change "
				       "the host's");
		if (strlen(rows[i].value) > 64)
			problems_error(r->problems, rows[i].name,
				       "is longer than 64 bytes (uname(2))");
	}
}

/* A typo in one of ours must never run a container unconfined. */
static void check_annotations(const struct rules *r)
{
	for (size_t i = 0; i < r->config->annotations.n; i++) {
		const char *key = r->config->annotations.items[i].key;

		if (!*key)
			problems_error(r->problems, "annotations", "a key is empty");
		else if (str_starts_with(key, "nucleus.") && strcmp(key, "nucleus.landlock") != 0)
			problems_error(r->problems,
				       arena_asprintf(r->arena, "annotations[%s]", key),
				       "is no annotation of this runtime; accepted is "
				       "nucleus.landlock");
	}
}

void oci_rules_check(struct arena *arena, const struct oci_config *config,
		     struct problems *problems)
{
	static void (*const checks[])(const struct rules *) = {
		check_version,
		check_root,
		oci_rules_check_process,
		check_mounts,
		check_hooks,
		check_names,
		check_annotations,
		oci_rules_check_linux,
		oci_rules_check_resources,
	};
	const struct rules rules = { arena, config, problems };

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](&rules);
}

void oci_process_check(struct arena *arena, const struct oci_config *config,
		       struct problems *problems)
{
	const struct rules rules = { arena, config, problems };

	/* create is fine without one (lesson L23) */
	if (!config->process->args_set)
		problems_error(problems, "process.args", "needs at least one entry");
	else
		oci_rules_check_process(&rules);
}
