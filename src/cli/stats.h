/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container uses, as the JSON that engines know from `runc events`: read from its groups, on
 * every layout.
 */
#ifndef CLI_STATS_H
#define CLI_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "apply/rdt.h"
#include "base/str.h"
#include "oci/json_out.h"
#include "status/store.h"

/* The container's groups while they are read. A group that was removed has nothing to say. */
struct stats {
	int *dir_fds;
	size_t n;
	struct rdt rdt; /* its groups of resctrl; -1: none */
};
void stats_open(struct stats *stats, const struct strv *dirs);
void stats_close(struct stats *stats);
#define drop_stats CLEANUP(stats_close)

/* {"type":"stats","id":...,"data":{...}} in one line, without its end; free() by the caller. What
 * can't be read is left out or 0: a file that is missing is no error (lesson C59). */
char *stats_write(const struct stats *stats, const char *id);

/* ---- stats_files.c: between the files of the statistics ---- */

/* The directory that has the file, or -1. */
int stats_find(const struct stats *stats, const char *file);
/* The text of a file, "" if it can't be read; free() by the caller. */
char *stats_text(int dir_fd, const char *file);
/* A file with one number; "max" is UINT64_MAX. False if there is no such file. */
bool stats_number(int dir_fd, const char *file, uint64_t *out);
/* The number behind "key " at the start of a line, or 0. */
uint64_t stats_value(const char *text, const char *key);
/* "key": the file's number, if there is the file. */
void stats_add_number(struct json_out *out, const char *key, int dir_fd, const char *file);
/* "key": a number. */
void stats_add(struct json_out *out, const char *key, uint64_t value);
/* "raw": every line "name number" of a text. */
void stats_add_raw(struct json_out *out, const char *text);
/* "psi" of a .pressure file (Documentation/accounting/psi.rst), if there is the file. */
void stats_add_pressure(struct json_out *out, int dir_fd, const char *file);

/* stats_blkio.c */
void stats_add_blkio(const struct stats *stats, struct json_out *out);

/* stats_rdt.c: opens the groups of a container that was made with linux.intelRdt. After
 * stats_open. */
MUST_CHECK struct err *stats_open_rdt(struct stats *stats, struct container *container);
void stats_add_rdt(const struct stats *stats, struct json_out *out);

#endif
