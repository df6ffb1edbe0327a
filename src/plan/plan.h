/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: everything about a container that can be decided without effects, as resolved values
 * only: flags as numbers, absolute paths, capability masks, Landlock rights masked to the ABI.
 * A pure function of configuration, options and host facts; `nucleus-oci plan` prints it and the
 * golden tests compare it. The child gets it by being cloned. Lives in one arena with the
 * configuration.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bitset.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "host/host.h"
#include "oci/config.h"
#include "oci/problems.h"

/* What the command line decides. Strings belong to the caller and outlive the plan. */
struct plan_options {
	const char *id;
	const char *bundle; /* absolute */
	bool no_pivot;
	bool no_new_keyring;
	unsigned int preserve_fds; /* how many beyond 0-2, after LISTEN_FDS */
	unsigned int listen_fds;   /* from LISTEN_FDS when LISTEN_PID is ours */
	bool detach;		   /* create, or run --detach: terminal goes to a console socket */
	/* cgroup manager "disabled": touch no cgroup file system at all */
	bool no_cgroup;
	/* The host's folder, absolute, for the socket that takes the place of the manager's; NULL:
	 * no manager waits to be notified (sd_notify(3)). */
	const char *notify_dir;
	bool systemd; /* cgroup manager "systemd": it makes the group, as a unit */
	/* The Landlock policy of a "file:" annotation as it was at create; NULL: read it. */
	const char *policy_text;
};

/* What exec says about its process. */
struct plan_exec_options {
	/* --process: a whole section of its own; NULL: the configuration's, changed by the rest. */
	const struct oci_process *process;
	struct strv args, env, caps;
	const char *cwd, *apparmor_profile, *selinux_label; /* NULL: as configured */
	struct opt_u32 uid, gid;
	struct oci_u32s additional_gids; /* besides those that are configured */
	bool terminal, no_new_privs;
};

/* ---- namespaces ---- */
struct plan_join {
	int type;	  /* CLONE_NEW*: the only bit set */
	const char *path; /* absolute, host */
};
/* How far a clock of the time namespace is ahead of the host's (time_namespaces(7)). */
struct plan_time_offset {
	const char *clock; /* "monotonic" or "boottime" */
	int64_t secs;
	uint32_t nanosecs; /* counted upwards from secs, also where those are negative */
};
/* How a map of a new user namespace is written (user_namespaces(7)). */
enum plan_map_writer {
	MAP_NONE,	/* there is no new user namespace */
	MAP_BY_RUNTIME, /* it has the capability */
	MAP_OF_OWN_ID,	/* by the runtime: one line with its own id, which needs none */
	MAP_BY_HELPER,	/* by newuidmap or newgidmap */
};
struct plan_namespaces {
	uint64_t create;	   /* CLONE_NEW* of those to make */
	uint64_t enter;		   /* exec: of those that the container has, as configured */
	struct plan_join joins[8]; /* user first, mount last: the order of setns */
	size_t joins_n;
	/* of the new user namespace, or what a joined one must have; none: not asked for */
	const struct oci_id_mapping *uid_map, *gid_map;
	size_t uid_map_n, gid_map_n;
	const struct plan_time_offset *time_offsets;
	size_t time_offsets_n;
	enum plan_map_writer uid_writer, gid_writer;
	/* who to be while setting up where no root is mapped: the process's user, or 0 */
	uid_t user_uid;
	gid_t user_gid;
	bool in_user_namespace; /* the container is in one that is not the machine's */
	bool unprivileged;	/* none of them can be made or joined without CAP_SYS_ADMIN */
};

/* ---- rootfs and mounts ---- */
/* Where the container finds the socket: as with other runtimes. */
#define PLAN_NOTIFY_DIR "/run/notify"
#define PLAN_NOTIFY_SOCKET "notify.sock"
enum plan_mount_kind {
	PLAN_MOUNT_BIND,    /* open_tree(source) */
	PLAN_MOUNT_FS,	    /* fsopen(type) */
	PLAN_MOUNT_REMOUNT, /* change what is mounted at the destination */
	PLAN_MOUNT_CGROUP,  /* type cgroup or cgroup2: what it means depends on the host's mode */
};
/* One parameter of a file system: a flag (value NULL) or key=value, for fsconfig(2). */
struct plan_fs_param {
	const char *key, *value;
};
/* What a mount does to the ids of its files (mount_setattr(2), MOUNT_ATTR_IDMAP). containerID is
 * the id in the file system, hostID what it is here: as in user_namespaces(7). */
struct plan_idmap {
	/* The mapping of the user namespace that the container joins, whatever it is; no lists. */
	bool joined;
	const struct oci_id_mapping *uid_map, *gid_map;
	size_t uid_map_n, gid_map_n;
};
struct plan_mount {
	enum plan_mount_kind kind;
	const char *place;	       /* "mounts[3]" or "NOTIFY_SOCKET", for messages */
	const char *dest;	       /* clean, absolute in the container */
	const char *dest_rel;	       /* the same without leading slash; "." for the root itself */
	const char *source;	       /* bind: absolute host path; fs: device or dummy word */
	const char *type;	       /* fs type; NULL for bind */
	bool recursive;		       /* rbind */
	uint64_t attr_set, attr_clear; /* MOUNT_ATTR_* for this mount */
	uint64_t rec_attr_set, rec_attr_clear; /* with AT_RECURSIVE */
	/* tmpfs and /dev: read-only only when everything else is in place (lesson M54) */
	bool readonly_late;
	bool readonly; /* the user asked for ro (also as rec attr), whatever way it is applied */
	/*
	 * A bind's tree towards its source, before its own options: MS_PRIVATE, MS_SLAVE (what is
	 * mounted there later arrives) or MS_SHARED (and what is mounted here goes there).
	 */
	unsigned long tree;
	unsigned long propagation[4];	      /* MS_*, applied in order after mounting; 0 ends */
	unsigned long super_set, super_clear; /* MS_* of the superblock */
	const struct plan_fs_param *params;   /* in order */
	size_t params_n;
	bool has_mode, has_uid, has_gid; /* such a word is among params (lesson M16) */
	bool tmpcopyup;
	/* SELinux label for the root of the new file system, which takes no context=; or NULL */
	const char *label;
	const struct plan_idmap *idmap; /* one of plan_rootfs.idmaps, or NULL: ids stay */
	bool idmap_recursive;		/* ridmap: also what is mounted below the source */
};
struct plan_device {
	const char *path, *path_rel;
	mode_t mode; /* with S_IFCHR, S_IFBLK or S_IFIFO */
	dev_t dev;
	uid_t uid;
	gid_t gid;
	bool is_default; /* one of the six that every container gets */
};
struct plan_rootfs {
	const char *path; /* absolute, host; must be a directory (checked when it is opened) */
	bool readonly;
	unsigned long propagation; /* MS_SHARED, ...; 0: not asked for */
	unsigned long
		host_propagation; /* for the host's tree in our namespace: MS_SLAVE/MS_PRIVATE */
	unsigned long tree;	  /* the root's tree towards the host's: MS_SLAVE/MS_PRIVATE */
	bool has_mount_ns;	  /* false: no mount namespace of its own, chroot only */
	/* Mounts in the runtime's own mount namespace: in a private clone of the root's tree that
	 * lies over root.path until delete takes it away. Only without has_mount_ns. */
	bool on_host;
	bool no_pivot;
	bool set_up_dev;	 /* false when /dev is a bind mount of the user's */
	bool console;		 /* /dev/console is bound: process.terminal */
	const char *mount_label; /* SELinux context or NULL */
	const struct plan_mount *mounts;
	size_t mounts_n;
	const struct plan_idmap *idmaps; /* the different ones that mounts have */
	size_t idmaps_n;
	const struct plan_device *devices; /* defaults first, then config's */
	size_t devices_n;
	const char *const *masked; /* clean absolute container paths */
	size_t masked_n;
	const char *const *readonly_paths;
	size_t readonly_paths_n;
};

/* ---- cgroup ---- */
/* One group to make and join: a v1 hierarchy or the v2 tree. */
struct plan_cgroup_dir {
	bool v2;
	const char *controllers; /* "cpu,cpuacct"; "" for v2 */
	const char *mount_point; /* absolute */
	const char *rel;	 /* clean path below the mount point, without leading slash */
	/* v2: controllers to enable in the ancestors, "+memory +pids"; NULL when none */
	const char *enable;
};
/* One write: in order; value may have several lines, each written alone. */
struct plan_cgroup_write {
	size_t dir; /* index into dirs */
	const char *file, *value;
	/* Which files a group has is known when there is one: where `file` is missing, or does
	 * nothing for the device (EOPNOTSUPP), this one gets this value. NULL: there is no other.
	 */
	const char *other_file, *other_value;
	const char *place;  /* "linux.resources.memory.limit", for messages */
	bool may_be_absent; /* ENOENT is no error (swap files on a kernel without swap) */
	/* Its value and that of the write before bound each other: whichever the kernel takes goes
	 * first, as that depends on what the group has now (lessons G6, G7, G9). */
	bool tied;
	bool keeps_first; /* the value's first word is what the file has now */
	/* memory.checkBeforeUpdate: refused when this file has a larger number; NULL: not asked */
	const char *usage_file;
};
struct plan_device_rule { /* for eBPF and devices.allow/deny alike */
	bool allow;
	char type;	      /* 'a', 'b', 'c' */
	int64_t major, minor; /* -1: any */
	unsigned int access;  /* bit 0 r, 1 w, 2 m */
};
/* One property of a unit (org.freedesktop.systemd1(5)), its value as D-Bus has it. */
struct plan_unit_property {
	const char *name;
	const char *type; /* a D-Bus signature: "s", "t", "a(ss)" */
	/* The basic values in their order; in front of the items of an array is their number. */
	const char *const *values;
	size_t values_n;
	/* The version of systemd that knows it; older ones do without. 0: all that run here. */
	unsigned int since;
	bool is_limit;	   /* of linux.resources: set again by update */
	const char *place; /* for messages */
};
/* A transient unit of systemd whose group is the container's. */
struct plan_unit {
	const char *name;   /* "nucleus-oci-web.scope" */
	const char *slice;  /* "system.slice"; of a slice, the one above it */
	bool is_slice;	    /* systemd starts it without a process */
	bool user;	    /* of the user's manager */
	const char *socket; /* of the manager or its bus */
	const char *description;
	const struct plan_unit_property *properties; /* in order, each name once */
	size_t properties_n;
};
struct plan_cgroup {
	const struct plan_unit *unit; /* NULL: the runtime makes the group itself */
	bool disabled; /* no cgroup at all: manager disabled, or no hierarchy mounted */
	enum host_cgroup_mode mode;
	const char *path; /* as decided, clean, absolute below each mount point */
	const struct plan_cgroup_dir *dirs;
	size_t dirs_n;
	long v2_dir, devices_dir, freezer_dir; /* index into dirs, or -1 */
	const struct plan_cgroup_write *writes;
	size_t writes_n;
	const struct plan_device_rule *device_rules; /* the complete list, defaults included */
	size_t device_rules_n;
	bool devices_by_bpf; /* attach to v2_dir; else write devices.allow/deny in devices_dir */
	/* Unprivileged, no group is delegated to us and none was asked for: it goes without (lesson
	 * G41). */
	bool undelegated;
	bool namespaced;    /* the container gets its own cgroup namespace */
	bool delegate;	    /* chown the delegated files (config-linux.md, "Cgroup ownership") */
	uid_t delegate_uid; /* host uid of the process user */
};

/* ---- process ---- */
struct plan_caps {
	bool set; /* false: nothing is changed */
	uint64_t bounding, effective, permitted, inheritable, ambient;
	/* Held beside the sets by the runtime's own last steps; execve works out the process's
	 * sets without looking at it (confine.c). */
	uint64_t until_exec;
};
struct plan_rlimit {
	int resource;
	uint64_t soft, hard; /* UINT64_MAX is RLIM_INFINITY */
};
/* config.md: for the processes of exec, not for the container's own; empty: left alone */
struct plan_exec_cpus {
	struct bitset initial; /* before the container's group is entered */
	struct bitset final;   /* in it */
};
struct plan_process {
	bool present; /* false: config has no process, start is an error */
	/* The document's section, for what needs no resolving; NULL when not present. */
	const struct oci_process *config;
	char *const *args; /* NULL-terminated; empty: nothing to start (config.args is absent) */
	char *const *env;  /* NULL-terminated, duplicates resolved, without HOME unless given */
	bool home_set;	   /* HOME is in env and not empty; else it comes from /etc/passwd */
	const char *path;  /* PATH's value from env, or the default, for the command lookup */
	const char *cwd;
	bool cwd_must_exist; /* exec: a running container gets no new directory */
	bool terminal;
	uint16_t rows, columns; /* 0: leave */
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t groups_n;
	bool set_groups; /* false where setgroups is denied (unprivileged single mapping) */
	mode_t umask;
	struct plan_caps caps;
	bool no_new_privs;
	const struct plan_rlimit *rlimits;
	size_t rlimits_n;
	struct opt_i64 oom_score_adj;
	bool oom_best_effort;			      /* EPERM is ignored: unprivileged */
	const char *apparmor_profile, *selinux_label; /* NULL: none */
	/* scheduler and ioPriority (in config) are set by the runtime from outside: it has the
	 * privilege, which nobody has inside of a user namespace. Else by the process itself. */
	bool scheduled_by_runtime;
	struct plan_exec_cpus exec_cpus;
	/* exec: all that the group has, whatever CPUs the caller has (lesson G15) */
	bool all_cpus_of_group;
	bool personality_set;
	unsigned long personality;
	bool new_keyring;
	unsigned int pass_fds; /* descriptors 3.. that the payload inherits */
	/* Without a terminal: pipes among its standard streams are given to the process's user, by
	 * the host's id, as /dev/stdout can be opened only by the pipe's owner. */
	bool give_pipes;
	uid_t pipes_uid;
};
struct plan_sysctl {
	const char *key;      /* as written */
	const char *path_rel; /* below /proc/sys: "net/ipv4/ip_forward" */
	const char *value;
};

struct plan_memory_policy { /* set_mempolicy(2) */
	bool set;
	int mode;	    /* MPOL_* */
	unsigned int flags; /* MPOL_F_* */
	struct bitset nodes;
};

/* ---- Landlock (oci/landlock.h is the document, this is what the kernel gets) ---- */
struct plan_landlock_path {
	const char *path;    /* absolute in the container */
	uint64_t rights;     /* LANDLOCK_ACCESS_FS_*, masked to the ABI */
	bool may_be_missing; /* missingPath: skip */
	bool warn_missing;   /* expected to exist: /bin, /usr, /lib, /etc of the built-in policy */
	const char *origin;  /* "default", "rw option", "mounts[3]", "pathBeneath[0]" */
};
struct plan_landlock_port {
	uint64_t port, rights;
	const char *origin;
};
enum plan_landlock_status {
	LANDLOCK_NOT_ENFORCED,
	LANDLOCK_PARTIALLY_ENFORCED,
	LANDLOCK_FULLY_ENFORCED,
};
struct plan_landlock {
	bool asked;		 /* the annotation is there and not "off" */
	const char *source;	 /* "default", "inline", "file:/etc/policy.json": for print */
	const char *policy_text; /* of a file, kept for exec; NULL: there is none */
	bool best_effort;
	unsigned int minimum_abi, abi;		  /* abi: the kernel's (or assumed); 0 none */
	enum plan_landlock_status status;	  /* what will be reached */
	uint64_t handled_fs, handled_net, scoped; /* masked to the ABI */
	uint64_t known_fs;			  /* the rights that have a name in this build */
	uint32_t restrict_flags;		  /* LANDLOCK_RESTRICT_SELF_* */
	bool can_log;				  /* the kernel has audit flags (ABI 7) */
	const char *const *dropped;		  /* names of what the kernel does not know */
	size_t dropped_n;
	/* The policy with every option, base, mount and relative path resolved, whatever the kernel
	 * knows of it: what `landlock show --json` writes. */
	const struct oci_landlock_policy *policy;
	const struct plan_landlock_path *paths; /* in order */
	size_t paths_n;
	const struct plan_landlock_port *ports;
	size_t ports_n;
};

/* ---- network devices (config-linux.md, "Network Devices") ---- */
struct plan_net_device {
	const char *name, *new_name; /* in the runtime's namespace, in the container's */
	bool is_template;	     /* new_name ends in %d: the kernel finds a number */
	const char *place;	     /* "linux.netDevices[eth0]", for messages */
};

/* ---- Intel RDT (config-linux.md, "IntelRdt") ---- */
struct plan_rdt_line {
	const char *place; /* "linux.intelRdt.schemata[0]", for messages */
	const char *text;  /* "L3:0=7f0;1=1f", one line of a schemata file */
};
struct plan_rdt {
	const char *root;    /* where resctrl is mounted; NULL: not asked for */
	const char *group;   /* directory in it, one name; "": the root, the default class */
	bool by_id;	     /* the group is the container's own: it goes with the container */
	bool may_make;	     /* a group that is not there is made */
	const char *monitor; /* a name in the group's mon_groups, or NULL */
	const struct plan_rdt_line *lines; /* written, or compared with, in this order */
	size_t lines_n;
};

/* ---- seccomp ---- */
struct plan_seccomp {
	const struct oci_seccomp *profile; /* NULL: no filter */
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* for seccomp(2), beside _NEW_LISTENER */
	/* The agent's socket, absolute; NULL: no call is notified and nobody is told. */
	const char *listener_path;
	const char *listener_metadata; /* NULL: none */
};

struct plan {
	const char *id, *bundle;
	const struct oci_config *config; /* annotations, seccomp profile */
	const struct oci_hooks *hooks;	 /* the document's; NULL: none */
	bool notify; /* the container gets a NOTIFY_SOCKET, in the last of the mounts */
	struct plan_namespaces ns;
	struct plan_rootfs rootfs;
	struct plan_cgroup cgroup;
	struct plan_process process;
	const struct plan_sysctl *sysctls;
	size_t sysctls_n;
	const char *hostname, *domainname; /* NULL: untouched */
	struct plan_memory_policy memory_policy;
	struct plan_seccomp seccomp;
	struct plan_landlock landlock;
	const struct plan_net_device *net_devices; /* moved in this order */
	size_t net_devices_n;
	struct plan_rdt rdt;
};

/*
 * Builds the plan. Problems with their places go to `problems` (all of them; warnings too); the
 * returned error is for what is no problem of the document (a host fact can't be read). The plan
 * may be applied only if problems_errors() is 0.
 */
MUST_CHECK struct err *plan_make(struct arena *arena, const struct oci_config *config,
				 const struct plan_options *options, struct host *host,
				 struct problems *problems, struct plan **out);

/*
 * exec.c: the plan of one more process in a container of this configuration: namespaces, root and
 * groups are there and are entered, nothing is mounted or made. What confines the container's own
 * process confines this one too. As above.
 */
MUST_CHECK struct err *plan_make_exec(struct arena *arena, const struct oci_config *config,
				      const struct plan_options *options,
				      const struct plan_exec_options *exec, struct host *host,
				      struct problems *problems, struct plan **out);

/* The parts, a file each; called by plan_make in this order. */
void plan_add_namespaces(struct arena *arena, struct plan *plan, struct host *host,
			 struct problems *problems);
void plan_add_mounts(struct arena *arena, struct plan *plan, const struct plan_options *options,
		     struct problems *problems);
void plan_add_devices(struct arena *arena, struct plan *plan, struct problems *problems);
void plan_add_process(struct arena *arena, struct plan *plan, const struct plan_options *options,
		      struct host *host, struct problems *problems);
void plan_add_sysctls(struct arena *arena, struct plan *plan, struct problems *problems);
void plan_add_memory_policy(struct arena *arena, struct plan *plan);
void plan_add_seccomp(struct arena *arena, struct plan *plan);
MUST_CHECK struct err *plan_add_cgroup(struct arena *arena, struct plan *plan,
				       const struct plan_options *options, struct host *host,
				       struct problems *problems);
/*
 * cgroup_update.c: which writes take a container's groups `dirs` (absolute paths) from the
 * resources `before` to `after`, which have `change` in them. Only what `change` names, or what
 * comes to another value through it, is written. Groups behind the first dirs->n of the plan are to
 * be made: they are of v1 hierarchies in which the container is not yet.
 */
struct plan_update {
	const struct strv *dirs;
	/* Of systemd, and the socket of its manager; NULL: none. Its properties are all limits. */
	const char *unit, *socket;
	const struct oci_resources *before, *change, *after;
};
MUST_CHECK struct err *plan_update_cgroup(struct arena *arena, const struct plan_update *update,
					  struct host *host, struct problems *problems,
					  struct plan_cgroup *out);
void plan_add_net_devices(struct arena *arena, struct plan *plan, struct host *host,
			  struct problems *problems);
MUST_CHECK struct err *plan_add_rdt(struct arena *arena, struct plan *plan, struct host *host,
				    struct problems *problems);
MUST_CHECK struct err *plan_add_landlock(struct arena *arena, struct plan *plan,
					 const struct plan_options *options, struct host *host,
					 struct problems *problems);
/* caps.c, last: what the steps between dropping capabilities and execve need. */
void plan_add_caps_until_exec(struct plan *plan, struct host *host, struct problems *problems);

/* "fully-enforced", ...: as docs/landlock.md has them. */
const char *plan_landlock_status_name(enum plan_landlock_status status);

/* The plan as readable text, or as one JSON document. free() by the caller. */
char *plan_print_text(const struct plan *plan);
char *plan_print_json(const struct plan *plan);

#endif
