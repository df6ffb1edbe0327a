/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owned file descriptors. -1 is the null value. Every descriptor in this program is CLOEXEC from
 * birth; what a payload or hook inherits is an explicit list.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include "base/attr.h"

void fd_closep(int *fd); /* closes and sets -1; accepts -1; keeps errno */
#define drop_fd CLEANUP(fd_closep)
int take_fd(int *fd); /* ownership leaves; the variable is -1 afterwards */

#endif
