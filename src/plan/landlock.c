/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Landlock policy as the kernel will get it: paths absolute, rights masked to the kernel's ABI,
 * and what enforcement (strict or best effort) makes of the rest. Without effects. The parent runs
 * it.
 */
#include <linux/landlock.h>

#include "base/path.h"
#include "oci/landlock.h"
#include "plan/parts.h"

struct maker {
	struct arena *arena;
	struct plan *plan;
	struct problems *problems;
	const struct oci_landlock_policy *policy;
	struct oci_landlock_policy *resolved;
	struct oci_landlock_rights supported;
	struct plan_landlock_path *paths;
	size_t paths_n;
};

static bool read_file(const struct maker *maker, const char *asked, struct host *host,
		      struct strbuf *out)
{
	const char *path = plan_host_path(maker->arena, maker->plan->bundle, asked);
	drop_err struct err *err = host_read_policy_file(host, path, out);

	if (err)
		problems_error(maker->problems, OCI_LANDLOCK_PLACE, "%s", err_text(err));
	return !err;
}

/* ---- rules ---- */

/* A rule with its path in the container, every right still in it. */
static void add_resolved(struct maker *maker, const struct oci_landlock_path *path)
{
	const char *cwd = maker->plan->process.cwd ? maker->plan->process.cwd : "/";
	struct oci_landlock_policy *resolved = maker->resolved;
	size_t n = resolved->paths_n;

	resolved->paths =
		arena_grow_one(maker->arena, resolved->paths, n, sizeof(*resolved->paths));
	resolved->paths[n] = *path;
	resolved->paths[n].path = path_clean(maker->arena, cwd, path->path);
	resolved->paths_n = n + 1;
}

static void add_path(struct maker *maker, const struct oci_landlock_path *path)
{
	uint64_t rights = path->rights & maker->supported.fs;

	if (!rights) /* the kernel knows none of them: nothing to allow */
		return;
	maker->paths =
		arena_grow_one(maker->arena, maker->paths, maker->paths_n, sizeof(*maker->paths));
	maker->paths[maker->paths_n++] = (struct plan_landlock_path){
		.path = path->path,
		.rights = rights,
		.may_be_missing = path->missing != LANDLOCK_MISSING_ERROR,
		.warn_missing = path->missing == LANDLOCK_MISSING_WARN,
		.origin = path->origin,
	};
}

/* Rights add up, and what a folder above allows can't be taken away below it: what is written there
 * is executed. That the operator has to hear. */
static void warn_executable(const struct maker *maker, const struct plan_mount *mount)
{
	const struct oci_landlock_policy *resolved = maker->resolved;

	for (size_t i = 0; i < resolved->paths_n; i++) {
		const struct oci_landlock_path *path = &resolved->paths[i];

		if (!(path->rights & maker->supported.fs & LANDLOCK_ACCESS_FS_EXECUTE) ||
		    str_equal(path->path, mount->dest) || !path_is_below(mount->dest, path->path))
			continue;
		problems_warn(maker->problems, mount->place,
			      "%s can be written, and what is in it executed: the Landlock policy "
			      "(%s) allows to execute what is below %s",
			      mount->dest, path->origin, path->path);
		return;
	}
}

/* mounts: auto. What somebody mounted into the container is meant to be used, but not executed. */
static void add_mounts(struct maker *maker)
{
	const struct plan_rootfs *rootfs = &maker->plan->rootfs;

	for (size_t i = 0; i < rootfs->mounts_n; i++) {
		const struct plan_mount *mount = &rootfs->mounts[i];

		if (mount->kind != PLAN_MOUNT_BIND)
			continue;
		if (!mount->readonly)
			warn_executable(maker, mount);
		add_resolved(maker, &(struct oci_landlock_path){
					    .path = mount->dest,
					    .rights = mount->readonly ? oci_landlock_read_only()
								      : oci_landlock_read_write(),
					    .missing = LANDLOCK_MISSING_SKIP,
					    .origin = mount->place,
				    });
	}
}

static void resolve_paths(struct maker *maker)
{
	const struct oci_landlock_policy *policy = maker->policy;

	maker->resolved = arena_zalloc(maker->arena, sizeof(*maker->resolved));
	*maker->resolved = *policy;
	maker->resolved->paths = NULL;
	maker->resolved->paths_n = 0;
	for (size_t i = 0; i < policy->paths_n; i++)
		add_resolved(maker, &policy->paths[i]);
	if (policy->mounts)
		add_mounts(maker);
	oci_landlock_settle(maker->resolved);
}

static void add_ports(struct maker *maker)
{
	const struct oci_landlock_policy *policy = maker->policy;
	struct plan_landlock *landlock = &maker->plan->landlock;
	struct plan_landlock_port *ports =
		arena_zalloc(maker->arena, (policy->ports_n + 1) * sizeof(*ports));

	landlock->ports = ports;
	for (size_t i = 0; i < policy->ports_n; i++) {
		uint64_t rights = policy->ports[i].rights & maker->supported.net;

		if (rights)
			ports[landlock->ports_n++] =
				(struct plan_landlock_port){ policy->ports[i].port, rights,
							     policy->ports[i].origin };
	}
}

/* ---- enforcement ---- */

const char *plan_landlock_status_name(enum plan_landlock_status status)
{
	switch (status) {
	case LANDLOCK_NOT_ENFORCED:
		return "not-enforced";
	case LANDLOCK_PARTIALLY_ENFORCED:
		return "partially-enforced";
	case LANDLOCK_FULLY_ENFORCED:
		return "fully-enforced";
	}
	return "not-enforced";
}

static const char *join(struct arena *arena, const struct strv *names)
{
	drop_strbuf struct strbuf text = { 0 };

	for (size_t i = 0; i < names->n; i++)
		strbuf_addf(&text, "%s%s", i ? ", " : "", names->items[i]);
	return arena_strdup(arena, strbuf_text(&text));
}

static const char *needs_abi(struct arena *arena, const struct oci_landlock_rights *rights,
			     bool log)
{
	unsigned int abi = oci_landlock_abi_of_rights(rights);

	if (log && abi && abi < OCI_LANDLOCK_ABI_LOG)
		abi = OCI_LANDLOCK_ABI_LOG;
	return abi ? arena_asprintf(arena, "ABI %u", abi) : "a newer kernel";
}

/* What the kernel does not know: strict refuses, best effort drops and tells. */
static void drop_unknown(struct maker *maker, const struct oci_landlock_rights *missing, bool log)
{
	struct plan_landlock *landlock = &maker->plan->landlock;
	struct strv names = { 0 };

	oci_landlock_names(maker->arena, missing, &names);
	if (log) {
		names.items = arena_grow(maker->arena, names.items, names.n, names.n + 1,
					 sizeof(*names.items));
		names.items[names.n++] = arena_strdup(maker->arena, "log");
	}
	const char *list = join(maker->arena, &names);
	const char *needed = needs_abi(maker->arena, missing, log);
	if (!landlock->best_effort && !landlock->abi)
		problems_unsupported(maker->problems, OCI_LANDLOCK_PLACE,
				     "this kernel has no Landlock, or it is not enabled (lsm= on "
				     "the kernel's command line); the policy needs %s",
				     needed);
	else if (!landlock->best_effort)
		problems_unsupported(maker->problems, OCI_LANDLOCK_PLACE,
				     "the kernel's Landlock ABI %u does not know %s; the policy "
				     "needs %s (or best-effort)",
				     landlock->abi, list, needed);
	else if (!landlock->abi)
		problems_warn(maker->problems, OCI_LANDLOCK_PLACE,
			      "this kernel has no Landlock, or it is not enabled: the container is "
			      "not confined by it");
	else
		problems_warn(maker->problems, OCI_LANDLOCK_PLACE,
			      "the kernel's Landlock ABI %u does not know %s: not enforced",
			      landlock->abi, list);
	landlock->dropped = (const char *const *)names.items;
	landlock->dropped_n = names.n;
}

static void decide(struct maker *maker)
{
	const struct oci_landlock_policy *policy = maker->policy;
	struct plan_landlock *landlock = &maker->plan->landlock;
	const struct oci_landlock_rights missing = {
		.fs = policy->handled.fs & ~maker->supported.fs,
		.net = policy->handled.net & ~maker->supported.net,
		.scoped = policy->handled.scoped & ~maker->supported.scoped,
	};
	bool log = policy->restrict_flags && landlock->abi < OCI_LANDLOCK_ABI_LOG;
	bool incomplete = missing.fs || missing.net || missing.scoped || log;

	landlock->handled_fs = policy->handled.fs & maker->supported.fs;
	landlock->handled_net = policy->handled.net & maker->supported.net;
	landlock->scoped = policy->handled.scoped & maker->supported.scoped;
	landlock->restrict_flags = log ? 0 : policy->restrict_flags;
	if (landlock->abi < policy->minimum_abi)
		problems_unsupported(maker->problems, OCI_LANDLOCK_PLACE,
				     "the kernel's Landlock ABI is %u, and the policy's minimum is "
				     "%u",
				     landlock->abi, policy->minimum_abi);
	if (incomplete)
		drop_unknown(maker, &missing, log);
	if (!landlock->handled_fs && !landlock->handled_net && !landlock->scoped)
		landlock->status = LANDLOCK_NOT_ENFORCED;
	else
		landlock->status =
			incomplete ? LANDLOCK_PARTIALLY_ENFORCED : LANDLOCK_FULLY_ENFORCED;
}

static void resolve(struct maker *maker, struct host *host)
{
	const struct oci_landlock_policy *policy = maker->policy;
	struct plan_landlock *landlock = &maker->plan->landlock;

	landlock->asked = true;
	landlock->source = policy->source;
	landlock->best_effort = policy->best_effort;
	landlock->minimum_abi = policy->minimum_abi;
	landlock->abi = (unsigned int)host_landlock_abi(host);
	landlock->can_log = landlock->abi >= OCI_LANDLOCK_ABI_LOG;
	landlock->known_fs = oci_landlock_rights_of_abi(OCI_LANDLOCK_ABI_MAX).fs;
	maker->supported = oci_landlock_rights_of_abi(landlock->abi);
	decide(maker);
	resolve_paths(maker);
	for (size_t i = 0; i < maker->resolved->paths_n; i++)
		add_path(maker, &maker->resolved->paths[i]);
	landlock->policy = maker->resolved;
	landlock->paths = maker->paths;
	landlock->paths_n = maker->paths_n;
	add_ports(maker);
}

struct err *plan_add_landlock(struct arena *arena, struct plan *plan,
			      const struct plan_options *options, struct host *host,
			      struct problems *problems)
{
	const char *annotation = oci_config_annotation(plan->config, OCI_LANDLOCK_ANNOTATION);
	struct maker maker = { .arena = arena, .plan = plan, .problems = problems };
	struct oci_landlock_policy *policy;
	drop_strbuf struct strbuf text = { 0 };
	size_t errors = problems_errors(problems);

	if (!annotation)
		return NULL;
	const char *file = oci_landlock_file(annotation);
	if (file && options->policy_text)
		strbuf_add(&text, options->policy_text);
	else if (file && !read_file(&maker, file, host, &text))
		return NULL;
	if (file)
		plan->landlock.policy_text = arena_strdup(arena, strbuf_text(&text));
	oci_landlock_read(arena, annotation, file ? strbuf_text(&text) : NULL, text.len, problems,
			  &policy);
	maker.policy = policy;
	if (policy && problems_errors(problems) == errors)
		resolve(&maker, host);
	return NULL;
}
