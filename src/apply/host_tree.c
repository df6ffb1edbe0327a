/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See host_tree.h. One mount is all that anybody else may see of it: the tree is private before
 * anything is mounted in it. Undone as it was made: by descriptor, after the mount has been
 * recognised by its id, never by path alone.
 */
#include "apply/host_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "apply/mountinfo.h"
#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/sys.h"

/* Which mount: its id, which is given again when it is gone, and, since Linux 6.8, one that never
 * is (0: not known). Before that what it is a mount of has to do: the directory. */
struct mount_id {
	uint64_t id, unique;
	uint64_t dev, ino;
};

static struct err *read_id(int fd, struct mount_id *out)
{
	struct statx st;
	int rc = sys_statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_INO, &st);

	if (rc < 0 || !(st.stx_mask & STATX_MNT_ID))
		return err_sys(rc < 0 ? rc : -ENOSYS, "ask for the id of a mount");
	*out = (struct mount_id){ .id = st.stx_mnt_id,
				  .dev = makedev(st.stx_dev_major, st.stx_dev_minor),
				  .ino = st.stx_ino };
	rc = sys_statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID_UNIQUE, &st);
	if (rc == 0 && st.stx_mask & STATX_MNT_ID_UNIQUE)
		out->unique = st.stx_mnt_id;
	return NULL;
}

static bool same_id(const struct mount_id *a, const struct mount_id *b)
{
	if (a->unique && b->unique)
		return a->unique == b->unique;
	return a->id == b->id && a->dev == b->dev && a->ino == b->ino;
}

static struct err *own_namespace(uint64_t *out)
{
	struct stat st;
	int rc = sys_fstatat(AT_FDCWD, "/proc/self/ns/mnt", &st, 0);

	if (rc < 0)
		return err_sys(rc, "stat /proc/self/ns/mnt");
	*out = st.st_ino;
	return NULL;
}

/* ---- making ---- */

/* root.path may lead to "/" by a link; over the root of everybody nothing is mounted. */
static struct err *refuse_root(const struct plan *plan, int root_fd)
{
	struct stat root, ours;

	if (sys_fstatat(AT_FDCWD, "/", &root, 0) == 0 && sys_fstat(root_fd, &ours) == 0 &&
	    root.st_dev == ours.st_dev && root.st_ino == ours.st_ino)
		return err_new(ERR_CONFIG,
			       "root.path: %s is the runtime's own root: mounts need a mount "
			       "namespace in linux.namespaces",
			       plan->rootfs.path);
	return NULL;
}

static struct err *make_private(int tree_fd)
{
	int rc = mount_set_propagation(tree_fd, MS_PRIVATE | MS_REC);

	return rc < 0 ? err_sys(rc, "make the root's tree private") : NULL;
}

struct err *host_tree_attach(const struct plan *plan, struct journal *journal, int *out_fd)
{
	struct mount_id id;
	uint64_t ns = 0;
	drop_fd int root_fd = -1;

	TRY(rootfs_open(plan, &root_fd));
	TRY(refuse_root(plan, root_fd));
	drop_fd int tree_fd =
		sys_open_tree(root_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE);
	if (tree_fd < 0)
		return err_sys(tree_fd, "clone the root file system %s", plan->rootfs.path);
	TRY(make_private(tree_fd));
	TRY(read_id(tree_fd, &id));
	TRY(own_namespace(&ns));
	TRY(journal_add(journal, JOURNAL_MOUNT, "%llu %llu %llu %llu %llu %s",
			(unsigned long long)id.id, (unsigned long long)id.unique,
			(unsigned long long)id.dev, (unsigned long long)id.ino,
			(unsigned long long)ns, plan->rootfs.path));
	TRY(mount_attach(tree_fd, root_fd, plan->rootfs.path));
	/* Attached to a shared mount it became shared itself, with its copies in other namespaces;
	 * those stay what they are now, and go when it goes. */
	TRY(make_private(tree_fd));
	*out_fd = take_fd(&tree_fd);
	return NULL;
}

/* ---- undoing ---- */

struct entry {
	struct mount_id id;
	uint64_t ns;
	const char *path; /* points into the journal's text */
};

static struct err *parse_entry(const char *text, struct entry *out)
{
	unsigned long long id, unique, dev, ino, ns;
	int len = 0;

	if (sscanf(text, "%llu %llu %llu %llu %llu %n", &id, &unique, &dev, &ino, &ns, &len) != 5 ||
	    text[len] != '/')
		return err_new(ERR_STATE, "journal: \"mount %s\" is damaged", text);
	*out = (struct entry){ .id = { id, unique, dev, ino }, .ns = ns, .path = text + len };
	return NULL;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* A process of the mount namespace `ns`, or 0: then it is gone, and its mounts with it. */
static pid_t find_process_in(uint64_t ns)
{
	CLEANUP(close_dir) DIR *dir = opendir("/proc");

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		struct stat st;
		uint32_t pid;
		drop_mem char *path = mem_asprintf("/proc/%s/ns/mnt", entry->d_name);

		if (str_to_u32(entry->d_name, &pid) && sys_fstatat(AT_FDCWD, path, &st, 0) == 0 &&
		    st.st_ino == ns)
			return (pid_t)pid;
	}
	return 0;
}

/* What lies at `point` (zeros if no directory does); *out_fd stays -1 if it is not the mount. */
static struct err *open_if_same(const char *point, const struct mount_id *id,
				struct mount_id *out_found, int *out_fd)
{
	drop_fd int fd = sys_open(point, O_PATH | O_DIRECTORY, 0);

	*out_found = (struct mount_id){ 0 };
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "open %s", point);
	TRY(read_id(fd, out_found));
	if (same_id(out_found, id))
		*out_fd = take_fd(&fd);
	return NULL;
}

/* It may have been carried elsewhere with a directory above it, or be hidden by another. */
static struct err *search(const struct entry *entry, int *out_fd)
{
	drop_strbuf struct strbuf text = { 0 };
	struct mountinfo mount;
	struct mount_id found;

	TRY(mountinfo_read(&text));
	for (char *cursor = text.data; mountinfo_next(&cursor, &mount);) {
		if (mount.id != entry->id.id)
			continue;
		/* An id alone may be another mount's by now. */
		TRY(open_if_same(mount.point, &entry->id, &found, out_fd));
		if (found.id != entry->id.id && str_equal(mount.point, entry->path))
			return err_hint(err_new(ERR_STATE,
						"%s: another mount lies over the container's",
						entry->path),
					"unmount it and delete again");
		return NULL;
	}
	return NULL;
}

struct err *host_tree_undo(const char *text)
{
	struct entry entry;
	struct mount_id found;
	uint64_t ns = 0;
	drop_fd int fd = -1;

	TRY(parse_entry(text, &entry));
	TRY(own_namespace(&ns));
	if (ns != entry.ns) {
		pid_t pid = find_process_in(entry.ns);

		return pid ? err_hint(err_new(ERR_STATE,
					      "%s: the container's mounts are in another mount "
					      "namespace",
					      entry.path),
				      "delete it from there: process %d is in it", (int)pid)
			   : NULL;
	}
	TRY(open_if_same(entry.path, &entry.id, &found, &fd));
	if (fd < 0)
		TRY(search(&entry, &fd));
	if (fd < 0)
		return NULL;
	drop_mem char *link = mem_asprintf("/proc/self/fd/%d", fd);
	int rc = sys_umount2(link, MNT_DETACH);
	return rc < 0 ? err_sys(rc, "unmount %s", entry.path) : NULL;
}
