/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON: a thin layer over yajl's generator. Slashes are never escaped (hooks' readers and
 * engines compare bytes). Calls must nest properly; a wrong order is a bug and aborts in
 * json_out_take.
 */
#ifndef OCI_JSON_OUT_H
#define OCI_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct json_out;

struct json_out *json_out_new(bool indent); /* two spaces a level, else compact */
void json_out_object(struct json_out *out);
void json_out_array(struct json_out *out);
void json_out_end_object(struct json_out *out);
void json_out_end_array(struct json_out *out);
void json_out_key(struct json_out *out, const char *key);
void json_out_string(struct json_out *out, const char *value); /* NULL writes null */
void json_out_i64(struct json_out *out, int64_t value);
void json_out_u64(struct json_out *out, uint64_t value);
void json_out_number(struct json_out *out, const char *text); /* as it is written */
void json_out_bool(struct json_out *out, bool value);
void json_out_null(struct json_out *out);
/* A whole value that was read; numbers as they were written. */
struct json_node;
void json_out_node(struct json_out *out, const struct json_node *node);
/* Ends and frees it; the text, without a final newline, is the caller's to free(). */
char *json_out_take(struct json_out *out);

#endif
