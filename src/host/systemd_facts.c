/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the service manager can be asked. Looks at paths and at XDG_RUNTIME_DIR only, and only when
 * systemd is to make the container's group. The parent.
 */
#include <stdlib.h>

#include "host/host.h"
#include "host/host_cache.h"
#include "sys/sys.h"

static bool is_socket(const char *path)
{
	struct stat st;

	return sys_fstatat(AT_FDCWD, path, &st, 0) == 0 && S_ISSOCK(st.st_mode);
}

/* The manager itself first: it is there also where, or before, there is a bus (lesson G34). */
static const char *const system_sockets[] = {
	"/run/systemd/private",
	"/run/dbus/system_bus_socket",
	"/var/run/dbus/system_bus_socket",
};

static const char *find_system(void)
{
	for (size_t i = 0; i < ARRAY_LEN(system_sockets); i++) {
		if (is_socket(system_sockets[i]))
			return system_sockets[i];
	}
	return NULL;
}

/* Root of a user namespace that has a systemd of its own, as a whole system in a container: the
 * host's can be written to by the host's root only. */
static bool has_own_system(struct host *host)
{
	return host_euid(host) == 0 && is_socket(system_sockets[0]) &&
	       sys_faccessat(AT_FDCWD, system_sockets[0], W_OK, AT_EACCESS) == 0;
}

/* Engines call some verbs with an empty environment (lesson C8): where logind makes the folder. */
static const char *find_user(struct host *host)
{
	struct arena *arena = &host->arena;
	const char *own = getenv("XDG_RUNTIME_DIR");
	const char *dirs[] = {
		own && *own == '/' ? own : NULL,
		arena_asprintf(arena, "/run/user/%u", (unsigned int)host_outer_uid(host)),
	};
	static const char *const names[] = { "bus", "systemd/private" };

	for (size_t i = 0; i < ARRAY_LEN(dirs) * ARRAY_LEN(names); i++) {
		const char *dir = dirs[i / ARRAY_LEN(names)];

		if (!dir)
			continue;
		const char *path = arena_asprintf(arena, "%s/%s", dir, names[i % ARRAY_LEN(names)]);
		if (is_socket(path))
			return path;
	}
	return NULL;
}

bool host_systemd_is_system(const char *socket)
{
	for (size_t i = 0; i < ARRAY_LEN(system_sockets); i++) {
		if (str_equal(system_sockets[i], socket))
			return true;
	}
	return false;
}

const char *host_systemd_socket(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->systemd;

	if (fact->known) /* an assumed "none" has v 0 */
		return fact->v ? fact->text : NULL;
	bool users = host_is_unprivileged(host) && !has_own_system(host);
	const char *path = users ? find_user(host) : find_system();
	*fact = (struct host_fact){ .known = true, .v = path != NULL, .text = path };
	return path;
}
