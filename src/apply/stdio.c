/* SPDX-License-Identifier: Apache-2.0 */
/* Standard streams. See stdio.h. Parent only. */
#include "apply/stdio.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <unistd.h>

#include "sys/sys.h"

static bool is_anonymous_pipe(int fd)
{
	struct statfs fs;

	return sys_fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC;
}

void stdio_give_pipes(const struct plan_process *process)
{
	for (int fd = STDIN_FILENO; process->give_pipes && fd <= STDERR_FILENO; fd++) {
		struct stat st;

		/* A file, one made by mkfifo(3) too, or a terminal is the caller's, and stays when
		 * the container has gone. */
		if (is_anonymous_pipe(fd) && sys_fstat(fd, &st) == 0 &&
		    st.st_uid != process->pipes_uid)
			(void)sys_fchownat(fd, "", process->pipes_uid, (gid_t)-1, AT_EMPTY_PATH);
	}
}
