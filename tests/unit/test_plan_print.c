/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The printer: one plan in both forms. What the words mean is in the golden cases; here is that the
 * forms are well made: nesting, lists, what is left out, odd characters.
 */
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "plan/plan.h"
#include "tests/unit/check.h"

static char *const args[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ "echo a, b\n" }, NULL };
static char *const env[] = { (char[]){ "TOKEN=secret" }, NULL };
static struct plan_device devices[] = {
	{ .path = "/dev/null", .mode = S_IFCHR | 0666, .is_default = true },
	{ .path = "/pipe", .mode = S_IFIFO | 0600, .uid = 5 },
};
static const struct plan_fs_param params[] = { { "mode", "755" }, { "acl", NULL } };
static const struct plan_mount mounts[] = {
	{ .kind = PLAN_MOUNT_FS,
	  .dest = "/a b",
	  .type = "tmpfs",
	  .source = "",
	  .params = params,
	  .params_n = 2 },
};
static struct oci_linux linux_section;
static struct oci_config config = { .linux_ = &linux_section };

static void fill(struct plan *plan)
{
	devices[0].dev = makedev(1, 3);
	*plan = (struct plan){
		.id = "web\"1",
		.bundle = "/b",
		.config = &config,
		.rootfs = { .path = "/b/rootfs",
			    .has_mount_ns = true,
			    .mounts = mounts,
			    .mounts_n = 1,
			    .devices = devices,
			    .devices_n = 2 },
		.cgroup = { .disabled = true, .v2_dir = -1, .devices_dir = -1, .freezer_dir = -1 },
		.process = { .present = true,
			     .args = args,
			     .env = env,
			     .cwd = "/",
			     .umask = 022,
			     .path = "/bin",
			     .rows = 24 },
	};
	plan->ns.joins[0] = (struct plan_join){ .type = CLONE_NEWUSER, .path = "/run/user" };
	plan->ns.joins[1] = (struct plan_join){ .type = CLONE_NEWNET, .path = "/run/net" };
	plan->ns.joins_n = 2;
}

static const char expected_text[] = "id: web\"1\n"
				    "bundle: /b\n"
				    "namespaces:\n"
				    "  join:\n"
				    "    - type: user\n"
				    "      path: /run/user\n"
				    "    - type: network\n"
				    "      path: /run/net\n"
				    "rootfs:\n"
				    "  path: /b/rootfs\n"
				    "  readonly: false\n"
				    "  mountNamespace: true\n"
				    "  setUpDev: false\n"
				    "  mounts:\n"
				    "    - destination: /a b\n"
				    "      kind: file system\n"
				    "      type: tmpfs\n"
				    "      source: \"\"\n"
				    "      parameters: mode=755, acl\n"
				    "  devices:\n"
				    "    - path: /dev/null\n"
				    "      type: c\n"
				    "      number: 1:3\n"
				    "      mode: 0666\n"
				    "      uid: 0\n"
				    "      gid: 0\n"
				    "      default: true\n"
				    "    - path: /pipe\n"
				    "      type: p\n"
				    "      mode: 0600\n"
				    "      uid: 5\n"
				    "      gid: 0\n"
				    "cgroup:\n"
				    "  disabled: true\n"
				    "process:\n"
				    "  args:\n"
				    "    - sh\n"
				    "    - -c\n"
				    "    - \"echo a, b\\n\"\n"
				    "  env: TOKEN\n"
				    "  home: from /etc/passwd\n"
				    "  searchPath: /bin\n"
				    "  cwd: /\n"
				    "  rows: 24\n"
				    "  columns: 0\n"
				    "  uid: 0\n"
				    "  gid: 0\n"
				    "  setGroups: false\n"
				    "  umask: 0022\n"
				    "  noNewPrivileges: false\n"
				    "  newKeyring: false\n"
				    "  passFds: 0\n";

static void test_text(void)
{
	struct plan plan;

	fill(&plan);
	drop_mem char *text = plan_print_text(&plan);
	CHECK_STR(text, expected_text);
}

static void test_json(void)
{
	struct plan plan;

	fill(&plan);
	drop_mem char *text = plan_print_json(&plan);
	CHECK(str_starts_with(text, "{\n  \"id\": \"web\\\"1\",\n  \"bundle\": \"/b\",\n"
				    "  \"namespaces\": {\n    \"join\": [\n      {\n"
				    "        \"type\": \"user\",\n"
				    "        \"path\": \"/run/user\"\n      },\n      {\n"));
	CHECK(strstr(text, "    \"args\": [\"sh\", \"-c\", \"echo a, b\\n\"],\n"));
	CHECK(strstr(text, "    \"umask\": \"0022\",\n")); /* JSON numbers have no leading 0 */
	CHECK(str_ends_with(text, "    \"passFds\": 0\n  }\n}\n"));
	CHECK(!strstr(text, "secret"));
	CHECK(!strstr(text, "capabilities"));
}

int main(void)
{
	test_text();
	test_json();
	return check_result();
}
