/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only cgroup v1 needs: cpuset groups that start empty, and device rules as text
 * (Documentation/admin-guide/cgroup-v1/cpusets.rst, devices.rst). Parent only.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

static char *rule_text(const struct plan_device_rule *rule)
{
	char major[24], minor[24];

	add_number(major, sizeof(major), rule->major);
	add_number(minor, sizeof(minor), rule->minor);
	return mem_asprintf("%c %s:%s %s%s%s", rule->type, major, minor,
			    rule->access & 1 ? "r" : "", rule->access & 2 ? "w" : "",
			    rule->access & 4 ? "m" : "");
}

/*
 * The kernel keeps one answer for all devices and a list of exceptions to it. Taking one back works
 * only with its very own numbers: "c 1:3" denied after "c 1:*" was allowed stays open, and nobody
 * is told. So the rules are settled here, and only what is left of them is written.
 */
struct exceptions {
	bool allow_others;
	struct plan_device_rule *items;
	size_t n;
};

static void exceptions_free(struct exceptions *exceptions)
{
	free(exceptions->items);
}

static bool is_everything(const struct plan_device_rule *rule)
{
	return rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->access == 7;
}

static bool covers(int64_t number, int64_t other)
{
	return number < 0 || number == other;
}

static bool overlaps(int64_t number, int64_t other)
{
	return other < 0 || covers(number, other);
}

static struct err *take_back(struct exceptions *exceptions, const struct plan_device_rule *rule)
{
	for (size_t i = 0; i < exceptions->n; i++) {
		struct plan_device_rule *item = &exceptions->items[i];

		if (item->type != rule->type || !(item->access & rule->access) ||
		    !overlaps(rule->major, item->major) || !overlaps(rule->minor, item->minor))
			continue;
		if (covers(rule->major, item->major) && covers(rule->minor, item->minor)) {
			item->access &= ~rule->access;
			continue;
		}
		drop_mem char *text = rule_text(rule), *wider = rule_text(item);
		return err_new(ERR_UNSUPPORTED,
			       "linux.resources.devices: \"%s\" is %s after \"%s\" was %s: cgroup "
			       "v1 can't make an exception to an exception",
			       text, rule->allow ? "allowed" : "denied", wider,
			       rule->allow ? "denied" : "allowed");
	}
	return NULL;
}

static struct err *settle_rule(struct exceptions *exceptions, const struct plan_device_rule *rule,
			       char type)
{
	struct plan_device_rule one = *rule;

	one.type = type;
	if (rule->allow == exceptions->allow_others)
		return take_back(exceptions, &one);
	exceptions->items[exceptions->n++] = one;
	return NULL;
}

static struct err *settle_rules(struct exceptions *exceptions, const struct plan_cgroup *plan)
{
	for (size_t i = 0; i < plan->device_rules_n; i++) {
		const struct plan_device_rule *rule = &plan->device_rules[i];

		if (is_everything(rule)) {
			exceptions->allow_others = rule->allow;
			exceptions->n = 0;
			continue;
		}
		/* The kernel reads "a" as "everything", whatever follows: it must be both types. */
		if (rule->type != 'b')
			TRY(settle_rule(exceptions, rule, 'c'));
		if (rule->type != 'c')
			TRY(settle_rule(exceptions, rule, 'b'));
	}
	return NULL;
}

struct err *cgroup_v1_set_devices(int group_fd, const struct plan_cgroup *plan)
{
	/* A rule is at most two: of both types. */
	CLEANUP(exceptions_free) struct exceptions exceptions = {
		.items = mem_zalloc((2 * plan->device_rules_n + 1) * sizeof(*exceptions.items)),
	};

	TRY(settle_rules(&exceptions, plan));
	TRY(io_write_kernel_file(group_fd,
				 exceptions.allow_others ? "devices.allow" : "devices.deny", "a"));
	for (size_t i = 0; i < exceptions.n; i++) {
		const struct plan_device_rule *rule = &exceptions.items[i];

		if (!rule->access)
			continue;
		drop_mem char *text = rule_text(rule);
		TRY(err_link(io_write_kernel_file(group_fd,
						  rule->allow ? "devices.allow" : "devices.deny",
						  text),
			     "linux.resources.devices: \"%s\"", text));
	}
	return NULL;
}
