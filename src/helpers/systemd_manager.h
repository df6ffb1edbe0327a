/* SPDX-License-Identifier: Apache-2.0 */
/* The service manager as nucleus-oci-systemd uses it (org.freedesktop.systemd1(5)). */
#ifndef HELPERS_SYSTEMD_MANAGER_H
#define HELPERS_SYSTEMD_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-bus.h>

#include "base/err.h"

struct manager {
	sd_bus *bus;
	const char *socket; /* the caller's */
	bool peer;
	unsigned int version; /* of systemd; 0: not asked yet */
	/* The last job of `unit` that ended. */
	const char *unit;
	char *job, *result;
};

/* One property, as its line has it; the strings are the line's. */
struct property {
	const char *name, *type;
	unsigned int since;
	char *const *values;
	size_t values_n;
};
struct properties {
	struct property *items;
	size_t n;
};

MUST_CHECK struct err *manager_connect(struct manager *manager);
void manager_close(struct manager *manager);
#define drop_manager CLEANUP(manager_close)

/* The requests of systemd_words.h. `with_self`: the caller is to be the unit's first process. */
MUST_CHECK struct err *manager_start(struct manager *manager, const char *unit, bool with_self,
				     const struct properties *properties);
/* The path of the unit's group; free() by the caller. */
MUST_CHECK struct err *manager_group(struct manager *manager, const char *unit, char **out);
MUST_CHECK struct err *manager_set(struct manager *manager, const char *unit,
				   const struct properties *properties);
MUST_CHECK struct err *manager_stop(struct manager *manager, const char *unit,
				    const char *description);
MUST_CHECK struct err *manager_attach(struct manager *manager, const char *unit, unsigned int pid);

/* systemd_values.c: appends (name, value) for those that this version of systemd knows. */
MUST_CHECK int values_append(sd_bus_message *message, const struct properties *properties,
			     unsigned int version);

#endif
