/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime and nucleus-oci-systemd say to each other, over one socket that is the program's
 * standard input. Lines of fields (base/fields.h); a request is a line, lines of properties and an
 * empty line, and has an answer of one line. The runtime's side is src/apply/systemd.c.
 *
 *   start UNIT self|empty   a transient unit; "self": the program becomes its first process
 *   set UNIT                changes properties, until the next boot; systemd has written all of the
 *                           group's files anew when it answers
 *   stop UNIT DESCRIPTION   also out of the state "failed"; one that has another description is
 *                           another's, and left alone; none is fine
 *   attach UNIT PID         moves a process into the unit's group
 *   leave                   no answer: the program ends, as it does at the end of its input
 *
 *   property NAME TYPE SINCE VALUE...
 *                           TYPE is a D-Bus signature, VALUE its basic values in their order, with
 *                           the number of items in front of those of an array; systemd before
 *                           version SINCE does not get it
 *
 *   ok [GROUP]              of start the path of the unit's group below the mount point
 *   failed KIND TEXT [HINT] KIND as err_kind_name has it
 *
 * Its arguments: "peer" (a socket of the manager's own) or "bus", and the socket's path.
 */
#ifndef HELPERS_SYSTEMD_WORDS_H
#define HELPERS_SYSTEMD_WORDS_H

#define SYSTEMD_PROGRAM "nucleus-oci-systemd"

#define SYSTEMD_PEER "peer"
#define SYSTEMD_BUS "bus"

#define SYSTEMD_START "start"
#define SYSTEMD_SELF "self"
#define SYSTEMD_EMPTY "empty"
#define SYSTEMD_SET "set"
#define SYSTEMD_STOP "stop"
#define SYSTEMD_ATTACH "attach"
#define SYSTEMD_LEAVE "leave"
#define SYSTEMD_PROPERTY "property"

#define SYSTEMD_OK "ok"
#define SYSTEMD_FAILED "failed"

/* Of a line; a list of devices is the longest that there is. */
enum { SYSTEMD_FIELDS_MAX = 8192 };

#endif
