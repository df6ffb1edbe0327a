/* SPDX-License-Identifier: Apache-2.0 */
/* pause and resume: a container's processes stop, and go on. Parent only. */
#include "apply/cgroup.h"
#include "cli/container_state.h"
#include "cli/verbs.h"

struct pause_values {
	bool help;
};

static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_pause_options = { rows, sizeof(struct pause_values) };
const struct cli_options cmd_resume_options = { rows, sizeof(struct pause_values) };

static struct err *no_freezer(const struct oci_record *record)
{
	if (record->cgroup_dirs.n)
		return err_new(ERR_UNSUPPORTED,
			       "the container can't be paused: no mounted cgroup hierarchy has the "
			       "freezer controller");
	return err_hint(err_new(ERR_UNSUPPORTED, "the container can't be paused: it has no cgroup"),
			"without root it gets one where cgroup v2 is delegated to the user "
			"(systemd: Delegate=yes)");
}

/* With the lock: a delete or an update at the same time would meet a group that changes. */
static struct err *set_paused(struct cli *cli, enum verb verb, bool paused)
{
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	const struct oci_record *record = &container.record;

	TRY(cli_open_container(cli, true, &store, &container));
	TRY(lifecycle_check(verb, container_status(&container), container.id));
	if (!record->freezer_dir)
		return no_freezer(record);
	return cgroup_freeze(record->freezer_dir, record->freezer_v2, paused);
}

struct err *cmd_pause(struct cli *cli, const void *values UNUSED)
{
	return set_paused(cli, VERB_PAUSE, true);
}

struct err *cmd_resume(struct cli *cli, const void *values UNUSED)
{
	return set_paused(cli, VERB_RESUME, false);
}
