/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of fields, as the runtime and its separate programs speak with each other: fields are
 * parted by tabs, a line ends with a line feed; tab, line feed and backslash in a field are written
 * \t, \n and \\. The first field of a line is never empty. Text only: reads and writes nothing.
 */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Appends one field, behind a tab unless it is the first of its line. */
void fields_add(struct strbuf *lines, const char *field);
void fields_end_line(struct strbuf *lines);
/*
 * Cuts `line` (without its end) in place into at most `max` fields, which point into it. An empty
 * line has no field. False if there are more, or an escape is none of the three.
 */
bool fields_split(char *line, char **fields, size_t max, size_t *out_n);

#endif
