/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the model has and apply does not do yet: an error, never ignored. One row each; a row goes
 * away when its subject works. Pure.
 */
#include <string.h>

#include "oci/rules.h"

static bool notify(const struct oci_config *config)
{
	const struct oci_seccomp *seccomp = config->linux_->seccomp;

	for (size_t i = 0; seccomp && i < seccomp->syscalls.n; i++) {
		if (seccomp->syscalls.items[i].action == OCI_ACT_NOTIFY)
			return true;
	}
	return false;
}

static const struct {
	const char *place;
	bool (*asked)(const struct oci_config *config);
} rows[] = {
	{ "linux.seccomp.syscalls (SCMP_ACT_NOTIFY)", notify },
};

void oci_rules_check_unsupported(const struct rules *r)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].asked(r->config))
			problems_unsupported(r->problems, rows[i].place, "is not supported yet");
	}
}

bool oci_rules_supports(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strncmp(rows[i].place, name, strlen(name)) == 0)
			return false;
	}
	return true;
}
