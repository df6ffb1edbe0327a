/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name<->number tables of the OCI documents. See names.h. Data and look-ups only; either
 * process. Constants that Debian 12's headers lack are written out with the kernel version that
 * added them.
 */
#include "oci/names.h"

#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/attr.h"
#include "base/str.h"

#define TABLE(variable, words, rows)        \
	const struct oci_names variable = { \
		.what = words,              \
		.items = rows,              \
		.n = ARRAY_LEN(rows),       \
	}

bool oci_names_find(const struct oci_names *names, const char *name, uint64_t *out)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->items[i].name, name) == 0) {
			*out = names->items[i].value;
			return true;
		}
	}
	return false;
}

const char *oci_names_of(const struct oci_names *names, uint64_t value)
{
	for (size_t i = 0; i < names->n; i++) {
		if (names->items[i].value == value)
			return names->items[i].name;
	}
	return NULL;
}

const char *oci_names_nearest(const struct oci_names *names, const char *name)
{
	const char *best = NULL;
	/* Up to a third of the word may differ: "netwrok" is near, "foo" is near nothing. */
	size_t best_distance = strlen(name) / 3 + 1;

	for (size_t i = 0; i < names->n; i++) {
		size_t distance = str_distance(name, names->items[i].name);

		if (distance <= best_distance && (!best || distance < best_distance)) {
			best = names->items[i].name;
			best_distance = distance;
		}
	}
	return best;
}

/* config-linux.md, "Namespaces" */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
static const struct oci_name namespace_types[] = {
	{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "mount", CLONE_NEWNS },
	{ "network", CLONE_NEWNET },   { "pid", CLONE_NEWPID }, { "time", CLONE_NEWTIME },
	{ "user", CLONE_NEWUSER },     { "uts", CLONE_NEWUTS },
};
TABLE(oci_namespace_types, "namespace type", namespace_types);

/* capabilities(7), in the kernel's order */
static const struct oci_name capability_names[] = {
	{ "CAP_CHOWN", 0 },
	{ "CAP_DAC_OVERRIDE", 1 },
	{ "CAP_DAC_READ_SEARCH", 2 },
	{ "CAP_FOWNER", 3 },
	{ "CAP_FSETID", 4 },
	{ "CAP_KILL", 5 },
	{ "CAP_SETGID", 6 },
	{ "CAP_SETUID", 7 },
	{ "CAP_SETPCAP", 8 },
	{ "CAP_LINUX_IMMUTABLE", 9 },
	{ "CAP_NET_BIND_SERVICE", 10 },
	{ "CAP_NET_BROADCAST", 11 },
	{ "CAP_NET_ADMIN", 12 },
	{ "CAP_NET_RAW", 13 },
	{ "CAP_IPC_LOCK", 14 },
	{ "CAP_IPC_OWNER", 15 },
	{ "CAP_SYS_MODULE", 16 },
	{ "CAP_SYS_RAWIO", 17 },
	{ "CAP_SYS_CHROOT", 18 },
	{ "CAP_SYS_PTRACE", 19 },
	{ "CAP_SYS_PACCT", 20 },
	{ "CAP_SYS_ADMIN", 21 },
	{ "CAP_SYS_BOOT", 22 },
	{ "CAP_SYS_NICE", 23 },
	{ "CAP_SYS_RESOURCE", 24 },
	{ "CAP_SYS_TIME", 25 },
	{ "CAP_SYS_TTY_CONFIG", 26 },
	{ "CAP_MKNOD", 27 },
	{ "CAP_LEASE", 28 },
	{ "CAP_AUDIT_WRITE", 29 },
	{ "CAP_AUDIT_CONTROL", 30 },
	{ "CAP_SETFCAP", 31 },
	{ "CAP_MAC_OVERRIDE", 32 },
	{ "CAP_MAC_ADMIN", 33 },
	{ "CAP_SYSLOG", 34 },
	{ "CAP_WAKE_ALARM", 35 },
	{ "CAP_BLOCK_SUSPEND", 36 },
	{ "CAP_AUDIT_READ", 37 },
	{ "CAP_PERFMON", 38 },
	{ "CAP_BPF", 39 },
	{ "CAP_CHECKPOINT_RESTORE", 40 },
};
TABLE(oci_capability_names, "capability", capability_names);

/* getrlimit(2) */
static const struct oci_name rlimit_types[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};
TABLE(oci_rlimit_types, "resource limit", rlimit_types);

/* config-linux.md, "Seccomp" */
static const struct oci_name seccomp_actions[] = {
	{ "SCMP_ACT_ALLOW", OCI_ACT_ALLOW },
	{ "SCMP_ACT_ERRNO", OCI_ACT_ERRNO },
	{ "SCMP_ACT_KILL_THREAD", OCI_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL", OCI_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", OCI_ACT_KILL_PROCESS },
	{ "SCMP_ACT_LOG", OCI_ACT_LOG },
	{ "SCMP_ACT_NOTIFY", OCI_ACT_NOTIFY },
	{ "SCMP_ACT_TRACE", OCI_ACT_TRACE },
	{ "SCMP_ACT_TRAP", OCI_ACT_TRAP },
};
TABLE(oci_seccomp_actions, "seccomp action", seccomp_actions);

static const struct oci_name seccomp_ops[] = {
	{ "SCMP_CMP_EQ", OCI_CMP_EQ }, { "SCMP_CMP_GE", OCI_CMP_GE },
	{ "SCMP_CMP_GT", OCI_CMP_GT }, { "SCMP_CMP_LE", OCI_CMP_LE },
	{ "SCMP_CMP_LT", OCI_CMP_LT }, { "SCMP_CMP_MASKED_EQ", OCI_CMP_MASKED_EQ },
	{ "SCMP_CMP_NE", OCI_CMP_NE },
};
TABLE(oci_seccomp_ops, "seccomp operator", seccomp_ops);

static const struct oci_name seccomp_archs[] = {
	{ "SCMP_ARCH_X86", OCI_ARCH_X86 },
	{ "SCMP_ARCH_X86_64", OCI_ARCH_X86_64 },
	{ "SCMP_ARCH_X32", OCI_ARCH_X32 },
	{ "SCMP_ARCH_ARM", OCI_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64", OCI_ARCH_AARCH64 },
	{ "SCMP_ARCH_MIPS", OCI_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64", OCI_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", OCI_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", OCI_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", OCI_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", OCI_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PPC", OCI_ARCH_PPC },
	{ "SCMP_ARCH_PPC64", OCI_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE", OCI_ARCH_PPC64LE },
	{ "SCMP_ARCH_S390", OCI_ARCH_S390 },
	{ "SCMP_ARCH_S390X", OCI_ARCH_S390X },
	{ "SCMP_ARCH_PARISC", OCI_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64", OCI_ARCH_PARISC64 },
	{ "SCMP_ARCH_RISCV64", OCI_ARCH_RISCV64 },
	{ "SCMP_ARCH_LOONGARCH64", OCI_ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", OCI_ARCH_M68K },
	{ "SCMP_ARCH_SH", OCI_ARCH_SH },
	{ "SCMP_ARCH_SHEB", OCI_ARCH_SHEB },
};
TABLE(oci_seccomp_archs, "seccomp architecture", seccomp_archs);

static const struct oci_name seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", 1 << 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", 1 << 1 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1 << 2 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1 << 5 }, /* Linux 5.19 */
};
TABLE(oci_seccomp_flags, "seccomp flag", seccomp_flags);

/* config-linux.md, "Rootfs Mount Propagation"; it lacks the r-forms, which engines send */
static const struct oci_name propagations[] = {
	{ "private", MS_PRIVATE },
	{ "rprivate", MS_PRIVATE | MS_REC },
	{ "rshared", MS_SHARED | MS_REC },
	{ "rslave", MS_SLAVE | MS_REC },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
	{ "shared", MS_SHARED },
	{ "slave", MS_SLAVE },
	{ "unbindable", MS_UNBINDABLE },
};
TABLE(oci_propagations, "propagation", propagations);

static const struct oci_name device_types[] = {
	{ "b", 'b' }, { "c", 'c' }, { "p", 'p' }, { "u", 'u' }
};
TABLE(oci_device_types, "device type", device_types);

static const struct oci_name device_rule_types[] = { { "a", 'a' }, { "b", 'b' }, { "c", 'c' } };
TABLE(oci_device_rule_types, "device rule type", device_rule_types);

static const struct oci_name personality_domains[] = { { "LINUX", PER_LINUX },
						       { "LINUX32", PER_LINUX32 } };
TABLE(oci_personality_domains, "execution domain", personality_domains);

/* sched(7); SCHED_ISO is reserved by the kernel */
static const struct oci_name scheduler_policies[] = {
	{ "SCHED_OTHER", 0 }, { "SCHED_FIFO", 1 }, { "SCHED_RR", 2 },	    { "SCHED_BATCH", 3 },
	{ "SCHED_ISO", 4 },   { "SCHED_IDLE", 5 }, { "SCHED_DEADLINE", 6 },
};
TABLE(oci_scheduler_policies, "scheduling policy", scheduler_policies);

static const struct oci_name scheduler_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 },  { "SCHED_FLAG_RECLAIM", 0x02 },
	{ "SCHED_FLAG_DL_OVERRUN", 0x04 },     { "SCHED_FLAG_KEEP_POLICY", 0x08 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0x10 },    { "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
};
TABLE(oci_scheduler_flags, "scheduling flag", scheduler_flags);

static const struct oci_name io_classes[] = { { "IOPRIO_CLASS_RT", 1 },
					      { "IOPRIO_CLASS_BE", 2 },
					      { "IOPRIO_CLASS_IDLE", 3 } };
TABLE(oci_io_classes, "I/O priority class", io_classes);

/* set_mempolicy(2); MPOL_WEIGHTED_INTERLEAVE since Linux 6.9 */
static const struct oci_name memory_policy_modes[] = {
	{ "MPOL_DEFAULT", 0 },
	{ "MPOL_PREFERRED", 1 },
	{ "MPOL_BIND", 2 },
	{ "MPOL_INTERLEAVE", 3 },
	{ "MPOL_LOCAL", 4 },
	{ "MPOL_PREFERRED_MANY", 5 },
	{ "MPOL_WEIGHTED_INTERLEAVE", 6 },
};
TABLE(oci_memory_policy_modes, "memory policy", memory_policy_modes);

static const struct oci_name memory_policy_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 1 << 13 },
	{ "MPOL_F_RELATIVE_NODES", 1 << 14 },
	{ "MPOL_F_STATIC_NODES", 1 << 15 },
};
TABLE(oci_memory_policy_flags, "memory policy flag", memory_policy_flags);

/* config.md, "POSIX-platform Hooks", in the order in which they run */
static const struct oci_name hook_kinds[] = {
	{ "prestart", HOOK_PRESTART },
	{ "createRuntime", HOOK_CREATE_RUNTIME },
	{ "createContainer", HOOK_CREATE_CONTAINER },
	{ "startContainer", HOOK_START_CONTAINER },
	{ "poststart", HOOK_POSTSTART },
	{ "poststop", HOOK_POSTSTOP },
};
TABLE(oci_hook_kinds, "hook", hook_kinds);

/* signal(7) */
#define SIGNAL(word)                   \
	{ #word, SIG##word },          \
	{                              \
		"SIG" #word, SIG##word \
	}
static const struct oci_name signals[] = {
	SIGNAL(HUP),  SIGNAL(INT),    SIGNAL(QUIT), SIGNAL(ILL),    SIGNAL(TRAP), SIGNAL(ABRT),
	SIGNAL(BUS),  SIGNAL(FPE),    SIGNAL(KILL), SIGNAL(USR1),   SIGNAL(SEGV), SIGNAL(USR2),
	SIGNAL(PIPE), SIGNAL(ALRM),   SIGNAL(TERM), SIGNAL(STKFLT), SIGNAL(CHLD), SIGNAL(CONT),
	SIGNAL(STOP), SIGNAL(TSTP),   SIGNAL(TTIN), SIGNAL(TTOU),   SIGNAL(URG),  SIGNAL(XCPU),
	SIGNAL(XFSZ), SIGNAL(VTALRM), SIGNAL(PROF), SIGNAL(WINCH),  SIGNAL(IO),	  SIGNAL(PWR),
	SIGNAL(SYS),  SIGNAL(POLL),   SIGNAL(IOT),  SIGNAL(CLD),
};
TABLE(oci_signals, "signal", signals);

/* include/uapi/linux/landlock.h; what is newer than Linux 6.1 by its bit */
static const struct oci_name landlock_fs_rights[] = {
	{ "execute", LANDLOCK_ACCESS_FS_EXECUTE },
	{ "write_file", LANDLOCK_ACCESS_FS_WRITE_FILE },
	{ "read_file", LANDLOCK_ACCESS_FS_READ_FILE },
	{ "read_dir", LANDLOCK_ACCESS_FS_READ_DIR },
	{ "remove_dir", LANDLOCK_ACCESS_FS_REMOVE_DIR },
	{ "remove_file", LANDLOCK_ACCESS_FS_REMOVE_FILE },
	{ "make_char", LANDLOCK_ACCESS_FS_MAKE_CHAR },
	{ "make_dir", LANDLOCK_ACCESS_FS_MAKE_DIR },
	{ "make_reg", LANDLOCK_ACCESS_FS_MAKE_REG },
	{ "make_sock", LANDLOCK_ACCESS_FS_MAKE_SOCK },
	{ "make_fifo", LANDLOCK_ACCESS_FS_MAKE_FIFO },
	{ "make_block", LANDLOCK_ACCESS_FS_MAKE_BLOCK },
	{ "make_sym", LANDLOCK_ACCESS_FS_MAKE_SYM },
	{ "refer", 1ULL << 13 },	/* ABI 2, Linux 5.19 */
	{ "truncate", 1ULL << 14 },	/* ABI 3, Linux 6.2 */
	{ "ioctl_dev", 1ULL << 15 },	/* ABI 5, Linux 6.10 */
	{ "resolve_unix", 1ULL << 16 }, /* ABI 9, Linux 7.1 */
};
TABLE(oci_landlock_fs_rights, "Landlock file system right", landlock_fs_rights);

static const struct oci_name landlock_net_rights[] = {
	{ "bind_tcp", 1ULL << 0 },	   /* ABI 4, Linux 6.7 */
	{ "connect_tcp", 1ULL << 1 },	   /* ABI 4, Linux 6.7 */
	{ "bind_udp", 1ULL << 2 },	   /* ABI 10, Linux 7.2 */
	{ "connect_send_udp", 1ULL << 3 }, /* ABI 10, Linux 7.2 */
};
TABLE(oci_landlock_net_rights, "Landlock network right", landlock_net_rights);

static const struct oci_name landlock_scopes[] = {
	{ "abstract_unix_socket", 1ULL << 0 }, /* ABI 6, Linux 6.12 */
	{ "signal", 1ULL << 1 },	       /* ABI 6, Linux 6.12 */
};
TABLE(oci_landlock_scopes, "Landlock scope", landlock_scopes);

/*
 * config.md, "Linux mount options". nodev and the like are attributes of the mount; sync and the
 * like belong to the superblock; access times are one value.
 */
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000 /* Linux 5.14 */
#endif
const struct oci_mount_option oci_mount_options[] = {
	{ "async", MOUNT_OPT_SUPER_CLEAR, MS_SYNCHRONOUS },
	{ "atime", MOUNT_OPT_ATIME, MOUNT_ATTR_RELATIME },
	{ "bind", MOUNT_OPT_BIND, 0 },
	{ "defaults", MOUNT_OPT_NOTHING, 0 },
	{ "dev", MOUNT_OPT_ATTR_CLEAR, MOUNT_ATTR_NODEV },
	{ "diratime", MOUNT_OPT_ATTR_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", MOUNT_OPT_SUPER_SET, MS_DIRSYNC },
	{ "exec", MOUNT_OPT_ATTR_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "idmap", MOUNT_OPT_IDMAP, 0 },
	{ "iversion", MOUNT_OPT_SUPER_SET, MS_I_VERSION },
	{ "lazytime", MOUNT_OPT_SUPER_SET, MS_LAZYTIME },
	{ "loud", MOUNT_OPT_SUPER_CLEAR, MS_SILENT },
	{ "mand", MOUNT_OPT_SUPER_SET, MS_MANDLOCK },
	{ "noatime", MOUNT_OPT_ATIME, MOUNT_ATTR_NOATIME },
	{ "nodev", MOUNT_OPT_ATTR_SET, MOUNT_ATTR_NODEV },
	{ "nodiratime", MOUNT_OPT_ATTR_SET, MOUNT_ATTR_NODIRATIME },
	{ "noexec", MOUNT_OPT_ATTR_SET, MOUNT_ATTR_NOEXEC },
	{ "noiversion", MOUNT_OPT_SUPER_CLEAR, MS_I_VERSION },
	{ "nolazytime", MOUNT_OPT_SUPER_CLEAR, MS_LAZYTIME },
	{ "nomand", MOUNT_OPT_SUPER_CLEAR, MS_MANDLOCK },
	{ "norelatime", MOUNT_OPT_ATTR_CLEAR, MOUNT_ATTR_RELATIME },
	{ "nostrictatime", MOUNT_OPT_ATIME, MOUNT_ATTR_RELATIME },
	{ "nosuid", MOUNT_OPT_ATTR_SET, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", MOUNT_OPT_ATTR_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", MOUNT_OPT_PROPAGATION, MS_PRIVATE },
	{ "ratime", MOUNT_OPT_REC_ATIME, MOUNT_ATTR_RELATIME },
	{ "rbind", MOUNT_OPT_BIND, 1 },
	{ "rdev", MOUNT_OPT_REC_ATTR_CLEAR, MOUNT_ATTR_NODEV },
	{ "rdiratime", MOUNT_OPT_REC_ATTR_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "relatime", MOUNT_OPT_ATIME, MOUNT_ATTR_RELATIME },
	{ "remount", MOUNT_OPT_REMOUNT, 0 },
	{ "rexec", MOUNT_OPT_REC_ATTR_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "ridmap", MOUNT_OPT_IDMAP, 1 },
	{ "rnoatime", MOUNT_OPT_REC_ATIME, MOUNT_ATTR_NOATIME },
	{ "rnodev", MOUNT_OPT_REC_ATTR_SET, MOUNT_ATTR_NODEV },
	{ "rnodiratime", MOUNT_OPT_REC_ATTR_SET, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", MOUNT_OPT_REC_ATTR_SET, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", MOUNT_OPT_REC_ATTR_CLEAR, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", MOUNT_OPT_REC_ATIME, MOUNT_ATTR_RELATIME },
	{ "rnosuid", MOUNT_OPT_REC_ATTR_SET, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", MOUNT_OPT_REC_ATTR_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", MOUNT_OPT_ATTR_SET, MOUNT_ATTR_RDONLY },
	{ "rprivate", MOUNT_OPT_PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime", MOUNT_OPT_REC_ATIME, MOUNT_ATTR_RELATIME },
	{ "rro", MOUNT_OPT_REC_ATTR_SET, MOUNT_ATTR_RDONLY },
	{ "rrw", MOUNT_OPT_REC_ATTR_CLEAR, MOUNT_ATTR_RDONLY },
	{ "rshared", MOUNT_OPT_PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave", MOUNT_OPT_PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime", MOUNT_OPT_REC_ATIME, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", MOUNT_OPT_REC_ATTR_CLEAR, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", MOUNT_OPT_REC_ATTR_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", MOUNT_OPT_PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw", MOUNT_OPT_ATTR_CLEAR, MOUNT_ATTR_RDONLY },
	{ "shared", MOUNT_OPT_PROPAGATION, MS_SHARED },
	{ "silent", MOUNT_OPT_SUPER_SET, MS_SILENT },
	{ "slave", MOUNT_OPT_PROPAGATION, MS_SLAVE },
	{ "strictatime", MOUNT_OPT_ATIME, MOUNT_ATTR_STRICTATIME },
	{ "suid", MOUNT_OPT_ATTR_CLEAR, MOUNT_ATTR_NOSUID },
	{ "symfollow", MOUNT_OPT_ATTR_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", MOUNT_OPT_SUPER_SET, MS_SYNCHRONOUS },
	{ "tmpcopyup", MOUNT_OPT_TMPCOPYUP, 0 },
	{ "unbindable", MOUNT_OPT_PROPAGATION, MS_UNBINDABLE },
};
const size_t oci_mount_options_n = ARRAY_LEN(oci_mount_options);

const struct oci_mount_option *oci_mount_option_find(const char *name)
{
	for (size_t i = 0; i < oci_mount_options_n; i++) {
		if (strcmp(oci_mount_options[i].name, name) == 0)
			return &oci_mount_options[i];
	}
	return NULL;
}
