/* SPDX-License-Identifier: Apache-2.0 */
/* JSON input through yajl's event interface. See json_in.h. Parent only; no policy. */
#include "oci/json_in.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/str.h"

struct parser {
	struct arena *arena;
	struct problems *problems;
	struct json_node *root;
	struct json_node *open[JSON_MAX_DEPTH]; /* arrays and objects that are not closed yet */
	size_t depth;
	const char *key; /* of the next value, in an object */
	bool too_deep, trailing;
};

/* The place of what is being read: "linux.namespaces[2].type". */
static char *place_of(const struct parser *parser, const char *key)
{
	drop_strbuf struct strbuf place = { 0 };

	for (size_t i = 0; i < parser->depth; i++) {
		const struct json_node *node = parser->open[i];

		if (node->key)
			strbuf_addf(&place, "%s%s", place.len ? "." : "", node->key);
		else if (i)
			strbuf_addf(&place, "[%zu]", parser->open[i - 1]->n - 1);
	}
	if (key)
		strbuf_addf(&place, "%s%s", place.len && *key != '[' ? "." : "", key);
	return arena_strdup(parser->arena, strbuf_text(&place));
}

/* Hangs a new node into the open container, or makes it the root. NULL: the parser must stop. */
static struct json_node *add(struct parser *parser, enum json_type type)
{
	struct json_node *parent = parser->depth ? parser->open[parser->depth - 1] : NULL;
	struct json_node *node = arena_zalloc(parser->arena, sizeof(*node));

	node->type = type;
	if (!parent) {
		parser->trailing = parser->root != NULL;
		parser->root = node;
		return parser->trailing ? NULL : node;
	}
	if (parent->type == JSON_OBJECT) {
		node->key = parser->key;
		parser->key = NULL;
	}
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->n++;
	return node;
}

static int open_container(struct parser *parser, enum json_type type)
{
	struct json_node *node = add(parser, type);

	if (!node)
		return 0;
	if (parser->depth == JSON_MAX_DEPTH) {
		parser->too_deep = true;
		return 0;
	}
	parser->open[parser->depth++] = node;
	return 1;
}

static char *take_text(struct parser *parser, const unsigned char *text, size_t len,
		       const char *key)
{
	const struct json_node *parent = parser->depth ? parser->open[parser->depth - 1] : NULL;

	if (memchr(text, '\0', len)) {
		/* An element has no key: its place is its index. */
		if (!key && parent && parent->type == JSON_ARRAY)
			key = arena_asprintf(parser->arena, "[%zu]", parent->n);
		problems_error(parser->problems, place_of(parser, key),
			       "contains a NUL character (\\u0000)");
	}
	return arena_strndup(parser->arena, (const char *)text, len);
}

static int on_null(void *context)
{
	return add(context, JSON_NULL) != NULL;
}

static int on_boolean(void *context, int value)
{
	struct json_node *node = add(context, JSON_BOOL);

	if (node)
		node->boolean = value;
	return node != NULL;
}

static int on_number(void *context, const char *text, size_t len)
{
	struct parser *parser = context;
	struct json_node *node = add(parser, JSON_NUMBER);

	if (node)
		node->text = arena_strndup(parser->arena, text, len);
	return node != NULL;
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
	struct parser *parser = context;
	const char *copy = take_text(parser, text, len, parser->key);
	struct json_node *node = add(parser, JSON_STRING);

	if (node)
		node->text = copy;
	return node != NULL;
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
	struct parser *parser = context;

	parser->key = take_text(parser, text, len, NULL);
	/* Which of two equal keys counts differs between readers: a way to smuggle (refused). */
	if (json_member(parser->open[parser->depth - 1], parser->key))
		problems_error(parser->problems, place_of(parser, parser->key),
			       "is there more than once");
	return 1;
}

static int on_start_object(void *context)
{
	return open_container(context, JSON_OBJECT);
}

static int on_start_array(void *context)
{
	return open_container(context, JSON_ARRAY);
}

static int on_end(void *context)
{
	struct parser *parser = context;

	parser->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

/* "line 3, column 14" of a byte offset. */
static void add_position(struct strbuf *out, const char *text, size_t offset)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	strbuf_addf(out, "line %zu, column %zu", line, column);
}

static void explain(struct parser *parser, yajl_handle handle, const char *text, size_t len)
{
	drop_strbuf struct strbuf message = { 0 };

	if (parser->too_deep) {
		problems_error(parser->problems, "", "is nested more than %d levels deep",
			       JSON_MAX_DEPTH);
		return;
	}
	size_t offset = yajl_get_bytes_consumed(handle);
	add_position(&message, text, offset < len ? offset : len);
	if (parser->trailing) {
		strbuf_add(&message, ": something follows the document");
	} else {
		unsigned char *reason = yajl_get_error(handle, 0, (const unsigned char *)text, len);
		char *line = (char *)reason;

		/* "parse error: invalid ...\n": the position is ours, the reason yajl's */
		line[strcspn(line, "\n")] = '\0';
		strbuf_addf(&message, ": no valid JSON: %s", line);
		yajl_free_error(handle, reason);
	}
	problems_error(parser->problems, "", "%s", strbuf_text(&message));
}

static bool only_blanks(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	}
	return true;
}

static bool run(struct parser *parser, const char *text, size_t len)
{
	yajl_handle handle = yajl_alloc(&callbacks, NULL, parser);
	yajl_status status = yajl_parse(handle, (const unsigned char *)text, len);

	if (status == yajl_status_ok)
		status = yajl_complete_parse(handle);
	bool unfinished = status == yajl_status_ok && (!parser->root || parser->depth);
	if (unfinished)
		problems_error(parser->problems, "", "ends in the middle of the document");
	else if (status != yajl_status_ok)
		explain(parser, handle, text, len);
	yajl_free(handle);
	return status == yajl_status_ok && !unfinished;
}

struct json_node *json_parse(struct arena *arena, const char *text, size_t len,
			     struct problems *problems)
{
	struct parser parser = { .arena = arena, .problems = problems };

	if (len > JSON_MAX_BYTES) {
		problems_error(problems, "", "is larger than %d bytes", JSON_MAX_BYTES);
		return NULL;
	}
	if (only_blanks(text, len)) {
		problems_error(problems, "", "is empty");
		return NULL;
	}
	return run(&parser, text, len) ? parser.root : NULL;
}

const struct json_node *json_member(const struct json_node *object, const char *key)
{
	for (const struct json_node *node = object->first; node; node = node->next) {
		if (strcmp(node->key, key) == 0)
			return node;
	}
	return NULL;
}

const char *json_type_name(enum json_type type)
{
	switch (type) {
	case JSON_NULL:
		return "null";
	case JSON_BOOL:
		return "a boolean";
	case JSON_NUMBER:
		return "a number";
	case JSON_STRING:
		return "a string";
	case JSON_ARRAY:
		return "an array";
	case JSON_OBJECT:
		return "an object";
	}
	return "?";
}
