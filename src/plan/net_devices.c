/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which network devices move into the container, and what they are called there (config-linux.md,
 * "Network Devices"). Looks at no device. The parent runs it.
 */
#include <linux/capability.h>
#include <linux/sched.h>

#include "plan/parts.h"
#include "plan/plan.h"

void plan_add_net_devices(struct arena *arena, struct plan *plan, struct host *host,
			  struct problems *problems)
{
	const struct oci_net_devices *config = &plan->config->linux_->net_devices;

	if (!config->n)
		return;
	struct plan_net_device *devices = arena_zalloc(arena, config->n * sizeof(*devices));
	for (size_t i = 0; i < config->n; i++) {
		const struct oci_net_device *item = &config->items[i];
		const char *new_name = item->name ? item->name : item->key;

		devices[i] = (struct plan_net_device){
			.name = item->key,
			.new_name = new_name,
			.is_template = str_ends_with(new_name, "%d"),
			.place = arena_asprintf(arena, "linux.netDevices[%s]", item->key),
		};
	}
	plan->net_devices = devices;
	plan->net_devices_n = config->n;
	/* No error of the document, whose namespaces may be another tool's to fill in. */
	if (!plan_has_namespace(&plan->ns, CLONE_NEWNET))
		problems_warn(
			problems, "linux.netDevices",
			"without a network namespace in linux.namespaces the devices are where "
			"they should go: create will refuse that");
	if (plan_joins_own(&plan->ns, CLONE_NEWNET))
		problems_error(problems, "linux.netDevices",
			       "the network namespace %s is the runtime's own: the devices are "
			       "there already",
			       plan_find_join(&plan->ns, CLONE_NEWNET)->path);
	/* A warning, so that anybody can look at the plan; create asks the kernel. */
	if (!(host_own_caps(host) & 1ULL << CAP_NET_ADMIN))
		problems_warn(
			problems, "linux.netDevices",
			"moving devices needs CAP_NET_ADMIN on the host, which this user does "
			"not have");
}
