/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option parser. See options.h. Owns the grammar of the command line and the texts of its
 * errors; decides nothing about what an option means. Parent only, first thing.
 */
#include "cli/options.h"

#include <string.h>

#include "base/mem.h"

/* One run of the parser. */
struct parse {
	const struct option_row *table, *elsewhere;
	char *values;
	char **argv;
	size_t argc, at; /* argv[at] is the one to look at next */
	const char *verb;
};

static const struct option_row *find_name(const struct option_row *table, const char *name,
					  size_t len)
{
	for (; table && table->name; table++) {
		if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
			return table;
	}
	return NULL;
}

static const struct option_row *find_letter(const struct option_row *table, char letter)
{
	for (; table && table->name; table++) {
		if (table->letter && table->letter == letter)
			return table;
	}
	return NULL;
}

const char *options_nearest(const char *word, const char *const *names, size_t n)
{
	/* Up to a third of the letters wrong is a typing mistake, more is another word. */
	size_t best = strlen(word) / 3 + 2;
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t distance = str_distance(word, names[i]);

		if (distance < best && distance < strlen(names[i])) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

static const char *nearest_option(const struct option_row *table, const char *word)
{
	const char *names[64];
	size_t n = 0;

	for (; table->name && n < ARRAY_LEN(names); table++) {
		if (table->help)
			names[n++] = table->name;
	}
	return options_nearest(word, names, n);
}

static struct err *unknown(const struct parse *parse, const char *word)
{
	const char *name = word + strspn(word, "-");
	size_t len = strcspn(name, "=");
	drop_mem char *bare = mem_strdup(name);
	bare[len] = '\0';
	const char *nearest = nearest_option(parse->table, bare);
	const char *verb = parse->verb ? parse->verb : "";
	struct err *err = err_new(ERR_USAGE, "%s%sunknown option \"%.*s\"", verb, *verb ? ": " : "",
				  (int)(name - word) + (int)len, word);

	if (find_name(parse->elsewhere, name, len))
		return err_hint(err, "--%s is a global option: it goes before \"%s\"", bare, verb);
	if (nearest)
		return err_hint(err, "did you mean \"--%s\"?", nearest);
	return err_hint(err, "nucleus-oci %s%s--help lists the options", verb, *verb ? " " : "");
}

static bool is_choice(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (const char *word = words; *word;) {
		size_t word_len = strcspn(word, "|");

		if (word_len == len && strncmp(word, value, len) == 0)
			return true;
		word += word_len + (word[word_len] == '|');
	}
	return false;
}

static struct err *bad_value(const struct option_row *row, const char *value, const char *accepted)
{
	return err_new(ERR_USAGE, "option --%s: \"%s\" is not %s", row->name, value, accepted);
}

static struct err *set_flag(const struct option_row *row, bool *field, const char *value)
{
	*field = !value || str_equal(value, "true") || str_equal(value, "1");
	if (value && !*field && !str_equal(value, "false") && !str_equal(value, "0"))
		return bad_value(row, value, "true or false");
	return NULL;
}

static void add_to_list(struct strv *list, char *value)
{
	list->items = mem_realloc_array(list->items, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = value;
}

/* `value` is NULL for a flag without "=". */
static struct err *set(const struct parse *parse, const struct option_row *row, char *value)
{
	void *field = parse->values + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		return set_flag(row, field, value);
	case OPTION_STRING:
		*(const char **)field = value;
		return NULL;
	case OPTION_NUMBER:
		if (!str_to_u32(value, field))
			return bad_value(row, value, "a whole number from 0 to 4294967295");
		return NULL;
	case OPTION_CHOICE:
		if (!is_choice(row->metavar, value))
			return err_new(ERR_USAGE, "option --%s: \"%s\" is none of %s", row->name,
				       value, row->metavar);
		*(const char **)field = value;
		return NULL;
	case OPTION_LIST:
		add_to_list(field, value);
		return NULL;
	}
	return err_new(ERR_BUG, "option --%s has no kind", row->name);
}

/* The option in argv[at] is `row`; `attached` is the value in the same argument or NULL. */
static struct err *take(struct parse *parse, const struct option_row *row, char *attached)
{
	parse->at++;
	if (row->kind != OPTION_FLAG && !attached) {
		/* Podman's probe for an option looks for these words (lesson C7). */
		if (parse->at == parse->argc)
			return err_new(ERR_USAGE, "option --%s requires an argument", row->name);
		attached = parse->argv[parse->at++];
	}
	return set(parse, row, attached);
}

void options_free(const struct option_row *table, void *values)
{
	for (; table->name; table++) {
		struct strv *list = (struct strv *)(void *)((char *)values + table->offset);

		if (table->kind == OPTION_LIST) {
			mem_dropp(&list->items);
			list->n = 0;
		}
	}
}

/* "-abc": flags a and b, and c perhaps with a value. The word is known to start with one dash. */
static struct err *take_letters(struct parse *parse, char *word)
{
	for (char *letter = word + 1; *letter; letter++) {
		const struct option_row *row = find_letter(parse->table, *letter);
		char *rest = letter + 1;

		if (!row)
			return unknown(parse, word);
		if (row->kind != OPTION_FLAG || *rest == '=' || !*rest)
			return take(parse, row, *rest == '=' ? rest + 1 : *rest ? rest : NULL);
		TRY(set(parse, row, NULL));
	}
	return NULL;
}

static struct err *take_option(struct parse *parse)
{
	char *word = parse->argv[parse->at];
	char *name = word + (word[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const struct option_row *row = find_name(parse->table, name, len);

	/* A single letter is never a long name, so "-b" is not taken for one. */
	if (row)
		return take(parse, row, name[len] == '=' ? name + len + 1 : NULL);
	if (word[1] != '-')
		return take_letters(parse, word);
	return unknown(parse, word);
}

struct err *options_parse(const struct option_row *table, void *values, char **argv, size_t argc,
			  bool stop_at_word, const char *verb, const struct option_row *elsewhere,
			  size_t *out_taken, struct positionals *out_rest)
{
	struct parse parse = { .table = table,
			       .elsewhere = elsewhere,
			       .values = values,
			       .argv = argv,
			       .argc = argc,
			       .verb = verb };
	bool ended = false;

	if (out_rest)
		*out_rest = (struct positionals){
			.items = mem_zalloc((argc + 1) * sizeof(*out_rest->items)),
		};
	while (parse.at < argc) {
		char *word = argv[parse.at];

		if (!ended && str_equal(word, "--")) {
			ended = true;
			parse.at++;
			if (stop_at_word)
				break;
		} else if (!ended && word[0] == '-' && word[1]) {
			TRY(take_option(&parse));
		} else if (stop_at_word) {
			break;
		} else {
			out_rest->items[out_rest->n++] = word;
			parse.at++;
		}
	}
	*out_taken = parse.at;
	return NULL;
}
