/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ps: the processes of a container: their ids as JSON, or the lines that the host's ps(1) has about
 * them. Takes no lock. Parent only.
 */
#include <stdio.h>
#include <string.h>

#include "apply/host_program.h"
#include "cli/container_pids.h"
#include "cli/container_state.h"
#include "cli/verbs.h"

struct ps_values {
	bool help;
	const char *format;
};

static const struct option_row rows[] = {
	{ "format", 'f', OPTION_CHOICE, offsetof(struct ps_values, format), "table|json",
	  "What to print; a table if not given, json is an array of process ids" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_ps_options = { rows, sizeof(struct ps_values) };

/* ---- json ---- */

static void add_json(struct strbuf *out, const struct cgroup_pids *pids)
{
	strbuf_add(out, "[");
	for (size_t i = 0; i < pids->n; i++)
		strbuf_addf(out, "%s%d", i ? "," : "", (int)pids->items[i]);
	strbuf_add(out, "]\n");
}

/* ---- table ---- */

static const char blanks[] = " \t";

/* The word number `index` of a line; its length in *len, 0 if the line has fewer. */
static const char *word_at(const char *line, size_t line_len, size_t index, size_t *len)
{
	const char *end = line + line_len;

	for (;; index--) {
		while (line < end && strchr(blanks, *line))
			line++;
		const char *start = line;
		while (line < end && !strchr(blanks, *line))
			line++;
		*len = (size_t)(line - start);
		if (!index || !*len)
			return start;
	}
}

/* Which of the head's words is "PID"; false if none is. */
static bool find_column(const char *head, size_t head_len, size_t *out)
{
	size_t len;

	for (*out = 0;; ++*out) {
		const char *word = word_at(head, head_len, *out, &len);

		if (!len)
			return false;
		if (len == strlen("PID") && strncmp(word, "PID", len) == 0)
			return true;
	}
}

static bool is_member(const char *line, size_t line_len, size_t column,
		      const struct cgroup_pids *pids)
{
	char digits[16];
	uint32_t pid;
	size_t len;
	const char *word = word_at(line, line_len, column, &len);

	if (!len || len >= sizeof(digits))
		return false;
	memcpy(digits, word, len);
	digits[len] = '\0';
	for (size_t i = 0; str_to_u32(digits, &pid) && i < pids->n; i++) {
		if (pids->items[i] == (pid_t)pid)
			return true;
	}
	return false;
}

static struct err *add_table(struct strbuf *out, const char *text, const struct cgroup_pids *pids)
{
	size_t column, len = strcspn(text, "\n");

	if (!find_column(text, len, &column))
		return err_hint(err_new(ERR_USAGE,
					"what ps prints with these options has no column "
					"PID"),
				"add it, before columns whose words may have blanks: -o "
				"pid,user,args");
	strbuf_addf(out, "%.*s\n", (int)len, text);
	for (text += len + (text[len] == '\n'); *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (is_member(text, len, column, pids))
			strbuf_addf(out, "%.*s\n", (int)len, text);
	}
	return NULL;
}

static struct err *run_ps(const struct cli *cli, const struct cgroup_pids *pids, struct strbuf *out)
{
	static char name[] = "ps", usual[] = "-ef";
	drop_mem char **args = mem_zalloc((cli->args_n + 2) * sizeof(*args));
	drop_strbuf struct strbuf text = { 0 };
	size_t n = 0;

	args[n++] = name;
	for (size_t i = 1; i < cli->args_n; i++)
		args[n++] = cli->args[i];
	if (n == 1)
		args[n++] = usual;
	TRY(host_program_run(args, &text));
	return add_table(out, strbuf_text(&text), pids);
}

struct err *cmd_ps(struct cli *cli, const void *data)
{
	const struct ps_values *values = data;
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	drop_pids struct cgroup_pids pids = { 0 };
	drop_strbuf struct strbuf out = { 0 };

	TRY(cli_open_container(cli, false, &store, &container));
	enum status status = container_status(&container);
	TRY(lifecycle_check(VERB_PS, status, container.id));
	TRY(container_pids(&container, status, &pids));
	if (str_equal(values->format, "json"))
		add_json(&out, &pids);
	else if (pids.n)
		TRY(run_ps(cli, &pids, &out));
	return cli_print(strbuf_text(&out));
}
