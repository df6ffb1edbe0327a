/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What state a container is in, and which verb may be used in it: one table for all verbs. The
 * state is worked out from the kernel each time: a process is known by pid and start time.
 */
#ifndef STATUS_LIFECYCLE_H
#define STATUS_LIFECYCLE_H

#include "base/err.h"
#include "status/proc.h"
#include "status/store.h"

enum status {
	STATUS_CREATING, /* no record yet, or create still holds it */
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED,
};
#define STATUS_COUNT (STATUS_STOPPED + 1)
enum verb { /* verbs that act on an existing container */
	    VERB_START,
	    VERB_KILL,
	    VERB_KILL_ALL,
	    VERB_DELETE,
	    VERB_DELETE_FORCE,
	    VERB_STATE,
	    VERB_PAUSE,
	    VERB_RESUME,
	    VERB_PS,
	    VERB_UPDATE,
	    VERB_EVENTS,
	    VERB_EXEC,
	    VERB_EXEC_PAUSED, /* --ignore-paused */
};
const char *status_name(enum status status);
/* `is_paused` is asked only for a live container (the caller knows the cgroup). */
enum status lifecycle_status(const struct container *container,
			     bool (*is_paused)(const struct oci_record *record));
/* NULL if the verb may be used; else ERR_STATE with the text that engines match (lessons C15, C17).
 */
MUST_CHECK struct err *lifecycle_check(enum verb verb, enum status status, const char *id);

#endif
