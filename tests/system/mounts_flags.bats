#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The flags of mounts: each option in its effect, the recursive forms on whatever can be a mount, remounts,
# and the flags that a user namespace has locked.

load ../lib/helpers

extra_setup() {
	mkdir -p "$T/source"
	# Its own, and so without locked flags in a user namespace, too.
	[ "$WHO" = user ] || mount -t tmpfs -o mode=755 tmpfs "$T/source"
	mkdir "$T/source/sub"
	echo text >"$T/source/file"
	cp "$PAYLOAD" "$T/source/program"
	[ "$WHO" = user ] || mount -t tmpfs tmpfs "$T/source/sub"
	touch "$T/source/sub/below"
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_DAC_OVERRIDE"])'
}

extra_teardown() {
	local point
	awk -v dir="$T/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac |
		while read -r point; do umount -l "$point" 2>/dev/null || true; done
}

# flags_of PATH: the mount's own flags, as mountinfo inside shows them.
flags_of() {
	awk -v path="$1" '$5 == path { last = $6 } END { print last }' <<<"$output"
}

has_flags() { # has_flags PATH EXACTLY,THESE
	[ "$(flags_of "$1")" = "$2" ] || { echo "$1 has \"$(flags_of "$1")\", not \"$2\" in: $output"; return 1; }
}

# with OPTION...: the flags that a bind of a directory gets from them.
flags_with() {
	bind_with "$@"
	payload mounts
}

bind_with() {
	local words
	words=$(jq -nc '$ARGS.positional' --args -- "$@")
	config '.mounts[4] = {destination: "/mnt", type: "none", source: $source, options: $words}' \
		--arg source "$T/source" --argjson words "$words"
}

# ---- Each word ----------------------------------------------------------------------------------------------

# fields: mounts[].options
@test "each flag of a bind, and its opposite over a source that has it" {
	local word
	for word in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
		if [[ $WHO == user && $word == *atime ]]; then
			# mount_namespaces(7): the flags of access time are locked in a less privileged namespace.
			bind_with bind "$word"
			refused_umount "cannot clear locked flags: access time: "
			continue
		fi
		flags_with bind "$word"
		case $word in
		ro) has_flags /mnt ro,relatime ;;
		noatime) has_flags /mnt rw,noatime ;;
		nodiratime) has_flags /mnt rw,nodiratime,relatime ;;
		nosymfollow) has_flags /mnt rw,relatime,nosymfollow ;;
		*) has_flags /mnt "rw,$word,relatime" ;;
		esac
	done
	[ "$WHO" != user ] || return 0
	flags_with bind strictatime
	has_flags /mnt rw
	mount --rbind "$T/source" "$T/source"
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow "$T/source"
	flags_with bind
	has_flags /mnt ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
	flags_with bind rw suid dev exec diratime symfollow
	has_flags /mnt rw,noatime
	flags_with bind atime
	has_flags /mnt ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow
	flags_with bind relatime
	has_flags /mnt ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow
	flags_with bind nostrictatime
	has_flags /mnt ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow
	# No word of these three changes what is there.
	flags_with bind defaults norelatime loud
	has_flags /mnt ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
}

@test "each recursive flag reaches the source and what is below, and its opposite too" {
	need_own_mounts
	local word
	for word in rro rnosuid rnodev rnoexec rnoatime rnodiratime rnosymfollow; do
		flags_with rbind "$word"
		case $word in
		rro) has_flags /mnt ro,relatime && has_flags /mnt/sub ro,relatime ;;
		rnoatime) has_flags /mnt rw,noatime && has_flags /mnt/sub rw,noatime ;;
		rnodiratime) has_flags /mnt rw,nodiratime,relatime && has_flags /mnt/sub rw,nodiratime,relatime ;;
		rnosymfollow) has_flags /mnt rw,relatime,nosymfollow && has_flags /mnt/sub rw,relatime,nosymfollow ;;
		*) has_flags /mnt "rw,${word#r},relatime" && has_flags /mnt/sub "rw,${word#r},relatime" ;;
		esac
	done
	flags_with rbind rstrictatime
	has_flags /mnt rw
	has_flags /mnt/sub rw
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow "$T/source/sub"
	flags_with rbind
	has_flags /mnt rw,relatime
	has_flags /mnt/sub ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
	flags_with rbind rrw rsuid rdev rexec rdiratime rsymfollow
	has_flags /mnt/sub rw,noatime
	for word in ratime rrelatime rnostrictatime; do
		flags_with rbind "$word"
		has_flags /mnt/sub ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow
	done
	flags_with rbind rnorelatime
	has_flags /mnt/sub ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
}

@test "of contradicting words the last one counts; recursive and own ones side by side" {
	need_own_mounts
	flags_with rbind ro rw nosuid suid nosuid
	has_flags /mnt rw,nosuid,relatime
	flags_with rbind rro rrw rnoexec
	has_flags /mnt rw,noexec,relatime
	has_flags /mnt/sub rw,noexec,relatime
	flags_with rbind ro nodev rnosuid
	has_flags /mnt ro,nosuid,nodev,relatime
	has_flags /mnt/sub rw,nosuid,relatime
}

@test "of a file system: sync, dirsync, lazytime, and the flags of its mount" {
	add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "named",
		"options": ["defaults", "sync", "dirsync", "lazytime", "silent", "ro", "noexec", "noatime", "size=64k"]}'
	add_mount '{"destination": "/two", "type": "tmpfs", "source": "tmpfs",
		"options": ["sync", "async", "lazytime", "nolazytime", "nosymfollow", "rnosuid", "strictatime"]}'
	payload mounts
	has_flags /mnt ro,noexec,noatime
	has_flags /two rw,nosuid,nosymfollow
	matches " /mnt .* - tmpfs named .*sync.*dirsync.*lazytime.*size=64k"
	! grep -E " /two .* - tmpfs .*(sync|lazytime)" <<<"$output"
}

@test "a file system's data: one word each, or a list in one" {
	add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0710,uid=3", "gid=4", "nr_inodes=99"]}'
	payload mounts stat /mnt
	matches "^stat./mnt=d 0710 3:4 " " /mnt .*nr_inodes=99"
	config '.mounts[4].options = ["no-such-option=1"]'
	refused_umount "mounts\[4\] /mnt: mount option no-such-option: .*Invalid argument"
	config '.mounts[4].options = ["size=much"]'
	refused_umount "mounts\[4\] /mnt: mount option size: "
}

# As refused_create, beside the mount that the setup has made.
refused_umount() {
	refused "$1" rt create --bundle "$B" "$TOKEN"
	[ -z "$(ls -A "$R")" ]
}

# fields: mounts[].type mounts[].source mounts[].destination
@test "bind without a type, with type none, bind, or any other word" {
	add_mount '{"destination": "/a", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/b", "type": "none", "source": "${t}/source", "options": ["rbind"]}'
	add_mount '{"destination": "/c", "type": "bind", "source": "${t}/source", "options": ["ro", "bind"]}'
	add_mount '{"destination": "/d", "type": "tmpfs", "source": "${t}/source/file", "options": ["bind"]}'
	payload try-read /a/file stat /b/sub/below try-write /c/new try-read /d
	has "try-read /a/file=ok" "stat /b/sub/below=ok" "try-write /c/new=EROFS" "try-read /d=ok"
	for type in '"bind"' '"none"' null '"no-such-fs"'; do
		config '.mounts[4] = {destination: "/a", type: $type, source: "/etc", options: ["ro"]} | del(..|nulls)' --argjson type "$type"
		refused_umount "mounts\[4\]"
	done
}

@test "a relative destination starts at /, with a warning" {
	add_mount '{"destination": "mnt/rel", "type": "tmpfs", "source": "tmpfs"}'
	payload mounts
	has_flags /mnt/rel rw,relatime
	matches "relative path"
}

# ---- Whatever can be a mount ------------------------------------------------------------------------------

@test "flags and recursive flags of a bound file, FIFO, socket and device" {
	local kind kinds='file fifo socket'
	mkfifo "$T/source/fifo"
	if [ "$WHO" = root ]; then
		mknod "$T/source/device" c 1 3
		kinds+=' device'
	fi
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/source/socket"
	for kind in $kinds; do
		add_mount '{"destination": "/rec/'$kind'", "type": "none", "source": "${t}/source/'$kind'", "options": ["rbind", "rro", "rnosuid", "rnoexec", "rnodev"]}'
		add_mount '{"destination": "/own/'$kind'", "type": "none", "source": "${t}/source/'$kind'", "options": ["bind", "ro", "nodev"]}'
	done
	payload mounts stat /rec/fifo stat /rec/socket try-write /rec/file try-write /own/file stat /own/device try-open-dev /own/device
	for kind in $kinds; do
		has_flags "/rec/$kind" ro,nosuid,nodev,noexec,relatime
		has_flags "/own/$kind" ro,nodev,relatime
	done
	matches "^stat./rec/fifo=p " "^stat./rec/socket=s "
	has "try-write /rec/file=EROFS" "try-write /own/file=EROFS"
	[ "$WHO" = root ] || return 0
	matches "^stat./own/device=c "
	has "try-open-dev /own/device=EACCES"
}

@test "a bound symbolic link is what it leads to" {
	ln -s file "$T/source/link"
	add_mount '{"destination": "/etc/one", "type": "none", "source": "${t}/source/link", "options": ["bind", "rro"]}'
	payload stat /etc/one try-write /etc/one
	matches "^stat./etc/one=- "
	has "try-write /etc/one=EROFS"
}

@test "a tmpfs that is read-only at the end: mount points are made in it before" {
	local option
	for option in ro rro; do
		config '.mounts[4:] = []'
		add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["'$option'", "nosuid"]}'
		add_mount '{"destination": "/mnt/deep/one", "type": "none", "source": "${t}/source", "options": ["rbind"]}'
		add_mount '{"destination": "/mnt/deep/file", "type": "none", "source": "${t}/source/file", "options": ["bind", "rro"]}'
		payload mounts try-write /mnt/new try-write /mnt/deep/one/new try-write /mnt/deep/one/sub/new try-write /mnt/deep/file
		has_flags /mnt ro,nosuid,relatime
		has "try-write /mnt/new=EROFS" "try-write /mnt/deep/one/new=ok" "try-write /mnt/deep/one/sub/new=ok" "try-write /mnt/deep/file=EROFS"
	done
}

@test "a read-only /dev has its devices" {
	config '(.mounts[] | select(.destination == "/dev")).options += ["ro"]'
	payload try-open-dev /dev/null try-write /dev/new stat /dev/fd
	has "try-open-dev /dev/null=ok" "try-write /dev/new=EROFS" "stat /dev/fd=ok"
}

# ---- Remounts -----------------------------------------------------------------------------------------------

@test "remount with bind changes this mount only, without bind the file system's data too" {
	need_own_mounts
	add_mount '{"destination": "/a", "type": "none", "source": "${t}/source", "options": ["rbind"]}'
	add_mount '{"destination": "/a", "type": "none", "source": "none", "options": ["remount", "bind", "ro", "nosuid"]}'
	add_mount '{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k", "nosuid"]}'
	add_mount '{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["remount", "size=128k", "noexec"]}'
	add_mount '{"destination": "/a/sub", "options": ["remount", "bind", "nodev"]}'
	add_mount '{"destination": "/proc", "type": "proc", "source": "proc", "options": ["remount", "hidepid=2"]}'
	payload mounts try-write /a/new try-write /a/sub/new
	has_flags /a ro,nosuid,relatime
	has_flags /a/sub rw,nodev,relatime
	# What is not named stays: mount(8) would say the same of what is in effect.
	has_flags /t rw,nosuid,noexec,relatime
	matches " /t .*size=128k" " /proc .*hidepid=(2|invisible)"
	has "try-write /a/new=EROFS" "try-write /a/sub/new=ok"
	touch "$T/source/new"
}

@test "remount of what is no mount point, or not there, or with data of a bind" {
	add_mount '{"destination": "/etc", "options": ["remount", "bind", "ro"]}'
	refused_umount "mounts\[4\] /etc: mount_setattr: Invalid argument"
	grep -q "mount point" "$T/refused.err"
	config '.mounts[4].destination = "/no/such"'
	refused_umount "mounts\[4\] /no/such: remount: No such file"
	[ ! -e "$B/rootfs/no" ]
	config '.mounts[4].destination = "/dev" | .mounts[4].options += ["size=1k"]'
	refused_umount "mounts\[4\].options: .*size"
}

# ---- Locked flags -------------------------------------------------------------------------------------------

# in_user_namespace COMMAND...: as root of a user namespace that has a copy of the machine's mounts, with their
# flags locked.
in_user_namespace() {
	unshare --user --map-root-user --mount --propagation unchanged -- "$@"
}

locked_source() {
	mount --rbind "$T/source" "$T/source"
	mount -o remount,bind,ro,nosuid,nodev,noexec "$T/source"
	mount -o remount,bind,nosuid,nodev "$T/source/sub"
	config 'del(.linux.cgroupsPath)'
}

run_in_user_namespace() {
	args /bin/payload "$@"
	run -0 in_user_namespace "$NUCLEUS_OCI" --root "$R" --cgroup-manager disabled run --bundle "$B" "$TOKEN"
}

refused_in_user_namespace() {
	refused "$1" in_user_namespace "$NUCLEUS_OCI" --root "$R" --cgroup-manager disabled create --bundle "$B" "$TOKEN"
	[ -z "$(ls -A "$R")" ]
}

@test "in a user namespace of the caller: locked flags stay, without a word" {
	need_own_mounts
	locked_source
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["rbind"]}'
	add_mount '{"destination": "/ro", "type": "none", "source": "${t}/source/sub", "options": ["bind", "ro", "noexec"]}'
	add_mount '{"destination": "/all", "type": "none", "source": "${t}/source", "options": ["rbind", "rro", "rnosuid"]}'
	add_mount '{"destination": "/re", "type": "none", "source": "${t}/source/sub", "options": ["bind", "rw"]}'
	add_mount '{"destination": "/re", "options": ["bind", "remount", "ro"]}'
	run_in_user_namespace mounts try-write /mnt/sub/below
	has_flags /mnt ro,nosuid,nodev,noexec,relatime
	has_flags /mnt/sub rw,nosuid,nodev,relatime
	has_flags /ro ro,nosuid,nodev,noexec,relatime
	has_flags /all/sub ro,nosuid,nodev,relatime
	has_flags /re ro,nosuid,nodev,relatime
	has "try-write /mnt/sub/below=ok"
}

@test "in a user namespace of the caller: to clear a locked flag is an error that names it" {
	need_own_mounts
	locked_source
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["rbind", "rw"]}'
	refused_in_user_namespace "mounts\[4\] /mnt: cannot clear locked flags: ro: Operation not permitted"
	config '.mounts[4].options = ["rbind", "suid", "dev"]'
	refused_in_user_namespace "cannot clear locked flags: nosuid, nodev: "
	# Of what was asked for, exec is not locked there.
	config '.mounts[4].source += "/sub" | .mounts[4].options = ["bind", "exec", "suid"]'
	refused_in_user_namespace "cannot clear locked flags: nosuid: "
	config '.mounts[4].source |= rtrimstr("/sub") | .mounts[4].options = ["rbind", "rexec"]'
	refused_in_user_namespace "cannot clear locked flags: noexec: "
	config '.mounts[4].options = ["rbind", "noatime"]'
	refused_in_user_namespace "cannot clear locked flags: access time: "
}

@test "in a user namespace of the caller: read-only root and paths under locked flags" {
	need_own_mounts
	locked_source
	mount --bind "$B/rootfs" "$B/rootfs"
	mount -o remount,bind,nosuid,nodev "$B/rootfs"
	mkdir "$B/rootfs/fixed" "$B/rootfs/secret"
	touch "$B/rootfs/secret/file"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["rbind"]}'
	config '.root.readonly = true | .linux.readonlyPaths = ["/fixed", "/mnt/sub", "/proc/sys"] | .linux.maskedPaths = ["/secret", "/proc/keys"]'
	run_in_user_namespace mounts try-write /etc/new try-write /fixed/new try-write /mnt/sub/new stat /secret/file
	has "try-write /etc/new=EROFS" "try-write /fixed/new=EROFS" "try-write /mnt/sub/new=EROFS" "stat /secret/file=ENOENT"
	has_flags / ro,nosuid,nodev,relatime
	has_flags /fixed ro,nosuid,nodev,relatime
	has_flags /mnt/sub ro,nosuid,nodev,relatime
}

@test "in a container's user namespace: a read-only source of the host, and more flags" {
	need_own_mounts
	mount --rbind "$T/source" "$T/source"
	mount -o remount,bind,ro,nosuid,nodev "$T/source"
	with_user_namespace
	config '.linux.readonlyPaths = ["/mnt/sub"]'
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["rbind", "noexec"]}'
	add_mount '{"destination": "/ro", "type": "none", "source": "${t}/source", "options": ["rbind", "ro", "rnosymfollow"]}'
	payload mounts
	has_flags /mnt ro,nosuid,nodev,noexec,relatime
	has_flags /ro ro,nosuid,nodev,relatime,nosymfollow
	has_flags /mnt/sub ro,relatime
}
