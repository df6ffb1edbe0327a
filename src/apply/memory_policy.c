/* SPDX-License-Identifier: Apache-2.0 */
/* linux.memoryPolicy (config-linux.md, "Memory policy"; set_mempolicy(2)). Child, at create. */
#include <errno.h>

#include "apply/actors.h"
#include "oci/names.h"
#include "sys/sys.h"

struct err *memory_policy_apply(const struct plan_memory_policy *policy)
{
	if (!policy->set)
		return NULL;
	int rc = sys_set_mempolicy(policy->mode | (int)policy->flags, policy->nodes.words,
				   policy->nodes.words_n * BITSET_WORD_BITS);
	if (rc >= 0)
		return NULL;
	const char *mode = oci_names_of(&oci_memory_policy_modes, (uint64_t)policy->mode);
	if (rc == -ENOSYS)
		return err_hint(
			err_sys_kind(ERR_UNSUPPORTED, rc, "linux.memoryPolicy: set %s", mode),
			"the kernel is built without NUMA, or a seccomp filter around the "
			"runtime refuses set_mempolicy");
	struct err *err = err_sys(rc, "linux.memoryPolicy: set %s", mode);
	return rc == -EINVAL
		       ? err_hint(err, "a node that is not there, has no memory, or is not in the "
				       "cgroup's cpuset.mems; or a mode that is newer than the "
				       "kernel")
		       : err;
}
