/* SPDX-License-Identifier: Apache-2.0 */
/* The list of problems of a document. See problems.h. Parent only. */
#include "oci/problems.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Of the hint: what does not fit on a few lines nobody reads. */
enum { LISTED_MAX = 4 };

PRINTF_LIKE(5, 0)
static void add(struct problems *problems, bool warning, enum err_kind kind, const char *place,
		const char *fmt, va_list args)
{
	drop_mem char *text = mem_vasprintf(fmt, args);

	/* The document's rules and the plan may find the same. */
	for (size_t i = 0; i < problems->n; i++) {
		if (strcmp(problems->items[i].place, place) == 0 &&
		    strcmp(problems->items[i].text, text) == 0)
			return;
	}
	problems->items =
		mem_realloc_array(problems->items, problems->n + 1, sizeof(*problems->items));
	problems->items[problems->n++] = (struct problem){
		.warning = warning,
		.kind = kind,
		.place = mem_strdup(place),
		.text = mem_take(&text),
	};
}

void problems_error(struct problems *problems, const char *place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(problems, false, ERR_CONFIG, place, fmt, args);
	va_end(args);
}

void problems_unsupported(struct problems *problems, const char *place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(problems, false, ERR_UNSUPPORTED, place, fmt, args);
	va_end(args);
}

void problems_warn(struct problems *problems, const char *place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(problems, true, ERR_CONFIG, place, fmt, args);
	va_end(args);
}

/* "a.b[1].c" is in "a.b[1]", and in itself. */
static bool is_in(const char *place, const char *outer)
{
	size_t n = strlen(outer);

	return n && strncmp(place, outer, n) == 0 && (!place[n] || strchr(".[", place[n]));
}

bool problems_has(const struct problems *problems, const char *place)
{
	for (size_t i = 0; i < problems->n; i++) {
		if (!problems->items[i].warning && is_in(place, problems->items[i].place))
			return true;
	}
	return false;
}

size_t problems_errors(const struct problems *problems)
{
	size_t n = 0;

	for (size_t i = 0; i < problems->n; i++)
		n += !problems->items[i].warning;
	return n;
}

size_t problems_invalid(const struct problems *problems)
{
	size_t n = 0;

	for (size_t i = 0; i < problems->n; i++)
		n += !problems->items[i].warning && problems->items[i].kind != ERR_UNSUPPORTED;
	return n;
}

/* The first error as "place: text"; *out_index is where it stands, out_more how many follow. */
static struct err *first_error(const struct problems *problems, size_t *out_index, size_t *out_more)
{
	size_t n = problems_errors(problems);

	*out_more = n ? n - 1 : 0;
	for (*out_index = 0; *out_index < problems->n; ++*out_index) {
		const struct problem *first = &problems->items[*out_index];

		if (!first->warning)
			return err_new(first->kind, "%s%s%s", first->place,
				       *first->place ? ": " : "", first->text);
	}
	return NULL;
}

struct err *problems_to_err(const struct problems *problems)
{
	drop_strbuf struct strbuf others = { 0 };
	size_t first, more, listed = 0;
	struct err *err = first_error(problems, &first, &more);

	for (size_t i = first + 1; i < problems->n && listed < LISTED_MAX; i++) {
		const struct problem *problem = &problems->items[i];

		if (problem->warning)
			continue;
		strbuf_addf(&others, "%s%s%s%s", listed++ ? "; " : "", problem->place,
			    *problem->place ? ": " : "", problem->text);
	}
	if (more)
		err = err_hint(err, "%zu more problem%s: %s%s", more, more > 1 ? "s" : "",
			       strbuf_text(&others), more > listed ? "; ..." : "");
	return err;
}

struct err *problems_to_err_of_bundle(const struct problems *problems)
{
	size_t first, more;
	struct err *err = first_error(problems, &first, &more);

	if (more)
		err = err_hint(err, "%zu more problem%s: nucleus-oci validate lists them", more,
			       more > 1 ? "s" : "");
	return err;
}

void problems_free(struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		mem_dropp(&problems->items[i].place);
		mem_dropp(&problems->items[i].text);
	}
	mem_dropp(&problems->items);
	problems->n = 0;
}

/* ---- places ---- */

static char *joined(struct arena *arena, const char *a, const char *between, const char *b)
{
	const size_t a_len = strlen(a), between_len = strlen(between), b_len = strlen(b);
	char *text = arena_zalloc(arena, a_len + between_len + b_len + 1);

	memcpy(text, a, a_len);
	memcpy(text + a_len, between, between_len);
	memcpy(text + a_len + between_len, b, b_len);
	return text;
}

char *place_member(struct arena *arena, const char *place, const char *name)
{
	return joined(arena, place, *place && *name ? "." : "", name);
}

char *place_item(struct arena *arena, const char *place, size_t i)
{
	char digits[24]; /* of 2^64, and the bracket */
	char *p = digits + sizeof(digits) - 1;

	*p = '\0';
	*--p = ']';
	do
		*--p = (char)('0' + i % 10);
	while (i /= 10);
	return joined(arena, place, "[", p);
}
