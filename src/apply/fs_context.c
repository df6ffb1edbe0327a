/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New file systems through fsopen(2), fsconfig(2), fsmount(2): detached mounts that no path leads
 * to until they are attached by descriptor. Either process; no policy.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"

/* MS_* flags that belong to the superblock, with the words of fsconfig for both directions. */
static const struct {
	unsigned long ms;
	const char *set, *clear;
} super_words[] = {
	{ MS_SYNCHRONOUS, "sync", "async" }, { MS_DIRSYNC, "dirsync", NULL },
	{ MS_MANDLOCK, "mand", "nomand" },   { MS_LAZYTIME, "lazytime", "nolazytime" },
	{ MS_I_VERSION, "iversion", NULL },  { MS_RDONLY, "ro", "rw" },
	/* MS_SILENT only quiets the kernel's log; the new interface has no such word. */
};

/* The kernel's own words on a failed fsconfig ("e tmpfs: Bad value for 'size'"), or nothing. */
static struct err *context_err(int fs_fd, int rc, const char *fmt_what, const char *what)
{
	char log[512];
	ssize_t len = sys_read(fs_fd, log, sizeof(log) - 1);

	if (len <= 2)
		return err_sys(rc, "%s%s", fmt_what, what);
	log[len] = '\0';
	log[strcspn(log, "\n")] = '\0';
	return err_sys(rc, "%s%s: %s", fmt_what, what, log + 2);
}

static struct err *set_param(int fs_fd, const char *key, const char *value)
{
	unsigned int cmd = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
	int rc = sys_fsconfig(fs_fd, cmd, key, value, 0);

	if (rc >= 0)
		return NULL;
	struct err *err = context_err(fs_fd, rc, "mount option ", key);
	/* of linux.mountLabel */
	return value && str_equal(key, "context")
		       ? err_hint(err, "does the SELinux policy know the label %s?", value)
		       : err;
}

static struct err *set_super_flags(int fs_fd, const struct plan_mount *mount, bool reconfigure)
{
	for (size_t i = 0; i < ARRAY_LEN(super_words); i++) {
		if ((mount->super_set & super_words[i].ms) && super_words[i].set)
			TRY(set_param(fs_fd, super_words[i].set, NULL));
		/* A new superblock has none of them set: clearing is only for remounts. */
		if (reconfigure && (mount->super_clear & super_words[i].ms) && super_words[i].clear)
			TRY(set_param(fs_fd, super_words[i].clear, NULL));
	}
	return NULL;
}

static struct err *set_all(int fs_fd, const struct plan_mount *mount, mode_t mode, bool reconfigure)
{
	for (size_t i = 0; i < mount->params_n; i++)
		TRY(set_param(fs_fd, mount->params[i].key, mount->params[i].value));
	if (mode) {
		char text[16];

		snprintf(text, sizeof(text), "%o", (unsigned int)mode);
		TRY(set_param(fs_fd, "mode", text));
	}
	return set_super_flags(fs_fd, mount, reconfigure);
}

static struct err *open_context(const char *type, int *out_fd)
{
	int fd = sys_fsopen(type, 0);

	if (fd == -ENODEV)
		return err_sys(fd, "the kernel knows no file system type \"%s\"", type);
	if (fd < 0)
		return err_sys(fd, "fsopen %s", type);
	*out_fd = fd;
	return NULL;
}

static struct err *create_and_mount(int fs_fd, const char *type, uint64_t attr, int *out_fd)
{
	int rc = sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);

	if (rc < 0)
		return context_err(fs_fd, rc, "mount ", type);
	int fd = sys_fsmount(fs_fd, 0, (unsigned int)attr);
	if (fd < 0)
		return context_err(fs_fd, fd, "fsmount ", type);
	*out_fd = fd;
	return NULL;
}

struct err *fs_context_mount(const struct plan_mount *mount, mode_t mode, int *out_fd)
{
	drop_fd int fs_fd = -1;
	uint64_t attr = mount->attr_set;

	TRY(open_context(mount->type, &fs_fd));
	if (mount->source && *mount->source)
		TRY(set_param(fs_fd, "source", mount->source));
	TRY(set_all(fs_fd, mount, mode, false));
	/* Mount points and devices may still have to be made in it (lesson M54). */
	if (mount->readonly_late)
		attr &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	return create_and_mount(fs_fd, mount->type, attr, out_fd);
}

struct err *fs_context_reconfigure(const struct plan_mount *mount, int target_fd)
{
	drop_fd int fs_fd = sys_fspick(target_fd, "", FSPICK_EMPTY_PATH);

	if (fs_fd < 0)
		return err_sys(fs_fd, "fspick (is it a mount point?)");
	TRY(set_all(fs_fd, mount, 0, true));
	int rc = sys_fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	return rc < 0 ? context_err(fs_fd, rc, "", "remount") : NULL;
}

struct err *fs_context_simple(const char *type, const char *const *params, uint64_t attr,
			      int *out_fd)
{
	drop_fd int fs_fd = -1;

	TRY(open_context(type, &fs_fd));
	for (; params && *params; params++) {
		drop_mem char *key = mem_strdup(*params);
		char *equals = strchr(key, '=');

		if (equals)
			*equals++ = '\0';
		TRY(set_param(fs_fd, key, equals));
	}
	return create_and_mount(fs_fd, type, attr, out_fd);
}
