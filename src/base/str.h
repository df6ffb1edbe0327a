/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing byte strings, string lists and strict number parsing. Knows nothing of containers.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* A growing, always NUL-terminated string (data is NULL while empty and never written). */
struct strbuf {
	char *data;
	size_t len, cap;
};
void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_bytes(struct strbuf *buf, const void *bytes, size_t len);
void strbuf_addf(struct strbuf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* One line and its end, whatever is in it: what comes from outside may hold newlines or escapes. */
void strbuf_add_line(struct strbuf *buf, const char *text);
const char *strbuf_text(const struct strbuf *buf); /* "" when empty; owned by buf */
char *strbuf_take(struct strbuf *buf);		   /* free() by the caller; never NULL */
void strbuf_free(struct strbuf *buf);
#define drop_strbuf CLEANUP(strbuf_free)

/* A list of strings. Who owns the strings is said where a list is declared. */
struct strv {
	char **items;
	size_t n;
};

bool str_equal(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts_with(const char *s, const char *prefix);
/* True if the first `len` bytes of `word` are an element of `list`, whose elements `separator`
 * parts. */
bool str_list_has(const char *list, char separator, const char *word, size_t len);
bool str_ends_with(const char *s, const char *suffix);
/* The first line of `text` that begins with the `len` bytes of `word` and a blank, or NULL. */
const char *str_line_of(const char *text, const char *word, size_t len);
/* Whole-string decimal; false on empty, sign, blanks, trailing bytes or overflow. */
bool str_to_u64(const char *s, uint64_t *out);
bool str_to_i64(const char *s, int64_t *out); /* a leading '-' is accepted */
bool str_to_u32(const char *s, uint32_t *out);
/* Damerau-Levenshtein distance, for "did you mean". */
size_t str_distance(const char *a, const char *b);

#endif
