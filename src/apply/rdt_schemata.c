/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a group's schemata file says what the configuration asks for. A line is "L3:0=7f0;1=1f":
 * a resource, and for each of its domains a value. The kernel writes it with blanks and zeros of
 * its own, and with all domains. Pure. Parent only.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "apply/rdt.h"

/* A part of a text, without the blanks around it. */
struct span {
	const char *at;
	size_t len;
};

static struct span trim(const char *at, size_t len)
{
	while (len && isspace((unsigned char)*at)) {
		at++;
		len--;
	}
	while (len && isspace((unsigned char)at[len - 1]))
		len--;
	return (struct span){ at, len };
}

static bool same_word(struct span a, struct span b)
{
	return a.len == b.len && strncmp(a.at, b.at, a.len) == 0;
}

static struct span without_zeros(struct span number)
{
	while (number.len > 1 && *number.at == '0') {
		number.at++;
		number.len--;
	}
	return number;
}

/* Masks are hexadecimal, percentages and domains decimal: the digits are the same either way. */
static bool same_number(struct span a, struct span b)
{
	a = without_zeros(a);
	b = without_zeros(b);
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* The resource of a line; its domains are behind *rest. False if the line has none. */
static bool split_line(const char *line, size_t len, struct span *resource, struct span *rest)
{
	const char *colon = memchr(line, ':', len);

	if (!colon)
		return false;
	*resource = trim(line, (size_t)(colon - line));
	*rest = trim(colon + 1, len - (size_t)(colon + 1 - line));
	return true;
}

/* Takes "domain=value" off the front of *rest. False at its end, and for what is of no such form:
 * then rest->len is not 0. */
static bool next_domain(struct span *rest, struct span *domain, struct span *value)
{
	const char *semicolon = memchr(rest->at, ';', rest->len);
	size_t len = semicolon ? (size_t)(semicolon - rest->at) : rest->len;
	const char *equals = memchr(rest->at, '=', len);

	if (!rest->len || !equals)
		return false;
	*domain = trim(rest->at, (size_t)(equals - rest->at));
	*value = trim(equals + 1, len - (size_t)(equals + 1 - rest->at));
	len += semicolon != NULL;
	rest->at += len;
	rest->len -= len;
	return true;
}

/* The value of a domain in one line's domains. */
static bool find_domain(struct span domains, struct span wanted, struct span *value)
{
	struct span domain;

	while (next_domain(&domains, &domain, value)) {
		if (same_number(domain, wanted))
			return true;
	}
	return false;
}

static bool find_value(const char *schemata, struct span resource, struct span domain,
		       struct span *value)
{
	while (*schemata) {
		size_t len = strcspn(schemata, "\n");
		struct span name, domains;

		if (split_line(schemata, len, &name, &domains) && same_word(name, resource))
			return find_domain(domains, domain, value);
		schemata += len + (schemata[len] == '\n');
	}
	return false;
}

/* A later line of the plan says something about the same domain: that is what counts. */
static bool is_overridden(const struct plan_rdt *plan, size_t from, struct span resource,
			  struct span domain)
{
	for (size_t i = from; i < plan->lines_n; i++) {
		const char *text = plan->lines[i].text;
		struct span name, domains, value;

		if (split_line(text, strlen(text), &name, &domains) && same_word(name, resource) &&
		    find_domain(domains, domain, &value))
			return true;
	}
	return false;
}

static bool line_holds(const struct plan_rdt *plan, size_t i, const char *schemata)
{
	const char *text = plan->lines[i].text;
	struct span resource, domains, domain, wanted, found;

	if (!split_line(text, strlen(text), &resource, &domains) || !domains.len)
		return false;
	while (next_domain(&domains, &domain, &wanted)) {
		if (is_overridden(plan, i + 1, resource, domain))
			continue;
		if (!find_value(schemata, resource, domain, &found) || !same_number(found, wanted))
			return false;
	}
	return domains.len == 0;
}

const struct plan_rdt_line *rdt_find_difference(const struct plan_rdt *plan, const char *schemata)
{
	for (size_t i = 0; i < plan->lines_n; i++) {
		if (!line_holds(plan, i, schemata))
			return &plan->lines[i];
	}
	return NULL;
}
