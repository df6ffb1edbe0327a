/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which groups the container gets, and what is written into them. Makes nothing. The parent runs
 * it.
 *
 * On v2 one group; on v1 one in every hierarchy; on hybrid the v2 group always, for entering by
 * clone, killing, freezing and device rules by eBPF, and the v1 hierarchies when a v1 controller is
 * asked for: the first attach to one costs the kernel an RCU grace period, which who asks for
 * nothing there should not pay (docs/design.md).
 */
#include "plan/cgroup_parts.h"

#include <linux/sched.h>
#include <string.h>

#include "base/path.h"
#include "plan/parts.h"

/* ---- the path ---- */

/* systemd's form "slice:prefix:name" belongs to its cgroup manager. */
static bool is_systemd_form(const char *path)
{
	const char *first = strchr(path, ':');

	return first && strchr(first + 1, ':') && !strchr(path, '/');
}

static const char *decide_path(const struct cgroup_maker *maker, const struct plan *plan)
{
	struct arena *arena = maker->arena;
	struct problems *problems = maker->problems;
	const char *asked = maker->path;
	/* Where relative paths start: of a user, where the user may make groups. */
	const char *base = maker->delegated ? maker->delegated : "/nucleus-oci";

	if (!asked)
		return path_clean(arena, maker->delegated,
				  arena_asprintf(arena, "nucleus-oci-%s", plan->id));
	if (is_systemd_form(asked))
		problems_unsupported(problems, "linux.cgroupsPath",
				     "\"%s\" is a slice, prefix and name for systemd: it needs "
				     "--systemd-cgroup",
				     asked);
	if (strlen(asked) > 2048)
		problems_error(problems, "linux.cgroupsPath", "is longer than 2048 bytes");
	if (strchr(asked, '\n'))
		problems_error(problems, "linux.cgroupsPath",
			       "has a line break, which no group's name may have");
	/* ".." stops at the hierarchy's mount point (lesson G49). */
	const char *path = path_clean(arena, base, asked);
	if (str_equal(path, "/"))
		problems_error(problems, "linux.cgroupsPath",
			       "\"%s\" is the root of the hierarchy, not a group of its own",
			       asked);
	return path;
}

/* ---- the parts ---- */

/* An engine that lists a controller's object, even an empty one, reads its statistics later. */
bool plan_cgroup_asks_for_v1(const struct cgroup_maker *maker,
			     const struct oci_resources *resources)
{
	const struct {
		bool asked;
		const char *controller;
	} rows[] = {
		{ resources->memory != NULL, "memory" },
		{ resources->cpu != NULL, "cpu" },
		{ resources->cpu && (resources->cpu->cpus || resources->cpu->mems), "cpuset" },
		{ resources->pids != NULL, "pids" },
		{ resources->block_io != NULL, "io" },
		{ resources->hugepage_limits.n > 0, "hugetlb" },
		{ plan_cgroup_asks_for_network(resources), "net_cls" },
		{ plan_cgroup_asks_for_network(resources), "net_prio" },
		{ resources->rdma.n > 0, "rdma" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].asked && plan_cgroup_v1_hierarchy(maker, rows[i].controller))
			return true;
	}
	return false;
}

static void add_dirs(struct cgroup_maker *maker, const struct oci_resources *resources)
{
	struct plan_cgroup *plan = maker->plan;

	maker->dirs =
		arena_zalloc(maker->arena, (maker->hierarchies->n + 1) * sizeof(*maker->dirs));
	plan->dirs = maker->dirs;
	plan->v2_dir = -1;
	for (size_t i = 0; i < maker->hierarchies->n; i++) {
		if (maker->hierarchies->items[i].v2)
			plan->v2_dir = plan_cgroup_add_dir(maker, &maker->hierarchies->items[i]);
	}
	if (plan->v2_dir < 0 || (resources && plan_cgroup_asks_for_v1(maker, resources)))
		plan_cgroup_add_v1_dirs(maker);
	plan->freezer_dir =
		plan->v2_dir >= 0 ? plan->v2_dir : plan_cgroup_find_v1(maker, "freezer");
	plan->devices_dir = plan->v2_dir >= 0 ? -1 : plan_cgroup_find_v1(maker, "devices");
	plan->devices_by_bpf = plan->v2_dir >= 0 && !maker->unprivileged;
}

static void add_devices(struct cgroup_maker *maker, const struct oci_resources *resources)
{
	struct plan_cgroup *plan = maker->plan;

	if (maker->unprivileged) {
		plan_cgroup_skip_device_rules(maker, resources);
		return;
	}
	if (plan->v2_dir < 0 && plan->devices_dir < 0) {
		if (resources && resources->devices.n)
			problems_unsupported(maker->problems, "linux.resources.devices",
					     "the devices controller is in no mounted hierarchy");
		return;
	}
	plan_cgroup_add_device_rules(maker->arena, resources, plan);
}

/* The container's groups are to be mounted where it may write to them; all three words are the
 * specification's. */
static bool mounts_groups_writable(const struct plan_rootfs *rootfs)
{
	for (size_t i = 0; i < rootfs->mounts_n; i++) {
		const struct plan_mount *mount = &rootfs->mounts[i];

		if (mount->kind == PLAN_MOUNT_CGROUP && !mount->readonly &&
		    str_equal(mount->dest, "/sys/fs/cgroup") && str_equal(mount->source, "cgroup"))
			return true;
	}
	return false;
}

/*
 * config-linux.md, "Cgroup ownership": a v2 group in a cgroup namespace of its own, mounted
 * writable, is handed to the process's user. Without root there is nobody to give it to but
 * ourselves.
 */
static void decide_delegation(struct plan *plan, struct host *host)
{
	struct plan_cgroup *cgroup = &plan->cgroup;

	if (cgroup->mode != CGROUP_V2 || !cgroup->namespaced || !plan->process.present ||
	    !mounts_groups_writable(&plan->rootfs) || !plan_host_uid(plan, &cgroup->delegate_uid))
		return;
	cgroup->delegate = host_euid(host) == 0 || host_euid(host) == cgroup->delegate_uid;
}

static bool asks_for_limits(const struct oci_resources *resources)
{
	return resources &&
	       (resources->memory || resources->cpu || resources->pids || resources->unified.n ||
		resources->hugepage_limits.n || resources->rdma.n ||
		plan_cgroup_asks_for_io(resources) || plan_cgroup_asks_for_network(resources));
}

static const char *asked_path(const struct plan *plan)
{
	const char *path = plan->config->linux_->cgroups_path;

	return path && *path ? path : NULL;
}

/* The unit of systemd's manager, or the path of a group of ours. False: there will be no group. */
static bool decide_place(struct cgroup_maker *maker, const struct plan *plan,
			 const struct plan_options *options)
{
	const struct oci_resources *resources = plan->config->linux_->resources;
	bool limits = asks_for_limits(resources);

	maker->path = asked_path(plan);
	if (options->systemd && plan_unit_begin(maker, plan, limits))
		return true;
	if (plan_cgroup_goes_without(maker, maker->path, limits)) {
		maker->plan->disabled = maker->plan->undelegated = true;
		maker->plan->mode = CGROUP_NONE;
		plan_cgroup_skip_device_rules(maker, resources);
		return false;
	}
	maker->plan->path = decide_path(maker, plan);
	return true;
}

struct err *plan_add_cgroup(struct arena *arena, struct plan *plan,
			    const struct plan_options *options, struct host *host,
			    struct problems *problems)
{
	const struct oci_resources *resources = plan->config->linux_->resources;
	struct plan_cgroup *cgroup = &plan->cgroup;
	struct cgroup_maker maker = {
		.arena = arena,
		.problems = problems,
		.host = host,
		.plan = cgroup,
	};

	cgroup->v2_dir = cgroup->devices_dir = cgroup->freezer_dir = -1;
	cgroup->namespaced = plan->ns.create & CLONE_NEWCGROUP;
	cgroup->disabled = options->no_cgroup;
	if (!cgroup->disabled) {
		TRY(host_cgroup_mode(host, &cgroup->mode));
		cgroup->disabled = cgroup->mode == CGROUP_NONE;
	}
	if (cgroup->disabled) {
		cgroup->mode = CGROUP_NONE;
		/* The default deny-all that every engine writes is no limit that anybody misses. */
		if (asks_for_limits(resources))
			problems_unsupported(problems, "linux.resources",
					     "there are limits, but no cgroups to set them in");
		return NULL;
	}
	TRY(host_cgroup_hierarchies(host, &maker.hierarchies));
	if (host_is_unprivileged(host))
		TRY(plan_cgroup_take_delegated(&maker));
	if (!decide_place(&maker, plan, options))
		return NULL;
	add_dirs(&maker, resources);
	add_devices(&maker, resources);
	if (resources) {
		plan_cgroup_add_limits(&maker, resources);
		plan_cgroup_add_lists(&maker, resources);
		/* Last, so that they win over what was converted (lesson G12). */
		plan_cgroup_add_unified(&maker, &resources->unified);
	}
	plan_cgroup_check_controllers(&maker);
	if (maker.enable.len)
		maker.dirs[cgroup->v2_dir].enable = arena_strdup(arena, strbuf_text(&maker.enable));
	strbuf_free(&maker.enable);
	if (cgroup->unit)
		plan_unit_finish(&maker, plan);
	decide_delegation(plan, host);
	return NULL;
}
