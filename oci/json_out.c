/* SPDX-License-Identifier: Apache-2.0 */
/* JSON output. See json_out.h. Either process. */
#include "oci/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "base/mem.h"
#include "base/str.h"
#include "oci/json_in.h"

struct json_out {
	yajl_gen gen;
	bool broken; /* the calls did not nest */
};

struct json_out *json_out_new(bool indent)
{
	struct json_out *out = mem_zalloc(sizeof(*out));

	out->gen = yajl_gen_alloc(NULL);
	yajl_gen_config(out->gen, yajl_gen_beautify, indent ? 1 : 0);
	yajl_gen_config(out->gen, yajl_gen_indent_string, "  ");
	return out;
}

static void note(struct json_out *out, yajl_gen_status status)
{
	out->broken |= status != yajl_gen_status_ok && status != yajl_gen_generation_complete;
}

void json_out_object(struct json_out *out)
{
	note(out, yajl_gen_map_open(out->gen));
}

void json_out_array(struct json_out *out)
{
	note(out, yajl_gen_array_open(out->gen));
}

void json_out_end_object(struct json_out *out)
{
	note(out, yajl_gen_map_close(out->gen));
}

void json_out_end_array(struct json_out *out)
{
	note(out, yajl_gen_array_close(out->gen));
}

void json_out_key(struct json_out *out, const char *key)
{
	json_out_string(out, key);
}

void json_out_string(struct json_out *out, const char *value)
{
	if (value)
		note(out, yajl_gen_string(out->gen, (const unsigned char *)value, strlen(value)));
	else
		json_out_null(out);
}

void json_out_i64(struct json_out *out, int64_t value)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRId64, value);

	note(out, yajl_gen_number(out->gen, text, (size_t)len));
}

void json_out_u64(struct json_out *out, uint64_t value)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRIu64, value);

	note(out, yajl_gen_number(out->gen, text, (size_t)len));
}

void json_out_number(struct json_out *out, const char *text)
{
	note(out, yajl_gen_number(out->gen, text, strlen(text)));
}

void json_out_bool(struct json_out *out, bool value)
{
	note(out, yajl_gen_bool(out->gen, value));
}

void json_out_null(struct json_out *out)
{
	note(out, yajl_gen_null(out->gen));
}

static void write_children(struct json_out *out, const struct json_node *node)
{
	for (const struct json_node *child = node->first; child; child = child->next) {
		if (child->key)
			json_out_key(out, child->key);
		json_out_node(out, child);
	}
}

void json_out_node(struct json_out *out, const struct json_node *node)
{
	switch (node->type) {
	case JSON_NULL:
		json_out_null(out);
		break;
	case JSON_BOOL:
		json_out_bool(out, node->boolean);
		break;
	case JSON_NUMBER:
		json_out_number(out, node->text);
		break;
	case JSON_STRING:
		json_out_string(out, node->text);
		break;
	case JSON_ARRAY:
		json_out_array(out);
		write_children(out, node);
		json_out_end_array(out);
		break;
	case JSON_OBJECT:
		json_out_object(out);
		write_children(out, node);
		json_out_end_object(out);
		break;
	}
}

char *json_out_take(struct json_out *out)
{
	const unsigned char *text;
	size_t len;

	note(out, yajl_gen_get_buf(out->gen, &text, &len));
	if (out->broken)
		abort();
	while (len && text[len - 1] == '\n')
		len--;
	char *copy = mem_zalloc(len + 1);
	memcpy(copy, text, len);
	yajl_gen_free(out->gen);
	free(out);
	return copy;
}
