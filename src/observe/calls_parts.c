/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of calls: arguments, files, ioctls. See calls_parts.h. The observing process. */
#include "observe/calls_parts.h"

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

const char *call_path(struct call *call, int at)
{
	return tracee_string(&call->arena, call->tid, call->args[at]);
}

int call_dirfd(const struct call *call, int at)
{
	return at < 0 ? AT_FDCWD : (int)call->args[at];
}

void use_file(struct view *view, const struct seen_file *file, uint64_t rights)
{
	if (!file->path)
		return;
	if (file->unnamed)
		findings_use_folder(view->findings, file->path, rights);
	else
		findings_use(view->findings, file->path, rights);
}

#ifndef FS_IOC_GETFSUUID /* Linux 6.9 */
struct fsuuid2 {
	uint8_t len, uuid[16];
};
#define FS_IOC_GETFSUUID _IOR(0x15, 0, struct fsuuid2)
#endif
#ifndef FS_IOC_GETFSSYSFSPATH /* Linux 6.9 */
struct fs_sysfs_path {
	uint8_t len, name[128];
};
#define FS_IOC_GETFSSYSFSPATH _IOR(0x15, 1, struct fs_sysfs_path)
#endif

/* is_masked_device_ioctl of security/landlock/fs.c: the kernel answers them for every file. */
bool ioctl_is_free(uint32_t request)
{
	static const uint32_t free_requests[] = {
		FIOCLEX,	  FIONCLEX,
		FIONBIO,	  FIOASYNC,
		FIOQSIZE,	  FIFREEZE,
		FITHAW,		  FS_IOC_FIEMAP,
		FIGETBSZ,	  FICLONE,
		FICLONERANGE,	  FIDEDUPERANGE,
		FS_IOC_GETFSUUID, FS_IOC_GETFSSYSFSPATH,
	};

	for (size_t i = 0; i < ARRAY_LEN(free_requests); i++) {
		if (free_requests[i] == request)
			return true;
	}
	return false;
}
