#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Device files: the default ones, listed ones, and what an image can't make of them.

load ../lib/helpers

# device JSON
device() {
	config '.linux.devices += [$device]' --argjson device "$1"
}

# owner FILE: in a user namespace it is bound from the host, where it belongs to nobody who is known
# inside, as a rule.
owner() {
	if [ "$WHO" = root ]; then
		echo 0:0
	elif [ "$(stat -c %u:%g "$1")" = "$(id -u):$(id -g)" ]; then
		echo 0:0
	else
		echo 65534:65534
	fi
}

@test "the default devices are there, with their numbers and modes" {
	payload stat /dev/null stat /dev/zero stat /dev/full stat /dev/random stat /dev/urandom stat /dev/tty \
		stat /dev/ptmx stat /dev/fd stat /dev/stdin stat /dev/stdout stat /dev/stderr
	matches "^stat./dev/null=c 0666 $(owner /dev/null) 1:3 " "^stat./dev/zero=c 0666 $(owner /dev/zero) 1:5 " "^stat./dev/full=c 0666 $(owner /dev/full) 1:7 " \
		"^stat./dev/random=c 0666 $(owner /dev/random) 1:8 " "^stat./dev/urandom=c 0666 $(owner /dev/urandom) 1:9 " "^stat./dev/tty=c 0666 $(owner /dev/tty) 5:0 " \
		"^stat./dev/ptmx=l " "^stat./dev/fd=l " "^stat./dev/stdin=l " "^stat./dev/stdout=l " "^stat./dev/stderr=l "
}

@test "/dev/fd, stdin, stdout and stderr lead to the process's own" {
	args /bin/sh -c 'echo through >/dev/stdout; cat /dev/stdin; busybox readlink /dev/fd; busybox readlink /dev/ptmx'
	run -0 rt run --bundle "$B" "$TOKEN" <<<"input"
	has through input /proc/self/fd
	matches "^(/dev/)?pts/ptmx$"
}

@test "the default devices are there whatever the caller's umask is" {
	umask 077
	payload stat /dev/null
	umask 022
	matches "^stat./dev/null=c 0666 "
}

# fields: linux.devices[].path linux.devices[].type linux.devices[].major linux.devices[].minor linux.devices[].fileMode linux.devices[].uid linux.devices[].gid
@test "a listed device: numbers, mode, owner" {
	need_mknod
	device '{"path": "/dev/special", "type": "c", "major": 1, "minor": 7, "fileMode": 416, "uid": 12, "gid": 34}'
	payload stat /dev/special
	matches "^stat./dev/special=c 0640 12:34 1:7 "
}

# fields: linux.devices[].type linux.devices[].path
@test "a listed device in a folder that is missing; a block device and a fifo" {
	need_mknod
	device '{"path": "/dev/deep/er/loop", "type": "b", "major": 7, "minor": 200}'
	device '{"path": "/dev/pipe", "type": "p", "fileMode": 384}'
	device '{"path": "/dev/unbuffered", "type": "u", "major": 1, "minor": 3}'
	payload stat /dev/deep/er/loop stat /dev/pipe stat /dev/unbuffered
	matches "^stat./dev/deep/er/loop=b .* 7:200 " "^stat./dev/pipe=p 0600 " "^stat./dev/unbuffered=c .* 1:3 "
}

@test "a listed device takes the place of a default one" {
	ours_only "taking the listed one"
	device '{"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 384, "uid": 5, "gid": 6}'
	payload stat /dev/null
	if [ "$WHO" = root ]; then
		matches "^stat./dev/null=c 0600 5:6 1:3 "
	else # the machine's own, which stays as it is
		matches "^stat./dev/null=c 0666 $(owner /dev/null) 1:3 "
	fi
}

@test "a listed device whose path has another file already is refused; the same device is taken" {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	device '{"path": "/dev/special", "type": "c", "major": 1, "minor": 7}'
	echo precious >"$B/rootfs/dev/special"
	refused_create "/dev/special"
	[ "$(cat "$B/rootfs/dev/special")" = precious ]
	[ "$WHO" = root ] || return 0 # who can't have made another device there
	rm "$B/rootfs/dev/special"
	mknod "$B/rootfs/dev/special" c 1 3
	refused_create "/dev/special"
	rm "$B/rootfs/dev/special"
	mknod "$B/rootfs/dev/special" c 1 7
	payload stat /dev/special
	matches "^stat./dev/special=c .* 1:7 "
}

@test "a listed device can be used if its rule allows it" {
	need_real_root "bpf(2): a program for a group's devices needs the machine's CAP_SYS_ADMIN"
	config '.process.capabilities |= map_values(. + ["CAP_SYSLOG"])
		| .linux.resources.devices = [{allow: false, access: "rwm"},
			{allow: true, type: "c", major: 1, minor: 11, access: "rw"}]'
	device '{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 438}'
	payload try-open-dev /dev/kmsg
	has "try-open-dev /dev/kmsg=ok"
	config '.linux.resources.devices |= .[:1]'
	payload try-open-dev /dev/kmsg
	has "try-open-dev /dev/kmsg=EPERM"
}

# As engines ask for a privileged container: nothing is denied then, in the kernel's program neither.
@test "a single rule that allows everything" {
	need_real_root "makes device nodes"
	config '.process.capabilities |= map_values(. + ["CAP_SYSLOG"])
		| .linux.resources.devices = [{allow: true, access: "rwm"}]'
	device '{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 438}'
	payload try-open-dev /dev/kmsg
	has "try-open-dev /dev/kmsg=ok"
}

@test "without a /dev mount they are made in the root itself, over what is there" {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	payload stat /dev/null try-open-dev /dev/zero
	has "try-open-dev /dev/zero=ok"
	matches "^stat./dev/null=c .* 1:3 "
}

@test "a /dev that is bound from the host is left as it is" {
	mkdir "$T/dev"
	if [ "$WHO" = root ]; then mknod -m 666 "$T/dev/null" c 1 3; else touch "$T/dev/null"; fi
	config '.mounts = [.mounts[0], {destination: "/dev", type: "bind", source: "\($t)/dev", options: ["bind"]}]' --arg t "$T"
	args /bin/payload stat /dev/null
	run -0 rt run --bundle "$B" "$TOKEN"
	[ "$(ls "$T/dev")" = null ]
}

@test "a symlink in the image where a device goes does not lead out" {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	echo precious >"$T/precious"
	ln -s "$T/precious" "$B/rootfs/dev/null"
	args /bin/payload hostname
	run rt run --bundle "$B" "$TOKEN"
	[ "$(cat "$T/precious")" = precious ]
	[ -f "$T/precious" ]
	nothing_left
}

@test "a device of an unknown type, without numbers, or with a relative path" {
	device '{"path": "/dev/x", "type": "z", "major": 1, "minor": 3}'
	refused_create "type|device"
	ours_only "its place"
	refused_create 'linux.devices\[0\].type.*z'
	config 'del(.linux.devices)'
	device '{"path": "/dev/x", "type": "c"}'
	refused_create 'linux.devices\[0\].major'
	config 'del(.linux.devices)'
	device '{"path": "x", "type": "c", "major": 1, "minor": 3}'
	refused_create 'linux.devices\[0\].path'
}

@test "a user namespace binds the host's devices" {
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	payload stat /dev/null try-open-dev /dev/null try-open-dev /dev/urandom
	has "try-open-dev /dev/null=ok" "try-open-dev /dev/urandom=ok"
	matches "^stat./dev/null=c 0666 .* 1:3 "
}

@test "a user namespace without a mount on /dev: the files that are bound over serve the next container" {
	[ "$WHO" != root ] || user_namespace '[{"containerID": 0, "hostID": 0, "size": 65536}]'
	config 'del(.mounts[] | select(.destination | startswith("/dev")))'
	payload try-open-dev /dev/null
	[ -f "$B/rootfs/dev/null" ]
	payload try-open-dev /dev/null
	has "try-open-dev /dev/null=ok"
	echo text >"$B/rootfs/dev/zero"
	refused_create "/dev/zero exists and is not the device asked for"
	[ "$(cat "$B/rootfs/dev/zero")" = text ]
}
