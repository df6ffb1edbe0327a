/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only cgroup v1 needs: cpuset groups that start empty, and device rules as text
 * (Documentation/admin-guide/cgroup-v1/cpusets.rst, devices.rst). Parent only.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

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

/* ---- devices ---- */

static void add_number(char *out, size_t size, int64_t number)
{
	if (number < 0)
		(void)snprintf(out, size, "*");
	else
		(void)snprintf(out, size, "%" PRId64, number);
}

static struct err *write_rule(int group_fd, const struct plan_device_rule *rule, char type)
{
	char major[24], minor[24];

	add_number(major, sizeof(major), rule->major);
	add_number(minor, sizeof(minor), rule->minor);
	drop_mem char *text =
		mem_asprintf("%c %s:%s %s%s%s", type, major, minor, rule->access & 1 ? "r" : "",
			     rule->access & 2 ? "w" : "", rule->access & 4 ? "m" : "");
	return err_link(io_write_kernel_file(group_fd,
					     rule->allow ? "devices.allow" : "devices.deny", text),
			"linux.resources.devices: \"%s\"", text);
}

static bool is_everything(const struct plan_device_rule *rule)
{
	return rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->access == 7;
}

struct err *cgroup_v1_set_devices(int group_fd, const struct plan_cgroup *plan)
{
	for (size_t i = 0; i < plan->device_rules_n; i++) {
		const struct plan_device_rule *rule = &plan->device_rules[i];

		if (is_everything(rule)) {
			TRY(io_write_kernel_file(
				group_fd, rule->allow ? "devices.allow" : "devices.deny", "a"));
			continue;
		}
		/* The kernel reads "a" as "everything", whatever follows: it must be both types. */
		if (rule->type != 'b')
			TRY(write_rule(group_fd, rule, 'c'));
		if (rule->type != 'c')
			TRY(write_rule(group_fd, rule, 'b'));
	}
	return NULL;
}
