/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of exec, from the command line or from --process FILE. See exec_options.h. Reads that
 * one file; changes nothing. Parent only.
 */
#include "cli/exec_options.h"

#include <fcntl.h>
#include <string.h>

#include "oci/config_tables.h"
#include "sys/io.h"

enum { PROCESS_MAX_BYTES = 16 * 1024 * 1024 };

/* Numbers only: a name is the image's to give (CVE-2016-3697). */
static struct err *read_id(const char *option, const char *text, uint32_t *out)
{
	if (str_to_u32(text, out) && *out <= OCI_ID_MAX)
		return NULL;
	return err_new(ERR_USAGE, "option --%s: \"%s\" is no id: a whole number from 0 to %u",
		       option, text, (unsigned int)OCI_ID_MAX);
}

/* UID[:GID]; without a group the configured one stays (lesson S39). */
static struct err *read_user(struct arena *arena, const char *text, struct plan_exec_options *out)
{
	char *uid = arena_strdup(arena, text);
	char *colon = strchr(uid, ':');

	if (colon)
		*colon = '\0';
	out->uid.set = true;
	TRY(read_id("user", uid, &out->uid.v));
	if (!colon)
		return NULL;
	out->gid.set = true;
	return read_id("user", colon + 1, &out->gid.v);
}

static struct err *read_gids(struct arena *arena, const struct strv *texts, struct oci_u32s *out)
{
	out->items = arena_zalloc(arena, (texts->n + 1) * sizeof(*out->items));
	for (size_t i = 0; i < texts->n; i++)
		TRY(read_id("additional-gids", texts->items[i], &out->items[out->n++]));
	return NULL;
}

static struct err *read_process(struct arena *arena, const char *path, struct problems *problems,
				const struct oci_process **out)
{
	drop_strbuf struct strbuf text = { 0 };
	struct oci_process *process = NULL;

	TRY(err_link(io_read_file(AT_FDCWD, path, PROCESS_MAX_BYTES, &text), "option --process"));
	oci_process_read(arena, strbuf_text(&text), text.len, problems, &process);
	*out = process;
	return err_link(problems_to_err(problems), "%s", path);
}

/* What the file has can't be said a second time: which of the two counts would be a guess. But for
 * --tty: engines give it besides, and mean what the file says. */
static struct err *check_alone(const struct exec_values *values, size_t args_n)
{
	const struct {
		const char *name;
		bool given;
	} rows[] = {
		{ "a command", args_n > 0 },
		{ "--cwd", values->cwd },
		{ "--env", values->env.n },
		{ "--user", values->user },
		{ "--additional-gids", values->gids.n },
		{ "--cap", values->caps.n },
		{ "--no-new-privs", values->no_new_privs },
		{ "--apparmor", values->apparmor },
		{ "--process-label", values->label },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].given)
			return err_new(ERR_USAGE,
				       "option --process: the file says it all, %s can't be given "
				       "besides",
				       rows[i].name);
	}
	return NULL;
}

struct err *exec_read_options(struct arena *arena, const struct exec_values *values, char **args,
			      size_t args_n, struct problems *problems,
			      struct plan_exec_options *out)
{
	*out = (struct plan_exec_options){
		.args = { args, args_n },
		.env = values->env,
		.caps = values->caps,
		.cwd = values->cwd,
		.apparmor_profile = values->apparmor,
		.selinux_label = values->label,
		.terminal = values->tty,
		.no_new_privs = values->no_new_privs,
	};
	if (values->process) {
		TRY(check_alone(values, args_n));
		return read_process(arena, values->process, problems, &out->process);
	}
	if (!args_n)
		return err_hint(err_new(ERR_USAGE, "process args cannot be empty"),
				"exec ID COMMAND [ARG...], or exec --process FILE ID");
	if (values->user)
		TRY(read_user(arena, values->user, out));
	return read_gids(arena, &values->gids, &out->additional_gids);
}
