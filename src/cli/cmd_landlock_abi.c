/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock abi: what this kernel's Landlock can do, and what this build knows. Asks the kernel,
 * changes nothing, needs no root.
 */
#include <errno.h>

#include "base/fd.h"
#include "cli/verbs.h"
#include "oci/json_out.h"
#include "oci/landlock.h"
#include "sys/sys.h"

struct abi_values {
	bool help, json;
	struct strv assume;
};

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct abi_values, json), NULL,
	  "One JSON document instead of text" },
	{ "assume", 0, OPTION_LIST, offsetof(struct abi_values, assume), "NAME=VALUE",
	  "Take this for a fact of the machine instead of asking (landlock-abi=3)" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_landlock_abi_options = { rows, sizeof(struct abi_values) };

/* Documentation/userspace-api/landlock.rst, "Landlock errata": bit N - 1 for erratum N. */
static const struct {
	unsigned int number, abi;
	const char *text;
} errata[] = {
	{ 1, 4, "rights for TCP ports restrict MPTCP, SMC and SCTP, too" },
	{ 2, 6, "the scope signal keeps threads of one process from signalling each other" },
	{ 3, 1,
	  "below a folder that was moved out of a bind mount, rules are not looked up right" },
};

/* The answer for a kernel without. */
static struct err *explain_none(bool assumed)
{
	struct err *err =
		err_new(ERR_UNSUPPORTED, "this kernel has no Landlock, or it is not enabled");
	int rc = assumed ? 0 : sys_landlock_abi();

	if (rc == -ENOSYS)
		return err_hint(err,
				"it was built without CONFIG_SECURITY_LANDLOCK, or is older than "
				"Linux 5.13, or a seccomp filter hides it");
	return err_hint(err, "put \"landlock\" in front of the modules that "
			     "/sys/kernel/security/lsm lists, as lsm=landlock,... on the kernel's "
			     "command line");
}

static void add_rights(struct strbuf *out, struct arena *arena,
		       const struct oci_landlock_rights *rights)
{
	struct strv names = { 0 };

	oci_landlock_names(arena, rights, &names);
	for (size_t i = 0; i < names.n; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", names.items[i]);
}

static void add_errata(struct strbuf *out, int fixed)
{
	for (size_t i = 0; i < ARRAY_LEN(errata); i++)
		strbuf_addf(out, "erratum %u:  %s (of ABI %u: %s)\n", errata[i].number,
			    fixed & 1 << (errata[i].number - 1) ? "fixed" : "not fixed",
			    errata[i].abi, errata[i].text);
}

static void add_text(struct strbuf *out, unsigned int abi, int fixed)
{
	drop_arena struct arena arena = { 0 };

	strbuf_addf(out, "kernel:     ABI %u\nbuild:      knows ABI 1 to %d\n", abi,
		    OCI_LANDLOCK_ABI_MAX);
	if (fixed >= 0)
		add_errata(out, fixed);
	strbuf_addf(out, "\n%-4s %-6s %-7s %s\n", "ABI", "LINUX", "KERNEL", "ADDS");
	for (const struct oci_landlock_abi *row = oci_landlock_abis; row->abi; row++) {
		const struct oci_landlock_rights *adds = &row->adds;
		const bool has_rights = adds->fs || adds->net || adds->scoped;

		strbuf_addf(out, "%-4u %-6s %-7s ", row->abi, row->linux_version,
			    row->abi <= abi ? "yes" : "no");
		add_rights(out, &arena, adds);
		if (row->also)
			strbuf_addf(out, "%s%s", has_rights ? "; " : "", row->also);
		strbuf_add(out, "\n");
	}
}

static void write_names(struct json_out *out, const char *key,
			const struct oci_landlock_rights *rights)
{
	drop_arena struct arena arena = { 0 };
	struct strv names = { 0 };

	oci_landlock_names(&arena, rights, &names);
	json_out_key(out, key);
	json_out_array(out);
	for (size_t i = 0; i < names.n; i++)
		json_out_string(out, names.items[i]);
	json_out_end_array(out);
}

static void add_json(struct strbuf *text, unsigned int abi, int fixed)
{
	const unsigned int known = abi < OCI_LANDLOCK_ABI_MAX ? abi : OCI_LANDLOCK_ABI_MAX;
	const struct oci_landlock_rights all = oci_landlock_rights_of_abi(known);
	struct json_out *out = json_out_new(true);

	json_out_object(out);
	json_out_key(out, "abi");
	json_out_u64(out, abi);
	json_out_key(out, "knownAbi");
	json_out_u64(out, OCI_LANDLOCK_ABI_MAX);
	write_names(out, "handledAccessFs", &(struct oci_landlock_rights){ .fs = all.fs });
	write_names(out, "handledAccessNet", &(struct oci_landlock_rights){ .net = all.net });
	write_names(out, "scoped", &(struct oci_landlock_rights){ .scoped = all.scoped });
	json_out_key(out, "fixedErrata");
	json_out_array(out);
	for (size_t i = 0; i < ARRAY_LEN(errata); i++) {
		if (fixed >= 0 && fixed & 1 << (errata[i].number - 1))
			json_out_u64(out, errata[i].number);
	}
	json_out_end_array(out);
	json_out_end_object(out);
	drop_mem char *json = json_out_take(out);
	strbuf_add(text, json);
	if (!str_ends_with(json, "\n"))
		strbuf_add(text, "\n");
}

struct err *cmd_landlock_abi(struct cli *cli UNUSED, const void *data)
{
	const struct abi_values *values = data;
	const bool assumed = values->assume.n;
	drop_host struct host host;
	drop_strbuf struct strbuf out = { 0 };

	host_init(&host);
	TRY(host_assume_all(&host, &values->assume));
	const unsigned int abi = (unsigned int)host_landlock_abi(&host);
	if (!abi)
		return explain_none(assumed);
	/* kernels before 6.15 can't be asked, unless it was brought back to them */
	const int fixed = assumed ? -EINVAL : sys_landlock_errata();
	if (values->json)
		add_json(&out, abi, fixed);
	else
		add_text(&out, abi, fixed);
	return cli_print(strbuf_text(&out));
}
