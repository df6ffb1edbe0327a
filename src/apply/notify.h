/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_SOCKET (sd_notify(3)): the container says to a socket of ours that it is ready, and the
 * manager is told so in our own words, nothing else of what the container says. Where the socket is
 * in the container is the plan's. Parent only: run, or start for a container that create has made.
 */
#ifndef APPLY_NOTIFY_H
#define APPLY_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* The socket's folder in a container's state directory: what the container's mount shows. */
#define NOTIFY_DIR "notify"

struct notify {
	int dirfd;	/* the folder with our socket, or -1: the container has none */
	int listen_fd;	/* our socket, or -1 */
	bool told;	/* the manager has been told */
	int manager_fd; /* connected to the manager's */
	int barrier_fd; /* ends when the manager has read all that was sent; -1: nothing was */
	pid_t main_pid; /* what the manager is to watch, as the runtime sees it */
};
#define NOTIFY_INIT                                                              \
	{                                                                        \
		.dirfd = -1, .listen_fd = -1, .manager_fd = -1, .barrier_fd = -1 \
	}

/* Whether a manager with this value of NOTIFY_SOCKET can be reached: a path, or "@" and an abstract
 * name. */
bool notify_is_address(const char *value);
/* create and run: makes the folder. `label` is its SELinux context, or NULL. */
MUST_CHECK struct err *notify_make_dir(int container_dirfd, const char *label);
/*
 * Before the program is started: listens for it, if the container has the folder. A manager that
 * can't be reached is warned of, and nobody listens: a program's sd_notify(3) fails then, which is
 * no reason for it to end.
 */
MUST_CHECK struct err *notify_open(struct notify *notify, int container_dirfd, const char *manager);
/* What has come, without waiting. When the container is ready the manager is told, once; what comes
 * later is read, so that no sender has to wait for a full queue, and dropped. */
void notify_take(struct notify *notify);
/* Until the container is ready, or its init (pidfd) has ended; then notify_finish. */
void notify_wait(struct notify *notify, int pidfd);
/* Until the manager has read what it was told, for half a minute at most: it asks the kernel who
 * sent it, and must find us alive. */
void notify_finish(struct notify *notify);
void notify_close(struct notify *notify);
#define drop_notify CLEANUP(notify_close)

#endif
