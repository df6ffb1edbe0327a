/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What landlock learn makes of the findings of a run: a policy document, and a summary. Pure; the
 * observing process runs it.
 */
#ifndef CLI_LEARNT_H
#define CLI_LEARNT_H

#include "base/str.h"
#include "observe/findings.h"
#include "oci/landlock.h"

struct learnt_wish {
	unsigned int abi;	    /* the policy's rights are those of it */
	bool own_pids, own_network; /* the container has namespaces that nobody else is in */
};

/* The document without a final newline, a NUL, the summary, a NUL, a line for each call that was
 * denied by something, a NUL, and one for each that failed otherwise. `data` is a struct
 * learnt_wish. */
void learnt_report(struct findings *findings, struct strbuf *out, const void *data);

#endif
