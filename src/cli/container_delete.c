/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a container. See container_delete.h. Owns the order: resources, hooks, directory.
 * Parent only, with the container locked.
 */
#include "cli/container_delete.h"

#include <string.h>

#include "apply/hooks.h"
#include "apply/undo.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/container_state.h"

static struct err *run_hooks(struct container *container, const struct oci_config *config,
			     enum oci_hook_kind kind, enum status status)
{
	const struct oci_hook_list *hooks =
		config->hooks ? hooks_of_kind(config->hooks, kind) : NULL;

	if (!hooks || !hooks->n)
		return NULL;
	drop_mem char *state = container_state_text(container, status, false);
	const struct hooks_context context = {
		.kind = kind,
		.state = state,
		.state_len = strlen(state),
	};
	return hooks_run(hooks, &context, kind == HOOK_POSTSTOP);
}

struct err *container_run_poststart(struct container *container, const struct oci_config *config)
{
	return run_hooks(container, config, HOOK_POSTSTART, STATUS_RUNNING);
}

bool container_has_hooks(const struct journal *journal)
{
	for (size_t i = 0; i < journal->n; i++) {
		if (journal->entries[i].kind == JOURNAL_HOOKS)
			return true;
	}
	return false;
}

/* runtime.md: a failing poststop hook is warned of, and the rest goes on. */
static void run_poststop(struct container *container)
{
	struct oci_config *config;
	drop_err struct err *err = store_load_config(container, &config);

	if (!err)
		err = run_hooks(container, config, HOOK_POSTSTOP, STATUS_STOPPED);
	if (err)
		log_warn("poststop hooks: %s", err_text(err));
}

struct err *container_destroy(struct store *store, struct container *container,
			      struct journal *journal, bool failed_create)
{
	TRY(undo_all(journal, failed_create));
	/*
	 * Before the directory goes: should we be killed in between, delete --force finds the
	 * journal and runs them again, where the other order would forget them.
	 */
	if (container_has_hooks(journal))
		run_poststop(container);
	return store_remove(store, container);
}

struct err *container_delete(struct store *store, struct container *container)
{
	drop_journal struct journal journal = { .fd = -1 };

	TRY(journal_open(&journal, container->dirfd));
	return container_destroy(store, container, &journal, false);
}
