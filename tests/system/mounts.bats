#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Mounts and the root, from inside: what is there, what can be done to it, and that nothing leads out.

load ../lib/helpers

extra_setup() {
	mkdir -p "$T/source/sub"
	echo text >"$T/source/file"
	cp "$PAYLOAD" "$T/source/program"
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_DAC_OVERRIDE"])'
}

extra_teardown() {
	local point
	for point in "$T/source/sub" "$T/source" "$T/shared"; do
		if mountpoint -q "$point"; then umount "$point"; fi
	done
}

# options_of PATH: the mount's own options, as mountinfo inside shows them.
options_of() {
	awk -v path="$1" '$5 == path { last = $6 } END { print last }' <<<"$output"
}

has_options() { # has_options PATH OPTION...
	local path=$1 have option
	shift
	have=$(options_of "$path")
	for option; do
		[[ ,$have, == *,$option,* ]] || { echo "$path has $have, not $option"; return 1; }
	done
}

lacks_options() {
	local path=$1 have option
	shift
	have=$(options_of "$path")
	[ -n "$have" ] || { echo "$path is no mount"; return 1; }
	for option; do
		[[ ,$have, != *,$option,* ]] || { echo "$path has $have"; return 1; }
	done
}

@test "bind: a directory and a file, read and written" {
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/etc/one", "type": "bind", "source": "${t}/source/file", "options": ["bind"]}'
	payload try-read /mnt/file try-write /mnt/new try-write /etc/one try-exec /mnt/program
	has "try-read /mnt/file=ok" "try-write /mnt/new=ok" "try-write /etc/one=ok" "try-exec /mnt/program=ok"
	[ -e "$T/source/new" ]
	[ "$(cat "$T/source/file")" = xext ]
}

@test "bind: a destination that is missing is made, for a file a file" {
	add_mount '{"destination": "/new/deep/dir", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/new/deep/file", "type": "bind", "source": "${t}/source/file", "options": ["bind"]}'
	payload try-read /new/deep/dir/file try-read /new/deep/file
	has "try-read /new/deep/dir/file=ok" "try-read /new/deep/file=ok"
}

@test "bind: a source relative to the bundle" {
	mkdir "$B/beside"
	echo text >"$B/beside/file"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "beside", "options": ["bind"]}'
	payload try-read /mnt/file
	has "try-read /mnt/file=ok"
}

@test "bind ro, nosuid, nodev, noexec: shown and enforced" {
	[ "$WHO" != root ] || mknod "$T/source/null" c 1 3
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source",
		"options": ["bind", "ro", "nosuid", "nodev", "noexec"]}'
	payload try-write /mnt/new try-exec /mnt/program try-open-dev /mnt/null mounts
	has "try-write /mnt/new=EROFS" "try-exec /mnt/program=EACCES"
	[ "$WHO" != root ] || has "try-open-dev /mnt/null=EACCES"
	has_options /mnt ro nosuid nodev noexec
}

# fields: mounts[].options
@test "bind with options of a file system: made, the source's are as they were, a warning says so" {
	need_own_mounts
	mount -t tmpfs -o size=16m,mode=0751 tmpfs "$T/source"
	cp "$PAYLOAD" "$T/source/program"
	add_mount '{"destination": "/mnt", "source": "${t}/source", "options": ["bind", "nosuid", "mode=755", "size=1k"]}'
	payload stat /mnt try-exec /mnt/program
	has "try-exec /mnt/program=ok"
	matches "^stat./mnt=d 0751 "
	grep -q " $T/source .*size=16384k,mode=751" /proc/self/mountinfo
	ours_only "a warning"
	matches 'warning: mounts\[[0-9]\]\.options: "mode=755" .* no effect' 'warning: .* "size=1k" .* no effect'
}

@test "rbind brings what is mounted below, bind does not" {
	need_own_mounts
	mount -t tmpfs tmpfs "$T/source/sub"
	touch "$T/source/sub/below"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source", "options": ["rbind"]}'
	add_mount '{"destination": "/flat", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	payload stat /mnt/sub/below stat /flat/sub/below
	has "stat /mnt/sub/below=ok" "stat /flat/sub/below=ENOENT"
}

@test "rbind ro changes the top only, rro all that is below" {
	need_own_mounts
	mount -t tmpfs tmpfs "$T/source/sub"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source", "options": ["rbind", "ro"]}'
	add_mount '{"destination": "/all", "type": "bind", "source": "${t}/source", "options": ["rbind", "rro"]}'
	payload try-write /mnt/new try-write /mnt/sub/new try-write /all/new try-write /all/sub/new
	has "try-write /mnt/new=EROFS" "try-write /mnt/sub/new=ok" "try-write /all/new=EROFS" \
		"try-write /all/sub/new=EROFS"
}

@test "recursive attributes: rnosuid, rnodev, rnoexec reach what is below" {
	need_own_mounts
	mount -t tmpfs tmpfs "$T/source/sub"
	cp "$PAYLOAD" "$T/source/sub/program"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source",
		"options": ["rbind", "rnosuid", "rnodev", "rnoexec"]}'
	payload mounts try-exec /mnt/sub/program try-write /mnt/sub/new
	has_options /mnt nosuid nodev noexec
	has_options /mnt/sub nosuid nodev noexec
	has "try-exec /mnt/sub/program=EACCES" "try-write /mnt/sub/new=ok"
}

@test "tmpfs: size, mode, and options" {
	add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs",
		"options": ["noexec", "nosuid", "size=64k", "mode=0751"]}'
	payload stat /mnt try-drop-exec /bin/payload /mnt/dropped mounts
	has "stat /mnt=ok" "try-drop-exec /bin/payload /mnt/dropped=ENOSPC"
	matches " /mnt .*size=64k"
	has_options /mnt noexec nosuid
	ours_only "keeping the mode"
	matches "^stat./mnt=d 0751 0:0 "
}

@test "tmpfs: a ro one is read-only" {
	add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]}'
	payload try-write /mnt/file
	has "try-write /mnt/file=EROFS"
}

@test "proc shows the container's processes, sysfs and mqueue are what they say" {
	add_mount '{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]}'
	add_mount '{"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]}'
	payload stat /proc/1/status stat /proc/2 try-list /sys/class/net try-write /dev/mqueue/queue try-mkdir /sys/new mounts
	has "stat /proc/1/status=ok" "stat /proc/2=ENOENT" "try-list /sys/class/net=ok" "try-write /dev/mqueue/queue=EINVAL"
	lacks "^try-mkdir /sys/new=ok"
	has_options /sys ro nosuid nodev noexec
	matches " /proc .* - proc " " /dev/pts .* - devpts "
}

@test "cgroup: the container's own groups are seen, read-only" {
	add_mount '{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}'
	add_mount '{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid", "noexec", "nodev"]}'
	config '.linux.namespaces += [{type: "cgroup"}]'
	payload mounts try-mkdir /sys/fs/cgroup/new cgroup
	matches " /sys/fs/cgroup.* - cgroup"
	lacks "^cgroup=.*$TOKEN"
	ours_only "a read-only folder above the hierarchies"
	lacks "^try-mkdir .*=ok"
}

@test "containers that start at the same time on one root: each finds or makes its mount points" {
	local i
	config 'del(.linux.cgroupsPath) | .root.path = $root' --arg root "$B/rootfs"
	add_mount '{"destination": "/new/deep/dir", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/new/deep/file", "type": "bind", "source": "${t}/source/file", "options": ["bind"]}'
	args /bin/payload stat /new/deep/dir/file stat /new/deep/file
	for i in 1 2 3 4 5 6; do
		rt run --bundle "$B" "$TOKEN-$i" >"$T/out-$i" 2>&1 3>&- &
	done
	wait
	for i in 1 2 3 4 5 6; do
		output=$(cat "$T/out-$i")
		has "stat /new/deep/dir/file=ok" "stat /new/deep/file=ok"
	done
	[ "$(stat -c %a "$B/rootfs/new/deep" "$B/rootfs/new/deep/file")" = $'755\n644' ]
}

@test "mounts are made in the order of the list" {
	mkdir "$T/upper"
	touch "$T/upper/over"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/mnt/sub", "type": "bind", "source": "${t}/upper", "options": ["bind"]}'
	payload stat /mnt/file stat /mnt/sub/over
	has "stat /mnt/file=ok" "stat /mnt/sub/over=ok"
}

@test "propagation: private unless asked for; rslave gets what is mounted outside later" {
	need_own_mounts
	mkdir "$T/shared"
	mount --bind "$T/shared" "$T/shared"
	mount --make-shared "$T/shared"
	mkdir "$T/shared/later"
	add_mount '{"destination": "/private", "type": "bind", "source": "${t}/shared", "options": ["rbind", "rprivate"]}'
	add_mount '{"destination": "/slave", "type": "bind", "source": "${t}/shared", "options": ["rbind", "rslave"]}'
	config '.linux.rootfsPropagation = "slave"'
	args /bin/sh -c 'while [ ! -e /slave/later/there ]; do sleep 0.1; done; echo seen; [ -e /private/later/there ] || echo hidden'
	create_and_start
	mount -t tmpfs tmpfs "$T/shared/later"
	touch "$T/shared/later/there"
	wait_line "$OUT" seen
	wait_line "$OUT" hidden
	wait_status stopped
	umount "$T/shared/later"
}

@test "nothing that is mounted inside is seen outside" {
	need_own_mounts
	mount --bind "$T/source" "$T/source"
	mount --make-shared "$T/source"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source", "options": ["rbind"]}'
	add_mount '{"destination": "/mnt/sub", "type": "tmpfs", "source": "tmpfs"}'
	args /bin/payload signal-wait
	create_and_start ready
	run ! grep -F "$T/source/sub" /proc/self/mountinfo
	run ! grep -F "$T/bundle" /proc/self/mountinfo
}

@test "the old root is gone: no mount of the host is left inside" {
	payload mounts
	[ "$(grep -c '^mount=' <<<"$output")" = 5 ] || [ "$(grep -c '^mount=' <<<"$output")" -le 16 ]
	lacks "$T/state" " /sys/fs/cgroup" "oldroot|pivot"
}

@test "--no-pivot: the root is moved" {
	args /bin/payload stat /etc/passwd try-list /proc hostname
	run -0 rt run --no-pivot --bundle "$B" "$TOKEN"
	has "stat /etc/passwd=ok" hostname=inside
}

# fields: root.path
@test "the root: a path of the bundle, an absolute one, one with .., a link in the bundle; none that leaves it" {
	local path
	mv "$B/rootfs" "$B/else"
	ln -s else "$B/link"
	touch "$B/else/this-one"
	for path in else ./else/ "$B/else" "../${B##*/}/else" link "$B/link"; do
		config '.root.path = $path' --arg path "$path"
		payload stat /this-one
		has "stat /this-one=ok"
	done
	ln -s "$T/source" "$B/outside"
	config '.root.path = "outside"'
	refused_create "root.path: .*/outside is a symbolic link out of the bundle"
	config '.root.path = "else/bin/payload"'
	refused_create "root.path: .*/else/bin/payload is not a directory"
	mv "$B/else" "$B/rootfs"
}

# fields: root.readonly
@test "a read-only root; what is mounted in it stays writable" {
	config '.root.readonly = true'
	payload try-write /etc/new try-mkdir /new try-write /dev/shm/file
	has "try-write /etc/new=EROFS" "try-mkdir /new=EROFS" "try-write /dev/shm/file=ok"
	[ ! -e "$B/rootfs/etc/new" ]
}

@test "a read-only root can't be made writable again by who has no CAP_SYS_ADMIN" {
	config '.root.readonly = true'
	payload try-remount-rw / try-umount /dev/shm
	has "try-remount-rw /=EPERM" "try-umount /dev/shm=EPERM"
}

# fields: linux.maskedPaths
@test "masked paths: a file is empty, a directory too, a missing one no error" {
	mkdir "$B/rootfs/secret"
	echo secret >"$B/rootfs/secret/file"
	echo secret >"$B/rootfs/etc/secret"
	config '.linux.maskedPaths = ["/secret", "/etc/secret", "/no/such", "/proc/keys"]'
	payload stat /secret/file try-write /secret/new stat /etc/secret stat /proc/keys
	has "stat /secret/file=ENOENT" "try-write /secret/new=EROFS"
	matches "^stat./etc/secret=c .* 1:3 " "^stat./proc/keys=c .* 1:3 "
}

@test "masked paths: a mount point, a path in a volume, one below another, a socket" {
	mkdir -p "$T/source/sub/deep"
	touch "$T/source/sub/deep/file"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/source/socket"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source", "options": ["rbind"]}'
	config '.linux.maskedPaths = ["/mnt/sub", "/mnt/sub/deep", "/dev/shm", "/mnt/socket", "/mnt/sub"]'
	payload stat /mnt/file stat /mnt/sub/deep try-write /dev/shm/new try-mkdir /mnt/sub/new stat /mnt/socket
	has "stat /mnt/file=ok" "stat /mnt/sub/deep=ENOENT" "try-write /dev/shm/new=EROFS" "try-mkdir /mnt/sub/new=EROFS"
	matches "^stat./mnt/socket=c .* 1:3 "
	[ -e "$T/source/sub/deep/file" ]
}

# fields: linux.mountLabel
@test "a mount label: what the container's own file systems have, and an error where there is no SELinux" {
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2" | .linux.maskedPaths = ["/root"]'
	if grep -qsw selinuxfs /proc/mounts; then
		payload mounts
		matches " /dev .* - tmpfs .*context=.*container_file_t:s0:c1,c2" " /root .* - tmpfs .*context=.*container_file_t:s0:c1,c2"
	else
		refused_create "linux.mountLabel: selinux label is specified in config, but selinux is disabled or not supported"
	fi
}

# fields: linux.readonlyPaths
@test "read-only paths: a directory, a file, one in /proc, a missing one no error" {
	mkdir -p "$B/rootfs/fixed"
	touch "$B/rootfs/etc/fixed"
	config '.linux.readonlyPaths = ["/fixed", "/etc/fixed", "/proc/sys", "/no/such"]
		| .process.capabilities |= map_values(. + ["CAP_NET_ADMIN"])'
	payload try-write /fixed/new try-write /etc/fixed try-write /proc/sys/net/ipv4/ip_forward try-write /etc/free
	has "try-write /fixed/new=EROFS" "try-write /etc/fixed=EROFS" "try-write /proc/sys/net/ipv4/ip_forward=EROFS" \
		"try-write /etc/free=ok"
}

# ---- Hostile roots -----------------------------------------------------------------------------------------

@test "symlinks in destinations are followed inside the root only" {
	mkdir "$T/outside" "$B/rootfs/inside"
	ln -s /inside "$B/rootfs/absolute"
	ln -s "$T/outside" "$B/rootfs/away"
	add_mount '{"destination": "/absolute/dir", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/away", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0711"]}'
	args /bin/payload stat /inside/dir/file
	run rt run --bundle "$B" "$TOKEN"
	[ -z "$(ls -A "$T/outside")" ]
	[ "$(stat -c %a "$T/outside")" = 755 ]
	[ "$status" != 0 ] || has "stat /inside/dir/file=ok"
	nothing_left
}

@test "a symlink with many .. stays in the root" {
	mkdir "$T/outside"
	ln -s "../../../../../../../../../../../../$T/outside" "$B/rootfs/climb"
	add_mount '{"destination": "/climb/new", "type": "bind", "source": "${t}/source/file", "options": ["bind"]}'
	payload hostname
	[ -z "$(ls -A "$T/outside")" ]
}

@test "a masked or read-only path that is a symlink to the outside harms nothing there" {
	mkdir "$T/outside"
	echo text >"$T/outside/file"
	ln -s "$T/outside/file" "$B/rootfs/etc/link"
	config '.linux.maskedPaths = ["/etc/link"] | .linux.readonlyPaths = ["/etc/link"]'
	args /bin/payload hostname
	run rt run --bundle "$B" "$TOKEN"
	[ "$(cat "$T/outside/file")" = text ]
	echo more >>"$T/outside/file"
	nothing_left
}

@test "/dev and /proc that are symlinks in the image" {
	mkdir "$T/outside"
	rmdir "$B/rootfs/dev" "$B/rootfs/proc"
	ln -s "$T/outside" "$B/rootfs/dev"
	ln -s "$T/outside" "$B/rootfs/proc"
	args /bin/payload hostname
	run rt run --bundle "$B" "$TOKEN"
	[ -z "$(ls -A "$T/outside")" ]
	nothing_left
}

@test "a proc destination that is a symlink to another folder of the image is refused or is proc" {
	rmdir "$B/rootfs/proc"
	mkdir -p "$B/rootfs/fake/self"
	ln -s /fake "$B/rootfs/proc"
	args /bin/payload mounts
	run rt run --bundle "$B" "$TOKEN"
	[ "$status" = 1 ] || matches " - proc "
	nothing_left
}

@test "a loop of symlinks is an error, not a hang" {
	ln -s loop2 "$B/rootfs/loop"
	ln -s loop "$B/rootfs/loop2"
	add_mount '{"destination": "/loop/mnt", "type": "tmpfs", "source": "tmpfs"}'
	refused_create "/loop/mnt"
}

@test "a mount inside /proc is refused" {
	add_mount '{"destination": "/proc/self/attr", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	refused_create "/proc"
}

@test "a mount that fails takes back those before it" {
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/never", "type": "bind", "source": "${t}/missing", "options": ["bind"]}'
	refused_create "missing"
	run ! grep -F "$T" /proc/self/mountinfo
}
