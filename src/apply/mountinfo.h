/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/mountinfo, line by line (proc(5)). Either process, while the host's /proc is there. */
#ifndef APPLY_MOUNTINFO_H
#define APPLY_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct mountinfo {
	uint64_t id;		   /* as STATX_MNT_ID gives it */
	unsigned int major, minor; /* of the file system's st_dev */
	const char *point;	   /* absolute, unescaped; points into the text that was read */
	const char *type;
};

MUST_CHECK struct err *mountinfo_read(struct strbuf *out);
/* The next mount; false at the end. *cursor starts as the text (out->data), which is cut up. */
bool mountinfo_next(char **cursor, struct mountinfo *out);

#endif
