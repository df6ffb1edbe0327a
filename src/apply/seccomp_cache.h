/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled filters kept in the state root: compiling an engine's profile takes longer than the
 * whole rest of a start. A file holds the complete key beside the program, compared byte for byte,
 * so that no hash has to be trusted; it must be ours alone. Nothing that goes wrong here fails a
 * container: a file that is damaged or somebody else's is ignored and replaced. Parent only.
 */
#ifndef APPLY_SECCOMP_CACHE_H
#define APPLY_SECCOMP_CACHE_H

#include <stdbool.h>

#include "base/str.h"

/* True and the program appended to `out` if it is there and sound. */
bool seccomp_cache_read(int dirfd, const char *key, struct strbuf *out);
void seccomp_cache_write(int dirfd, const char *key, const struct strbuf *program);

#endif
