/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of effects: every effect outside the process is written here before it is taken.
 * Failure walks it backwards; `delete` and `delete --force` walk the same journal with the same
 * undo functions (apply/undo.h), which accept "was never done". A SIGKILL anywhere leaves nothing
 * that this can't clean.
 *
 * On disk: <container dir>/journal, append-only, one entry a line, "kind text\n"; newline and '%'
 * in the text are written %0A and %25. A torn last line (no newline) was never taken and is
 * ignored. Of several entries about one group or unit the last one counts: it says what is known by
 * then.
 */
#ifndef STATUS_JOURNAL_H
#define STATUS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum journal_kind {
	JOURNAL_CGROUP,		/* text: absolute path of a group; removed with everything below */
	JOURNAL_CGROUP_PARENT,	/* text: a group that we are about to make: removed only if empty */
	JOURNAL_CGROUP_FOREIGN, /* text: a group that is another's after all: left alone */
	JOURNAL_PROCESS,	/* text: "PID STARTTIME": killed and waited for */
	JOURNAL_PID_FILE,	/* text: absolute path: removed when create fails, kept by delete */
	JOURNAL_MOUNT,		/* text: apply/host_tree.c's: a mount in the runtime's namespace */
	JOURNAL_HOOKS,		/* text empty: create hooks may have run; poststop hooks are owed */
	JOURNAL_NET_DEVICE,	/* text: apply/net_devices.c; goes back when create fails */
	JOURNAL_RDT,		/* text: absolute path of a resctrl group of the container's own */
	JOURNAL_UNIT,		/* text: apply/systemd.c: a unit of systemd, about to be started */
	JOURNAL_UNIT_FOREIGN,	/* the same text: it is another's after all */
	JOURNAL_RDT_SHARED,	/* the same of a class that others may use: only if create fails */
};
struct journal_entry {
	enum journal_kind kind;
	char *text;
};
struct journal {
	int fd; /* -1: in memory only */
	struct journal_entry *entries;
	size_t n;
	size_t len; /* bytes of whole lines in the file */
};

/* Opens (creates) the journal in a container's directory and reads what is there. */
MUST_CHECK struct err *journal_open(struct journal *journal, int container_dirfd);
/* Appends and writes through before returning: the effect may be taken after it. */
MUST_CHECK struct err *journal_add(struct journal *journal, enum journal_kind kind, const char *fmt,
				   ...) PRINTF_LIKE(3, 4);
/* True if a later entry is about the same group or unit as the entry with this index. */
bool journal_is_replaced(const struct journal *journal, size_t index);
void journal_close(struct journal *journal);
#define drop_journal CLEANUP(journal_close)

#endif
