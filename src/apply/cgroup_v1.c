/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only cgroup v1 needs: cpuset groups that start empty
 * (Documentation/admin-guide/cgroup-v1/cpusets.rst). Parent only.
 */
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/str.h"
#include "sys/io.h"

enum { LIST_MAX = 64 * 1024 };

static bool is_blank(const char *text)
{
	return strspn(text, " \t\r\n") == strlen(text);
}

static struct err *copy_if_empty(int parent_fd, int group_fd, const char *file)
{
	drop_strbuf struct strbuf own = { 0 }, parent = { 0 };

	TRY(io_read_file(group_fd, file, LIST_MAX, &own));
	if (!is_blank(strbuf_text(&own)))
		return NULL;
	TRY(io_read_file(parent_fd, file, LIST_MAX, &parent));
	return io_write_kernel_file(group_fd, file, strbuf_text(&parent));
}

struct err *cgroup_v1_seed_cpuset(int parent_fd, int group_fd)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		TRY(copy_if_empty(parent_fd, group_fd, files[i]));
	return NULL;
}
