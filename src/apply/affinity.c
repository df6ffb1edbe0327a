/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.execCPUAffinity: on which CPUs a process of exec runs, before it enters the container's
 * group and in it (config.md; sched_setaffinity(2)). The process of exec itself.
 */
#include <errno.h>

#include "apply/actors.h"
#include "sys/sys.h"

struct err *affinity_apply(const struct bitset *cpus, const char *place)
{
	if (bitset_is_empty(cpus))
		return NULL;
	/* Of what the machine or the group does not have the kernel takes the rest, if there is
	 * one. Any length is right: a longer mask than its own is cut, a shorter one filled. */
	int rc = sys_sched_setaffinity(0, cpus->words_n * sizeof(*cpus->words), cpus->words);
	if (rc >= 0)
		return NULL;
	struct err *err = err_sys(rc, "%s: sched_setaffinity", place);
	return rc == -EINVAL
		       ? err_hint(err, "none of these CPUs is online and allowed in the cgroup")
		       : err;
}
