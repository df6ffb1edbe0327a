/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules on cgroup v1, as text (Documentation/admin-guide/cgroup-v1/devices.rst). Parent
 * only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"

enum { LIST_MAX = 1024 * 1024 };

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

/* ---- writing them ---- */

static struct err *write_rule(int group_fd, bool allow, const struct plan_device_rule *rule)
{
	drop_mem char *text = rule_text(rule);

	return err_link(
		io_write_kernel_file(group_fd, allow ? "devices.allow" : "devices.deny", text),
		"linux.resources.devices: \"%s\"", text);
}

static struct err *write_all(int group_fd, const struct exceptions *wanted)
{
	TRY(io_write_kernel_file(group_fd, wanted->allow_others ? "devices.allow" : "devices.deny",
				 "a"));
	for (size_t i = 0; i < wanted->n; i++) {
		if (wanted->items[i].access)
			TRY(write_rule(group_fd, wanted->items[i].allow, &wanted->items[i]));
	}
	return NULL;
}

static bool parse_number(const char *text, int64_t *out)
{
	*out = -1;
	return str_equal(text, "*") || str_to_i64(text, out);
}

/* A line of devices.list: "c 1:* rwm". */
static bool parse_rule(const char *line, struct plan_device_rule *out)
{
	char type, major[24], minor[24], access[8];

	if (sscanf(line, "%c %23[^:]:%23s %7s", &type, major, minor, access) != 4)
		return false;
	*out = (struct plan_device_rule){
		.allow = true,
		.type = type,
		.access = (strchr(access, 'r') ? 1U : 0) | (strchr(access, 'w') ? 2U : 0) |
			  (strchr(access, 'm') ? 4U : 0),
	};
	return parse_number(major, &out->major) && parse_number(minor, &out->minor);
}

/*
 * The exceptions that the group has now. False if it allows what it does not list: then the kernel
 * shows one line, "a *:* rwm", and keeps its exceptions to itself.
 */
static struct err *read_exceptions(int group_fd, struct exceptions *out, bool *out_listed)
{
	drop_strbuf struct strbuf text = { 0 };

	TRY(io_read_file(group_fd, "devices.list", LIST_MAX, &text));
	drop_mem char *copy = mem_strdup(strbuf_text(&text));
	*out_listed = true;
	/* No line is shorter than "c 1:3 r" with its end. */
	out->items = mem_zalloc((text.len / 8 + 1) * sizeof(*out->items));
	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		if (*line == 'a' || !parse_rule(line, &out->items[out->n]))
			*out_listed = false;
		else
			out->n++;
	}
	return NULL;
}

/* The access that `list` gives to exactly this device, which is how the kernel compares. */
static unsigned int access_of(const struct exceptions *list, const struct plan_device_rule *rule)
{
	unsigned int access = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct plan_device_rule *item = &list->items[i];

		if (item->type == rule->type && item->major == rule->major &&
		    item->minor == rule->minor)
			access |= item->access;
	}
	return access;
}

/* What `list` gives and `other` does not. */
static struct err *write_difference(int group_fd, const struct exceptions *list,
				    const struct exceptions *other, bool allow)
{
	for (size_t i = 0; i < list->n; i++) {
		struct plan_device_rule rule = list->items[i];

		rule.access &= ~access_of(other, &rule);
		if (rule.access)
			TRY(write_rule(group_fd, allow, &rule));
	}
	return NULL;
}

/*
 * From what the group has to what is wanted, with no moment in which something that is allowed
 * before and after is not (lesson G25). A group with groups below it, too, can be changed this way
 * only: the kernel does not let it start afresh.
 */
static struct err *change(int group_fd, const struct exceptions *wanted)
{
	CLEANUP(exceptions_free) struct exceptions now = { 0 };
	bool listed;

	TRY(read_exceptions(group_fd, &now, &listed));
	if (!listed || wanted->allow_others)
		return write_all(group_fd, wanted);
	TRY(write_difference(group_fd, wanted, &now, true));
	return write_difference(group_fd, &now, wanted, false);
}

struct err *cgroup_v1_set_devices(const struct cgroup_group *group, const struct plan_cgroup *plan)
{
	/* A rule is at most two: of both types. */
	CLEANUP(exceptions_free) struct exceptions wanted = {
		.items = mem_zalloc((2 * plan->device_rules_n + 1) * sizeof(*wanted.items)),
	};

	TRY(settle_rules(&wanted, plan));
	return group->existed ? change(group->dir_fd, &wanted) : write_all(group->dir_fd, &wanted);
}
