/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about the machine, except cgroups (cgroup_facts.c) and assumptions (assume.c). Each getter
 * reads at most once and only when it is called: a start that needs no fact pays for none. Never
 * changes anything. The parent runs it, before the child exists.
 */
#include "host/host.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/host_cache.h"
#include "sys/sys.h"

/* include/linux/proc_ns.h, PROC_USER_INIT_INO: fixed since Linux 3.8. The text of uid_map is no
 * proof, as service managers write identity maps too (lesson N11). */
#define INITIAL_USERNS_INODE 0xEFFFFFFDU
#define SELINUX_FS_MAGIC 0xf97cff8cU

void host_init(struct host *host)
{
	*host = (struct host){ 0 };
}

void host_free(struct host *host)
{
	arena_free(&host->arena);
	*host = (struct host){ 0 };
}

struct host_cache *host_cache_of(struct host *host)
{
	if (!host->cache)
		host->cache = arena_zalloc(&host->arena, sizeof(*host->cache));
	return host->cache;
}

/* Remembers a value that was read and gives it back. */
static uint64_t remember(struct host_fact *fact, uint64_t value)
{
	fact->known = true;
	fact->v = value;
	return value;
}

int host_landlock_abi(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->landlock_abi;

	if (!fact->known) {
		/* ENOSYS: not built; EOPNOTSUPP: built, but disabled at boot. Neither enforces. */
		int abi = sys_landlock_abi();

		remember(fact, abi > 0 ? (uint64_t)abi : 0);
	}
	return (int)fact->v;
}

bool host_seccomp_wait_killable(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->seccomp_wait_killable;

	if (fact->known)
		return fact->v;
	/* Flags are looked at before the program, which is nowhere: nothing is loaded. */
	int rc = sys_seccomp(
		SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, NULL);
	return remember(fact, rc == -EFAULT);
}

uid_t host_euid(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->euid;

	return (uid_t)(fact->known ? fact->v : remember(fact, geteuid()));
}

gid_t host_egid(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->egid;

	return (gid_t)(fact->known ? fact->v : remember(fact, getegid()));
}

bool host_in_initial_userns(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->initial_userns;
	struct stat st;

	if (fact->known)
		return fact->v;
	/* A kernel without user namespaces has no such file: there is only the initial one. */
	int rc = sys_fstatat(AT_FDCWD, "/proc/self/ns/user", &st, 0);
	return remember(fact, rc < 0 || st.st_ino == INITIAL_USERNS_INODE);
}

bool host_apparmor_enabled(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->apparmor;

	if (fact->known)
		return fact->v;
	drop_fd int fd = sys_open("/sys/module/apparmor/parameters/enabled", O_RDONLY, 0);
	char first = 'N';
	if (fd >= 0 && sys_read(fd, &first, 1) != 1)
		first = 'N';
	return remember(fact, first == 'Y');
}

bool host_selinux_enabled(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->selinux;
	struct statfs fs;

	if (fact->known)
		return fact->v;
	int rc = sys_statfs("/sys/fs/selinux", &fs);
	return remember(fact, rc == 0 && (uint32_t)fs.f_type == SELINUX_FS_MAGIC);
}

unsigned int host_last_cap(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->last_cap;

	if (fact->known)
		return (unsigned int)fact->v;
	/*
	 * The same number as /proc/sys/kernel/cap_last_cap, asked of the kernel itself: prctl(2),
	 * PR_CAPBSET_READ, fails with EINVAL for a capability that it does not have. 40 is
	 * CAP_CHECKPOINT_RESTORE (Linux 5.9), older than any kernel supported here, so that this is
	 * two calls today and still right when the kernel learns more.
	 */
	unsigned int cap = 40;
	while (cap < 63 && sys_prctl(PR_CAPBSET_READ, cap + 1, 0, 0, 0) >= 0)
		cap++;
	return (unsigned int)remember(fact, cap);
}

uint64_t host_own_caps(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->caps;
	uint64_t permitted = 0;

	if (fact->known)
		return fact->v;
	if (sys_capget_permitted(&permitted) < 0)
		permitted = 0;
	return remember(fact, permitted);
}

bool host_is_own_namespace(const char *path, const char *kind)
{
	char own_path[64] = "/proc/self/ns/";
	struct stat own, other;

	strncat(own_path, kind, sizeof(own_path) - strlen(own_path) - 1);
	if (sys_fstatat(AT_FDCWD, own_path, &own, 0) < 0 ||
	    sys_fstatat(AT_FDCWD, path, &other, 0) < 0)
		return false;
	/* namespaces(7): two of them are the same if device and inode number are. */
	return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}
