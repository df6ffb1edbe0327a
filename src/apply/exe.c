/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running from a protected copy of the binary. See exe.h. First thing of create and run, before
 * anything is read. Costs one execve of a small static program; no bytes are copied on the usual
 * path.
 */
#include "apply/exe.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/sys.h"

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#endif
#ifndef MFD_ALLOW_SEALING
#define MFD_ALLOW_SEALING 2U
#endif
#ifndef MFD_EXEC /* Linux 6.3: said, or the kernel complains, and with vm.memfd_noexec=1 forbids */
#define MFD_EXEC 0x10U
#endif
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#ifndef ST_RDONLY
#define ST_RDONLY 1
#endif

/*
 * execveat(fd, "") makes AT_EXECFN "/dev/fd/N" (execveat(2)): how the second execution knows
 * itself. The caller could fake it, but only against itself.
 */
static bool is_protected(int exe_fd)
{
	struct statfs fs;
	const char *name = (const char *)getauxval(AT_EXECFN);

	if (!name || !str_starts_with(name, "/dev/fd/"))
		return false;
	if (sys_fcntl(exe_fd, F_GET_SEALS, 0) == ALL_SEALS)
		return true;
	return sys_fstatfs(exe_fd, &fs) == 0 && (fs.f_flags & ST_RDONLY);
}

static int clone_readonly(int exe_fd)
{
	drop_fd int fd = sys_open_tree(exe_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);

	if (fd < 0)
		return fd;
	int rc = mount_set_attr(fd, false, MOUNT_ATTR_RDONLY, 0);
	if (rc < 0)
		return rc;
	return take_fd(&fd);
}

/* Without privilege the mount can't be cloned. */
static int copy_sealed(void)
{
	char chunk[65536];
	drop_fd int in_fd = sys_open("/proc/self/exe", O_RDONLY, 0);
	drop_fd int fd = sys_memfd_create("nucleus-oci", MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd == -EINVAL) /* before Linux 6.3 every one could be executed */
		fd = sys_memfd_create("nucleus-oci", MFD_ALLOW_SEALING);
	if (in_fd < 0 || fd < 0)
		return in_fd < 0 ? in_fd : fd;
	for (;;) {
		ssize_t got = sys_read(in_fd, chunk, sizeof(chunk));

		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		for (ssize_t done = 0; done < got;) {
			ssize_t put = sys_write(fd, chunk + done, (size_t)(got - done));

			if (put < 0)
				return (int)put;
			done += put;
		}
	}
	int rc = sys_fcntl(fd, F_ADD_SEALS, ALL_SEALS);
	return rc < 0 ? rc : take_fd(&fd);
}

struct err *exe_protect(char *const argv[])
{
	drop_fd int exe_fd = sys_open("/proc/self/exe", O_PATH, 0);

	if (exe_fd < 0)
		return err_hint(err_sys(exe_fd, "open /proc/self/exe"), "is /proc mounted?");
	drop_fd int sealed_fd = sys_open("/proc/self/exe", O_RDONLY, 0);
	if (is_protected(sealed_fd))
		return NULL;
	drop_fd int fd = clone_readonly(exe_fd);
	if (fd < 0)
		fd = copy_sealed();
	if (fd < 0)
		return err_sys(fd, "protect the runtime's binary from the container");
	int rc = sys_execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	return err_sys(rc, "execute the protected copy of the runtime's binary");
}
