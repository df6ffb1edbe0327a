/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running hooks (config.md, "POSIX-platform Hooks"): in order, the state document on standard
 * input, its own environment, a timeout, descriptors 0-2 only. Parent or child, whichever the kind
 * asks for; the caller is already in the namespaces where the hook must run.
 */
#ifndef APPLY_HOOKS_H
#define APPLY_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "oci/config.h"
#include "oci/names.h"
#include "plan/plan.h"

struct hooks_context {
	enum oci_hook_kind kind;
	const char *state; /* the state document, compact JSON */
	size_t state_len;
	/* The environment of a hook without "env" (lesson L9): NULL: the runtime's own. */
	char *const *default_env;
	/* startContainer hooks run with the payload's credentials (a hostile image must gain
	 * nothing by replacing the hook's file); NULL: the caller's. */
	const struct plan_process *credentials;
};
/*
 * Runs all hooks of the list. The first failure ends it: "error running createRuntime hook #1:
 * exit status 3, stderr: ...". With `go_on` (poststop) failures are warned of and the rest runs.
 */
MUST_CHECK struct err *hooks_run(const struct oci_hook_list *hooks,
				 const struct hooks_context *context, bool go_on);
const struct oci_hook_list *hooks_of_kind(const struct oci_hooks *hooks, enum oci_hook_kind kind);

#endif
