/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the payload's attacks on a Landlock policy share. The places are those that
 * tests/system/landlock/attacks.bats makes and that its policy has rules for.
 */
#ifndef TESTS_PAYLOAD_ATTACK_H
#define TESTS_PAYLOAD_ATTACK_H

#include <stddef.h>
#include <sys/types.h>

#define SECRET_DIR "/secret" /* neither read nor written */
#define SECRET SECRET_DIR "/file"
#define OWN_DIR "/tmp" /* everything but execute */
#define OWN OWN_DIR "/own"
#define OWN_PROGRAM OWN_DIR "/program"
#define OWN_SCRIPT OWN_DIR "/script"
#define LOG "/log/file" /* read and written, but not truncated */

/* TCP: may be bound; neither; nobody may connect. */
enum { BOUND_PORT = 8080, OTHER_PORT = 8081 };

struct attack {
	const char *name;
	int (*run)(void);   /* in a process of its own: 0 if it worked, or an errno */
	int abi;	    /* the first that can deny it, 0: all of them */
	const char *reason; /* why no ABI can deny it, or NULL */
};

/* A reason that several have. */
#define ATTACK_INHERITED "what was open before the policy keeps the rights it was opened with"

/* Tables end with a row without a name. */
extern const struct attack path_attacks[], execute_attacks[], process_attacks[], mount_attacks[],
	uring_attacks[], network_attacks[], peer_attacks[];

/* The process that attacks on others are aimed at. */
extern pid_t attack_victim;

/* 0 or the errno of what has just returned result. */
int attack_outcome(long result);

/* The descriptor's name below /proc. Overwritten by the next call. */
const char *attack_descriptor_path(int fd);

/* Reads one byte of a file; 0 or an errno. */
int attack_read_at(int dir_fd, const char *path);
int attack_read(const char *path);

/* A TCP socket that listens on BOUND_PORT of every address; or -1. */
int attack_listen(void);

#endif
