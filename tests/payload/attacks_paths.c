/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks by path and by descriptor on files that no rule allows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"

/* ---- names ---- */

static int rename_out(void)
{
	return attack_outcome(rename(SECRET, OWN_DIR "/renamed"));
}

static int rename_in(void)
{
	return attack_outcome(rename(OWN, SECRET_DIR "/renamed"));
}

static int rename_exchange(void)
{
	return attack_outcome(renameat2(AT_FDCWD, OWN, AT_FDCWD, SECRET, RENAME_EXCHANGE));
}

static int link_out(void)
{
	return attack_outcome(link(SECRET, OWN_DIR "/linked"));
}

static int link_descriptor(void)
{
	int fd = open(SECRET, O_PATH);

	if (fd < 0)
		return errno;
	return attack_outcome(linkat(AT_FDCWD, attack_descriptor_path(fd), AT_FDCWD,
				     OWN_DIR "/linked-too", AT_SYMLINK_FOLLOW));
}

static int link_in(void)
{
	return attack_outcome(link(OWN_PROGRAM, "/bin/linked"));
}

static int temporary_file(void)
{
	int fd = open(SECRET_DIR, O_TMPFILE | O_WRONLY, 0600);

	if (fd < 0)
		return errno;
	return attack_outcome(linkat(AT_FDCWD, attack_descriptor_path(fd), AT_FDCWD,
				     SECRET_DIR "/made", AT_SYMLINK_FOLLOW));
}

static int make_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SECRET_DIR "/socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return attack_outcome(bind(fd, (struct sockaddr *)&address, sizeof address));
}

/* ---- truncation ---- */

static int truncate_path(void)
{
	return attack_outcome(truncate(LOG, 0));
}

static int truncate_open(void)
{
	return attack_outcome(open(LOG, O_WRONLY | O_TRUNC));
}

static int truncate_descriptor(void)
{
	int fd = open(LOG, O_WRONLY);

	return fd < 0 ? errno : attack_outcome(ftruncate(fd, 0));
}

/* ---- ways to the same file ---- */

static int dotdot(void)
{
	return attack_read(OWN_DIR "/.." SECRET);
}

static int symbolic_link(void)
{
	if (symlink(SECRET, OWN_DIR "/symlink"))
		return errno;
	return attack_read(OWN_DIR "/symlink");
}

/* O_PATH gives no access: the second open does, and is asked about. */
static int path_descriptor(void)
{
	int fd = open(SECRET, O_PATH);

	if (fd < 0)
		return errno;
	return attack_read(attack_descriptor_path(fd));
}

static int path_directory(void)
{
	int fd = open(SECRET_DIR, O_PATH | O_DIRECTORY);

	return fd < 0 ? errno : attack_read_at(fd, "file");
}

static int change_directory(void)
{
	return chdir(SECRET_DIR) ? errno : attack_read("file");
}

static int own_cwd(void)
{
	return chdir(SECRET_DIR) ? errno : attack_read("/proc/self/cwd/file");
}

static int own_root(void)
{
	return attack_read("/proc/self/root" SECRET);
}

static int change_root(void)
{
	return chroot(SECRET_DIR) ? errno : attack_read("/file");
}

static int open_handle(void)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, mount_fd = open(OWN_DIR, O_RDONLY | O_DIRECTORY), fd;
	char byte;

	if (mount_fd < 0 || name_to_handle_at(AT_FDCWD, SECRET, &handle.head, &mount_id, 0))
		return errno;
	fd = open_by_handle_at(mount_fd, &handle.head, O_RDONLY);
	return fd < 0 ? errno : attack_outcome(read(fd, &byte, 1));
}

/* ---- what is open already: descriptors 3 (the secret) and 4 (its folder) from outside ---- */

static int inherited_file(void)
{
	char byte;

	return attack_outcome(pread(3, &byte, 1, 0));
}

static int inherited_again(void)
{
	return attack_read("/proc/self/fd/3");
}

static int inherited_directory(void)
{
	return attack_read_at(4, "file");
}

/* ---- not the content ---- */

static int metadata(void)
{
	struct stat st;

	if (stat(SECRET, &st) || chmod(SECRET, 0666))
		return errno;
	return attack_outcome(utimensat(AT_FDCWD, SECRET, NULL, 0));
}

/* ---- devices ---- */

static int device_control(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY), number;

	return fd < 0 ? errno : attack_outcome(ioctl(fd, TIOCGPTN, &number));
}

/* Types into the terminal. */
static int type_device(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY);

	return fd < 0 ? errno : attack_outcome(ioctl(fd, TIOCSTI, "x"));
}

static int type_inherited(void)
{
	return attack_outcome(ioctl(0, TIOCSTI, "x"));
}

const struct attack path_attacks[] = {
	{ "rename-out", rename_out, 0, NULL },
	{ "rename-in", rename_in, 0, NULL },
	{ "rename-exchange", rename_exchange, 0, NULL },
	{ "link-out", link_out, 0, NULL },
	{ "link-descriptor", link_descriptor, 0, NULL },
	{ "link-in", link_in, 0, NULL },
	{ "temporary-file", temporary_file, 0, NULL },
	{ "make-socket", make_socket, 0, NULL },
	{ "truncate-path", truncate_path, 3, NULL },
	{ "truncate-open", truncate_open, 3, NULL },
	{ "truncate-descriptor", truncate_descriptor, 3, NULL },
	{ "dotdot", dotdot, 0, NULL },
	{ "symbolic-link", symbolic_link, 0, NULL },
	{ "path-descriptor", path_descriptor, 0, NULL },
	{ "path-directory", path_directory, 0, NULL },
	{ "change-directory", change_directory, 0, NULL },
	{ "own-cwd", own_cwd, 0, NULL },
	{ "own-root", own_root, 0, NULL },
	{ "change-root", change_root, 0, NULL },
	{ "open-handle", open_handle, 0, NULL },
	{ "inherited-file", inherited_file, 0, ATTACK_INHERITED },
	{ "inherited-again", inherited_again, 0, NULL },
	{ "inherited-directory", inherited_directory, 0, NULL },
	{ "metadata", metadata, 0,
	  "modes, owners, times, attributes and whether a file is there are not among its rights" },
	{ "device-control", device_control, 5, NULL },
	{ "type-device", type_device, 5, NULL },
	{ "type-inherited", type_inherited, 0, ATTACK_INHERITED },
	{ 0 },
};
