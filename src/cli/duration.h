/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths of time on the command line. */
#ifndef CLI_DURATION_H
#define CLI_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* "5s", "100ms", "1m30s", "1.5h": numbers with units, as Go programs write them. Milliseconds,
 * rounded up; false if it is none. A sign is taken, "0" needs no unit. */
bool duration_parse(const char *text, int64_t *out_ms);

#endif
