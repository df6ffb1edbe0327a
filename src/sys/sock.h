/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets by path or abstract name, and descriptors sent through them. Either process. */
#ifndef SYS_SOCK_H
#define SYS_SOCK_H

#include <stddef.h>

/* A new socket of `type` (SOCK_*), connected to the one at `path`, however long that is; or -errno.
 */
int sock_connect_path(const char *path, int type);
/* The same for the abstract socket of this name (unix(7)), which is written without the NUL. */
int sock_connect_abstract(const char *name, int type);
/* Sends all of `data`, the descriptor along with its first byte (unix(7), SCM_RIGHTS): 0 or -errno.
 */
int sock_send_fd(int fd, const void *data, size_t len, int pass_fd);

#endif
