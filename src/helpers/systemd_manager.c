/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the service manager over sd-bus. See systemd_manager.h. Of the program
 * nucleus-oci-systemd: the runtime itself is not linked with libsystemd.
 */
#include "helpers/systemd_manager.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"

#define SERVICE "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"
#define INTERFACE SERVICE ".Manager"
#define NO_SUCH_UNIT SERVICE ".NoSuchUnit"
#define UNIT_EXISTS SERVICE ".UnitExists"

enum {
	CONNECT_TRIES = 6, /* waits of 10, 20, 40, ... ms (lesson G34) */
	CONNECT_WAIT_MS = 10,
	JOB_WAIT_USEC = 30 * 1000 * 1000,
};

#define drop_message CLEANUP(sd_bus_message_unrefp)
#define drop_bus_error CLEANUP(sd_bus_error_free)

/* ---- the connection ---- */

/* D-Bus Specification, "Server Addresses": what is none of these is escaped. */
static char *address_of(const char *socket)
{
	struct strbuf out = { 0 };

	strbuf_add(&out, "unix:path=");
	for (; *socket; socket++) {
		if (isalnum((unsigned char)*socket) || strchr("-_/.\\*", *socket))
			strbuf_add_bytes(&out, socket, 1);
		else
			strbuf_addf(&out, "%%%02x", (unsigned int)(unsigned char)*socket);
	}
	return strbuf_take(&out);
}

static int try_connect(struct manager *manager, const char *address)
{
	int rc = sd_bus_new(&manager->bus);

	if (rc >= 0)
		rc = sd_bus_set_address(manager->bus, address);
	/* Between us and a manager's own socket there is nobody who says hello. */
	if (rc >= 0)
		rc = sd_bus_set_bus_client(manager->bus, !manager->peer);
	if (rc >= 0)
		rc = sd_bus_start(manager->bus);
	return rc;
}

static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct manager *manager = userdata;
	const char *job, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) < 0 || !manager->unit ||
	    !str_equal(unit, manager->unit))
		return 0;
	mem_dropp(&manager->job);
	mem_dropp(&manager->result);
	manager->job = mem_strdup(job);
	manager->result = mem_strdup(result);
	return 0;
}

static int listen_for_jobs(struct manager *manager)
{
	int rc = sd_bus_match_signal(manager->bus, NULL, manager->peer ? NULL : SERVICE, PATH,
				     INTERFACE, "JobRemoved", on_job_removed, manager);

	if (rc < 0 || manager->peer)
		return rc;
	return sd_bus_call_method(manager->bus, SERVICE, PATH, INTERFACE, "Subscribe", NULL, NULL,
				  NULL);
}

struct err *manager_connect(struct manager *manager)
{
	drop_mem char *address = address_of(manager->socket);
	int rc = -EAGAIN;

	manager_close(manager);
	for (int try = 0; try < CONNECT_TRIES && rc == -EAGAIN; try++) {
		if (try)
			(void)poll(NULL, 0, CONNECT_WAIT_MS << try);
		manager->bus = sd_bus_unref(manager->bus);
		rc = try_connect(manager, address);
	}
	if (rc >= 0)
		rc = listen_for_jobs(manager);
	if (rc >= 0)
		return NULL;
	struct err *err = err_sys(rc, "connect to systemd (%s)", manager->socket);
	return rc == -ENOENT || rc == -ECONNREFUSED ? err_rekind(err, ERR_NOT_FOUND) : err;
}

void manager_close(struct manager *manager)
{
	manager->bus = sd_bus_flush_close_unref(manager->bus);
	mem_dropp(&manager->job);
	mem_dropp(&manager->result);
}

/* ---- calls ---- */

static struct err *explain(int rc, const sd_bus_error *error, const char *what, const char *unit)
{
	if (!sd_bus_error_is_set(error))
		return err_sys(rc, "systemd: %s %s", what, unit);
	struct err *err = err_new(ERR_SYS, "systemd: %s %s: %s", what, unit, error->message);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
	    sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
		return err_hint(err, "only root may ask the system's manager for units");
	return err;
}

static int new_call(struct manager *manager, const char *method, sd_bus_message **out)
{
	return sd_bus_message_new_method_call(manager->bus, out, SERVICE, PATH, INTERFACE, method);
}

static uint64_t now_usec(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* Waits for the end of a job that was begun by `reply`; its result, or NULL after the time. */
static const char *await_job(struct manager *manager, sd_bus_message *reply)
{
	const uint64_t deadline = now_usec() + JOB_WAIT_USEC;
	const char *job;

	if (sd_bus_message_read(reply, "o", &job) < 0)
		return "no job";
	while (!manager->job || !str_equal(manager->job, job)) {
		int rc = sd_bus_process(manager->bus, NULL);

		if (rc < 0)
			return "connection lost";
		if (rc > 0)
			continue;
		uint64_t now = now_usec();
		if (now >= deadline)
			return NULL;
		(void)sd_bus_wait(manager->bus, deadline - now);
	}
	return manager->result;
}

static struct err *check_job(struct manager *manager, sd_bus_message *reply, const char *what)
{
	const char *result = await_job(manager, reply);

	if (!result)
		return err_new(ERR_PEER, "systemd: %s %s: no answer within 30 seconds", what,
			       manager->unit);
	if (str_equal(result, "done"))
		return NULL;
	return err_hint(err_new(ERR_SYS, "systemd: %s %s: the job ended with \"%s\"", what,
				manager->unit, result),
			"systemctl status and the journal may say why");
}

static int ask_version(struct manager *manager)
{
	char *text = NULL;
	int rc = manager->version ? 0
				  : sd_bus_get_property_string(manager->bus, SERVICE, PATH,
							       INTERFACE, "Version", NULL, &text);

	if (text) /* "252.38-1~deb12u1" or "v255" */
		manager->version =
			(unsigned int)strtoul(text + strcspn(text, "0123456789"), NULL, 10);
	free(text);
	return rc;
}

static void reset_failed(struct manager *manager, const char *unit)
{
	/* One that is not there, or not failed, is what is wanted. */
	(void)sd_bus_call_method(manager->bus, SERVICE, PATH, INTERFACE, "ResetFailedUnit", NULL,
				 NULL, "s", unit);
}

/* ---- start ---- */

static int append_self(sd_bus_message *message)
{
	/* 0 is the sender: right in every pid namespace */
	return sd_bus_message_append(message, "(sv)", "PIDs", "au", 1, (uint32_t)0);
}

static int call_start(struct manager *manager, const char *unit, bool with_self,
		      const struct properties *properties, sd_bus_error *error,
		      sd_bus_message **reply)
{
	drop_message sd_bus_message *message = NULL;
	int rc = new_call(manager, "StartTransientUnit", &message);

	if (rc >= 0)
		rc = sd_bus_message_append(message, "ss", unit, "fail");
	if (rc >= 0)
		rc = sd_bus_message_open_container(message, 'a', "(sv)");
	if (rc >= 0)
		rc = values_append(message, properties, manager->version);
	if (rc >= 0 && with_self)
		rc = append_self(message);
	if (rc >= 0)
		rc = sd_bus_message_close_container(message);
	if (rc >= 0)
		rc = sd_bus_message_append(message, "a(sa(sv))", 0);
	return rc < 0 ? rc : sd_bus_call(manager->bus, message, 0, error, reply);
}

struct err *manager_start(struct manager *manager, const char *unit, bool with_self,
			  const struct properties *properties)
{
	drop_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	drop_message sd_bus_message *reply = NULL;
	int rc = ask_version(manager);

	if (rc < 0)
		return err_sys(rc, "systemd: ask for its version");
	manager->unit = unit;
	rc = call_start(manager, unit, with_self, properties, &error, &reply);
	if (rc < 0 && sd_bus_error_has_name(&error, UNIT_EXISTS)) {
		/* A failed one stays loaded (lesson G33); another's is not ours (lesson G32). */
		sd_bus_error_free(&error);
		reset_failed(manager, unit);
		rc = call_start(manager, unit, with_self, properties, &error, &reply);
	}
	if (rc < 0 && sd_bus_error_has_name(&error, UNIT_EXISTS))
		return err_hint(err_new(ERR_EXISTS, "systemd: the unit %s exists already", unit),
				"another container has this cgroupsPath, or the same id in another "
				"state root");
	if (rc < 0)
		return explain(rc, &error, "start", unit);
	return check_job(manager, reply, "start");
}

/* ---- properties ---- */

static char *object_path(const char *unit)
{
	char *path = NULL;

	return sd_bus_path_encode(PATH "/unit", unit, &path) < 0 ? NULL : path;
}

struct err *manager_group(struct manager *manager, const char *unit, char **out)
{
	drop_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	drop_mem char *path = object_path(unit);
	const char *interface = str_ends_with(unit, ".slice") ? SERVICE ".Slice" : SERVICE ".Scope";
	int rc = path ? sd_bus_get_property_string(manager->bus, SERVICE, path, interface,
						   "ControlGroup", &error, out)
		      : -ENOMEM;

	return rc < 0 ? explain(rc, &error, "ask for the group of", unit) : NULL;
}

struct err *manager_set(struct manager *manager, const char *unit,
			const struct properties *properties)
{
	drop_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	drop_message sd_bus_message *message = NULL;
	int rc = ask_version(manager);

	if (rc >= 0)
		rc = new_call(manager, "SetUnitProperties", &message);
	if (rc >= 0) /* true: for the time that the unit is there, as all of it */
		rc = sd_bus_message_append(message, "sb", unit, 1);
	if (rc >= 0)
		rc = sd_bus_message_open_container(message, 'a', "(sv)");
	if (rc >= 0)
		rc = values_append(message, properties, manager->version);
	if (rc >= 0)
		rc = sd_bus_message_close_container(message);
	if (rc >= 0)
		rc = sd_bus_call(manager->bus, message, 0, &error, NULL);
	return rc < 0 ? explain(rc, &error, "set properties of", unit) : NULL;
}

/* ---- stop ---- */

/* True for a unit that is loaded and has this description: a name alone may be another's. */
static struct err *is_the_one(struct manager *manager, const char *unit, const char *description,
			      bool *out)
{
	drop_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	drop_mem char *path = object_path(unit);
	char *found = NULL;

	*out = false;
	int rc = sd_bus_call_method(manager->bus, SERVICE, PATH, INTERFACE, "GetUnit", &error, NULL,
				    "s", unit);
	if (rc < 0 && sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return NULL;
	if (rc >= 0 && path)
		rc = sd_bus_get_property_string(manager->bus, SERVICE, path, SERVICE ".Unit",
						"Description", &error, &found);
	*out = found && str_equal(found, description);
	free(found);
	return rc < 0 ? explain(rc, &error, "look for", unit) : NULL;
}

struct err *manager_stop(struct manager *manager, const char *unit, const char *description)
{
	drop_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	drop_message sd_bus_message *reply = NULL;
	bool ours;

	TRY(is_the_one(manager, unit, description, &ours));
	if (!ours)
		return NULL;
	manager->unit = unit;
	int rc = sd_bus_call_method(manager->bus, SERVICE, PATH, INTERFACE, "StopUnit", &error,
				    &reply, "ss", unit, "replace");
	/* systemd removes a scope by itself when its last process is gone (lesson G36). */
	if (rc < 0 && sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return NULL;
	if (rc < 0)
		return explain(rc, &error, "stop", unit);
	struct err *err = check_job(manager, reply, "stop");
	reset_failed(manager, unit);
	return err;
}

/* ---- attach ---- */

struct err *manager_attach(struct manager *manager, const char *unit, unsigned int pid)
{
	drop_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	int rc = sd_bus_call_method(manager->bus, SERVICE, PATH, INTERFACE, "AttachProcessesToUnit",
				    &error, NULL, "ssau", unit, "", 1, (uint32_t)pid);

	return rc < 0 ? explain(rc, &error, "move a process into", unit) : NULL;
}
