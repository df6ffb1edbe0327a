/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes, the links of /dev, /dev/console (config-linux.md, "Devices", "Default Devices").
 * All work goes through descriptors resolved inside the root: a /dev that is a symbolic link must
 * not lead to the host's (CVE-2026-41579). Child only; devices_apply before, console after pivot.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "apply/inroot.h"
#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

static bool same_device(const struct stat *st, const struct plan_device *device)
{
	if ((st->st_mode & S_IFMT) != (device->mode & S_IFMT))
		return false;
	return S_ISFIFO(device->mode) || st->st_rdev == device->dev;
}

/* -ENODEV if the file is another device. */
static int clone_node(const struct rootfs *rootfs, const char *path,
		      const struct plan_device *device)
{
	struct stat st;
	drop_fd int fd = mount_clone(rootfs, AT_FDCWD, path, 0);
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc < 0)
		return rc;
	return same_device(&st, device) ? take_fd(&fd) : -ENODEV;
}

/* The name that the kernel gives a device, from "DEVNAME=full" of its uevent file in sysfs. */
static char *node_path(const struct plan_device *device)
{
	static const char key[] = "DEVNAME=";
	drop_strbuf struct strbuf text = { 0 };
	drop_mem char *file =
		mem_asprintf("/sys/dev/%s/%u:%u/uevent", S_ISBLK(device->mode) ? "block" : "char",
			     major(device->dev), minor(device->dev));
	drop_err struct err *err = io_read_file(AT_FDCWD, file, 4096, &text);
	const char *at = err ? NULL : strstr(strbuf_text(&text), key);

	if (!at)
		return NULL;
	at += strlen(key);
	return mem_asprintf("/dev/%.*s", (int)strcspn(at, "\n"), at);
}

/* The host's node: of the same path, or, under another name, of the same number. */
static struct err *clone_host_node(const struct rootfs *rootfs, const struct plan_device *device,
				   int *out_fd)
{
	int fd = clone_node(rootfs, device->path, device);

	if (fd == -ENOENT || fd == -ENODEV || fd == -ENOTDIR) {
		drop_mem char *path = node_path(device);
		int other_fd = path ? clone_node(rootfs, path, device) : -ENOENT;

		fd = other_fd >= 0 ? other_fd : fd;
	}
	if (fd < 0)
		return err_hint(err_sys(fd, "bind the host's %s (%u:%u)", device->path,
					major(device->dev), minor(device->dev)),
				"in a user namespace a device can't be made, only the host's own "
				"can be used");
	*out_fd = fd;
	return NULL;
}

static struct err *other_exists(const struct plan_device *device)
{
	return err_new(ERR_CONFIG, "%s exists and is not the device asked for", device->path);
}

/* The file to bind over: a new one, or the empty one that an earlier container, or one that starts
 * at the same moment, has left. */
static struct err *open_target(int dirfd, const char *name, const struct plan_device *device,
			       int *out_fd)
{
	struct stat st;
	drop_fd int made_fd =
		sys_openat(dirfd, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0644);

	if (made_fd < 0 && made_fd != -EEXIST)
		return err_sys(made_fd, "create %s", device->path);
	drop_fd int fd = sys_openat(dirfd, name, O_PATH | O_NOFOLLOW, 0);
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(rc, "open %s", device->path);
	if (!S_ISREG(st.st_mode) || st.st_size)
		return other_exists(device);
	*out_fd = take_fd(&fd);
	return NULL;
}

/* A user namespace may not make nodes: the host's is bound over a file. Whose it is and its mode
 * stay as they are: changing them would change the host's (lesson M37). */
static struct err *bind_device(const struct rootfs *rootfs, int dirfd, const char *name,
			       const struct plan_device *device)
{
	drop_fd int source_fd = -1, target_fd = -1;

	TRY(clone_host_node(rootfs, device, &source_fd));
	int rc = mount_set_attr(source_fd, false, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0);
	if (rc < 0)
		return err_sys(rc, "mount_setattr on %s", device->path);
	TRY(open_target(dirfd, name, device, &target_fd));
	return mount_attach(source_fd, target_fd, device->path);
}

static struct err *make_device(const struct rootfs *rootfs, const struct plan_device *device)
{
	struct stat st;
	const char *name;
	drop_fd int dirfd = -1;

	TRY(inroot_parent(rootfs->root_fd, device->path_rel, &dirfd, &name));
	bool exists = sys_fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (exists && same_device(&st, device))
		return NULL;
	if (rootfs->plan->ns.in_user_namespace && !S_ISFIFO(device->mode))
		return bind_device(rootfs, dirfd, name, device);
	if (exists)
		return other_exists(device);
	int rc = sys_mknodat(dirfd, name, device->mode, device->dev);
	if (rc == -EPERM)
		return bind_device(rootfs, dirfd, name, device);
	if (rc < 0)
		return err_sys(rc, "mknod %s", device->path);
	if (device->uid || device->gid) {
		rc = sys_fchownat(dirfd, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW);
		if (rc < 0)
			return err_sys(rc, "chown %s", device->path);
	}
	return NULL;
}

/* The standard links; one that is there already, whatever it is, is the image's or the user's. */
static struct err *make_links(int dev_fd)
{
	static const struct {
		const char *name, *target;
	} links[] = {
		{ "fd", "/proc/self/fd" },
		{ "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" },
	};

	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		int rc = sys_symlinkat(links[i].target, dev_fd, links[i].name);

		if (rc < 0 && rc != -EEXIST)
			return err_sys(rc, "link /dev/%s", links[i].name);
	}
	struct stat st;
	if (sys_fstatat(AT_FDCWD, "/proc/kcore", &st, 0) == 0)
		(void)sys_symlinkat("/proc/kcore", dev_fd, "core");
	return NULL;
}

static bool user_mounts(const struct rootfs *rootfs, const char *dest)
{
	for (size_t i = 0; i < rootfs->plan->rootfs.mounts_n; i++) {
		if (strcmp(rootfs->plan->rootfs.mounts[i].dest, dest) == 0)
			return true;
	}
	return false;
}

/* /dev/ptmx must be the container's own devpts', not whatever node the image brought. */
static struct err *make_ptmx(const struct rootfs *rootfs, int dev_fd)
{
	if (user_mounts(rootfs, "/dev/ptmx"))
		return NULL;
	int rc = sys_unlinkat(dev_fd, "ptmx", 0);
	if (rc < 0 && rc != -ENOENT)
		return err_sys(rc, "replace /dev/ptmx");
	rc = sys_symlinkat("pts/ptmx", dev_fd, "ptmx");
	return rc < 0 ? err_sys(rc, "link /dev/ptmx") : NULL;
}

struct err *devices_apply(struct rootfs *rootfs)
{
	const struct plan_rootfs *plan = &rootfs->plan->rootfs;
	drop_fd int dev_fd = -1;

	for (size_t i = 0; i < plan->devices_n; i++) {
		/* A /dev that is the user's own bind mount is the host's: nothing is made in it. */
		if (!plan->set_up_dev && path_is_below(plan->devices[i].path, "/dev"))
			continue;
		TRY(err_link(make_device(rootfs, &plan->devices[i]), "device"));
	}
	if (!plan->set_up_dev)
		return NULL;
	TRY(inroot_make(rootfs->root_fd, "dev", INROOT_DIR, &dev_fd, NULL));
	TRY(make_links(dev_fd));
	return make_ptmx(rootfs, dev_fd);
}

struct err *devices_bind_console(struct rootfs *rootfs, int slave_fd)
{
	drop_fd int dev_fd = -1, mount_fd = -1;

	TRY(inroot_make(rootfs->root_fd, "dev", INROOT_DIR, &dev_fd, NULL));
	/* Without O_TRUNC and without following: an existing file's content is not ours to lose,
	 * and a link may lead anywhere (CVE-2025-52565). */
	drop_fd int made_fd =
		sys_openat(dev_fd, "console", O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0620);
	if (made_fd < 0 && made_fd != -EEXIST)
		return err_sys(made_fd, "create /dev/console");
	drop_fd int target_fd = sys_openat(dev_fd, "console", O_PATH | O_NOFOLLOW, 0);
	if (target_fd < 0)
		return err_sys(target_fd, "open /dev/console");
	mount_fd = mount_clone(rootfs, slave_fd, "", AT_EMPTY_PATH);
	if (mount_fd < 0)
		return err_sys(mount_fd, "bind the terminal");
	return mount_attach(mount_fd, target_fd, "/dev/console");
}
