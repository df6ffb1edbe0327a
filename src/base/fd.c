/* SPDX-License-Identifier: Apache-2.0 */
/* Owned descriptors. See fd.h. Either process. */
#include "base/fd.h"

#include <errno.h>
#include <unistd.h>

void fd_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
