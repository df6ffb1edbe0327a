/* SPDX-License-Identifier: Apache-2.0 */
/* Handing over what belongs to the process. See handover.h. Parent only. */
#include "cli/handover.h"

#include <fcntl.h>
#include <stdio.h>

#include "apply/tty.h"
#include "sys/io.h"

struct err *handover_check_console(bool sends, const char *console_socket)
{
	if (sends && !console_socket)
		return err_new(ERR_USAGE, "cannot allocate tty if runc will detach without setting "
					  "console socket");
	if (console_socket && !sends)
		return err_new(ERR_USAGE, "cannot use console socket if runc will not detach or "
					  "allocate tty");
	return NULL;
}

static struct err *send_console(const struct apply_result *result, const char *socket)
{
	if (result->console_fd < 0 || !result->console_name)
		return err_new(ERR_BUG, "the container has no terminal to send");
	return err_link(tty_send_master(socket, result->console_fd, result->console_name),
			"console socket %s", socket);
}

struct err *handover_descriptors(const struct apply_result *result, const char *console_socket,
				 const char *pidfd_socket)
{
	if (console_socket)
		TRY(send_console(result, console_socket));
	if (!pidfd_socket)
		return NULL;
	return err_link(tty_send_master(pidfd_socket, result->pidfd, "pidfd"), "pidfd socket %s",
			pidfd_socket);
}

struct err *handover_pid_file(const struct apply_result *result, const char *path)
{
	char digits[24];

	if (!path)
		return NULL;
	/* Digits only: containerd's parser takes nothing else (lesson C21). */
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)result->pid);
	return err_link(io_replace_file(AT_FDCWD, path, 0644, digits, (size_t)len), "pid file");
}
