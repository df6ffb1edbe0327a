/* SPDX-License-Identifier: Apache-2.0 */
/* landlock abi: what this kernel's Landlock can do. Asks the kernel, changes nothing. */
#include "base/fd.h"
#include "cli/verbs.h"
#include "oci/landlock.h"

struct abi_values {
	bool help;
};

static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_landlock_abi_options = { rows, sizeof(struct abi_values) };

static void add_rights(struct strbuf *out, unsigned int abi)
{
	drop_arena struct arena arena = { 0 };
	const struct oci_landlock_rights rights = oci_landlock_rights_of_abi(abi);
	struct strv names = { 0 };

	oci_landlock_names(&arena, &rights, &names);
	for (size_t i = 0; i < names.n; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", names.items[i]);
	strbuf_add(out, "\n");
}

struct err *cmd_landlock_abi(struct cli *cli, const void *values UNUSED)
{
	drop_host struct host host;
	drop_strbuf struct strbuf out = { 0 };

	host_init(&host);
	int abi = host_landlock_abi(&host);
	if (!abi) {
		cli->exit_code = 1;
		return cli_print("This kernel has no Landlock, or it is not enabled.\n");
	}
	strbuf_addf(&out, "Landlock ABI %d\n", abi);
	add_rights(&out, (unsigned int)abi);
	return cli_print(strbuf_text(&out));
}
