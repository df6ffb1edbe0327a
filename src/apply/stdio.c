/* SPDX-License-Identifier: Apache-2.0 */
/* Standard streams. See stdio.h. Parent only. */
#include "apply/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include "sys/sys.h"

void stdio_give_pipes(const struct plan_process *process)
{
	for (int fd = STDIN_FILENO; process->give_pipes && fd <= STDERR_FILENO; fd++) {
		struct stat st;

		/* A file or terminal is the caller's, and stays when the container has gone. */
		if (sys_fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    st.st_uid != process->pipes_uid)
			(void)sys_fchownat(fd, "", process->pipes_uid, (gid_t)-1, AT_EMPTY_PATH);
	}
}
