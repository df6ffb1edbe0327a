/* SPDX-License-Identifier: Apache-2.0 */
/* GVariant's text format. See gvariant.h. A descent with one function per kind of value; pure. */
#include "plan/gvariant.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"

enum { DEPTH_MAX = 8, TYPE_MAX = 64, VALUES_MAX = 4096 };

struct parser {
	struct arena *arena;
	const char *at;
	const char *wrong; /* the first thing that is */
	const char **values;
	size_t n;
	int depth;
};

/* `expect` is the type that the value must have, or "": not known. The type, or NULL. */
static const char *parse_value(struct parser *parser, const char *expect);

static const char *fail(struct parser *parser, const char *why)
{
	if (!parser->wrong)
		parser->wrong = why;
	return NULL;
}

static void skip_blanks(struct parser *parser)
{
	while (*parser->at && strchr(" \t\r\n", *parser->at))
		parser->at++;
}

static size_t add_value(struct parser *parser, const char *value)
{
	if (parser->n == VALUES_MAX) {
		(void)fail(parser, "it has too many values");
		return 0;
	}
	parser->values = arena_grow(parser->arena, parser->values, parser->n, parser->n + 1,
				    sizeof(*parser->values));
	parser->values[parser->n] = value;
	return parser->n++;
}

/* ---- types ---- */

/* The length of the one whole type that `type` begins with, 0 if it is none of those known here. */
static size_t type_len(const char *type, int depth)
{
	size_t len = 1;

	if (depth > DEPTH_MAX)
		return 0;
	if (*type && strchr("ybnqiuxtdsog", *type))
		return 1;
	if (*type == 'a') {
		size_t item = type_len(type + 1, depth + 1);
		return item ? 1 + item : 0;
	}
	if (*type != '(')
		return 0;
	while (type[len] != ')') {
		size_t item = type_len(type + len, depth + 1);
		if (!item)
			return 0;
		len += item;
	}
	return len > 1 ? len + 1 : 0;
}

static bool is_one_of(const char *type, const char *letters)
{
	return strlen(type) == 1 && strchr(letters, *type);
}

/* ---- basic values ---- */

static const char *parse_string(struct parser *parser, const char *expect)
{
	drop_strbuf struct strbuf text = { 0 };
	const char quote = *parser->at++;
	static const char escapes[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";

	if (*expect && !is_one_of(expect, "sog"))
		return fail(parser, "a string is not what its type says");
	for (; *parser->at != quote; parser->at++) {
		char c = *parser->at;

		if (!c)
			return fail(parser, "a string does not end");
		if (c == '\\') {
			c = *++parser->at;
			if (!c || c == 'u' || c == 'U' || isdigit((unsigned char)c))
				return fail(parser, "a string has an escape that is not supported");
			const char *known = strchr(escapes, c);
			c = known ? bytes[known - escapes] : c;
		}
		strbuf_add_bytes(&text, &c, 1);
	}
	parser->at++;
	(void)add_value(parser, arena_strdup(parser->arena, strbuf_text(&text)));
	return *expect ? expect : "s";
}

static bool fits_signed(char type, const char *text)
{
	static const struct {
		char type;
		int64_t min, max;
	} ranges[] = {
		{ 'n', INT16_MIN, INT16_MAX },
		{ 'i', INT32_MIN, INT32_MAX },
		{ 'x', INT64_MIN, INT64_MAX },
	};
	int64_t value;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		if (ranges[i].type == type)
			return str_to_i64(text, &value) && value >= ranges[i].min &&
			       value <= ranges[i].max;
	}
	return false;
}

static bool fits_unsigned(char type, const char *text)
{
	static const struct {
		char type;
		uint64_t max;
	} ranges[] = {
		{ 'y', UINT8_MAX },
		{ 'q', UINT16_MAX },
		{ 'u', UINT32_MAX },
		{ 't', UINT64_MAX },
	};
	uint64_t value;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		if (ranges[i].type == type)
			return str_to_u64(text, &value) && value <= ranges[i].max;
	}
	return false;
}

static bool is_double(const char *text)
{
	char *end = NULL;

	(void)strtod(text, &end);
	return *text && end && !*end;
}

static const char *parse_number(struct parser *parser, const char *expect)
{
	size_t len = strspn(parser->at, "+-0123456789.eExXabcdfABCDF");
	const char *text = arena_strndup(parser->arena, parser->at, len);

	parser->at += len;
	if (*text == '+')
		text++;
	if (str_starts_with(text, "0x")) /* the only other base that anybody writes */
		text = arena_asprintf(parser->arena, "%" PRIu64,
				      (uint64_t)strtoull(text + 2, NULL, 16));
	if (!*expect)
		expect = strpbrk(text, ".eE") ? "d" : "i";
	if (strlen(expect) != 1 || !(fits_signed(*expect, text) || fits_unsigned(*expect, text) ||
				     (*expect == 'd' && is_double(text))))
		return fail(parser, "a number is not what its type says, or out of its range");
	(void)add_value(parser, text);
	return expect;
}

/* "true", or a type by its name and a value of it. */
static const char *parse_word(struct parser *parser, const char *expect)
{
	static const struct {
		const char *name, *type;
	} types[] = {
		{ "byte", "y" },   { "int16", "n" },	  { "uint16", "q" },	{ "int32", "i" },
		{ "uint32", "u" }, { "int64", "x" },	  { "uint64", "t" },	{ "double", "d" },
		{ "string", "s" }, { "objectpath", "o" }, { "signature", "g" }, { "boolean", "b" },
	};
	size_t len = strspn(parser->at, "abcdefghijklmnopqrstuvwxyz0123456789");
	const char *word = arena_strndup(parser->arena, parser->at, len);

	parser->at += len;
	if (str_equal(word, "true") || str_equal(word, "false")) {
		if (*expect && !str_equal(expect, "b"))
			return fail(parser, "a boolean is not what its type says");
		(void)add_value(parser, word);
		return "b";
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!str_equal(types[i].name, word))
			continue;
		if (*expect && !str_equal(expect, types[i].type))
			return fail(parser, "its types contradict each other");
		return parse_value(parser, types[i].type);
	}
	return fail(parser, "it has a word that is no type and no value (strings have quotes)");
}

/* ---- containers ---- */

/* True if there is one more item, false at `end`, which is taken. */
static bool next_item(struct parser *parser, char end, size_t items)
{
	skip_blanks(parser);
	if (*parser->at == end) {
		parser->at++;
		return false;
	}
	if (items && *parser->at != ',') {
		(void)fail(parser, "an array or tuple does not end");
		return false;
	}
	parser->at += items > 0;
	skip_blanks(parser);
	/* "(1,)" is how a tuple of one is written */
	if (items && *parser->at == end && end == ')') {
		parser->at++;
		return false;
	}
	return true;
}

static const char *parse_array(struct parser *parser, const char *expect)
{
	const char *item = *expect == 'a' ? expect + 1 : "";
	size_t place = add_value(parser, "0"), items = 0;

	if (*expect && *expect != 'a')
		return fail(parser, "an array is not what its type says");
	parser->at++;
	for (; next_item(parser, ']', items); items++) {
		const char *found = parse_value(parser, item);

		if (!found)
			return NULL;
		item = found;
	}
	if (!parser->wrong && !*item)
		return fail(parser, "an empty array needs its type (@as [])");
	if (parser->wrong)
		return NULL;
	parser->values[place] = arena_asprintf(parser->arena, "%zu", items);
	return arena_asprintf(parser->arena, "a%s", item);
}

static const char *parse_tuple(struct parser *parser, const char *expect)
{
	const char *type = "(", *rest = *expect ? expect + 1 : "";
	size_t items = 0;

	if (*expect && *expect != '(')
		return fail(parser, "a tuple is not what its type says");
	parser->at++;
	for (; next_item(parser, ')', items); items++) {
		size_t len = *expect ? type_len(rest, 0) : 0;
		const char *found =
			*expect && !len
				? fail(parser, "a tuple has more than its type says")
				: parse_value(parser, arena_strndup(parser->arena, rest, len));

		if (!found)
			return NULL;
		rest += len;
		type = arena_asprintf(parser->arena, "%s%s", type, found);
	}
	type = arena_asprintf(parser->arena, "%s)", type);
	if (!parser->wrong && (!items || (*expect && !str_equal(type, expect))))
		return fail(parser, "a tuple is empty, or has less than its type says");
	return parser->wrong ? NULL : type;
}

/* "@as [...]" */
static const char *parse_typed(struct parser *parser, const char *expect)
{
	size_t len = strcspn(++parser->at, " \t\r\n");
	const char *type = arena_strndup(parser->arena, parser->at, len);

	parser->at += len;
	if (len > TYPE_MAX || !len || type_len(type, 0) != len)
		return fail(parser, "behind @ there is no type that is supported");
	if (*expect && !str_equal(expect, type))
		return fail(parser, "its types contradict each other");
	return parse_value(parser, type);
}

static const char *parse_by_first(struct parser *parser, const char *expect)
{
	const char first = *parser->at;

	if (first == '@')
		return parse_typed(parser, expect);
	if (first == '[')
		return parse_array(parser, expect);
	if (first == '(')
		return parse_tuple(parser, expect);
	if (first == '\'' || first == '"')
		return parse_string(parser, expect);
	if (isdigit((unsigned char)first) || first == '-' || first == '+')
		return parse_number(parser, expect);
	if (islower((unsigned char)first))
		return parse_word(parser, expect);
	return fail(parser, first ? "it is no value of GVariant's text format that is supported"
				  : "there is no value");
}

static const char *parse_value(struct parser *parser, const char *expect)
{
	skip_blanks(parser);
	if (parser->wrong)
		return NULL;
	if (parser->depth == DEPTH_MAX)
		return fail(parser, "it is nested too deeply");
	parser->depth++;
	const char *type = parse_by_first(parser, expect);
	parser->depth--;
	return type;
}

const char *gvariant_parse(struct arena *arena, const char *text, struct gvariant *out)
{
	struct parser parser = { .arena = arena, .at = text };
	const char *type = parse_value(&parser, "");

	skip_blanks(&parser);
	if (!parser.wrong && *parser.at)
		(void)fail(&parser, "there is more behind the value");
	*out = (struct gvariant){ type, parser.values, parser.n };
	return parser.wrong;
}
