/* SPDX-License-Identifier: Apache-2.0 */
/* The features document. See features.h. Touches no kernel. Parent only. */
#include "oci/features.h"

#include <string.h>

#include "base/attr.h"
#include "base/mem.h"
#include "config-build.h"
#include "oci/json_out.h"
#include "oci/names.h"
#include "oci/rules.h"
#include "oci/state.h"

static void write_text(struct json_out *out, const char *key, const char *value)
{
	json_out_key(out, key);
	json_out_string(out, value);
}

static void write_names(struct json_out *out, const char *key, const struct oci_names *names,
			const char *without)
{
	json_out_key(out, key);
	json_out_array(out);
	for (size_t i = 0; i < names->n; i++) {
		if (!without || strcmp(names->items[i].name, without) != 0)
			json_out_string(out, names->items[i].name);
	}
	json_out_end_array(out);
}

static void write_mount_options(struct json_out *out)
{
	json_out_key(out, "mountOptions");
	json_out_array(out);
	for (size_t i = 0; i < oci_mount_options_n; i++)
		json_out_string(out, oci_mount_options[i].name);
	json_out_end_array(out);
}

static void write_switch(struct json_out *out, const char *key, bool enabled)
{
	json_out_key(out, key);
	json_out_object(out);
	json_out_key(out, "enabled");
	json_out_bool(out, enabled);
	json_out_end_object(out);
}

static void write_cgroup(struct json_out *out)
{
	static const struct {
		const char *name;
		bool supported;
	} rows[] = {
		{ "v1", true },
		{ "v2", true },
		{ "systemd", HAVE_SYSTEMD },
		{ "systemdUser", HAVE_SYSTEMD },
		{ "rdma", true },
	};

	json_out_key(out, "cgroup");
	json_out_object(out);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_out_key(out, rows[i].name);
		json_out_bool(out, rows[i].supported);
	}
	json_out_end_object(out);
}

static void write_seccomp(struct json_out *out, bool wait_killable)
{
	json_out_key(out, "seccomp");
	json_out_object(out);
	json_out_key(out, "enabled");
	json_out_bool(out, true);
	write_names(out, "actions", &oci_seccomp_actions, NULL);
	write_names(out, "operators", &oci_seccomp_ops, NULL);
	write_names(out, "archs", &oci_seccomp_archs, NULL);
	write_names(out, "knownFlags", &oci_seccomp_flags, NULL);
	write_names(out, "supportedFlags", &oci_seccomp_flags,
		    wait_killable ? NULL : "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
	json_out_end_object(out);
}

static void write_intel_rdt(struct json_out *out)
{
	static const char *const switches[] = { "enabled", "schemata", "monitoring" };

	json_out_key(out, "intelRdt");
	json_out_object(out);
	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		json_out_key(out, switches[i]);
		json_out_bool(out, true);
	}
	json_out_end_object(out);
}

static void write_linux(struct json_out *out, bool wait_killable)
{
	json_out_key(out, "linux");
	json_out_object(out);
	write_names(out, "namespaces", &oci_namespace_types, NULL);
	write_names(out, "capabilities", &oci_capability_names, NULL);
	write_cgroup(out);
	write_seccomp(out, wait_killable);
	write_switch(out, "apparmor", true);
	write_switch(out, "selinux", true);
	json_out_key(out, "memoryPolicy");
	json_out_object(out);
	write_names(out, "modes", &oci_memory_policy_modes, NULL);
	write_names(out, "flags", &oci_memory_policy_flags, NULL);
	json_out_end_object(out);
	write_intel_rdt(out);
	json_out_key(out, "mountExtensions");
	json_out_object(out);
	write_switch(out, "idmap", true);
	json_out_end_object(out);
	write_switch(out, "netDevices", true);
	json_out_end_object(out);
}

static void write_annotations(struct json_out *out, int landlock_abi)
{
	drop_mem char *built = mem_asprintf("1-%d", OCI_LANDLOCK_ABI_MAX);
	drop_mem char *running = mem_asprintf("%d", landlock_abi);

	json_out_key(out, "annotations");
	json_out_object(out);
	write_text(out, "io.github.seccomp.libseccomp.version", LIBSECCOMP_VERSION);
	write_text(out, "nucleus.version", PACKAGE_VERSION);
	write_text(out, "nucleus.landlock", "off, default[,OPTION...], {policy}, file:PATH");
	write_text(out, "nucleus.landlock.abi.known", built);
	write_text(out, "nucleus.landlock.abi.kernel", running);
	json_out_end_object(out);
	/* A name that ends in "." stands for all that begin with it. */
	json_out_key(out, "potentiallyUnsafeConfigAnnotations");
	json_out_array(out);
	json_out_string(out, "nucleus.");
	json_out_string(out, "org.systemd.property.");
	json_out_end_array(out);
}

char *oci_features_write(const struct oci_features_kernel *kernel)
{
	struct json_out *out = json_out_new(true);

	json_out_object(out);
	write_text(out, "ociVersionMin", "1.0.0");
	write_text(out, "ociVersionMax", OCI_SPEC_VERSION);
	write_names(out, "hooks", &oci_hook_kinds, NULL);
	write_mount_options(out);
	write_linux(out, kernel->seccomp_wait_killable);
	write_annotations(out, kernel->landlock_abi);
	json_out_end_object(out);
	return json_out_take(out);
}
