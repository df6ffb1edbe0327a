/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel constants and structures: those of the system headers, and those that are newer than
 * Linux 6.1's headers, defined here under their kernel names (guarded) or, for structures that
 * grew, under a nuc_ name.
 */
#ifndef SYS_UAPI_H
#define SYS_UAPI_H

#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stdint.h>

/* <sys/mount.h> must not be included beside <linux/mount.h> (glibc 2.36): these are its own. */
#ifndef MNT_DETACH
#define MNT_FORCE 1
#define MNT_DETACH 2
#define UMOUNT_NOFOLLOW 8
#endif
#ifndef AT_RECURSIVE /* Linux 5.2; glibc has it in <fcntl.h> since 2.36 only with some macros */
#define AT_RECURSIVE 0x8000
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC 02000000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW /* Linux 5.14 */
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MOUNT_ATTR_IDMAP /* Linux 5.12 */
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef STATX_MNT_ID_UNIQUE /* Linux 6.8 */
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif
#ifndef MS_NOSYMFOLLOW /* Linux 5.10 */
#define MS_NOSYMFOLLOW 256
#endif
#ifndef CLONE_INTO_CGROUP /* Linux 5.7 */
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_NEWTIME /* Linux 5.6 */
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC 0x63677270
#endif
#ifndef CGROUP_SUPER_MAGIC
#define CGROUP_SUPER_MAGIC 0x27e0eb
#endif
#ifndef PROC_SUPER_MAGIC
#define PROC_SUPER_MAGIC 0x9fa0
#endif
#ifndef SYSFS_MAGIC
#define SYSFS_MAGIC 0x62656572
#endif
#ifndef MQUEUE_MAGIC /* ipc/mqueue.c */
#define MQUEUE_MAGIC 0x19800202
#endif
#ifndef DEVPTS_SUPER_MAGIC
#define DEVPTS_SUPER_MAGIC 0x1cd1
#endif

/* sched_setattr(2). <linux/sched/types.h> of Linux 6.1 defines struct sched_param a second time. */
struct nuc_sched_attr {
	uint32_t size;
	uint32_t sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime, sched_deadline, sched_period; /* nanoseconds */
	uint32_t sched_util_min, sched_util_max;	      /* Linux 5.3 */
};

#ifndef AT_EXECVE_CHECK /* Linux 6.14: would it be executed? */
#define AT_EXECVE_CHECK 0x10000
#endif

/* Landlock: Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE /* ABI 3, Linux 6.2 */
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
/* The rights that only a directory can have: for a file the kernel refuses them (EINVAL). */
#define NUC_LANDLOCK_DIR_RIGHTS                                          \
	(LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |   \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |     \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV /* ABI 5, Linux 6.10 */
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP /* ABI 4, Linux 6.7 */
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_ACCESS_FS_RESOLVE_UNIX /* ABI 9, Linux 7.1 */
#define LANDLOCK_ACCESS_FS_RESOLVE_UNIX (1ULL << 16)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_UDP /* ABI 10, Linux 7.2 */
#define LANDLOCK_ACCESS_NET_BIND_UDP (1ULL << 2)
#define LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP (1ULL << 3)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET /* ABI 6, Linux 6.12 */
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif
#ifndef LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF /* ABI 7, Linux 6.15 */
#define LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF (1U << 0)
#endif
#ifndef LANDLOCK_CREATE_RULESET_ERRATA /* Linux 6.15 and stable kernels */
#define LANDLOCK_CREATE_RULESET_ERRATA (1U << 1)
#endif
#define NUC_LANDLOCK_RULE_NET_PORT 2 /* ABI 4; an enumerator in newer headers */

/* struct landlock_ruleset_attr grew: fs (ABI 1), net (ABI 4), scoped (ABI 6). */
struct nuc_landlock_ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};
struct nuc_landlock_net_port_attr {
	uint64_t allowed_access;
	uint64_t port;
};

#endif
