/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two forms of a printed plan: JSON, indented by two blanks, and text of the same structure
 * ("key: value", a hyphen in front of each item). Knows nothing of plans. The parent runs it.
 */
#include "plan/print_sink.h"

#include <string.h>

#include "base/log.h"

enum { LINE_COLUMNS = 100 };

static void indent(struct print_sink *sink, unsigned int depth)
{
	for (unsigned int i = 0; i < depth; i++)
		strbuf_add(&sink->out, "  ");
}

/* Text as it is where that is readable and can't be mistaken; else as a JSON string. */
static void add_text(struct strbuf *out, const char *text)
{
	size_t len = strlen(text);
	bool plain = len && text[0] != ' ' && text[len - 1] != ' ' && text[0] != '"';

	for (size_t i = 0; i < len; i++)
		plain &= (unsigned char)text[i] >= ' ' && text[i] != 0x7f;
	if (plain)
		strbuf_add(out, text);
	else
		log_add_json_string(out, text);
}

/* Everything in front of a value: comma, line, indentation, key. */
static void begin_json(struct print_sink *sink, const char *key)
{
	if (sink->depth)
		strbuf_add(&sink->out, sink->first ? "\n" : ",\n");
	indent(sink, sink->depth);
	if (key) {
		log_add_json_string(&sink->out, key);
		strbuf_add(&sink->out, ": ");
	}
	sink->first = false;
}

/* The document itself has no line of its own, so that its keys start at the margin. */
static void begin_text(struct print_sink *sink, const char *key)
{
	unsigned int depth = sink->depth ? sink->depth - 1 : 0;

	if (sink->item) {
		indent(sink, depth - 1);
		strbuf_add(&sink->out, "- ");
	} else {
		indent(sink, depth);
	}
	sink->item = false;
	strbuf_addf(&sink->out, "%s:", key);
}

void print_open(struct print_sink *sink, const char *key, bool array)
{
	if (sink->json) {
		begin_json(sink, key);
		strbuf_add(&sink->out, array ? "[" : "{");
		sink->first = true;
	} else if (key) {
		begin_text(sink, key);
		strbuf_add(&sink->out, "\n");
	} else if (sink->depth) {
		sink->item = true;
	}
	sink->depth++;
}

void print_close(struct print_sink *sink, bool array)
{
	sink->depth--;
	sink->item = false;
	if (!sink->json)
		return;
	if (!sink->first) {
		strbuf_add(&sink->out, "\n");
		indent(sink, sink->depth);
	}
	strbuf_add(&sink->out, array ? "]" : "}");
	if (!sink->depth)
		strbuf_add(&sink->out, "\n");
	sink->first = false;
}

void print_scalar(struct print_sink *sink, const char *key, const char *value, bool quoted)
{
	if (sink->json) {
		begin_json(sink, key);
		if (quoted)
			log_add_json_string(&sink->out, value);
		else
			strbuf_add(&sink->out, value);
		return;
	}
	begin_text(sink, key);
	strbuf_add(&sink->out, " ");
	if (quoted)
		add_text(&sink->out, value);
	else
		strbuf_add(&sink->out, value);
	strbuf_add(&sink->out, "\n");
}

static void json_list(struct print_sink *sink, const char *key, const char *const *words, size_t n)
{
	begin_json(sink, key);
	strbuf_add(&sink->out, "[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			strbuf_add(&sink->out, ", ");
		log_add_json_string(&sink->out, words[i]);
	}
	strbuf_add(&sink->out, "]");
}

/* In one line where all words fit and none holds a comma; else a line for each. */
static void text_list(struct print_sink *sink, const char *key, const char *const *words, size_t n)
{
	size_t columns = 2 * (size_t)sink->depth + strlen(key);
	bool one_line = true;

	for (size_t i = 0; i < n; i++) {
		columns += strlen(words[i]) + 2;
		one_line &= !strchr(words[i], ',');
	}
	one_line &= columns <= LINE_COLUMNS;
	begin_text(sink, key);
	for (size_t i = 0; i < n; i++) {
		if (one_line) {
			strbuf_add(&sink->out, i ? ", " : " ");
		} else {
			strbuf_add(&sink->out, "\n");
			indent(sink, sink->depth);
			strbuf_add(&sink->out, "- ");
		}
		add_text(&sink->out, words[i]);
	}
	strbuf_add(&sink->out, "\n");
}

void print_list(struct print_sink *sink, const char *key, const char *const *words, size_t n)
{
	if (sink->json)
		json_list(sink, key, words, n);
	else
		text_list(sink, key, words, n);
}
