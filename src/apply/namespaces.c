/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joining namespaces by path. See namespaces.h. namespaces_open in the parent, the rest in the
 * child (or the process in between). Creating namespaces is clone3's work (parent.c).
 */
#include "apply/namespaces.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "oci/names.h"
#include "sys/sys.h"

static const char *type_name(int type)
{
	const char *name = oci_names_of(&oci_namespace_types, (uint64_t)type);

	return name ? name : "?";
}

/* /proc/self/ns/NAME of a type: the kernel's names differ from the specification's. */
static const char *own_path(int type)
{
	switch (type) {
	case CLONE_NEWUSER:
		return "/proc/self/ns/user";
	case CLONE_NEWPID:
		return "/proc/self/ns/pid";
	case CLONE_NEWNET:
		return "/proc/self/ns/net";
	case CLONE_NEWIPC:
		return "/proc/self/ns/ipc";
	case CLONE_NEWUTS:
		return "/proc/self/ns/uts";
	case CLONE_NEWCGROUP:
		return "/proc/self/ns/cgroup";
	case CLONE_NEWTIME:
		return "/proc/self/ns/time";
	default:
		return "/proc/self/ns/mnt";
	}
}

static bool is_own(int fd, int type)
{
	struct stat theirs, own;

	return sys_fstat(fd, &theirs) == 0 && sys_fstatat(AT_FDCWD, own_path(type), &own, 0) == 0 &&
	       theirs.st_ino == own.st_ino && theirs.st_dev == own.st_dev;
}

static struct err *open_one(const struct plan_join *join, int *out_fd)
{
	drop_fd int fd = sys_open(join->path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);

	if (fd < 0)
		return err_sys(fd, "open the %s namespace %s", type_name(join->type), join->path);
	int type = sys_ioctl_int(fd, NS_GET_NSTYPE, 0);
	if (type == -ENOTTY)
		return err_new(ERR_CONFIG, "%s is no namespace", join->path);
	if (type < 0)
		return err_sys(type, "ask for the namespace type of %s", join->path);
	if (type != join->type)
		return err_new(ERR_CONFIG, "%s is a %s namespace, not a %s namespace", join->path,
			       type_name(type), type_name(join->type));
	bool own = is_own(fd, type);
	/* The plan has left out what was our own then: it must not become so afterwards. */
	if (own && type == CLONE_NEWNS)
		return err_new(ERR_CONFIG, "%s has become the runtime's own mount namespace",
			       join->path);
	*out_fd = own ? -1 : take_fd(&fd);
	return NULL;
}

struct err *namespaces_open(const struct plan_namespaces *ns, int fds[static 8])
{
	for (size_t i = 0; i < ns->joins_n; i++) {
		struct err *err = open_one(&ns->joins[i], &fds[i]);

		if (err) {
			namespaces_close(ns, fds);
			return err_link(err, "linux.namespaces");
		}
	}
	return NULL;
}

void namespaces_close(const struct plan_namespaces *ns, int fds[static 8])
{
	for (size_t i = 0; i < ns->joins_n; i++)
		fd_closep(&fds[i]);
}

bool namespaces_has_user(const struct plan_namespaces *ns)
{
	if (ns->create & CLONE_NEWUSER)
		return true;
	for (size_t i = 0; i < ns->joins_n; i++) {
		if (ns->joins[i].type == CLONE_NEWUSER)
			return true;
	}
	return false;
}

bool namespaces_need_middle(const struct plan_namespaces *ns)
{
	bool by_path = false;

	/* Its maker never enters a time namespace, only what it clones (timens.c). */
	if (ns->time_offsets_n && ns->create & CLONE_NEWTIME)
		return true;
	for (size_t i = 0; i < ns->joins_n; i++) {
		/* setns to a pid namespace moves only children; a new namespace must belong to a
		 * joined user namespace: both need a fork after the setns. */
		if (ns->joins[i].type == CLONE_NEWUSER || ns->joins[i].type == CLONE_NEWPID)
			return true;
		by_path = true;
	}
	/* In a user namespace of its own from birth, the child could not join the host's others. */
	return by_path && (ns->create & CLONE_NEWUSER);
}

/* One round over the namespaces that are not joined yet; EPERM leaves one for the next round. */
static struct err *join_round(const struct plan_namespaces *ns, int pending[static 8], bool last)
{
	for (size_t i = 0; i < ns->joins_n; i++) {
		const struct plan_join *join = &ns->joins[i];

		if (pending[i] < 0 || join->type == CLONE_NEWUSER)
			continue;
		int rc = sys_setns(pending[i], join->type);
		if (rc == -EPERM && !last)
			continue;
		if (rc < 0)
			return err_sys(rc, "join the %s namespace %s", type_name(join->type),
				       join->path);
		pending[i] = -1;
	}
	return NULL;
}

/*
 * Before any mount: an id that is not mapped can't create files (lesson N4). Root need not be
 * mapped (lesson N10); anybody else in there does as well, as the capabilities are all there.
 */
struct err *namespaces_become_root(const struct plan_namespaces *ns)
{
	int rc = sys_setresgid(0);

	if (rc == -EINVAL)
		rc = sys_setresgid(ns->user_gid);
	if (rc < 0 && rc != -EINVAL)
		return err_sys(rc, "setresgid in the user namespace");
	rc = sys_setresuid(0);
	if (rc == -EINVAL)
		rc = sys_setresuid(ns->user_uid);
	return rc < 0 && rc != -EINVAL ? err_sys(rc, "setresuid in the user namespace") : NULL;
}

static struct err *join_user(const struct plan_namespaces *ns, int pending[static 8])
{
	for (size_t i = 0; i < ns->joins_n; i++) {
		if (pending[i] < 0 || ns->joins[i].type != CLONE_NEWUSER)
			continue;
		int rc = sys_setns(pending[i], CLONE_NEWUSER);
		if (rc < 0)
			return err_sys(rc, "join the user namespace %s", ns->joins[i].path);
		pending[i] = -1;
	}
	return NULL;
}

struct err *namespaces_join(const struct plan_namespaces *ns, const int fds[static 8])
{
	int pending[8];
	bool has_user = false;

	for (size_t i = 0; i < ns->joins_n; i++) {
		pending[i] = fds[i];
		has_user |= fds[i] >= 0 && ns->joins[i].type == CLONE_NEWUSER;
	}
	TRY(join_round(ns, pending, !has_user));
	TRY(join_user(ns, pending));
	return join_round(ns, pending, true);
}

void namespaces_loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	drop_fd int fd = sys_socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		fd = sys_socket(AF_UNIX, SOCK_DGRAM, 0); /* any family's ioctl reaches devices */
	if (fd >= 0)
		(void)sys_ioctl(fd, SIOCSIFFLAGS, &request);
}
