/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root file system as a whole: where it is, propagation towards and from the host, masked and
 * read-only paths, who fills /dev. Opens nothing. Pure; the parent runs it, after the mounts.
 */
#include "plan/plan.h"

#include <linux/sched.h>
#include <string.h>

#include "base/path.h"
#include "plan/parts.h"

static bool has_dot_dot(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += len;
		path += strspn(path, "/");
	}
	return false;
}

const char *plan_host_path(struct arena *arena, const char *bundle, const char *path)
{
	if (has_dot_dot(path))
		return *path == '/' ? arena_strdup(arena, path)
				    : arena_asprintf(arena, "%s/%s", bundle, path);
	return path_clean(arena, bundle, path);
}

/* What is made in a tree of mounts, with its place. */
struct wish {
	bool asked;
	const char *place;
};
enum { WISHES = 6 };

static void list_wishes(const struct oci_config *config, struct wish out[static WISHES])
{
	const struct oci_linux *linux_ = config->linux_;

	out[0] = (struct wish){ config->mounts.n, "mounts" };
	out[1] = (struct wish){ config->root && config->root->readonly, "root.readonly" };
	out[2] = (struct wish){ linux_->rootfs_propagation.set, "linux.rootfsPropagation" };
	out[3] = (struct wish){ linux_->masked_paths.n, "linux.maskedPaths" };
	out[4] = (struct wish){ linux_->readonly_paths.n, "linux.readonlyPaths" };
	out[5] = (struct wish){ linux_->devices.n, "linux.devices" };
}

/* Why the runtime's mount namespace is no place for the container's mounts; NULL: it is one. */
static const char *why_not_on_host(const struct plan *plan)
{
	if (plan_has_namespace(&plan->ns, CLONE_NEWUSER) &&
	    !plan_joins_own(&plan->ns, CLONE_NEWUSER))
		return "a container with a user namespace may not mount in the runtime's";
	if (str_equal(plan->rootfs.path, "/"))
		return "root.path is the runtime's own root";
	return NULL;
}

bool plan_can_mount(const struct plan_rootfs *rootfs)
{
	return rootfs->has_mount_ns || rootfs->on_host;
}

/* Without a mount namespace, and with nothing to do in one, the root is entered as it is (L34). */
void plan_add_root(struct arena *arena, struct plan *plan, struct problems *problems)
{
	const struct oci_config *config = plan->config;
	struct plan_rootfs *rootfs = &plan->rootfs;
	struct wish wishes[WISHES];

	/* The document's rules have told if it is not there. */
	if (config->root && config->root->path && *config->root->path)
		rootfs->path = plan_host_path(arena, plan->bundle, config->root->path);
	rootfs->has_mount_ns = plan_has_namespace(&plan->ns, CLONE_NEWNS);
	if (rootfs->has_mount_ns)
		return;
	const char *refusal = why_not_on_host(plan);
	list_wishes(config, wishes);
	for (size_t i = 0; i < WISHES; i++) {
		if (wishes[i].asked && refusal)
			problems_error(problems, wishes[i].place,
				       "needs a mount namespace in linux.namespaces: %s", refusal);
		rootfs->on_host |= wishes[i].asked && !refusal;
	}
}

/* Clean absolute container paths, each once (lesson M50). */
static const char *const *clean_paths(struct arena *arena, const struct strv *list, size_t *out_n)
{
	const char **paths = arena_zalloc(arena, (list->n + 1) * sizeof(*paths));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const char *path = path_clean(arena, NULL, list->items[i]);
		size_t k = 0;

		while (k < n && !str_equal(paths[k], path))
			k++;
		if (k == n)
			paths[n++] = path;
	}
	*out_n = n;
	return paths;
}

static void add_paths(struct arena *arena, struct plan *plan, struct problems *problems)
{
	const struct oci_linux *linux_ = plan->config->linux_;
	struct plan_rootfs *rootfs = &plan->rootfs;

	rootfs->masked = clean_paths(arena, &linux_->masked_paths, &rootfs->masked_n);
	rootfs->readonly_paths =
		clean_paths(arena, &linux_->readonly_paths, &rootfs->readonly_paths_n);
	for (size_t i = 0; i < rootfs->masked_n; i++) {
		if (str_equal(rootfs->masked[i], "/"))
			problems_error(problems, "linux.maskedPaths",
				       "\"/\" would hide the whole container");
	}
}

static bool dev_is_bind(const struct plan_rootfs *rootfs)
{
	for (size_t i = 0; i < rootfs->mounts_n; i++) {
		/* Destinations are clean, so "/dev/" is seen too (lesson M35). */
		if (rootfs->mounts[i].kind == PLAN_MOUNT_BIND &&
		    str_equal(rootfs->mounts[i].dest, "/dev"))
			return true;
	}
	return false;
}

void plan_add_rootfs(struct arena *arena, struct plan *plan, const struct plan_options *options,
		     struct problems *problems)
{
	const struct oci_config *config = plan->config;
	struct plan_rootfs *rootfs = &plan->rootfs;

	rootfs->no_pivot = options->no_pivot;
	if (!plan_can_mount(rootfs))
		return;
	rootfs->readonly = config->root && config->root->readonly;
	add_paths(arena, plan, problems);
	rootfs->set_up_dev = !dev_is_bind(rootfs);
	rootfs->console = rootfs->set_up_dev && config->process && config->process->terminal;
}
