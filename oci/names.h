/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every name<->number table of the OCI documents, once. The reader, the writer, the plan printer
 * and `features` use these same tables, so that none of them can know a word the others don't.
 */
#ifndef OCI_NAMES_H
#define OCI_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oci_name {
	const char *name;
	uint64_t value;
};
struct oci_names {
	const char *what; /* "namespace type": for messages */
	const struct oci_name *items;
	size_t n;
};

/* False if `name` is not in the table (exact, case-sensitive). */
bool oci_names_find(const struct oci_names *names, const char *name, uint64_t *out);
/* The first name of `value`, or NULL. */
const char *oci_names_of(const struct oci_names *names, uint64_t value);
/* The nearest name for a "did you mean", or NULL if nothing is near. */
const char *oci_names_nearest(const struct oci_names *names, const char *name);

/*
 * Seccomp words get numbers of our own, so that only one file needs seccomp.h. apply/seccomp.c
 * translates them with exhaustive switches.
 */
enum oci_seccomp_action {
	OCI_ACT_KILL_THREAD = 1, /* also SCMP_ACT_KILL */
	OCI_ACT_KILL_PROCESS,
	OCI_ACT_TRAP,
	OCI_ACT_ERRNO,
	OCI_ACT_TRACE,
	OCI_ACT_ALLOW,
	OCI_ACT_LOG,
	OCI_ACT_NOTIFY,
};
enum oci_seccomp_op {
	OCI_CMP_NE = 1,
	OCI_CMP_LT,
	OCI_CMP_LE,
	OCI_CMP_EQ,
	OCI_CMP_GE,
	OCI_CMP_GT,
	OCI_CMP_MASKED_EQ,
};
enum oci_seccomp_arch { /* one per name of config-linux.md, in its order */
			OCI_ARCH_X86 = 1,
			OCI_ARCH_X86_64,
			OCI_ARCH_X32,
			OCI_ARCH_ARM,
			OCI_ARCH_AARCH64,
			OCI_ARCH_MIPS,
			OCI_ARCH_MIPS64,
			OCI_ARCH_MIPS64N32,
			OCI_ARCH_MIPSEL,
			OCI_ARCH_MIPSEL64,
			OCI_ARCH_MIPSEL64N32,
			OCI_ARCH_PPC,
			OCI_ARCH_PPC64,
			OCI_ARCH_PPC64LE,
			OCI_ARCH_S390,
			OCI_ARCH_S390X,
			OCI_ARCH_PARISC,
			OCI_ARCH_PARISC64,
			OCI_ARCH_RISCV64,
			OCI_ARCH_LOONGARCH64,
			OCI_ARCH_M68K,
			OCI_ARCH_SH,
			OCI_ARCH_SHEB,
};

/*
 * What a mount option does. Words that are in no row are file system data, in order (config.md,
 * "Linux mount options").
 */
enum oci_mount_option_kind {
	MOUNT_OPT_NOTHING, /* defaults */
	MOUNT_OPT_BIND,	   /* value 1: recursive */
	MOUNT_OPT_REMOUNT,
	MOUNT_OPT_ATTR_SET,	/* value: MOUNT_ATTR_* to set */
	MOUNT_OPT_ATTR_CLEAR,	/* value: MOUNT_ATTR_* to clear */
	MOUNT_OPT_ATIME,	/* value: one of MOUNT_ATTR__ATIME's values; replaces the others */
	MOUNT_OPT_REC_ATTR_SET, /* the same, recursive (AT_RECURSIVE) */
	MOUNT_OPT_REC_ATTR_CLEAR,
	MOUNT_OPT_REC_ATIME,
	MOUNT_OPT_SUPER_SET, /* value: MS_* of the superblock (sync, dirsync, mand, lazytime, ...)
			      */
	MOUNT_OPT_SUPER_CLEAR,
	MOUNT_OPT_PROPAGATION, /* value: MS_SHARED, ..., with MS_REC for the r- forms */
	MOUNT_OPT_IDMAP,       /* value 1: recursive */
	MOUNT_OPT_TMPCOPYUP,
};
struct oci_mount_option {
	const char *name;
	enum oci_mount_option_kind kind;
	uint64_t value;
};
extern const struct oci_mount_option oci_mount_options[];
extern const size_t oci_mount_options_n;
const struct oci_mount_option *oci_mount_option_find(const char *name); /* NULL: fs data */

/* The tables; values in parentheses. Sorted by name where the specification has no order. */
extern const struct oci_names oci_namespace_types;     /* CLONE_NEW* */
extern const struct oci_names oci_capability_names;    /* capability number, CAP_CHOWN is 0 */
extern const struct oci_names oci_rlimit_types;	       /* RLIMIT_* */
extern const struct oci_names oci_seccomp_actions;     /* enum oci_seccomp_action */
extern const struct oci_names oci_seccomp_ops;	       /* enum oci_seccomp_op */
extern const struct oci_names oci_seccomp_archs;       /* enum oci_seccomp_arch */
extern const struct oci_names oci_seccomp_flags;       /* SECCOMP_FILTER_FLAG_* */
extern const struct oci_names oci_propagations;	       /* MS_SHARED, ...; r-forms with MS_REC */
extern const struct oci_names oci_device_types;	       /* 'c', 'b', 'u', 'p' */
extern const struct oci_names oci_device_rule_types;   /* 'a', 'c', 'b' */
extern const struct oci_names oci_personality_domains; /* PER_LINUX, PER_LINUX32 */
extern const struct oci_names oci_scheduler_policies;  /* SCHED_* */
extern const struct oci_names oci_scheduler_flags;     /* SCHED_FLAG_* */
extern const struct oci_names oci_io_classes;	       /* IOPRIO_CLASS_* */
extern const struct oci_names oci_memory_policy_modes; /* MPOL_* */
extern const struct oci_names oci_memory_policy_flags; /* MPOL_F_* */
extern const struct oci_names oci_hook_kinds;	       /* enum oci_hook_kind */
extern const struct oci_names oci_signals; /* signal number; names with and without SIG */
extern const struct oci_names oci_landlock_fs_rights;  /* LANDLOCK_ACCESS_FS_* bit */
extern const struct oci_names oci_landlock_net_rights; /* LANDLOCK_ACCESS_NET_* bit */
extern const struct oci_names oci_landlock_scopes;     /* LANDLOCK_SCOPE_* bit */
/* The newest Landlock ABI whose rights these tables name. */
#define OCI_LANDLOCK_ABI_MAX 11

enum oci_hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
};

#endif
