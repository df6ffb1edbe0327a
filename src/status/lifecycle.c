/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What state a container is in and which verb may be used in it. See lifecycle.h. Owns the one
 * transition table (runtime.md, "Operations"); acts on nothing. Parent only.
 */
#include "status/lifecycle.h"

#include <sys/stat.h>

#include "sys/sys.h"

static const char *const status_names[STATUS_COUNT] = {
	[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
	[STATUS_PAUSED] = "paused",	[STATUS_STOPPED] = "stopped",
};

const char *status_name(enum status status)
{
	return status_names[status];
}

enum status lifecycle_status(const struct container *container,
			     bool (*is_paused)(const struct oci_record *record))
{
	const struct oci_record *record = &container->record;
	struct stat st;

	/* create writes the record with the pid only when init waits for start */
	if (!container->has_record || !record->state.pid)
		return STATUS_CREATING;
	if (!proc_is_alive(record->state.pid, record->init_start_time))
		return STATUS_STOPPED;
	if (is_paused && is_paused(record))
		return STATUS_PAUSED;
	if (sys_fstatat(container->dirfd, STORE_START_SOCKET, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return STATUS_CREATED;
	return STATUS_RUNNING;
}

/*
 * A refusal: `before` id `after`. Engines match the texts (lessons C15, C17, C50); an empty row
 * means that the verb may be used.
 */
struct refusal {
	enum err_kind kind;
	const char *before, *after; /* after NULL: no id in the text */
};

#define NOT_STOPPED(status)                                                            \
	{                                                                              \
		ERR_STATE, "cannot delete container ", " that is not stopped: " status \
	}

#define NOT_YET_RUNNING                                                       \
	{                                                                     \
		ERR_STATE, "container not running: it is being created", NULL \
	}
#define NOT_PAUSED(why)                                     \
	{                                                   \
		ERR_STATE, "container not paused" why, NULL \
	}
#define EXEC_CREATING                                                               \
	{                                                                           \
		ERR_STATE, "cannot exec in a container that is being created", NULL \
	}
#define EXEC_STOPPED                                                  \
	{                                                             \
		ERR_STATE, "cannot exec in a stopped container", NULL \
	}

static const struct refusal refusals[][STATUS_COUNT] = {
	[VERB_START] = {
		[STATUS_CREATING] = { ERR_STATE, "cannot start a container that is being created",
				      NULL },
		[STATUS_RUNNING] = { ERR_STATE, "cannot start an already running container", NULL },
		/* paused while created: the start signal would wait for the thaw for ever */
		[STATUS_PAUSED] = { ERR_STATE, "cannot start a paused container", NULL },
		[STATUS_STOPPED] = { ERR_STATE, "cannot start a container that has stopped", NULL },
	},
	[VERB_KILL] = {
		[STATUS_CREATING] = NOT_YET_RUNNING,
		[STATUS_STOPPED] = { ERR_STATE, "container not running", NULL },
	},
	[VERB_KILL_ALL] = {
		[STATUS_CREATING] = NOT_YET_RUNNING,
	},
	[VERB_DELETE] = {
		/* whoever asks holds the lock, so its create is dead */
		[STATUS_CREATING] = { ERR_NOT_FOUND, "container \"", "\" does not exist" },
		[STATUS_RUNNING] = NOT_STOPPED("running"),
		[STATUS_PAUSED] = NOT_STOPPED("paused"),
	},
	[VERB_DELETE_FORCE] = { [STATUS_CREATING] = { 0 } },
	[VERB_STATE] = { [STATUS_CREATING] = { 0 } },
	[VERB_PAUSE] = {
		[STATUS_CREATING] = NOT_YET_RUNNING,
		[STATUS_PAUSED] = { ERR_STATE, "container not running: it is paused already",
				    NULL },
		[STATUS_STOPPED] = { ERR_STATE, "container not running", NULL },
	},
	[VERB_RESUME] = {
		[STATUS_CREATING] = NOT_PAUSED(": it is being created"),
		[STATUS_CREATED] = NOT_PAUSED(""),
		[STATUS_RUNNING] = NOT_PAUSED(""),
		[STATUS_STOPPED] = NOT_PAUSED(": it has stopped"),
	},
	/* Its group may have processes yet, or none: that is the answer. */
	[VERB_PS] = { [STATUS_CREATING] = { 0 } },
	[VERB_UPDATE] = {
		[STATUS_CREATING] = NOT_YET_RUNNING,
		[STATUS_STOPPED] = { ERR_STATE, "container not running", NULL },
	},
	[VERB_EVENTS] = {
		[STATUS_CREATING] = NOT_YET_RUNNING,
		[STATUS_STOPPED] = { ERR_STATE, "container not running", NULL },
	},
	[VERB_EXEC] = {
		[STATUS_CREATING] = EXEC_CREATING,
		[STATUS_PAUSED] = { ERR_STATE,
				    "cannot exec in a paused container (use --ignore-paused to "
				    "override)",
				    NULL },
		[STATUS_STOPPED] = EXEC_STOPPED,
	},
	[VERB_EXEC_PAUSED] = {
		[STATUS_CREATING] = EXEC_CREATING,
		[STATUS_STOPPED] = EXEC_STOPPED,
	},
};

struct err *lifecycle_check(enum verb verb, enum status status, const char *id)
{
	const struct refusal *refusal = &refusals[verb][status];

	if (!refusal->before)
		return NULL;
	return err_new(refusal->kind, "%s%s%s", refusal->before, refusal->after ? id : "",
		       refusal->after ? refusal->after : "");
}
