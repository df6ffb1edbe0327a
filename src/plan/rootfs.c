/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root file system as a whole: where it is, propagation towards and from the host, masked and
 * read-only paths, who fills /dev. Opens nothing. Pure; the parent runs it, after the mounts.
 */
#include "plan/plan.h"

#include <linux/mount.h>
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

static void refuse_without_mount_ns(const struct plan *plan, struct problems *problems)
{
	const struct oci_config *config = plan->config;
	const struct oci_linux *linux_ = config->linux_;
	const struct {
		bool asked;
		const char *place;
	} rows[] = {
		{ config->root && config->root->readonly, "root.readonly" },
		{ linux_->rootfs_propagation.set, "linux.rootfsPropagation" },
		{ linux_->masked_paths.n, "linux.maskedPaths" },
		{ linux_->readonly_paths.n, "linux.readonlyPaths" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].asked)
			problems_error(problems, rows[i].place,
				       "needs a mount namespace in linux.namespaces: it would "
				       "change the host's mounts");
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

	/* The document's rules have told if it is not there. */
	if (config->root && config->root->path && *config->root->path)
		rootfs->path = plan_host_path(arena, plan->bundle, config->root->path);
	rootfs->no_pivot = options->no_pivot;
	if (!rootfs->has_mount_ns) {
		/* Nothing on the host may be mounted, masked or made in /dev (lesson L34). */
		refuse_without_mount_ns(plan, problems);
		return;
	}
	rootfs->readonly = config->root && config->root->readonly;
	add_paths(arena, plan, problems);
	rootfs->set_up_dev = !dev_is_bind(rootfs);
	rootfs->console = rootfs->set_up_dev && config->process && config->process->terminal;
}
