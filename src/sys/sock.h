/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets by path, and descriptors sent through them. Either process. */
#ifndef SYS_SOCK_H
#define SYS_SOCK_H

#include <stddef.h>

/* A new socket of `type` (SOCK_*), connected to the one at `path`, however long that is; or -errno.
 */
int sock_connect_path(const char *path, int type);
/* Sends all of `data`, the descriptor along with its first byte (unix(7), SCM_RIGHTS): 0 or -errno.
 */
int sock_send_fd(int fd, const void *data, size_t len, int pass_fd);

#endif
