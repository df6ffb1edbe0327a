/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this room share beside plan.h. Private to the room; pure; the parent runs it.
 */
#ifndef PLAN_PARTS_H
#define PLAN_PARTS_H

#include "plan/plan.h"

/* namespaces.c: the join of `type` (CLONE_NEW*), or NULL. */
const struct plan_join *plan_find_join(const struct plan_namespaces *ns, int type);
/* The container gets a namespace of `type` by either way: made or joined. */
bool plan_has_namespace(const struct plan_namespaces *ns, int type);
/* A joined namespace of `type` that turns out to be the runtime's own: changes in it would be
 * changes of the host. */
bool plan_joins_own(const struct plan_namespaces *ns, int type);

/* user_maps.c: the maps and their writers. After `create` and the joins are known. */
void plan_add_user_maps(struct arena *arena, struct plan *plan, struct host *host,
			struct problems *problems);
/* user_maps.c: true also where no maps are known. */
bool plan_id_is_mapped(const struct plan_namespaces *ns, bool group, uint32_t id);
/* user_maps.c: the host's id of the user that will execute the container process; false where it
 * has none, or where the maps of a joined namespace are not known. */
bool plan_host_uid(const struct plan *plan, uid_t *out);
/* mount_userns.c: the last step of planning a mount. */
void plan_mount_in_user_namespace(struct arena *arena, const struct plan *plan,
				  struct plan_mount *mount, const char *place,
				  struct problems *problems);
/* user_maps.c: false where setgroups(2) is denied behind the maps. */
bool plan_may_set_groups(const struct plan_namespaces *ns, struct host *host);

/*
 * mount_options.c: takes all options of `config` into `mount`, whose kind, type and dest are not
 * decided yet; afterwards *bind and *remount say what the options ask for. `place` is "mounts[3]".
 */
struct mount_asked {
	bool bind, remount, idmap, ridmap;
};
void plan_take_mount_options(struct arena *arena, const struct oci_mount *config, const char *place,
			     struct problems *problems, struct plan_mount *mount,
			     struct mount_asked *asked);

/*
 * idmaps.c: the id mapping of one mount, whose kind is decided: from its own mappings, or the
 * container's. Equal ones share an entry of `list`, which has room for one a mount.
 */
struct idmap_list {
	struct plan_idmap *items;
	size_t n;
};
void plan_take_mount_idmap(struct arena *arena, const struct plan *plan,
			   const struct oci_mount *config, const char *place,
			   struct problems *problems, const struct mount_asked *asked,
			   struct idmap_list *list, struct plan_mount *mount);

/* propagation.c: rootfsPropagation, the host's tree, each mount's tree. */
void plan_add_propagation(struct plan *plan, struct plan_mount *mounts, size_t n, bool no_pivot,
			  struct problems *problems);
/* Nothing may be mounted, masked or made in what the container shares with the host. At the end. */
void plan_check_shared(struct arena *arena, const struct plan *plan, struct problems *problems);

/* rootfs.c: where the root is and where mounts are made, if at all. Before the mounts; without
 * either of has_mount_ns and on_host there are none. */
void plan_add_root(struct arena *arena, struct plan *plan, struct problems *problems);
bool plan_can_mount(const struct plan_rootfs *rootfs);
/* rootfs.c: everything of plan->rootfs that is no mount or device. After the mounts are there. */
void plan_add_rootfs(struct arena *arena, struct plan *plan, const struct plan_options *options,
		     struct problems *problems);

/* `path` made absolute from `bundle`; clean where that can't change its meaning: ".." behind a
 * symbolic link is left to the kernel. */
const char *plan_host_path(struct arena *arena, const char *bundle, const char *path);

#endif
