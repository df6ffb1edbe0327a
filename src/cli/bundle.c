/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle, read, checked and planned. See bundle.h. Parent only, before any effect. */
#include "cli/bundle.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/cli.h"
#include "sys/io.h"
#include "sys/sys.h"

/* Far above what any engine writes; what is larger is no configuration. */
enum { CONFIG_MAX_BYTES = 16 * 1024 * 1024, DERIVED_ID_MAX = 100 };

void bundle_init(struct bundle *bundle)
{
	*bundle = (struct bundle){ 0 };
	host_init(&bundle->host);
}

void bundle_close(struct bundle *bundle)
{
	problems_free(&bundle->problems);
	strbuf_free(&bundle->text);
	host_free(&bundle->host);
	arena_free(&bundle->arena);
	bundle->config = NULL;
	bundle->plan = NULL;
}

/* Sets dir and file. */
static struct err *find_config(struct bundle *bundle, const char *path)
{
	const char *dir;
	struct stat st;

	TRY(cli_absolute(&bundle->arena, path ? path : ".", &dir));
	int rc = sys_fstatat(AT_FDCWD, dir, &st, 0);
	if (rc < 0)
		return err_sys_kind(ERR_NOT_FOUND, rc, "bundle %s", dir);
	bundle->file = "config.json";
	if (S_ISREG(st.st_mode)) {
		bundle->file = path_base(dir);
		dir = path_clean(&bundle->arena, NULL,
				 arena_asprintf(&bundle->arena, "%s/..", dir));
	} else if (!S_ISDIR(st.st_mode)) {
		return err_new(ERR_NOT_FOUND, "bundle %s is not a directory", dir);
	}
	bundle->dir = dir;
	return NULL;
}

struct err *bundle_open(struct bundle *bundle, const char *path)
{
	TRY(find_config(bundle, path));
	drop_fd int dirfd = sys_open(bundle->dir, O_PATH | O_DIRECTORY, 0);
	if (dirfd < 0)
		return err_sys(dirfd, "bundle %s", bundle->dir);
	struct err *err = io_read_file(dirfd, bundle->file, CONFIG_MAX_BYTES, &bundle->text);
	if (err) {
		bool missing = err_errno(err) == ENOENT;

		err = err_link(err, "bundle %s", bundle->dir);
		if (!missing)
			return err;
		return err_hint(
			err_rekind(err, ERR_NOT_FOUND),
			"a bundle is a folder with a config.json: nucleus-oci spec makes one");
	}
	oci_config_read(&bundle->arena, strbuf_text(&bundle->text), bundle->text.len,
			&bundle->problems, &bundle->config);
	return NULL;
}

struct err *bundle_plan(struct bundle *bundle, const struct plan_options *options)
{
	/* Also of a document with problems: all that can be told is told at once. */
	if (!bundle->config)
		return NULL;
	return plan_make(&bundle->arena, bundle->config, options, &bundle->host, &bundle->problems,
			 &bundle->plan);
}

struct err *bundle_look(struct bundle *bundle, const struct strv *assume, const char *path)
{
	TRY(host_assume_all(&bundle->host, assume));
	TRY(bundle_open(bundle, path));
	const struct plan_options options = {
		.id = bundle_derive_id(&bundle->arena, bundle->dir, 1),
		.bundle = bundle->dir,
	};
	return bundle_plan(bundle, &options);
}

struct err *bundle_check(const struct bundle *bundle)
{
	const struct problems *problems = &bundle->problems;

	TRY(err_link(problems_to_err_of_bundle(problems), "%s/%s", bundle->dir, bundle->file));
	for (size_t i = 0; i < problems->n; i++)
		log_warn("%s%s%s", problems->items[i].place, *problems->items[i].place ? ": " : "",
			 problems->items[i].text);
	return NULL;
}

const char *bundle_derive_id(struct arena *arena, const char *dir, unsigned int number)
{
	char *name = arena_strdup(arena, path_base(dir));

	name[strnlen(name, DERIVED_ID_MAX)] = '\0';
	for (char *p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("_+.-", *p))
			*p = '-';
	}
	while (*name == '.' || *name == '-')
		name++;
	if (!*name)
		name = arena_strdup(arena, "container");
	return number > 1 ? arena_asprintf(arena, "%s-%u", name, number) : name;
}
