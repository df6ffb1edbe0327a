/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the files of groups for statistics. See stats.h. Parent only. */
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "cli/stats.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { FILE_MAX = 4 * 1024 * 1024 };

void stats_open(struct stats *stats, const struct strv *dirs)
{
	*stats = (struct stats){
		.dir_fds = mem_zalloc((dirs->n + 1) * sizeof(int)),
		.rdt = RDT_INIT,
	};
	for (size_t i = 0; i < dirs->n; i++) {
		int fd = sys_open(dirs->items[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd >= 0)
			stats->dir_fds[stats->n++] = fd;
	}
}

void stats_close(struct stats *stats)
{
	for (size_t i = 0; i < stats->n; i++)
		fd_closep(&stats->dir_fds[i]);
	mem_dropp(&stats->dir_fds);
	stats->n = 0;
	rdt_close(&stats->rdt);
}

int stats_find(const struct stats *stats, const char *file)
{
	struct stat st;

	for (size_t i = 0; i < stats->n; i++) {
		if (sys_fstatat(stats->dir_fds[i], file, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return stats->dir_fds[i];
	}
	return -1;
}

char *stats_text(int dir_fd, const char *file)
{
	drop_strbuf struct strbuf text = { 0 };

	if (dir_fd < 0)
		return mem_strdup("");
	drop_err struct err *err = io_read_file(dir_fd, file, FILE_MAX, &text);
	return err ? mem_strdup("") : strbuf_take(&text);
}

bool stats_number(int dir_fd, const char *file, uint64_t *out)
{
	drop_mem char *text = stats_text(dir_fd, file);

	*out = 0;
	if (!*text)
		return false;
	*out = str_starts_with(text, "max") ? UINT64_MAX : strtoull(text, NULL, 10);
	return true;
}

uint64_t stats_value(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *line = str_line_of(text, key, len);

	return line ? strtoull(line + len + 1, NULL, 10) : 0;
}

void stats_add(struct json_out *out, const char *key, uint64_t value)
{
	json_out_key(out, key);
	json_out_u64(out, value);
}

void stats_add_number(struct json_out *out, const char *key, int dir_fd, const char *file)
{
	uint64_t value;

	if (stats_number(dir_fd, file, &value))
		stats_add(out, key, value);
}

void stats_add_raw(struct json_out *out, const char *text)
{
	drop_mem char *copy = mem_strdup(text);

	json_out_key(out, "raw");
	json_out_object(out);
	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		char *space = strchr(line, ' ');

		if (!space)
			continue;
		*space = '\0';
		stats_add(out, line, strtoull(space + 1, NULL, 10));
	}
	json_out_end_object(out);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" */
static void add_pressure_line(struct json_out *out, char *line)
{
	char *word = strsep(&line, " ");

	json_out_key(out, word);
	json_out_object(out);
	while ((word = strsep(&line, " "))) {
		char *equals = strchr(word, '=');

		if (!equals)
			continue;
		*equals = '\0';
		json_out_key(out, word);
		json_out_number(out, equals + 1);
	}
	json_out_end_object(out);
}

void stats_add_pressure(struct json_out *out, int dir_fd, const char *file)
{
	drop_mem char *text = stats_text(dir_fd, file);

	if (!*text)
		return;
	json_out_key(out, "psi");
	json_out_object(out);
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		if (*line)
			add_pressure_line(out, line);
	}
	json_out_end_object(out);
}
