/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-field checks of linux.seccomp (config-linux.md, "Seccomp"). Pure. */
#include "oci/rules.h"

enum {
	ERRNO_MAX = 4095,      /* MAX_ERRNO of the kernel: more is cut there */
	TRACE_MAX = UINT16_MAX /* SECCOMP_RET_DATA: what PTRACE_GETEVENTMSG gives to the tracer */
};

/* config-linux.md: "When the action doesn't support an errno, the runtime MUST ... fail". */
static void check_errno(const struct rules *r, const struct opt_u32 *errno_ret, int action,
			const char *place)
{
	const uint32_t max = action == OCI_ACT_TRACE ? TRACE_MAX : ERRNO_MAX;

	if (!errno_ret->set)
		return;
	if (action != OCI_ACT_ERRNO && action != OCI_ACT_TRACE)
		problems_error(r->problems, place,
			       "is possible only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
	else if (errno_ret->v > max)
		problems_error(r->problems, place, "%u is larger than %u", errno_ret->v, max);
}

static void check_rule(const struct rules *r, const struct oci_seccomp_rule *rule,
		       const char *place)
{
	const char *names = place_member(r->arena, place, "names");

	if (!rule->names.n && !problems_has(r->problems, names))
		problems_error(r->problems, names, "needs at least one entry");
	check_errno(r, &rule->errno_ret, rule->action, place_member(r->arena, place, "errnoRet"));
}

static void check_listener(const struct rules *r, const struct oci_seccomp *seccomp)
{
	bool has_path = seccomp->listener_path && *seccomp->listener_path;

	if (!has_path && oci_seccomp_notifies(seccomp))
		problems_error(r->problems, "linux.seccomp.listenerPath",
			       "is required for SCMP_ACT_NOTIFY");
	if (seccomp->listener_metadata && !has_path)
		problems_error(r->problems, "linux.seccomp.listenerMetadata", "needs listenerPath");
}

/* An object without anything in it means no filter, as engines write it; with anything in it and
 * no default, it would be a filter that was asked for and is not there. */
static bool asks_for_something(const struct oci_seccomp *seccomp)
{
	return seccomp->syscalls.n || seccomp->architectures.n || seccomp->flags_set ||
	       seccomp->default_errno_ret.set || seccomp->listener_path ||
	       seccomp->listener_metadata;
}

void oci_rules_check_seccomp(const struct rules *r)
{
	const struct oci_seccomp *seccomp = r->config->linux_->seccomp;

	if (!seccomp)
		return;
	if (!seccomp->default_action.set && asks_for_something(seccomp) &&
	    !problems_has(r->problems, "linux.seccomp.defaultAction"))
		problems_error(r->problems, "linux.seccomp.defaultAction", "is required");
	if (seccomp->default_action.set)
		check_errno(r, &seccomp->default_errno_ret, seccomp->default_action.v,
			    "linux.seccomp.defaultErrnoRet");
	for (size_t i = 0; i < seccomp->syscalls.n; i++)
		check_rule(r, &seccomp->syscalls.items[i],
			   place_item(r->arena, "linux.seccomp.syscalls", i));
	check_listener(r, seccomp);
}
