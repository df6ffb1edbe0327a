/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of the groups of a configuration, on an assumed machine: for the tests of that plan. */
#ifndef TESTS_UNIT_PLAN_FIXTURE_H
#define TESTS_UNIT_PLAN_FIXTURE_H

#include <string.h>

#include "plan/plan.h"
#include "tests/unit/check.h"

struct fixture {
	struct arena arena;
	struct problems problems;
	struct host host;
	struct oci_config *config;
	struct plan plan;
	struct plan_options options;
};

static inline void fixture_free(struct fixture *f)
{
	problems_free(&f->problems);
	host_free(&f->host);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

/* `facts`: words for host_assume. `linux_`: the text of config.json's linux section. */
static inline void plan_with_facts(struct fixture *f, const char *facts, const char *linux_)
{
	drop_mem char *words = mem_strdup(facts);
	drop_mem char *text = mem_asprintf("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},"
					   "\"linux\":%s}",
					   linux_);

	memset(f, 0, sizeof(*f));
	host_init(&f->host);
	for (char *rest = words, *word; (word = strsep(&rest, " "));)
		CHECK_OK(host_assume(&f->host, word));
	oci_config_read(&f->arena, text, strlen(text), &f->problems, &f->config);
	CHECK(f->config != NULL);
	f->plan.config = f->config;
	f->plan.id = "web";
	f->plan.bundle = "/bundle";
	CHECK_OK(plan_add_cgroup(&f->arena, &f->plan, &f->options, &f->host, &f->problems));
}

/* The same for root on a machine of this mode. */
static inline void plan_linux(struct fixture *f, const char *mode, const char *linux_)
{
	drop_mem char *facts =
		mem_asprintf("cgroup=%s hugepages=2MB,1GB euid=0 userns=initial", mode);

	plan_with_facts(f, facts, linux_);
}

/* The first write to `file`; if there is none, one of NULLs. */
static inline const struct plan_cgroup_write *write_to(const struct fixture *f, const char *file)
{
	static const struct plan_cgroup_write none = { 0 };

	for (size_t i = 0; i < f->plan.cgroup.writes_n; i++) {
		if (strcmp(f->plan.cgroup.writes[i].file, file) == 0)
			return &f->plan.cgroup.writes[i];
	}
	return &none;
}

/* The value written to `file`, or NULL. */
static inline const char *written(const struct fixture *f, const char *file)
{
	return write_to(f, file)->value;
}

static inline const char *problem(const struct fixture *f)
{
	return f->problems.n ? f->problems.items[0].text : "no problem";
}

/* What `resources`, the inside of linux.resources, says on a machine of this mode. */
static inline void plan_resources(struct fixture *f, const char *mode, const char *resources)
{
	drop_mem char *linux_ = mem_asprintf("{\"resources\":{%s}}", resources);

	plan_linux(f, mode, linux_);
}

/* The resources are refused: one error of the kind, at the place, with the text in it. */
static inline void check_refused(const char *mode, const char *resources, enum err_kind kind,
				 const char *place, const char *text)
{
	drop_fixture struct fixture f;

	plan_resources(&f, mode, resources);
	CHECK(problems_errors(&f.problems) == 1);
	if (!f.problems.n)
		return;
	CHECK(f.problems.items[0].kind == kind);
	CHECK_STR(f.problems.items[0].place, place);
	CHECK(strstr(f.problems.items[0].text, text) != NULL);
	if (!strstr(f.problems.items[0].text, text))
		printf("# got: %s\n", f.problems.items[0].text);
}

#endif
