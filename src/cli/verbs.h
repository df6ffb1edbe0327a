/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs' files give to the table in verbs.c. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/cli.h"

#define CLI_VERB(verb)                                        \
	extern const struct cli_options cmd_##verb##_options; \
	MUST_CHECK struct err *cmd_##verb(struct cli *cli, const void *values)

CLI_VERB(create);
CLI_VERB(start);
CLI_VERB(run);
CLI_VERB(exec);
CLI_VERB(state);
CLI_VERB(kill);
CLI_VERB(delete);
CLI_VERB(pause);
CLI_VERB(resume);
CLI_VERB(ps);
CLI_VERB(events);
CLI_VERB(update);
CLI_VERB(list);
CLI_VERB(spec);
CLI_VERB(features);
CLI_VERB(validate);
CLI_VERB(plan);
CLI_VERB(landlock_abi);
CLI_VERB(landlock_show);
CLI_VERB(landlock_check);
CLI_VERB(landlock_learn);
CLI_VERB(version);
CLI_VERB(help);

#endif
