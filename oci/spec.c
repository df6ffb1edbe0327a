/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document that `spec` writes: a shell with few privileges, closed where engines close, built
 * as a model so that the tables write it and a property that is renamed does not compile. Touches
 * no kernel. Parent only.
 */
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "oci/config.h"
#include "oci/state.h"

/* Literals are never written to: the model's strings are char * because readers own theirs. */
#define WORDS(...)                                                      \
	{                                                               \
		.items = (char *[]){ __VA_ARGS__ },                     \
		.n = sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *) \
	}
#define CAPS WORDS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE")

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wwrite-strings"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wincompatible-pointer-types-discards-qualifiers"
#else
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"
#endif

static const struct oci_mount proc = { .destination = "/proc", .type = "proc", .source = "proc" };
static const struct oci_mount dev = {
	.destination = "/dev",
	.type = "tmpfs",
	.source = "tmpfs",
	.options = WORDS("nosuid", "strictatime", "mode=755", "size=65536k"),
};
static const struct oci_mount devpts = {
	.destination = "/dev/pts",
	.type = "devpts",
	.source = "devpts",
	.options = WORDS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
};
/* One group is mapped: gid 5 is none of it. */
static const struct oci_mount devpts_rootless = {
	.destination = "/dev/pts",
	.type = "devpts",
	.source = "devpts",
	.options = WORDS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"),
};
static const struct oci_mount shm = {
	.destination = "/dev/shm",
	.type = "tmpfs",
	.source = "shm",
	.options = WORDS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
};
static const struct oci_mount mqueue = {
	.destination = "/dev/mqueue",
	.type = "mqueue",
	.source = "mqueue",
	.options = WORDS("nosuid", "noexec", "nodev"),
};
static const struct oci_mount sysfs = {
	.destination = "/sys",
	.type = "sysfs",
	.source = "sysfs",
	.options = WORDS("nosuid", "noexec", "nodev", "ro"),
};
/* sysfs can be mounted only by the owner of the network namespace, which here is the host's. */
static const struct oci_mount sysfs_rootless = {
	.destination = "/sys",
	.type = "none",
	.source = "/sys",
	.options = WORDS("rbind", "nosuid", "noexec", "nodev", "ro"),
};
static const struct oci_mount cgroup = {
	.destination = "/sys/fs/cgroup",
	.type = "cgroup",
	.source = "cgroup",
	.options = WORDS("nosuid", "noexec", "nodev", "relatime", "ro"),
};

static struct oci_capabilities capabilities = {
	.bounding = CAPS,
	.effective = CAPS,
	.permitted = CAPS,
};
static struct oci_process process = {
	.terminal = true,
	.args = WORDS("sh"),
	.env = WORDS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		     "TERM=xterm"),
	.cwd = "/",
	.capabilities = &capabilities,
	.rlimits = { .items = (struct oci_rlimit[]){ { RLIMIT_NOFILE, 1024, 1024 } }, .n = 1 },
	.no_new_privileges = true,
};
static struct oci_root root = { .path = "rootfs", .readonly = true };
/* No devices but the default ones. */
static struct oci_resources resources = {
	.devices = { .items = (struct oci_device_rule[]){ { .access = "rwm" } }, .n = 1 },
};

static const struct oci_linux linux_section = {
	/* What of /proc and /sys tells of the host, or changes it. */
	.masked_paths =
		WORDS("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
		      "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
		      "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"),
	.readonly_paths =
		WORDS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
};

#pragma GCC diagnostic pop

struct sketch {
	struct oci_mount mounts[8];
	struct oci_namespace namespaces[8];
	struct oci_id_mapping uids[1], gids[1];
	struct oci_linux linux_;
	struct oci_config config;
};

static void add_mount(struct sketch *sketch, const struct oci_mount *mount)
{
	sketch->mounts[sketch->config.mounts.n++] = *mount;
}

static void add_namespace(struct sketch *sketch, int type)
{
	sketch->namespaces[sketch->linux_.namespaces.n++].type = type;
}

static void fill_common(struct sketch *sketch, bool rootless)
{
	sketch->linux_ = linux_section;
	sketch->linux_.namespaces.items = sketch->namespaces;
	sketch->config = (struct oci_config){
		.oci_version = (char *)(uintptr_t)OCI_SPEC_VERSION,
		.root = &root,
		.process = &process,
		.hostname = (char *)(uintptr_t) "nucleus",
		.mounts = { .items = sketch->mounts },
		.linux_ = &sketch->linux_,
	};
	add_mount(sketch, &proc);
	add_mount(sketch, &dev);
	add_mount(sketch, rootless ? &devpts_rootless : &devpts);
	add_mount(sketch, &shm);
	add_mount(sketch, &mqueue);
	add_mount(sketch, rootless ? &sysfs_rootless : &sysfs);
	add_namespace(sketch, CLONE_NEWPID);
	add_namespace(sketch, CLONE_NEWIPC);
	add_namespace(sketch, CLONE_NEWUTS);
	add_namespace(sketch, CLONE_NEWNS);
}

static void fill_for_user(struct sketch *sketch, uint32_t euid, uint32_t egid)
{
	sketch->uids[0] = (struct oci_id_mapping){ .host_id = euid, .size = 1 };
	sketch->gids[0] = (struct oci_id_mapping){ .host_id = egid, .size = 1 };
	sketch->linux_.uid_mappings = (struct oci_id_mappings){ sketch->uids, 1 };
	sketch->linux_.gid_mappings = (struct oci_id_mappings){ sketch->gids, 1 };
	add_namespace(sketch, CLONE_NEWUSER);
}

static void fill_for_root(struct sketch *sketch)
{
	sketch->linux_.resources = &resources;
	add_mount(sketch, &cgroup);
	add_namespace(sketch, CLONE_NEWNET);
	add_namespace(sketch, CLONE_NEWCGROUP);
}

char *oci_spec_default(bool rootless, uint32_t euid, uint32_t egid)
{
	struct sketch sketch = { 0 };

	fill_common(&sketch, rootless);
	if (rootless)
		fill_for_user(&sketch, euid, egid);
	else
		fill_for_root(&sketch);
	return oci_config_write(&sketch.config);
}
