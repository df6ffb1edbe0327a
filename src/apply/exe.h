/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping the runtime's own binary out of a container's reach (CVE-2019-5736). */
#ifndef APPLY_EXE_H
#define APPLY_EXE_H

#include "base/err.h"

/*
 * A process that enters a container's namespaces can be looked at from inside: /proc/PID/exe, or an
 * entrypoint "#!/proc/self/exe", leads to the file it runs. So create and run execute themselves
 * again from a clone of the binary's mount that is read-only and attached nowhere: it can't be
 * written through, and nobody in a container can reach it to remount it. Where such a clone can't
 * be made (no privilege), from a sealed memfd copy. Returns NULL if this process is already
 * protected, else it does not return unless with an error.
 */
MUST_CHECK struct err *exe_protect(char *const argv[]);

#endif
