/* SPDX-License-Identifier: Apache-2.0 */
/* list: the containers of a state root, as a table, as JSON, or their ids. Takes no lock. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/container_state.h"
#include "cli/verbs.h"

struct list_values {
	bool help, quiet;
	const char *format;
};

static const struct option_row rows[] = {
	{ "format", 'f', OPTION_CHOICE, offsetof(struct list_values, format), "table|json",
	  "What to print; a table if not given" },
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct list_values, quiet), NULL, "Only the ids" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_list_options = { rows, sizeof(struct list_values) };

enum { COLUMNS = 6 };
struct row {
	const char *cells[COLUMNS];
};
struct table {
	struct arena arena;
	struct row *rows;
	size_t n, size;
	struct strbuf json;
};

static void table_free(struct table *table)
{
	strbuf_free(&table->json);
	arena_free(&table->arena);
}

static struct row *add_row(struct table *table)
{
	if (table->n == table->size) {
		size_t size = table->size ? table->size * 2 : 16;

		table->rows = arena_grow(&table->arena, table->rows, table->n, size,
					 sizeof(*table->rows));
		table->size = size;
	}
	return &table->rows[table->n++];
}

static void add_container(struct table *table, struct container *container)
{
	struct arena *arena = &table->arena;
	const struct oci_record *record = &container->record;
	enum status status = container_status(container);
	drop_mem char *json = container_state_text(container, status, false);
	long long pid = status == STATUS_STOPPED ? 0 : (long long)record->state.pid;

	strbuf_add(&table->json, table->n ? "," : "");
	strbuf_add_bytes(&table->json, json, strcspn(json, "\n"));
	*add_row(table) = (struct row){ {
		arena_strdup(arena, container->id),
		arena_asprintf(arena, "%lld", pid),
		status_name(status),
		arena_strdup(arena, record->state.bundle),
		arena_strdup(arena, record->state.created),
		container_owner(arena, record->uid),
	} };
}

static void add_id(struct table *table, struct store *store, const char *id)
{
	drop_container struct container container = CONTAINER_INIT;
	drop_err struct err *err = store_get(store, id, false, &container);

	/* One that goes away while we look, or is only being claimed, is no news (lesson C56). */
	if (err && err_kind_of(err) != ERR_NOT_FOUND)
		log_warn("%s", err_text(err));
	else if (!err && container.has_record)
		add_container(table, &container);
}

static void add_line(struct strbuf *out, const struct row *row, const int *widths)
{
	for (int i = 0; i < COLUMNS; i++) {
		const char *cell = row->cells[i] ? row->cells[i] : "";

		if (i < COLUMNS - 1)
			strbuf_addf(out, "%-*s", widths[i] + 3, cell);
		else
			strbuf_addf(out, "%s\n", cell);
	}
}

static void add_table(struct strbuf *out, const struct table *table)
{
	static const struct row head = { { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" } };
	int widths[COLUMNS] = { 0 };

	for (int i = 0; i < COLUMNS; i++) {
		widths[i] = (int)strlen(head.cells[i]);
		for (size_t j = 0; j < table->n; j++) {
			const char *cell = table->rows[j].cells[i];
			int width = cell ? (int)strlen(cell) : 0;

			if (width > widths[i])
				widths[i] = width;
		}
	}
	add_line(out, &head, widths);
	for (size_t i = 0; i < table->n; i++)
		add_line(out, &table->rows[i], widths);
}

struct err *cmd_list(struct cli *cli, const void *data)
{
	const struct list_values *values = data;
	drop_store struct store store = { .root_dirfd = -1 };
	CLEANUP(table_free) struct table table = { 0 };
	drop_strbuf struct strbuf out = { 0 };
	struct strv ids;

	TRY(cli_open_store(cli, false, &store));
	/* The default root is made by the first create; a root that was named should be there. */
	if (store.root_dirfd < 0 && cli->globals.root)
		return err_new(ERR_NOT_FOUND, "state root %s does not exist", store.root);
	TRY(store_list(&store, &table.arena, &ids));
	for (size_t i = 0; i < ids.n; i++)
		add_id(&table, &store, ids.items[i]);
	if (values->quiet) {
		for (size_t i = 0; i < table.n; i++)
			strbuf_addf(&out, "%s\n", table.rows[i].cells[0]);
	} else if (str_equal(values->format, "json")) {
		strbuf_addf(&out, "[%s]\n", strbuf_text(&table.json));
	} else {
		add_table(&out, &table);
	}
	return cli_print(strbuf_text(&out));
}
