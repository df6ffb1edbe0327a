/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount propagation (config-linux.md, "Rootfs Mount Propagation"; the propagation options of
 * mounts): between the host and the container's tree, and for each mount. Pure; the parent runs it,
 * when the mounts are there.
 */
#include <linux/mount.h>
#include <linux/sched.h>

#include "base/path.h"
#include "plan/parts.h"

static const unsigned long RECEIVING = MS_SLAVE | MS_SHARED;

static unsigned long asked_by(const struct plan_mount *mount)
{
	unsigned long asked = 0;

	for (const unsigned long *step = mount->propagation; *step; step++)
		asked |= *step;
	return asked;
}

/*
 * Whoever asked for slave or shared mounts wants to see what the host mounts later (lesson M45);
 * without a word of its own a bind does as the root does. Back to the host goes only what both the
 * bind and the root ask for with shared, as engines do for such a volume, and never out of a user
 * namespace: the kernel makes slaves of all that goes into a less privileged one.
 */
static unsigned long tree_of(const struct plan *plan, const struct plan_mount *mount)
{
	unsigned long root = plan->rootfs.propagation;
	unsigned long own = asked_by(mount);

	if (own & root & MS_SHARED && !plan_has_namespace(&plan->ns, CLONE_NEWUSER))
		return MS_SHARED;
	return (own ? own : root) & RECEIVING ? MS_SLAVE : MS_PRIVATE;
}

/* The r-forms of rootfsPropagation mean the mounts too that have no word of their own. Of these,
 * only rshared is more than what the tree is anyway. */
static void inherit(unsigned long root, struct plan_mount *mount)
{
	if (root == (MS_SHARED | MS_REC) && !mount->propagation[0] &&
	    mount->kind != PLAN_MOUNT_REMOUNT)
		mount->propagation[0] = root;
}

void plan_add_propagation(struct plan *plan, struct plan_mount *mounts, size_t n, bool no_pivot,
			  struct problems *problems)
{
	const struct opt_enum *asked = &plan->config->linux_->rootfs_propagation;
	struct plan_rootfs *rootfs = &plan->rootfs;
	bool slave;

	if (asked->set)
		rootfs->propagation = (unsigned long)asked->v;
	/* Without pivot_root the host's tree stays below the new root, and what it holds unmasked
	 * can only be detached where it is not private (lesson S43). */
	if (no_pivot && (rootfs->propagation & ~(unsigned long)MS_REC) == MS_PRIVATE)
		problems_error(problems, "linux.rootfsPropagation",
			       "private is not possible together with --no-pivot");
	rootfs->tree = rootfs->propagation & RECEIVING ? MS_SLAVE : MS_PRIVATE;
	slave = rootfs->tree == MS_SLAVE;
	for (size_t i = 0; i < n; i++) {
		mounts[i].tree =
			mounts[i].kind == PLAN_MOUNT_BIND ? tree_of(plan, &mounts[i]) : MS_PRIVATE;
		slave |= mounts[i].tree == MS_SLAVE;
		inherit(rootfs->propagation, &mounts[i]);
	}
	/*
	 * The copy of the host's tree in our namespace, before anything is mounted in it: from a
	 * private one nothing arrives. Nothing flows back to the host either way.
	 */
	if (rootfs->has_mount_ns)
		rootfs->host_propagation = (slave ? MS_SLAVE : MS_PRIVATE) | MS_REC;
}

/* ---- what may not be put into a mount that is shared with the host ---- */

static void check_place(struct arena *arena, const struct plan_rootfs *rootfs, size_t from,
			const char *path, const char *place, struct problems *problems)
{
	for (size_t i = from; i-- > 0;) {
		const struct plan_mount *mount = &rootfs->mounts[i];

		if (mount->tree == MS_SHARED && path_is_below(path, mount->dest))
			problems_error(problems, arena_strdup(arena, place),
				       "\"%s\" is inside %s, which is shared with the host: it "
				       "would appear there",
				       path, mount->place);
	}
}

void plan_check_shared(struct arena *arena, const struct plan *plan, struct problems *problems)
{
	const struct plan_rootfs *rootfs = &plan->rootfs;
	size_t n = rootfs->mounts_n;

	for (size_t i = 0; i < n; i++)
		check_place(arena, rootfs, i, rootfs->mounts[i].dest,
			    place_member(arena, rootfs->mounts[i].place, "destination"), problems);
	for (size_t i = 0; i < rootfs->devices_n; i++)
		check_place(arena, rootfs, n, rootfs->devices[i].path, "linux.devices", problems);
	for (size_t i = 0; i < rootfs->masked_n; i++)
		check_place(arena, rootfs, n, rootfs->masked[i], "linux.maskedPaths", problems);
	for (size_t i = 0; i < rootfs->readonly_paths_n; i++)
		check_place(arena, rootfs, n, rootfs->readonly_paths[i], "linux.readonlyPaths",
			    problems);
}
