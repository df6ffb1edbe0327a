/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the system tests' payload share.
 */
#ifndef TESTS_PAYLOAD_H
#define TESTS_PAYLOAD_H

#include <stdbool.h>

/* The name of an errno value, such as "EPERM". */
const char *errno_name(int number);

/*
 * Runs the attempt that args[0] names with the arguments after it. Returns how many of the count
 * words were used, 0 if there is no such attempt or not enough arguments.
 */
int attempt_run(char **args, int count);

/* Facts of scheduling.c. */
void say_scheduler(void);
void say_io_priority(void);
void say_memory_policy(void);
void say_clocks(void);
/* The same for "agent", which takes all words that are left. */
int agent_run(char **args, int count);

/* attacks.c: "attack NAME", "victim PID", "attack-names", as attempt_run. */
int attack_run(char **args, int count);

/* notify.c: attempts, as in the table of attempts.c; 0 or an errno. */
int try_notify(char **args);
int try_notify_barrier(char **args);
/* learn.c: the same. */
int try_thread_create(char **args);
int try_thread_exec(char **args);
int try_tmpfile_link(char **args);
int try_ftruncate(char **args);
int try_exchange(char **args);
int try_bind_path(char **args);
int try_connect_path(char **args);
int try_own_path(char **args);
int listen_path(char **args);
int try_udp(char **args);
int try_fifo(char **args);
int try_rmdir(char **args);
int try_untraced(char **args);
int try_foreign_call(char **args);

/* attacks_network.c: an attempt that returns only if it fails. */
int attack_peer(char **args);

#endif
