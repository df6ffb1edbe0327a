/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The complete list of device rules: deny all, config.json's in order, then what every container
 * gets (config-linux.md, "Device whitelist" and "Default Devices"). The last rule that matches
 * decides. Pure.
 */
#include "plan/cgroup_parts.h"

#include <string.h>

enum { READ = 1, WRITE = 2, MKNOD = 4, ALL = READ | WRITE | MKNOD };

/*
 * Always allowed, as in runc, so that a configuration without devices still has a usable /dev:
 * making nodes harms nobody who can't open them (lesson G20).
 */
static const struct plan_device_rule defaults[] = {
	{ true, 'c', -1, -1, MKNOD }, { true, 'b', -1, -1, MKNOD }, { true, 'c', 1, 3, ALL },
	{ true, 'c', 1, 5, ALL },     { true, 'c', 1, 7, ALL },	    { true, 'c', 1, 8, ALL },
	{ true, 'c', 1, 9, ALL },     { true, 'c', 5, 0, ALL },	    { true, 'c', 5, 1, ALL },
	{ true, 'c', 5, 2, ALL },     { true, 'c', 136, -1, ALL },  { true, 'c', 10, 200, ALL },
};

static unsigned int access_bits(const char *access)
{
	unsigned int bits = 0;

	if (!access || !*access) /* absent: every access */
		return ALL;
	if (strchr(access, 'r'))
		bits |= READ;
	if (strchr(access, 'w'))
		bits |= WRITE;
	if (strchr(access, 'm'))
		bits |= MKNOD;
	return bits;
}

static struct plan_device_rule rule_of(const struct oci_device_rule *config)
{
	return (struct plan_device_rule){
		.allow = config->allow,
		.type = config->type.set ? (char)config->type.v : 'a',
		.major = config->major.set ? config->major.v : -1,
		.minor = config->minor.set ? config->minor.v : -1,
		.access = access_bits(config->access),
	};
}

void plan_cgroup_add_device_rules(struct arena *arena, const struct oci_resources *resources,
				  struct plan_cgroup *plan)
{
	size_t asked = resources ? resources->devices.n : 0;
	struct plan_device_rule *rules =
		arena_zalloc(arena, (1 + asked + ARRAY_LEN(defaults)) * sizeof(*rules));
	size_t n = 0;

	rules[n++] = (struct plan_device_rule){ false, 'a', -1, -1, ALL };
	for (size_t i = 0; i < asked; i++)
		rules[n++] = rule_of(&resources->devices.items[i]);
	memcpy(rules + n, defaults, sizeof(defaults));
	plan->device_rules = rules;
	plan->device_rules_n = n + ARRAY_LEN(defaults);
}
