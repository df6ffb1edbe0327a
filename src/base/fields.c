/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of fields. See fields.h. Either process. */
#include "base/fields.h"

#include <string.h>

void fields_add(struct strbuf *lines, const char *field)
{
	if (lines->len && lines->data[lines->len - 1] != '\n')
		strbuf_add(lines, "\t");
	for (; *field; field++) {
		if (*field == '\t')
			strbuf_add(lines, "\\t");
		else if (*field == '\n')
			strbuf_add(lines, "\\n");
		else if (*field == '\\')
			strbuf_add(lines, "\\\\");
		else
			strbuf_add_bytes(lines, field, 1);
	}
}

void fields_end_line(struct strbuf *lines)
{
	strbuf_add(lines, "\n");
}

static bool unescape(char *field)
{
	char *to = field;

	for (const char *from = field; *from; from++) {
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		from++;
		if (*from == 't')
			*to++ = '\t';
		else if (*from == 'n')
			*to++ = '\n';
		else if (*from == '\\')
			*to++ = '\\';
		else
			return false;
	}
	*to = '\0';
	return true;
}

bool fields_split(char *line, char **fields, size_t max, size_t *out_n)
{
	*out_n = 0;
	if (!*line)
		return true;
	for (char *rest = line, *field; (field = strsep(&rest, "\t"));) {
		if (*out_n == max || !unescape(field))
			return false;
		fields[(*out_n)++] = field;
	}
	return true;
}
