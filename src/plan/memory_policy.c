/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.memoryPolicy as what set_mempolicy(2) takes. What goes together is a rule of the document
 * (oci/rules_linux.c); which nodes there are, only the kernel knows. Pure; the parent runs it.
 */
#include "plan/plan.h"

void plan_add_memory_policy(struct arena *arena, struct plan *plan)
{
	const struct oci_memory_policy *config = plan->config->linux_->memory_policy;
	struct plan_memory_policy *policy = &plan->memory_policy;

	if (!config)
		return;
	policy->set = true;
	policy->mode = config->mode.v;
	for (size_t i = 0; i < config->flags.n; i++)
		policy->flags |= (unsigned int)config->flags.items[i];
	/* What is no list has been told by the rules. */
	if (config->nodes && bitset_parse(arena, config->nodes, &policy->nodes))
		policy->nodes = (struct bitset){ 0 };
}
