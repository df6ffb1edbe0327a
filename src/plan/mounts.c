/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json's mounts as resolved steps: what kind each is, where it goes, what of its options
 * applies there. Opens nothing: symbolic links are apply's to resolve, inside the root. Pure; the
 * parent runs it.
 */
#include "plan/plan.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>

#include "base/path.h"
#include "plan/parts.h"

/* One mount while it is being planned. */
struct mounting {
	struct arena *arena;
	struct problems *problems;
	const struct plan *plan;
	const struct oci_mount *config;
	const char *place; /* "mounts[3]" */
	struct plan_mount *mount;
	struct mount_asked asked;
	struct idmap_list *idmaps;
};

static PRINTF_LIKE(3, 4) void refuse(const struct mounting *m, const char *field, const char *fmt,
				     ...)
{
	va_list args;
	const char *place = place_member(m->arena, m->place, field);

	va_start(args, fmt);
	drop_mem char *text = mem_vasprintf(fmt, args);
	va_end(args);
	problems_error(m->problems, place, "%s", text);
}

static bool type_is_one_of(const char *type, const char *const *types, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_equal(type, types[i]))
			return true;
	}
	return false;
}

/* ---- where ---- */

/*
 * A mount inside /proc can hide the files that labels and sysctls are written through (lesson S14,
 * CVE-2019-16884). Single files that lxcfs and the like provide are harmless.
 */
static void check_inside_proc(const struct mounting *m)
{
	static const char *const harmless[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};
	const struct plan_mount *mount = m->mount;
	bool listed = type_is_one_of(mount->dest, harmless, ARRAY_LEN(harmless));

	if (!listed)
		refuse(m, "destination", "\"%s\" cannot be mounted because it is inside /proc",
		       mount->dest);
	else if (mount->kind != PLAN_MOUNT_BIND)
		refuse(m, "destination", "\"%s\" is inside /proc: only a file can be bound there",
		       mount->dest);
}

static void check_proc(const struct mounting *m)
{
	const struct plan_mount *mount = m->mount;

	if (!str_equal(mount->dest, "/proc")) {
		if (path_is_below(mount->dest, "/proc"))
			check_inside_proc(m);
		return;
	}
	/* Of a bind apply checks that it really is procfs. */
	if (mount->kind == PLAN_MOUNT_FS && !str_equal(mount->type, "proc"))
		refuse(m, "type", "\"%s\" cannot be mounted on /proc: only proc, or a bind of it",
		       mount->type);
	else if (mount->kind == PLAN_MOUNT_CGROUP)
		refuse(m, "type", "a cgroup file system cannot be mounted on /proc");
}

static void take_destination(const struct mounting *m)
{
	struct plan_mount *mount = m->mount;
	const char *dest = m->config->destination ? m->config->destination : "";

	/* A relative one starts at "/" (config.md; the rules have warned). ".." ends at "/". */
	mount->dest = path_clean(m->arena, NULL, dest);
	mount->dest_rel = path_rel(m->arena, dest);
	/*
	 * A mount over the root would hide the root file system from every later step, which works
	 * by a descriptor of the first one (lesson M23). root.path is the way to say this.
	 */
	if (str_equal(mount->dest, "/"))
		refuse(m, "destination",
		       "a mount over the container's root is not possible: root.path says what "
		       "the root is");
}

/* ---- what ---- */

/*
 * mount(2) ignores data with MS_BIND, since the source's other mounts share its file system; the
 * specification says to pass it on (config.md, mount options). So it is not an error, but said.
 * What was to deny something is one: a label, and a word alone, most likely a mistyped flag.
 */
static void drop_data_of_bind(const struct mounting *m)
{
	struct plan_mount *mount = m->mount;

	for (size_t i = 0; i < mount->params_n; i++) {
		const struct plan_fs_param *param = &mount->params[i];

		if (!param->value || str_ends_with(param->key, "context"))
			refuse(m, "options",
			       "\"%s\" is no option of a bind mount, and options of the source's "
			       "file system have no effect on one",
			       param->key);
		else
			problems_warn(m->problems, place_member(m->arena, m->place, "options"),
				      "\"%s=%s\" is an option of the source's file system and has "
				      "no effect on a bind mount",
				      param->key, param->value);
	}
	mount->params_n = 0;
}

static void take_bind(const struct mounting *m)
{
	struct plan_mount *mount = m->mount;
	const char *source = m->config->source;

	mount->kind = PLAN_MOUNT_BIND;
	if (!source || !*source)
		refuse(m, "source", "a bind mount needs a source");
	else
		mount->source = plan_host_path(m->arena, m->plan->bundle, source);
	drop_data_of_bind(m);
	/* mount(2) ignores these with MS_BIND for the same reason; here not in silence. */
	if (mount->super_set & ~(unsigned long)MS_SILENT)
		problems_warn(m->problems, place_member(m->arena, m->place, "options"),
			      "options of the whole file system (sync, dirsync, lazytime, mand, "
			      "iversion) have no effect on a bind mount");
	mount->super_set = 0;
	mount->super_clear = 0;
}

/*
 * File systems whose superblock is shared with others (the kernel's own: making it read-only would
 * reach the host or other containers) or is filled after the mount (tmpfs, ramfs): `ro` is
 * an attribute of the mount only.
 */
static bool superblock_stays_writable(const char *type)
{
	static const char *const types[] = {
		"tmpfs",    "ramfs",	   "proc",	"sysfs",  "devpts",   "devtmpfs",
		"mqueue",   "cgroup",	   "cgroup2",	"bpf",	  "debugfs",  "tracefs",
		"configfs", "securityfs",  "selinuxfs", "pstore", "efivarfs", "hugetlbfs",
		"fusectl",  "binfmt_misc", "resctrl",
	};

	return type_is_one_of(type, types, ARRAY_LEN(types));
}

static void put_first_param(const struct mounting *m, const char *key)
{
	struct plan_mount *mount = m->mount;
	struct plan_fs_param *params =
		arena_zalloc(m->arena, (mount->params_n + 1) * sizeof(*params));

	params[0].key = key;
	if (mount->params_n)
		memcpy(params + 1, mount->params, mount->params_n * sizeof(*params));
	mount->params = params;
	mount->params_n++;
}

/*
 * SELinux: the context has to come with the first mount of a file system that has none of its own
 * (lesson M53). Not for proc and sysfs, which the policy labels, nor for mqueue and cgroups, whose
 * superblock exists before the mount and would refuse a different context.
 */
static void add_context(const struct mounting *m)
{
	static const char *const without[] = { "proc",	  "sysfs",     "mqueue",     "cgroup",
					       "cgroup2", "selinuxfs", "securityfs", "debugfs",
					       "tracefs", "bpf",       "devtmpfs" };
	struct plan_mount *mount = m->mount;
	const char *label = m->plan->rootfs.mount_label;

	if (!label)
		return;
	/* mqueue's is given to its root afterwards, where the superblock is not the host's. */
	if (str_equal(mount->type, "mqueue") && m->plan->ns.create & CLONE_NEWIPC)
		mount->label = label;
	if (type_is_one_of(mount->type, without, ARRAY_LEN(without)))
		return;
	for (size_t i = 0; i < mount->params_n; i++) {
		if (str_ends_with(mount->params[i].key, "context"))
			return; /* the user's own is better informed */
	}
	struct plan_fs_param *params =
		arena_zalloc(m->arena, (mount->params_n + 1) * sizeof(*params));
	if (mount->params_n)
		memcpy(params, mount->params, mount->params_n * sizeof(*params));
	/* Not quoted: fsconfig(2) takes the value as it is, commas and all. */
	params[mount->params_n] = (struct plan_fs_param){ .key = "context", .value = label };
	mount->params = params;
	mount->params_n++;
}

static void take_fs(const struct mounting *m)
{
	struct plan_mount *mount = m->mount;
	const char *type = m->config->type;
	bool cgroup = str_equal(type, "cgroup") || str_equal(type, "cgroup2");

	mount->kind = cgroup ? PLAN_MOUNT_CGROUP : PLAN_MOUNT_FS;
	if (!type || !*type) {
		refuse(m, "", "has neither a type nor the option bind or rbind");
		type = "";
	} else if (str_equal(type, "bind") || str_equal(type, "none")) {
		/* Only the options make a bind mount (config.md). The kernel says ENODEV. */
		refuse(m, "type", "\"%s\" needs the option bind or rbind", type);
	}
	mount->type = type;
	mount->source = m->config->source && *m->config->source ? m->config->source : "none";
	if (cgroup)
		return;
	if (mount->attr_set & MOUNT_ATTR_RDONLY && !superblock_stays_writable(type))
		/* As mount(2) does with MS_RDONLY: a read-only device or image could not be mounted
		 * otherwise, and nothing (journal replay) is written to the others. */
		put_first_param(m, "ro");
	add_context(m);
}

static void take_remount(const struct mounting *m)
{
	struct plan_mount *mount = m->mount;
	const char *type = m->config->type;
	bool named = type && *type && !str_equal(type, "none") && !str_equal(type, "bind");

	mount->kind = PLAN_MOUNT_REMOUNT;
	mount->type = named ? type : NULL;
	if (m->asked.bind && mount->params_n)
		refuse(m, "options",
		       "\"%s\" is no option of the mount alone: without bind it "
		       "would be one of its file system",
		       mount->params[0].key);
	if (m->asked.bind) {
		mount->super_set = 0;
		mount->super_clear = 0;
		return;
	}
	/* Without bind, mount(2) changes the superblock too. That is done only where it can't reach
	 * mounts of others; the mount itself becomes what was asked for in any case. */
	if (named && !superblock_stays_writable(type)) {
		if (mount->attr_set & MOUNT_ATTR_RDONLY)
			put_first_param(m, "ro");
		else if (mount->attr_clear & MOUNT_ATTR_RDONLY)
			put_first_param(m, "rw");
	}
}

/*
 * Mountpoints and device nodes are still to be made in a tmpfs and in /dev, whatever it is
 * (lesson M54): these become read-only when everything is in place. A recursive rro of a bind
 * keeps its own way, as it reaches mounts that exist already.
 */
static void delay_readonly(struct plan_mount *mount)
{
	bool dev = str_equal(mount->dest, "/dev");
	bool fs = mount->kind == PLAN_MOUNT_FS;

	if (!mount->readonly || mount->kind == PLAN_MOUNT_REMOUNT ||
	    mount->kind == PLAN_MOUNT_CGROUP || !(dev || (fs && str_equal(mount->type, "tmpfs"))))
		return;
	if (fs) {
		mount->attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		mount->rec_attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		mount->readonly_late = true;
	} else if (mount->attr_set & MOUNT_ATTR_RDONLY) {
		mount->attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		mount->readonly_late = true;
	}
}

static void plan_one(struct mounting *m)
{
	struct plan_mount *mount = m->mount;

	plan_take_mount_options(m->arena, m->config, m->place, m->problems, mount, &m->asked);
	take_destination(m);
	if (m->asked.remount)
		take_remount(m);
	else if (m->asked.bind)
		take_bind(m);
	else
		take_fs(m);
	if (mount->tmpcopyup && (mount->kind != PLAN_MOUNT_FS || !str_equal(mount->type, "tmpfs")))
		refuse(m, "options", "tmpcopyup is an option of type tmpfs only");
	delay_readonly(mount);
	check_proc(m);
	plan_take_mount_idmap(m->arena, m->plan, m->config, m->place, m->problems, &m->asked,
			      m->idmaps, mount);
	plan_mount_in_user_namespace(m->arena, m->plan, mount, m->place, m->problems);
}

/*
 * The folder with the socket to which the container says that it is ready: the manager's own would
 * take more than that from it. Read-only, so that nothing is put beside the socket; who may write
 * to the socket itself does not depend on that. After config's mounts: one of them may be /run.
 */
static bool add_notify_mount(struct arena *arena, const struct plan_options *options,
			     struct plan_mount *mount)
{
	if (!options->notify_dir)
		return false;
	*mount = (struct plan_mount){
		.kind = PLAN_MOUNT_BIND,
		.place = "NOTIFY_SOCKET",
		.dest = PLAN_NOTIFY_DIR,
		.dest_rel = path_rel(arena, PLAN_NOTIFY_DIR),
		.source = options->notify_dir,
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
		.readonly = true,
	};
	return true;
}

void plan_add_mounts(struct arena *arena, struct plan *plan, const struct plan_options *options,
		     struct problems *problems)
{
	const struct oci_mounts *config = &plan->config->mounts;
	struct plan_mount *mounts = NULL;
	struct idmap_list idmaps = { 0 };
	size_t n = config->n;

	plan_add_root(arena, plan, problems);
	bool can_mount = plan_can_mount(&plan->rootfs);
	if (!can_mount)
		n = 0;
	if (can_mount) {
		mounts = arena_zalloc(arena, (n + 1) * sizeof(*mounts));
		idmaps.items = arena_zalloc(arena, (n + 1) * sizeof(*idmaps.items));
	}
	for (size_t i = 0; i < n; i++) {
		struct mounting m = {
			.arena = arena,
			.problems = problems,
			.plan = plan,
			.config = &config->items[i],
			.place = place_item(arena, "mounts", i),
			.mount = &mounts[i],
			.idmaps = &idmaps,
		};

		mounts[i].place = m.place;
		plan_one(&m);
	}
	if (options->notify_dir && !can_mount)
		problems_warn(problems, "NOTIFY_SOCKET",
			      "there is no mount namespace and nothing to mount: the container "
			      "can't be given a socket, nobody is told when it is ready");
	plan->notify = can_mount && add_notify_mount(arena, options, &mounts[n]);
	n += plan->notify;
	plan_add_propagation(plan, mounts, n, options->no_pivot, problems);
	plan->rootfs.mounts = mounts;
	plan->rootfs.mounts_n = n;
	plan->rootfs.idmaps = idmaps.items;
	plan->rootfs.idmaps_n = idmaps.n;
	plan_add_rootfs(arena, plan, options, problems);
}
