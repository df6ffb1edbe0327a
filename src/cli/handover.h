/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the caller of create, run and exec gets beside the process: the terminal's master, a pidfd,
 * the pid file. Parent only.
 */
#ifndef CLI_HANDOVER_H
#define CLI_HANDOVER_H

#include <stdbool.h>

#include "apply/apply.h"

/* Whether there is a console socket when, and only when, a terminal is to be sent: `sends`. The
 * texts are those that engines and runc's users know (lesson C24). */
MUST_CHECK struct err *handover_check_console(bool sends, const char *console_socket);
/* Sends what the sockets are there for; NULL: none. */
MUST_CHECK struct err *handover_descriptors(const struct apply_result *result,
					    const char *console_socket, const char *pidfd_socket);
/* Last of all: who waits for the file takes it for success (lesson C22). NULL: none. */
MUST_CHECK struct err *handover_pid_file(const struct apply_result *result, const char *path);

#endif
