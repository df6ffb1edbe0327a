/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cgroup hierarchies there are, where they are mounted and where in them this process is.
 * Reads statfs(2), /proc/self/mountinfo and /proc/self/cgroup; changes nothing. The parent, on the
 * start path: on a pure v2 machine it costs one statfs and one small file.
 */
#include "host/host.h"

#include <string.h>

#include "base/path.h"
#include "host/host_cache.h"
#include "sys/io.h"
#include "sys/sys.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_UNIFIED "/sys/fs/cgroup/unified"

enum { SELF_CGROUP_MAX_BYTES = 1024 * 1024 };

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return sys_statfs(path, &fs) == 0 && (uint32_t)fs.f_type == CGROUP2_SUPER_MAGIC;
}

static struct host_hierarchy *add_hierarchy(struct arena *arena, struct host_hierarchies *list)
{
	list->items = arena_grow(arena, list->items, list->n, list->n + 1, sizeof(*list->items));
	list->items[list->n] = (struct host_hierarchy){ 0 };
	return &list->items[list->n++];
}

/* ---- /proc/self/mountinfo ---- */

/* One cgroup mount: the fields of proc(5) that matter here. */
struct cgroup_mount {
	bool v2;
	const char *root;	   /* field 4: what part of the hierarchy is mounted */
	const char *mount_point;   /* field 5 */
	const char *super_options; /* last field: "rw,cpu,cpuacct" */
};
struct cgroup_mounts {
	struct cgroup_mount *items;
	size_t n;
};

/* `line` is cut in place and kept. False for what is no cgroup mount. */
static bool parse_mount_line(char *line, struct cgroup_mount *out)
{
	struct host_mount mount;

	if (!host_parse_mount(line, &mount))
		return false;
	out->v2 = str_equal(mount.type, "cgroup2");
	if (!out->v2 && !str_equal(mount.type, "cgroup"))
		return false;
	out->root = mount.root;
	out->mount_point = mount.mount_point;
	out->super_options = mount.super_options;
	return true;
}

static void parse_mountinfo(struct arena *arena, const char *text, struct cgroup_mounts *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		struct cgroup_mount mount = { 0 };

		/* Cheap first look: hundreds of lines, a dozen of them matter. */
		if (memmem(text, len, " cgroup", 7) &&
		    parse_mount_line(arena_strndup(arena, text, len), &mount)) {
			out->items = arena_grow(arena, out->items, out->n, out->n + 1,
						sizeof(*out->items));
			out->items[out->n++] = mount;
		}
		text += len + (text[len] == '\n');
	}
}

/* ---- /proc/self/cgroup ---- */

/*
 * The mount of a hierarchy. One may be mounted several times (a container's bind mount of it, say):
 * a whole one is better than a part, and the first is better than a later one.
 */
static const struct cgroup_mount *find_mount(const struct cgroup_mounts *mounts, bool v2,
					     const char *controllers)
{
	const struct cgroup_mount *part = NULL;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct cgroup_mount *mount = &mounts->items[i];

		if (mount->v2 != v2)
			continue;
		/* Controllers of one hierarchy are listed in the same mount: one is enough. */
		if (!v2 && !str_list_has(mount->super_options, ',', controllers,
					 strcspn(controllers, ",")))
			continue;
		if (str_equal(mount->root, "/"))
			return mount;
		if (!part)
			part = mount;
	}
	return part;
}

/* `own` as seen below the mount point: where only a part is mounted, its root is taken off. */
static const char *below_mount(const char *own, const char *root)
{
	if (str_equal(root, "/") || !path_is_below(own, root))
		return own;
	own += strlen(root);
	return *own ? own : "/";
}

/* One line of /proc/self/cgroup, cgroups(7): "hierarchy-ID:controller-list:path". */
static void add_own_line(struct arena *arena, char *line, const struct cgroup_mounts *mounts,
			 struct host_hierarchies *out)
{
	char *controllers = strchr(line, ':');

	if (!controllers)
		return;
	controllers++;
	char *own = strchr(controllers, ':');
	if (!own)
		return;
	*own++ = '\0';

	bool v2 = !*controllers && str_starts_with(line, "0:");
	const struct cgroup_mount *mount = find_mount(mounts, v2, controllers);
	if (!mount)
		return; /* not mounted anywhere: nothing can be done in it */
	struct host_hierarchy *item = add_hierarchy(arena, out);
	item->v2 = v2;
	item->controllers = controllers;
	item->mount_point = arena_strdup(arena, mount->mount_point);
	item->own_path = arena_strdup(arena, below_mount(own, mount->root));
}

static void add_own_lines(struct arena *arena, const char *self_cgroup,
			  const struct cgroup_mounts *mounts, struct host_hierarchies *out)
{
	while (*self_cgroup) {
		size_t len = strcspn(self_cgroup, "\n");

		add_own_line(arena, arena_strndup(arena, self_cgroup, len), mounts, out);
		self_cgroup += len + (self_cgroup[len] == '\n');
	}
}

void host_parse_hierarchies(struct arena *arena, const char *mountinfo, const char *self_cgroup,
			    struct host_hierarchies *out)
{
	struct cgroup_mounts mounts = { 0 };

	parse_mountinfo(arena, mountinfo, &mounts);
	add_own_lines(arena, self_cgroup, &mounts, out);
}

/* ---- assumed ---- */

static void add_conventional(struct arena *arena, struct host_hierarchies *out, bool v2,
			     const char *controllers, const char *mount_point)
{
	struct host_hierarchy *item = add_hierarchy(arena, out);

	item->v2 = v2;
	item->controllers = arena_strdup(arena, controllers);
	item->mount_point = arena_strdup(arena, mount_point);
	item->own_path = arena_strdup(arena, "/");
}

void host_conventional_hierarchies(struct arena *arena, enum host_cgroup_mode mode,
				   struct host_hierarchies *out)
{
	static const char *const controllers[] = {
		"cpuset",	    "cpu,cpuacct", "blkio",   "memory", "devices", "freezer",
		"net_cls,net_prio", "perf_event",  "hugetlb", "pids",	"rdma"
	};

	if (mode == CGROUP_V2)
		add_conventional(arena, out, true, "", CGROUP_ROOT);
	if (mode == CGROUP_V2 || mode == CGROUP_NONE)
		return;
	for (size_t i = 0; i < ARRAY_LEN(controllers); i++)
		add_conventional(arena, out, false, controllers[i],
				 arena_asprintf(arena, CGROUP_ROOT "/%s", controllers[i]));
	add_conventional(arena, out, false, "name=systemd", CGROUP_ROOT "/systemd");
	if (mode == CGROUP_HYBRID)
		add_conventional(arena, out, true, "", CGROUP_UNIFIED);
}

/* ---- the getters ---- */

static struct err *read_hierarchies(struct host *host, struct host_hierarchies *out)
{
	struct cgroup_mount v2_mount = { .v2 = true, .root = "/", .mount_point = CGROUP_ROOT };
	struct cgroup_mounts v2_mounts = { .items = &v2_mount, .n = 1 };
	drop_strbuf struct strbuf self_cgroup = { 0 };
	drop_strbuf struct strbuf mountinfo = { 0 };

	TRY(io_read_file(AT_FDCWD, "/proc/self/cgroup", SELF_CGROUP_MAX_BYTES, &self_cgroup));
	if (is_cgroup2(CGROUP_ROOT)) {
		/* The common case, without mountinfo, which is long where many containers run. */
		add_own_lines(&host->arena, strbuf_text(&self_cgroup), &v2_mounts, out);
		return NULL;
	}
	TRY(host_read_mountinfo(&mountinfo));
	host_parse_hierarchies(&host->arena, strbuf_text(&mountinfo), strbuf_text(&self_cgroup),
			       out);
	return NULL;
}

struct err *host_cgroup_hierarchies(struct host *host, const struct host_hierarchies **out)
{
	struct host_cache *cache = host_cache_of(host);

	if (!cache->hierarchies) {
		struct host_hierarchies *list = arena_zalloc(&host->arena, sizeof(*list));

		if (cache->cgroup_assumed)
			host_conventional_hierarchies(
				&host->arena, (enum host_cgroup_mode)cache->cgroup_mode.v, list);
		else
			TRY(read_hierarchies(host, list));
		cache->hierarchies = list;
	}
	*out = cache->hierarchies;
	return NULL;
}

/* What the mounted hierarchies make together. */
static enum host_cgroup_mode mode_of(const struct host_hierarchies *list)
{
	bool v1 = false, v2 = false;

	for (size_t i = 0; i < list->n; i++) {
		v1 |= !list->items[i].v2;
		v2 |= list->items[i].v2;
	}
	if (v1)
		return v2 ? CGROUP_HYBRID : CGROUP_V1;
	return v2 ? CGROUP_V2 : CGROUP_NONE;
}

struct err *host_cgroup_mode(struct host *host, enum host_cgroup_mode *out)
{
	struct host_fact *fact = &host_cache_of(host)->cgroup_mode;

	if (!fact->known) {
		enum host_cgroup_mode mode = CGROUP_V2;
		const struct host_hierarchies *list = NULL;

		if (!is_cgroup2(CGROUP_ROOT)) {
			/* Everything else needs the mounts anyway, a moment later. */
			TRY(host_cgroup_hierarchies(host, &list));
			mode = mode_of(list);
		}
		*fact = (struct host_fact){ .known = true, .v = mode };
	}
	*out = (enum host_cgroup_mode)fact->v;
	return NULL;
}
