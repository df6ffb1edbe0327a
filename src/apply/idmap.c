/* SPDX-License-Identifier: Apache-2.0 */
/* Id maps. See idmap.h. Parent only, between clone and SYNC_MAPPED. */
#include "apply/idmap.h"

#include <errno.h>

#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

/* The whole map goes down in one write: the kernel accepts no second one. */
static struct err *write_map(pid_t pid, const char *file, const struct oci_id_mapping *map,
			     size_t n)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_mem char *path = mem_asprintf("/proc/%d/%s", (int)pid, file);

	for (size_t i = 0; i < n; i++)
		strbuf_addf(&text, "%u %u %u\n", map[i].container_id, map[i].host_id, map[i].size);
	int rc = io_try_write_kernel_file(AT_FDCWD, path, strbuf_text(&text));
	if (rc < 0) {
		struct err *err = err_sys(rc, "write %s", file);

		if (rc == -EPERM)
			err = err_hint(err,
				       "without privilege only the caller's own id can be mapped; "
				       "some systems forbid user namespaces to ordinary users "
				       "(kernel.apparmor_restrict_unprivileged_userns)");
		return err;
	}
	return NULL;
}

struct err *idmap_write(const struct plan *plan, pid_t pid)
{
	const struct plan_namespaces *ns = &plan->ns;

	if (!plan->process.set_groups) {
		drop_mem char *path = mem_asprintf("/proc/%d/setgroups", (int)pid);
		int rc = io_try_write_kernel_file(AT_FDCWD, path, "deny");

		if (rc < 0)
			return err_sys(rc, "deny setgroups");
	}
	TRY(write_map(pid, "gid_map", ns->gid_map, ns->gid_map_n));
	return write_map(pid, "uid_map", ns->uid_map, ns->uid_map_n);
}
