/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of effects. See journal.h. Owns the file "journal" of a container's directory; takes
 * and undoes no effect itself. Parent only: create and run write, everything that cleans up reads.
 */
#include "status/journal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

/* A real one has some dozen lines; the bound only keeps a damaged file from eating the memory. */
enum { JOURNAL_MAX_BYTES = 4 * 1024 * 1024 };

static const char *const kind_names[] = {
	[JOURNAL_CGROUP] = "cgroup",   [JOURNAL_CGROUP_PARENT] = "cgroup-parent",
	[JOURNAL_PROCESS] = "process", [JOURNAL_PID_FILE] = "pid-file",
	[JOURNAL_HOOKS] = "hooks",     [JOURNAL_CGROUP_FOREIGN] = "cgroup-foreign",
	[JOURNAL_MOUNT] = "mount",     [JOURNAL_NET_DEVICE] = "net-device",
	[JOURNAL_RDT] = "rdt",	       [JOURNAL_RDT_SHARED] = "rdt-shared",
	[JOURNAL_UNIT] = "unit",       [JOURNAL_UNIT_FOREIGN] = "unit-foreign",
};

/* Takes ownership of `text`. */
static void remember(struct journal *journal, enum journal_kind kind, char *text)
{
	journal->entries =
		mem_realloc_array(journal->entries, journal->n + 1, sizeof(*journal->entries));
	journal->entries[journal->n++] = (struct journal_entry){ .kind = kind, .text = text };
}

static bool kind_of(const char *line, size_t len, enum journal_kind *out)
{
	for (size_t i = 0; i < ARRAY_LEN(kind_names); i++) {
		if (strlen(kind_names[i]) == len && memcmp(kind_names[i], line, len) == 0) {
			*out = (enum journal_kind)i;
			return true;
		}
	}
	return false;
}

static char *unescape(const char *text, size_t len)
{
	char *out = mem_zalloc(len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%' && len - i > 2 && memcmp(text + i, "%0A", 3) == 0) {
			*to++ = '\n';
			i += 2;
		} else if (text[i] == '%' && len - i > 2 && memcmp(text + i, "%25", 3) == 0) {
			*to++ = '%';
			i += 2;
		} else {
			*to++ = text[i];
		}
	}
	return out;
}

static void add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			strbuf_add(out, "%0A");
		else if (*text == '%')
			strbuf_add(out, "%25");
		else
			strbuf_add_bytes(out, text, 1);
	}
}

/* One whole line. What can't be read is warned of and left out: the rest must still be undone. */
static void read_line(struct journal *journal, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	size_t kind_len = blank ? (size_t)(blank - line) : len;
	enum journal_kind kind;

	if (memchr(line, '\0', len) || !kind_of(line, kind_len, &kind)) {
		log_warn("journal: line %zu is not understood and left out", journal->n + 1);
		return;
	}
	size_t text_len = blank ? len - kind_len - 1 : 0;
	remember(journal, kind, unescape(blank ? blank + 1 : "", text_len));
}

/* Reads whole lines; returns how many bytes they have. */
static size_t read_lines(struct journal *journal, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		const char *end = memchr(data + done, '\n', len - done);

		if (!end)
			break; /* torn: its writer died before it could take the effect */
		read_line(journal, data + done, (size_t)(end - (data + done)));
		done = (size_t)(end - data) + 1;
	}
	return done;
}

struct err *journal_open(struct journal *journal, int container_dirfd)
{
	drop_strbuf struct strbuf text = { 0 };

	*journal = (struct journal){ .fd = -1 };
	drop_fd int fd = sys_openat(container_dirfd, "journal",
				    O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return err_sys(fd, "open journal");
	TRY(io_read_fd(fd, "journal", JOURNAL_MAX_BYTES, &text));
	if (text.len) {
		journal->len = read_lines(journal, text.data, text.len);
		/* or the next line would be glued to the torn one */
		int rc = journal->len < text.len ? sys_ftruncate(fd, (off_t)journal->len) : 0;
		if (rc < 0) {
			journal_close(journal);
			return err_sys(rc, "mend journal");
		}
	}
	journal->fd = take_fd(&fd);
	return NULL;
}

struct err *journal_add(struct journal *journal, enum journal_kind kind, const char *fmt, ...)
{
	drop_strbuf struct strbuf line = { 0 };
	va_list args;

	va_start(args, fmt);
	drop_mem char *text = mem_vasprintf(fmt, args);
	va_end(args);
	if (journal->fd >= 0) {
		strbuf_add(&line, kind_names[kind]);
		strbuf_add(&line, " ");
		add_escaped(&line, text);
		strbuf_add(&line, "\n");
		struct err *err = io_write_all(journal->fd, line.data, line.len, "journal");
		if (err) {
			/* A full disk may have taken half of the line. */
			(void)sys_ftruncate(journal->fd, (off_t)journal->len);
			return err;
		}
		journal->len += line.len;
	}
	remember(journal, kind, mem_take(&text));
	return NULL;
}

/* What several entries are about, the last of which counts; the kind of the first of them. */
static enum journal_kind family_of(enum journal_kind kind)
{
	switch (kind) {
	case JOURNAL_CGROUP:
	case JOURNAL_CGROUP_PARENT:
	case JOURNAL_CGROUP_FOREIGN:
		return JOURNAL_CGROUP;
	case JOURNAL_UNIT:
	case JOURNAL_UNIT_FOREIGN:
		return JOURNAL_UNIT;
	case JOURNAL_PROCESS:
	case JOURNAL_PID_FILE:
	case JOURNAL_MOUNT:
	case JOURNAL_HOOKS:
	case JOURNAL_NET_DEVICE:
	case JOURNAL_RDT:
	case JOURNAL_RDT_SHARED:
		return kind;
	}
	return kind;
}

bool journal_is_replaced(const struct journal *journal, size_t index)
{
	const struct journal_entry *entry = &journal->entries[index];
	enum journal_kind family = family_of(entry->kind);

	if (family != JOURNAL_CGROUP && family != JOURNAL_UNIT)
		return false;
	for (size_t i = index + 1; i < journal->n; i++) {
		if (family_of(journal->entries[i].kind) == family &&
		    strcmp(journal->entries[i].text, entry->text) == 0)
			return true;
	}
	return false;
}

void journal_close(struct journal *journal)
{
	for (size_t i = 0; i < journal->n; i++)
		mem_dropp(&journal->entries[i].text);
	mem_dropp(&journal->entries);
	journal->n = 0;
	fd_closep(&journal->fd);
}
