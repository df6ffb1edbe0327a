/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths of time on the command line. See duration.h. Pure. */
#include "cli/duration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* Those that begin with another come before it. */
static const struct {
	const char *name;
	double ms;
} units[] = {
	{ "ns", 1e-6 }, { "us", 1e-3 }, { "\302\265s", 1e-3 }, { "ms", 1 },
	{ "s", 1000 },	{ "m", 60000 }, { "h", 3600000 },
};

/* Takes "1.5h" off the front of *text. */
static bool take_part(const char **text, double *ms)
{
	size_t digits = strspn(*text, "0123456789.");
	char *end;

	/* strtod(3) takes more than numbers like 1.5 */
	if (!digits)
		return false;
	double number = strtod(*text, &end);
	if (end == *text || end != *text + digits)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!str_starts_with(end, units[i].name))
			continue;
		*ms += number * units[i].ms;
		*text = end + strlen(units[i].name);
		return true;
	}
	return false;
}

bool duration_parse(const char *text, int64_t *out_ms)
{
	bool negative = *text == '-';
	double ms = 0;

	text += negative || *text == '+';
	if (str_equal(text, "0")) {
		*out_ms = 0;
		return true;
	}
	if (!*text)
		return false;
	while (*text) {
		if (!take_part(&text, &ms))
			return false;
	}
	if (ms > (double)INT32_MAX)
		return false;
	*out_ms = (int64_t)ceil(ms) * (negative ? -1 : 1);
	return true;
}
