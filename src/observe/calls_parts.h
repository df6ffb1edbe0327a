/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about system calls share. */
#ifndef OBSERVE_CALLS_PARTS_H
#define OBSERVE_CALLS_PARTS_H

#include <errno.h>

#include "observe/calls.h"
#include "sys/uapi.h"

struct call_row {
	long nr;
	const char *name;
	/* which arguments are the folder's descriptor, the path, the same of a second path, and
	 * flags or a mode; negative: none */
	int8_t dir, path, dir2, path2, flags;
	void (*enter)(struct view *view, struct call *call); /* NULL: nothing to be seen before */
	/* after its success; NULL: nothing */
	void (*leave)(struct view *view, struct call *call, int64_t result);
	/* instead of it, also when the call has failed: its result, or -errno */
	void (*leave_net)(struct view *view, struct call *call, int rc);
};

const char *call_path(struct call *call, int at); /* arena memory; NULL: not to be read */
int call_dirfd(const struct call *call, int at);
void use_file(struct view *view, const struct seen_file *file, uint64_t rights);
/* ioctls that Landlock lets through on any device. */
bool ioctl_is_free(uint32_t request);

/* calls_net.c */
void call_enter_bind(struct view *view, struct call *call);
void call_leave_bind(struct view *view, struct call *call, int rc);
void call_enter_peer(struct view *view, struct call *call); /* connect, send */
void call_leave_connect(struct view *view, struct call *call, int rc);
void call_leave_send(struct view *view, struct call *call, int rc);

#endif
