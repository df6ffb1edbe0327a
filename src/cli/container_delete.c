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

/* The configuration if there are poststop hooks to run, else NULL. */
static const struct oci_config *load_poststop(struct container *container,
					      const struct journal *journal)
{
	struct oci_config *config = NULL;

	if (!container_has_hooks(journal))
		return NULL;
	drop_err struct err *err = store_load_config(container, &config);
	if (err) /* runtime.md has failures of these hooks warned of */
		log_warn("poststop hooks: %s", err_text(err));
	return !err && config->hooks && config->hooks->poststop.n ? config : NULL;
}

/*
 * config.md has the hooks "called after the container is deleted": its id is free, nothing of it is
 * listed. Its directory must outlive them all the same: should we be killed meanwhile,
 * delete --force finds the journal and runs them again, where they would be forgotten.
 */
static struct err *move_to_deleted(const struct store *store, const struct container *container,
				   struct store *deleted)
{
	TRY(store_open_deleted(store, true, deleted));
	struct err *err = store_move(store, deleted, container);
	if (!err || err_kind_of(err) != ERR_EXISTS)
		return err;
	err_free(err);
	TRY(container_finish_deleted(store, container->id));
	return store_move(store, deleted, container);
}

struct err *container_destroy(struct store *store, struct container *container,
			      struct journal *journal, bool failed_create)
{
	drop_store struct store deleted = { .root_dirfd = -1 };

	TRY(undo_all(journal, failed_create));
	const struct oci_config *config = load_poststop(container, journal);
	if (!config)
		return store_remove(store, container);
	if (!store->is_deleted)
		TRY(move_to_deleted(store, container, &deleted));
	/* Never an error: each failure is a warning, and the next one runs. */
	drop_err struct err *none = run_hooks(container, config, HOOK_POSTSTOP, STATUS_STOPPED);
	if (none)
		log_warn("poststop hooks: %s", err_text(none));
	return store_remove(store->is_deleted ? store : &deleted, container);
}

struct err *container_finish_deleted(const struct store *store, const char *id)
{
	drop_store struct store deleted = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;

	TRY(store_open_deleted(store, false, &deleted));
	struct err *err = store_get(&deleted, id, true, &container);
	if (err && err_kind_of(err) == ERR_NOT_FOUND) {
		err_free(err);
		return NULL;
	}
	return err ? err : container_delete(&deleted, &container);
}

struct err *container_delete(struct store *store, struct container *container)
{
	drop_journal struct journal journal = { .fd = -1 };

	TRY(journal_open(&journal, container->dirfd));
	return container_destroy(store, container, &journal, false);
}
