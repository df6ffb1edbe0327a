/* SPDX-License-Identifier: Apache-2.0 */
/* State documents. See container_state.h. Parent only; reads, never changes. */
#include "cli/container_state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/cgroup.h"
#include "apply/state_doc.h"
#include "base/log.h"
#include "sys/io.h"
#include "sys/sys.h"

static const char *const mode_names[] = {
	[CGROUP_V2] = "v2",
	[CGROUP_HYBRID] = "hybrid",
	[CGROUP_V1] = "v1",
	[CGROUP_NONE] = "none",
};

static char *now_text(struct arena *arena)
{
	drop_strbuf struct strbuf text = { 0 };

	log_add_time(&text);
	return arena_strdup(arena, strbuf_text(&text));
}

static char *group_path(struct arena *arena, const struct plan_cgroup *cgroup, long dir)
{
	if (dir < 0 || (size_t)dir >= cgroup->dirs_n)
		return NULL;
	return arena_asprintf(arena, "%s/%s", cgroup->dirs[dir].mount_point, cgroup->dirs[dir].rel);
}

static void fill_cgroup(struct arena *arena, struct oci_record *record,
			const struct plan_cgroup *cgroup)
{
	record->cgroup_mode = arena_strdup(
		arena, cgroup->disabled || !cgroup->mode ? "none" : mode_names[cgroup->mode]);
	if (cgroup->disabled)
		return;
	record->cgroup_dirs.items = arena_zalloc(arena, (cgroup->dirs_n + 1) * sizeof(char *));
	for (size_t i = 0; i < cgroup->dirs_n; i++)
		record->cgroup_dirs.items[record->cgroup_dirs.n++] =
			group_path(arena, cgroup, (long)i);
	record->freezer_dir = group_path(arena, cgroup, cgroup->freezer_dir);
	record->freezer_v2 = record->freezer_dir && cgroup->dirs[cgroup->freezer_dir].v2;
	if (!cgroup->unit)
		return;
	record->systemd_unit = arena_strdup(arena, cgroup->unit->name);
	record->systemd_socket = arena_strdup(arena, cgroup->unit->socket);
}

void container_fill_record(struct container *container, const struct plan *plan)
{
	struct arena *arena = &container->arena;
	struct oci_record *record = &container->record;

	*record = (struct oci_record){
		.version = 1,
		.uid = geteuid(),
		.own_pid_namespace = plan->ns.create & CLONE_NEWPID,
		.no_process = !plan->process.present,
		.no_new_keyring = plan->process.present && !plan->process.new_keyring,
	};
	state_doc_fill(arena, plan, &record->state);
	record->state.created = now_text(arena);
	record->seccomp_listener_path = arena_strdup(arena, plan->seccomp.listener_path);
	record->seccomp_listener_metadata = arena_strdup(arena, plan->seccomp.listener_metadata);
	fill_cgroup(arena, record, &plan->cgroup);
}

const struct agent *container_agent(const struct container *container, struct agent *out)
{
	const struct oci_record *record = &container->record;

	if (!record->seccomp_listener_path)
		return NULL;
	*out = (struct agent){
		.path = record->seccomp_listener_path,
		.metadata = record->seccomp_listener_metadata,
		.state = &record->state,
	};
	return out;
}

static bool is_paused(const struct oci_record *record)
{
	return record->freezer_dir && cgroup_is_paused(record->freezer_dir, record->freezer_v2);
}

enum status container_status(const struct container *container)
{
	return lifecycle_status(container, is_paused);
}

const char *container_group(const struct oci_record *record)
{
	if (record->freezer_dir)
		return record->freezer_dir;
	return record->cgroup_dirs.n ? record->cgroup_dirs.items[0] : NULL;
}

/* A line of /etc/passwd: "name:password:uid:...". */
static const char *passwd_name(struct arena *arena, const char *line, size_t len, uint32_t uid)
{
	const char *end = line + len;
	const char *colon = memchr(line, ':', len);
	const char *second = colon ? memchr(colon + 1, ':', (size_t)(end - colon - 1)) : NULL;
	const char *third = second ? memchr(second + 1, ':', (size_t)(end - second - 1)) : NULL;
	uint32_t found;

	if (!third || colon == line)
		return NULL;
	const char *number = arena_strndup(arena, second + 1, (size_t)(third - second - 1));
	if (!str_to_u32(number, &found) || found != uid)
		return NULL;
	return arena_strndup(arena, line, (size_t)(colon - line));
}

/* Not getpwuid(3): in a static program it would load libraries of the host. */
const char *container_owner(struct arena *arena, uint32_t uid)
{
	drop_strbuf struct strbuf text = { 0 };

	if (uid == 0)
		return "root";
	drop_err struct err *err = io_read_file(AT_FDCWD, "/etc/passwd", 1024 * 1024, &text);
	for (const char *line = err ? "" : strbuf_text(&text); *line;) {
		size_t len = strcspn(line, "\n");
		const char *name = passwd_name(arena, line, len, uid);

		if (name)
			return name;
		line += len + (line[len] == '\n');
	}
	return arena_asprintf(arena, "#%u", uid);
}

char *container_state_text(struct container *container, enum status status, bool indent)
{
	struct oci_state state = container->record.state;

	/* create died, or is busy, before it wrote anything: the id is all there is to know */
	if (!state.id)
		state.id = container->id;
	if (!state.oci_version)
		state.oci_version = arena_strdup(&container->arena, OCI_SPEC_VERSION);
	if (!state.bundle)
		state.bundle = arena_strdup(&container->arena, "");
	if (container->has_record)
		state.owner =
			arena_strdup(&container->arena,
				     container_owner(&container->arena, container->record.uid));
	state.status = arena_strdup(&container->arena, status_name(status));
	if (status == STATUS_STOPPED)
		state.pid = 0;
	return oci_state_write(&state, indent);
}
