/* SPDX-License-Identifier: Apache-2.0 */
/* features: what this build supports (features.md), made from the tables that the reader uses. */
#include "cli/verbs.h"
#include "oci/features.h"

struct features_values {
	bool help;
};

static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_features_options = { rows, sizeof(struct features_values) };

static struct err *print_features(struct host *host)
{
	const struct oci_features_kernel kernel = {
		.landlock_abi = host_landlock_abi(host),
		.seccomp_wait_killable = host_seccomp_wait_killable(host),
	};
	drop_mem char *text = oci_features_write(&kernel);
	drop_strbuf struct strbuf out = { 0 };

	strbuf_add(&out, text);
	if (!str_ends_with(text, "\n"))
		strbuf_add(&out, "\n");
	return cli_print(strbuf_text(&out));
}

struct err *cmd_features(struct cli *cli UNUSED, const void *values UNUSED)
{
	drop_host struct host host;

	host_init(&host);
	return print_features(&host);
}
