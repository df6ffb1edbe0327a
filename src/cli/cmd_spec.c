/* SPDX-License-Identifier: Apache-2.0 */
/* spec: writes a default config.json for a bundle. Parent only. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/verbs.h"
#include "oci/config.h"
#include "sys/io.h"
#include "sys/sys.h"

struct spec_values {
	bool help, rootless;
	const char *bundle;
};

static const struct option_row rows[] = {
	{ "bundle", 'b', OPTION_STRING, offsetof(struct spec_values, bundle), "DIR",
	  "Where to write config.json; the current directory if not given" },
	{ "rootless", 0, OPTION_FLAG, offsetof(struct spec_values, rootless), NULL,
	  "For a user without privileges: with a user namespace that maps the caller to root" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_spec_options = { rows, sizeof(struct spec_values) };

struct err *cmd_spec(struct cli *cli UNUSED, const void *data)
{
	const struct spec_values *values = data;
	const char *dir = values->bundle ? values->bundle : ".";
	drop_fd int dirfd = sys_open(dir, O_PATH | O_DIRECTORY, 0);

	if (dirfd < 0)
		return err_sys_kind(dirfd == -ENOENT ? ERR_NOT_FOUND : ERR_SYS, dirfd, "bundle %s",
				    dir);
	drop_mem char *text = oci_spec_default(values->rootless, geteuid(), getegid());
	drop_fd int fd = sys_openat(dirfd, "config.json", O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd == -EEXIST)
		return err_hint(err_new(ERR_EXISTS, "file %s/config.json exists", dir),
				"remove it first: spec never overwrites");
	if (fd < 0)
		return err_sys(fd, "create %s/config.json", dir);
	struct err *err = io_write_all(fd, text, strlen(text), "config.json");
	if (!err && !str_ends_with(text, "\n"))
		err = io_write_all(fd, "\n", 1, "config.json");
	if (err)
		(void)sys_unlinkat(dirfd, "config.json", 0);
	return err;
}
