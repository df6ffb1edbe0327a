/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd as the maker of a container's group: the runtime's side of the program
 * nucleus-oci-systemd (src/helpers/systemd_words.h), which is started for it and speaks D-Bus.
 * Parent only.
 */
#ifndef APPLY_SYSTEMD_H
#define APPLY_SYSTEMD_H

#include <sys/types.h>

#include "base/err.h"
#include "plan/plan.h"
#include "status/journal.h"

/* The program while it runs. */
struct systemd {
	int fd;	   /* -1: it does not run */
	pid_t pid; /* a child of ours */
};
#define SYSTEMD_INIT     \
	{                \
		.fd = -1 \
	}

/* `socket` is plan_unit's or the record's. ERR_UNSUPPORTED where the program is not installed. */
MUST_CHECK struct err *systemd_open(const char *socket, struct systemd *out);
/* Has it end and waits for that. */
void systemd_close(struct systemd *systemd);
#define drop_systemd CLEANUP(systemd_close)

/*
 * Starts the unit (journal first) and checks that its group is the planned one. A scope has the
 * program as its only process until it is closed: by then another must be in it.
 */
MUST_CHECK struct err *systemd_start(struct systemd *systemd, const struct plan_cgroup *plan,
				     struct journal *journal);
/* Has systemd move a process into the unit's group: also where we may not (a user's manager asks
 * the system's, which may move all that is the user's). */
MUST_CHECK struct err *systemd_attach(struct systemd *systemd, const char *unit, pid_t pid);

/* For verbs that are not create, each with a program of its own: */
/* Other limits of a unit that runs, so that they outlive a daemon-reload. On error systemd has
 * changed none. Whatever is changed, it writes anew all the files that it knows. */
MUST_CHECK struct err *systemd_update(const struct plan_unit *unit);
MUST_CHECK struct err *systemd_attach_process(const char *socket, const char *unit, pid_t pid);
/* By the text of a journal's entry; a unit that is not there, or another's, is success. */
MUST_CHECK struct err *systemd_undo(const char *text);

#endif
