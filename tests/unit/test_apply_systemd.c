/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime and nucleus-oci-systemd, without a systemd: what is damaged is answered, and a
 * manager that is not there is told. The program is the build's own (make check runs in its
 * folder).
 */
#include "apply/systemd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fields.h"
#include "base/mem.h"
#include "helpers/systemd_words.h"
#include "tests/unit/check.h"

#define NOWHERE "/nowhere/systemd/private"

/* Says `text` and gives back the line that comes. */
static const char *answer_to(struct systemd *systemd, const char *text)
{
	static char line[4096];
	size_t len = 0;

	if (send(systemd->fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		return "not sent";
	while (len < sizeof(line) - 1 && (!len || line[len - 1] != '\n')) {
		ssize_t got = read(systemd->fd, line + len, sizeof(line) - 1 - len);

		if (got <= 0)
			break;
		len += (size_t)got;
	}
	line[len] = '\0';
	return line;
}

static void test_answers(void)
{
	static const struct {
		const char *request, *answer;
	} cases[] = {
		{ "start\tx.scope\tself\n\n",
		  "failed\tnot-found\tconnect to systemd (" NOWHERE ")" },
		{ "set\tx.scope\n\n", "failed\tnot-found\t" },
		{ "nonsense\n\n", "failed\t" },
		{ "start\tx.scope\tself\nproperty\tA\n\n",
		  "failed\tbug\ta line of the request is no" },
		{ "start\tx.scope\tself\nproperty\tA\ts\tx\tv\n\n", "failed\tbug\t" },
		{ "start\tx.scope\tself\nother\tA\ts\t0\tv\n\n", "failed\tbug\t" },
		{ "start\tx\\qscope\n\n", "failed\tbug\ta line of the request is damaged" },
	};
	drop_systemd struct systemd systemd = SYSTEMD_INIT;

	CHECK_OK(systemd_open(NOWHERE, &systemd));
	for (size_t i = 0; systemd.fd >= 0 && i < ARRAY_LEN(cases); i++) {
		const char *answer = answer_to(&systemd, cases[i].request);

		CHECK(str_starts_with(answer, cases[i].answer));
		if (!str_starts_with(answer, cases[i].answer))
			printf("# to %s: %s\n", cases[i].request, answer);
	}
}

static void test_no_manager(void)
{
	struct plan_unit unit = { .name = "x.scope", .socket = NOWHERE };

	CHECK_ERR(systemd_update(&unit), ERR_NOT_FOUND, "connect to systemd");
	CHECK_ERR(systemd_attach_process(NOWHERE, "x.scope", 1), ERR_NOT_FOUND, NOWHERE);
	/* With its manager a unit is gone, too. */
	CHECK_OK(systemd_undo(NOWHERE "\tx.scope\tthe unit"));
}

static void test_damaged_journal(void)
{
	static const char *const texts[] = { "", "a", "a\tb", "a\tb\tc\td", "a\tb\tc\\x" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		CHECK_ERR(systemd_undo(texts[i]), ERR_STATE, "is damaged");
}

static void test_no_program(void)
{
	drop_systemd struct systemd systemd = SYSTEMD_INIT;

	setenv("NUCLEUS_OCI_LIBEXEC", "/nowhere", 1);
	CHECK_ERR(systemd_open(NOWHERE, &systemd), ERR_UNSUPPORTED, "/nowhere/" SYSTEMD_PROGRAM);
	/* Not what a folder leads to that is named relative to the caller's. */
	setenv("NUCLEUS_OCI_LIBEXEC", "nowhere", 1);
	drop_err struct err *err = systemd_open(NOWHERE, &systemd);
	CHECK(!err || !strstr(err_text(err), " nowhere/"));
}

int main(void)
{
	drop_mem char *here = getcwd(NULL, 0);

	setenv("NUCLEUS_OCI_LIBEXEC", here, 1);
	test_damaged_journal();
	if (access(SYSTEMD_PROGRAM, X_OK) < 0) {
		CHECK_SKIP("answers", "this build has no " SYSTEMD_PROGRAM);
	} else {
		test_answers();
		test_no_manager();
	}
	test_no_program();
	return check_result();
}
