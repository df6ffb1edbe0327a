/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's terminal: opened from the container's own devpts (child), its master handed to an
 * engine's console socket (parent). See tty.h. Nothing here trusts a name in the container.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include "apply/tty.h"
#include "base/fd.h"
#include "sys/sock.h"
#include "sys/sys.h"

/* A file that is on devpts and is the multiplexer (5:2), whatever the image put at that name. */
static struct err *open_multiplexer(int dev_fd, int *out_fd)
{
	struct statfs fs;
	struct stat st;
	drop_fd int fd = sys_openat2(dev_fd, "pts/ptmx", O_RDWR | O_NOCTTY, 0,
				     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

	if (fd < 0)
		return err_hint(err_sys(fd, "process.terminal: open /dev/pts/ptmx"),
				"a terminal needs a devpts mount at /dev/pts");
	if (sys_fstatfs(fd, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC || sys_fstat(fd, &st) < 0 ||
	    st.st_rdev != makedev(5, 2))
		return err_new(ERR_CONFIG, "process.terminal: /dev/pts is no devpts mount");
	*out_fd = take_fd(&fd);
	return NULL;
}

struct err *tty_open_pty(int dev_fd, uint16_t rows, uint16_t columns, int *out_master_fd,
			 int *out_slave_fd, char *out_name, size_t name_size)
{
	int unlocked = 0;
	unsigned int number = 0;
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	drop_fd int master_fd = -1;

	TRY(open_multiplexer(dev_fd, &master_fd));
	int rc = sys_ioctl(master_fd, TIOCSPTLCK, &unlocked);
	if (rc >= 0)
		rc = sys_ioctl(master_fd, TIOCGPTN, &number);
	if (rc < 0)
		return err_sys(rc, "process.terminal: set up the pty");
	/* By descriptor, not by the name in /dev/pts, which is the image's (lesson of
	 * CVE-2025-52565). */
	drop_fd int slave_fd = sys_ioctl_int(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave_fd < 0)
		return err_sys(slave_fd, "process.terminal: open the pty's other end");
	if (rows || columns) {
		rc = sys_ioctl(master_fd, TIOCSWINSZ, &size);
		if (rc < 0)
			return err_sys(rc, "process.consoleSize");
	}
	(void)snprintf(out_name, name_size, "/dev/pts/%u", number);
	*out_master_fd = take_fd(&master_fd);
	*out_slave_fd = take_fd(&slave_fd);
	return NULL;
}

struct err *tty_make_controlling(int slave_fd)
{
	int rc = sys_ioctl_int(slave_fd, TIOCSCTTY, 0);

	if (rc < 0)
		return err_sys(rc, "process.terminal: make it the controlling terminal");
	for (int fd = 0; fd < 3; fd++) {
		rc = sys_dup3(slave_fd, fd, 0);
		if (rc < 0)
			return err_sys(rc, "process.terminal: descriptor %d", fd);
	}
	return NULL;
}

struct err *tty_send_master(const char *socket_path, int master_fd, const char *name)
{
	drop_fd int fd = sock_connect_path(socket_path, SOCK_STREAM);

	if (fd < 0)
		return err_sys(fd, "connect to console socket %s", socket_path);
	int rc = sock_send_fd(fd, name, strlen(name), master_fd);
	return rc < 0 ? err_sys(rc, "send the terminal to console socket %s", socket_path) : NULL;
}
