/* SPDX-License-Identifier: Apache-2.0 */
/* Strings and numbers. See str.h. Either process. */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void strbuf_reserve(struct strbuf *buf, size_t more)
{
	if (buf->cap - buf->len > more)
		return;
	size_t cap = buf->cap ? buf->cap : 64;
	while (cap - buf->len <= more)
		cap *= 2;
	buf->data = mem_realloc_array(buf->data, cap, 1);
	buf->cap = cap;
}

void strbuf_add_bytes(struct strbuf *buf, const void *bytes, size_t len)
{
	strbuf_reserve(buf, len);
	if (len)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void strbuf_add(struct strbuf *buf, const char *text)
{
	strbuf_add_bytes(buf, text, strlen(text));
}

void strbuf_addf(struct strbuf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	drop_mem char *text = mem_vasprintf(fmt, args);
	va_end(args);
	strbuf_add(buf, text);
}

void strbuf_add_line(struct strbuf *buf, const char *text)
{
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < ' ' || c == 0x7f)
			strbuf_addf(buf, "\\x%02x", c);
		else
			strbuf_add_bytes(buf, p, 1);
	}
	strbuf_add(buf, "\n");
}

const char *strbuf_text(const struct strbuf *buf)
{
	return buf->data ? buf->data : "";
}

char *strbuf_take(struct strbuf *buf)
{
	char *text = buf->data ? buf->data : mem_strdup("");

	*buf = (struct strbuf){ 0 };
	return text;
}

void strbuf_free(struct strbuf *buf)
{
	mem_dropp(&buf->data);
	buf->len = buf->cap = 0;
}

bool str_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_list_has(const char *list, char separator, const char *word, size_t len)
{
	while (*list) {
		const char *end = strchrnul(list, separator);

		if ((size_t)(end - list) == len && strncmp(list, word, len) == 0)
			return true;
		list = end + (*end == separator);
	}
	return false;
}

bool str_ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), suffix_len = strlen(suffix);

	return len >= suffix_len && strcmp(s + len - suffix_len, suffix) == 0;
}

const char *str_line_of(const char *text, const char *word, size_t len)
{
	while (*text) {
		if (strncmp(text, word, len) == 0 && text[len] == ' ')
			return text;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

bool str_to_u64(const char *s, uint64_t *out)
{
	uint64_t value = 0;

	if (!s || !*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(value, 10U, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
			return false;
	}
	*out = value;
	return true;
}

bool str_to_i64(const char *s, int64_t *out)
{
	uint64_t magnitude;
	bool negative = s && *s == '-';

	if (!str_to_u64(negative ? s + 1 : s, &magnitude))
		return false;
	if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	*out = negative ? (int64_t)-magnitude : (int64_t)magnitude;
	return true;
}

bool str_to_u32(const char *s, uint32_t *out)
{
	uint64_t value;

	if (!str_to_u64(s, &value) || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

static size_t min2(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t str_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), width = lb + 1;

	if (la > 64 || lb > 64)
		return 64;
	drop_mem size_t *d = mem_zalloc((la + 1) * width * sizeof(*d));
	for (size_t i = 0; i <= la; i++)
		d[i * width] = i;
	for (size_t j = 0; j <= lb; j++)
		d[j] = j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			size_t cost = a[i - 1] != b[j - 1];
			size_t best = d[(i - 1) * width + j - 1] + cost;

			best = min2(best, d[(i - 1) * width + j] + 1);
			best = min2(best, d[i * width + j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = min2(best, d[(i - 2) * width + j - 2] + 1);
			d[i * width + j] = best;
		}
	}
	return d[la * width + lb];
}
