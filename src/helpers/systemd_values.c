/* SPDX-License-Identifier: Apache-2.0 */
/* Properties as D-Bus messages have them: a(sv). Of the program nucleus-oci-systemd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "helpers/systemd_manager.h"

/* The values that are still to come. */
struct values {
	char *const *next;
	size_t left;
};

static const char *take(struct values *values)
{
	if (!values->left)
		return NULL;
	values->left--;
	return *values->next++;
}

/* The length of the whole type that `type` begins with; 0: it is damaged. */
static size_t type_len(const char *type)
{
	size_t len = 1;

	if (*type == 'a') {
		size_t item = type_len(type + 1);
		return item ? 1 + item : 0;
	}
	if (*type != '(')
		return *type && *type != ')';
	while (type[len] && type[len] != ')') {
		size_t item = type_len(type + len);
		if (!item)
			return 0;
		len += item;
	}
	return type[len] ? len + 1 : 0;
}

static int append_signed(sd_bus_message *message, char type, const char *text)
{
	int64_t value;

	if (!str_to_i64(text, &value))
		return -EINVAL;
	const int16_t n = (int16_t)value;
	const int32_t i = (int32_t)value;
	switch (type) {
	case 'n':
		return n == value ? sd_bus_message_append_basic(message, type, &n) : -ERANGE;
	case 'i':
		return i == value ? sd_bus_message_append_basic(message, type, &i) : -ERANGE;
	default:
		return sd_bus_message_append_basic(message, type, &value);
	}
}

static int append_unsigned(sd_bus_message *message, char type, const char *text)
{
	uint64_t value;

	if (!str_to_u64(text, &value))
		return -EINVAL;
	const uint8_t y = (uint8_t)value;
	const uint16_t q = (uint16_t)value;
	const uint32_t u = (uint32_t)value;
	switch (type) {
	case 'y':
		return y == value ? sd_bus_message_append_basic(message, type, &y) : -ERANGE;
	case 'q':
		return q == value ? sd_bus_message_append_basic(message, type, &q) : -ERANGE;
	case 'u':
		return u == value ? sd_bus_message_append_basic(message, type, &u) : -ERANGE;
	default:
		return sd_bus_message_append_basic(message, type, &value);
	}
}

static int append_basic(sd_bus_message *message, char type, const char *text)
{
	if (!text)
		return -EINVAL;
	const int truth = str_equal(text, "true");
	const double number = type == 'd' ? strtod(text, NULL) : 0;

	switch (type) {
	case 'b':
		if (!truth && !str_equal(text, "false"))
			return -EINVAL;
		return sd_bus_message_append_basic(message, type, &truth);
	case 'd':
		return sd_bus_message_append_basic(message, type, &number);
	case 's':
	case 'o':
	case 'g':
		return sd_bus_message_append_basic(message, type, text);
	case 'n':
	case 'i':
	case 'x':
		return append_signed(message, type, text);
	case 'y':
	case 'q':
	case 'u':
	case 't':
		return append_unsigned(message, type, text);
	default:
		return -EINVAL;
	}
}

static int append_value(sd_bus_message *message, const char *type, struct values *values);

static int append_array(sd_bus_message *message, const char *item, struct values *values)
{
	uint32_t count;
	const char *text = take(values);
	int rc = text && str_to_u32(text, &count) ? 0 : -EINVAL;

	if (rc >= 0)
		rc = sd_bus_message_open_container(message, 'a', item);
	for (uint32_t i = 0; rc >= 0 && i < count; i++)
		rc = append_value(message, item, values);
	return rc < 0 ? rc : sd_bus_message_close_container(message);
}

static int append_tuple(sd_bus_message *message, const char *members, struct values *values)
{
	int rc = sd_bus_message_open_container(message, 'r', members);

	while (rc >= 0 && *members) {
		size_t len = type_len(members);
		drop_mem char *member = mem_asprintf("%.*s", (int)len, members);

		rc = len ? append_value(message, member, values) : -EINVAL;
		members += len;
	}
	return rc < 0 ? rc : sd_bus_message_close_container(message);
}

/* `type` is one whole type. */
static int append_value(sd_bus_message *message, const char *type, struct values *values)
{
	size_t len = strlen(type);

	if (!len || type_len(type) != len)
		return -EINVAL;
	if (*type == 'a')
		return append_array(message, type + 1, values);
	if (*type != '(')
		return append_basic(message, *type, take(values));
	drop_mem char *members = mem_asprintf("%.*s", (int)len - 2, type + 1);
	return append_tuple(message, members, values);
}

static int append_property(sd_bus_message *message, const struct property *property)
{
	struct values values = { property->values, property->values_n };
	int rc = sd_bus_message_open_container(message, 'r', "sv");

	if (rc >= 0)
		rc = sd_bus_message_append_basic(message, 's', property->name);
	if (rc >= 0)
		rc = sd_bus_message_open_container(message, 'v', property->type);
	if (rc >= 0)
		rc = append_value(message, property->type, &values);
	if (rc >= 0 && values.left)
		rc = -EINVAL;
	if (rc >= 0)
		rc = sd_bus_message_close_container(message);
	return rc < 0 ? rc : sd_bus_message_close_container(message);
}

int values_append(sd_bus_message *message, const struct properties *properties,
		  unsigned int version)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < properties->n; i++) {
		if (properties->items[i].since <= version)
			rc = append_property(message, &properties->items[i]);
	}
	return rc;
}
