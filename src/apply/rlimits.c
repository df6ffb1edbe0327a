/* SPDX-License-Identifier: Apache-2.0 */
/* process.rlimits (config.md, "POSIX process"; prlimit(2)). Child, or the parent for it. */
#include <errno.h>

#include "apply/actors.h"
#include "oci/names.h"
#include "sys/sys.h"

struct err *rlimits_apply(const struct plan_process *process, pid_t pid)
{
	for (size_t i = 0; i < process->rlimits_n; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];
		const char *name = oci_names_of(&oci_rlimit_types, (uint64_t)limit->resource);
		struct rlimit value = { .rlim_cur = limit->soft, .rlim_max = limit->hard };
		int rc = sys_prlimit(pid, limit->resource, &value, NULL);

		if (rc == -EPERM)
			return err_hint(err_sys(rc,
						"process.rlimits: set %s to soft %llu, hard %llu",
						name, (unsigned long long)limit->soft,
						(unsigned long long)limit->hard),
					"raising a hard limit needs CAP_SYS_RESOURCE");
		if (rc < 0)
			return err_sys(rc, "process.rlimits: set %s to soft %llu, hard %llu", name,
				       (unsigned long long)limit->soft,
				       (unsigned long long)limit->hard);
	}
	return NULL;
}
