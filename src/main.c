/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nucleus-oci: finds the verb, runs it, prints the one error, chooses the exit code. Knows nothing
 * of containers, and does nothing before the verb that --version would have to wait for.
 */
#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/help.h"
#include "sys/sys.h"

/*
 * An engine may start us with some of 0-2 closed: the first files that we open would take their
 * place, and the payload would get them as its standard streams.
 */
static void fill_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (sys_fcntl(fd, F_GETFD, 0) != -EBADF)
			continue;
		int null = sys_open("/dev/null", O_RDWR, 0);

		/* the lowest free number is `fd`; it is inherited like any other of the three */
		if (null == fd)
			(void)sys_fcntl(fd, F_SETFD, 0);
	}
}

static struct err *set_up_log(const struct cli_globals *globals)
{
	struct log_setup setup = {
		.fd = -1,
		.json = str_equal(globals->log_format, "json"),
		.debug = globals->debug || str_equal(globals->log_level, "debug"),
	};
	struct err *err = NULL;

	if (globals->log && *globals->log) {
		setup.fd = sys_open(globals->log, O_WRONLY | O_CREAT | O_APPEND, 0666);
		if (setup.fd < 0)
			err = err_sys(setup.fd, "open log file %s", globals->log);
	}
	log_set_up(&setup);
	return err;
}

/* Usage goes to standard output and the error to the log, as engines' authors know it from runc. */
static struct err *wrong_count(const struct cli_verb *verb, size_t n)
{
	drop_strbuf struct strbuf out = { 0 };

	help_add_usage(&out, verb);
	TRY(cli_print(strbuf_text(&out)));
	if (verb->args_max == CLI_ARGS_ANY)
		return err_new(ERR_USAGE, "%s takes %s, but no ID was given", verb->name,
			       verb->args);
	if (verb->args_max == 0)
		return err_new(ERR_USAGE, "%s takes no arguments, but %zu %s given", verb->name, n,
			       n == 1 ? "was" : "were");
	size_t wanted = n < verb->args_min ? verb->args_min : verb->args_max;
	const char *how = verb->args_min == verb->args_max ? "exactly"
			  : n < verb->args_min		   ? "at least"
							   : "at most";
	return err_new(ERR_USAGE, "%s takes %s %zu argument%s (%s), but %zu %s given", verb->name,
		       how, wanted, wanted == 1 ? "" : "s", verb->args, n, n == 1 ? "was" : "were");
}

static struct err *run_parsed(struct cli *cli, const bool *values)
{
	const struct cli_verb *verb = cli->verb;

	/* the first field of every verb's values is its help flag (CLI_HELP_ROW) */
	if (values[0]) {
		drop_strbuf struct strbuf out = { 0 };

		help_add_verb(&out, verb);
		return cli_print(strbuf_text(&out));
	}
	if (cli->args_n < verb->args_min || cli->args_n > verb->args_max)
		return wrong_count(verb, cli->args_n);
	return verb->run(cli, values);
}

static struct err *run_verb(struct cli *cli, char **argv, size_t argc)
{
	const struct option_row *rows = cli->verb->options->rows;
	const bool passes_on = cli->verb->args_max == CLI_ARGS_ANY;
	drop_mem void *values = mem_zalloc(cli->verb->options->values_size);
	struct positionals rest = { 0 };
	size_t taken;
	struct err *err = options_parse(rows, values, argv, argc, passes_on, cli->verb->name,
					cli_global_options, &taken, &rest);

	if (!err) {
		cli->args = passes_on ? argv + taken : rest.items;
		cli->args_n = passes_on ? argc - taken : rest.n;
		err = run_parsed(cli, values);
	}
	options_free(rows, values);
	mem_dropp(&rest.items);
	return err;
}

static struct err *print_help(const struct cli_globals *globals)
{
	drop_strbuf struct strbuf out = { 0 };

	if (globals->help_man)
		help_add_man(&out);
	else
		help_add_program(&out);
	return cli_print(strbuf_text(&out));
}

/* landlock --help: of a group of verbs. */
static struct err *print_help_of(char **word)
{
	drop_strbuf struct strbuf out = { 0 };

	TRY(help_add_words(&out, word, 1));
	return cli_print(strbuf_text(&out));
}

static struct err *run(struct cli *cli, char **argv, size_t argc)
{
	size_t taken;
	struct cli_globals *globals = &cli->globals;

	TRY(options_parse(cli_global_options, globals, argv, argc, true, NULL, NULL, &taken, NULL));
	if (globals->version)
		return cli_print(help_version());
	if (globals->help || globals->help_man)
		return print_help(globals);
	TRY(set_up_log(globals));
	if (taken == argc) {
		TRY(print_help(globals));
		return err_new(ERR_USAGE, "no verb was given");
	}
	argv += taken;
	argc -= taken;
	cli->verb = cli_verb_find(argv, argc, &taken);
	if (cli->verb)
		return run_verb(cli, argv + taken, argc - taken);
	if (argc > 1 && (str_equal(argv[1], "--help") || str_equal(argv[1], "-h")))
		return print_help_of(argv);
	return cli_verb_unknown(argv, argc);
}

int main(int argc, char **argv)
{
	struct cli cli = { .argv = argv };

	fill_stdio();
	drop_err struct err *err = run(&cli, argv + (argc > 0), argc > 0 ? (size_t)argc - 1 : 0);
	log_end(err);
	if (!err)
		return cli.exit_code;
	return cli.failure_code ? cli.failure_code : err_exit_code(err_kind_of(err));
}
