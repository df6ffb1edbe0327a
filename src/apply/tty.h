/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminals. tty_open_pty runs in the child, the rest in the parent.
 */
#ifndef APPLY_TTY_H
#define APPLY_TTY_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Child: a new pty from the devpts instance mounted at dev_fd/pts; verified (devpts, ptmx 5:2), the
 * slave through TIOCGPTPEER, never by path. The size is set unless 0.
 */
MUST_CHECK struct err *tty_open_pty(int dev_fd, uint16_t rows, uint16_t columns, int *out_master_fd,
				    int *out_slave_fd, char *out_name, size_t name_size);
/* Child: the slave becomes controlling terminal and descriptors 0-2. Call after setsid. */
MUST_CHECK struct err *tty_make_controlling(int slave_fd);

/* Parent: sends the master to an engine's console socket: one message, one descriptor, the pts name
 * as payload (docs of Podman's conmon and go-runc's console protocol). */
MUST_CHECK struct err *tty_send_master(const char *socket_path, int master_fd, const char *name);

/*
 * Parent, foreground run: relays signals to the container and bytes between the caller's terminal
 * and the master until the container's init ends; drains what is left; restores the caller's
 * terminal. console_fd -1: no terminal, signals only. `notify`, if not NULL, is looked after
 * meanwhile. *out_status is a wait status of the init process.
 */
struct notify;
MUST_CHECK struct err *tty_foreground(pid_t pid, int pidfd, int console_fd, struct notify *notify,
				      int *out_status);

#endif
