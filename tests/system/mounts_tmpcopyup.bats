#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The mount option tmpcopyup: a new tmpfs that starts with what the image has at its destination.

load ../lib/helpers

extra_setup() {
	ours_only "tmpcopyup in this version"
	D=$B/rootfs/data
	mkdir "$D"
	config '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE"])'
	add_mount '{"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}'
}

# set_xattr FILE NAME HEX
set_xattr() {
	as_owner python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))' "$@"
}

with_user_namespace() {
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 1000}]'
}

# fields: mounts[].options
@test "what was there is there, can be changed, and the image stays as it is" {
	mkdir -p "$D/dir/sub"
	echo text >"$D/dir/sub/file"
	payload try-read /data/dir/sub/file try-write /data/dir/sub/file try-write /data/new try-unlink /data/dir/sub/file mounts
	has "try-read /data/dir/sub/file=ok" "try-write /data/new=ok" "try-unlink /data/dir/sub/file=ok"
	matches " /data .* - tmpfs "
	[ "$(cat "$D/dir/sub/file")" = text ]
	[ ! -e "$D/new" ]
}

@test "modes and owners, whatever the umask, of files, directories, links, nodes" {
	mkdir "$D/open" "$D/shut"
	touch "$D/suid" "$D/shut/file"
	mkfifo "$D/fifo"
	if [ "$WHO" = root ]; then mknod "$D/node" c 1 3; else touch "$D/node"; fi
	ln -s ../etc/passwd "$D/link"
	ln -s /no/such "$D/dangling"
	for file in suid open fifo shut/file; do give_to "$(ids 5:6)" "$D/$file"; done
	give_to "$(ids 7:8)" "$D/link"
	as_owner chmod 3777 "$D/open"
	as_owner chmod 6751 "$D/suid"
	as_owner chmod 0060 "$D/fifo"
	as_owner chmod 0000 "$D/shut/file"
	chmod 0500 "$D/shut"
	chmod 0666 "$D/node"
	umask 0077
	payload stat /data/open stat /data/shut stat /data/suid stat /data/fifo stat /data/node stat /data/link stat /data/dangling stat /data/shut/file
	umask 0022
	matches "^stat./data/open=d 3777 5:6 " "^stat./data/shut=d 0500 0:0 " "^stat./data/suid=- 6751 5:6 " \
		"^stat./data/fifo=p 0060 5:6 " "^stat./data/node=(c 0666 0:0 1:3|- 0666 0:0) " "^stat./data/link=l 0777 7:8 " \
		"^stat./data/dangling=l " "^stat./data/shut/file=- 0000 5:6 "
}

@test "links are copied as they are, not followed, also those that lead out" {
	mkdir "$T/outside"
	echo secret >"$T/outside/file"
	ln -s "$T/outside" "$D/away"
	ln -s ../../../../../../../../etc "$D/up"
	args /bin/busybox readlink /data/away /data/up
	args /bin/sh -c 'busybox readlink /data/away; busybox readlink /data/up'
	run -0 rt run --bundle "$B" "$TOKEN"
	has "$T/outside" ../../../../../../../../etc
}

@test "hard links become files of their own, large files are whole" {
	head -c 300000 /dev/urandom >"$D/large"
	ln "$D/large" "$D/again"
	args /bin/sh -c 'busybox md5sum /data/large /data/again'
	run -0 rt run --bundle "$B" "$TOKEN"
	local sum
	sum=$(md5sum <"$D/large" | cut -d ' ' -f 1)
	has "$sum  /data/large" "$sum  /data/again"
}

@test "the root of the tmpfs: mode and owner of what it covers; those of the options win" {
	give_to "$(ids 5:6)" "$D"
	as_owner chmod 2750 "$D"
	payload stat /data
	matches "^stat./data=d 2750 5:6 "
	config '.mounts[4].options += ["mode=0701", "uid=9"]'
	payload stat /data
	matches "^stat./data=d 0701 9:6 "
	config '.mounts[4].options = ["tmpcopyup", "gid=3", "ro"]'
	payload stat /data try-write /data/new
	matches "^stat./data=d 2750 5:3 "
	has "try-write /data/new=EROFS"
}

@test "extended attributes: file capabilities, user.*, ACLs; nothing of trusted.*" {
	mkdir "$D/dir"
	touch "$D/file" "$D/dir/plain"
	chmod 640 "$D/file"
	set_xattr "$D/file" user.word 616263
	set_xattr "$D/dir" user.word 64
	set_xattr "$D" user.root 65
	# xattr(7): trusted.* is the machine's root's, capabilities root's of the user namespace.
	[ "$WHO" != root ] || set_xattr "$D/file" trusted.word 66
	# cap_net_raw=ep, and user::rw-,user:5:rw-,group::r--,mask::rw-,other::---
	set_xattr "$D/file" security.capability 0100000200200000000000000000000000000000
	set_xattr "$D/file" system.posix_acl_access 0200000001000600ffffffff020006000500000004000400ffffffff10000600ffffffff20000000ffffffff
	set_xattr "$D/dir" system.posix_acl_default 0200000001000700ffffffff04000000ffffffff20000000ffffffff
	# Without this the payload would not see trusted.* at all.
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	# The default ACL of a directory is not for what is copied into it.
	chmod 644 "$D/dir/plain"
	payload xattr /data/file security.capability xattr /data/file system.posix_acl_access xattr /data/dir system.posix_acl_default \
		xattr /data/file trusted.word stat /data/file stat /data/dir/plain xattr /data/dir/plain system.posix_acl_access
	has xattr./data/file.security.capability=0100000200200000000000000000000000000000 \
		xattr./data/file.system.posix_acl_access=0200000001000600ffffffff020006000500000004000400ffffffff10000600ffffffff20000000ffffffff \
		xattr./data/dir.system.posix_acl_default=0200000001000700ffffffff04000000ffffffff20000000ffffffff \
		"xattr /data/dir/plain system.posix_acl_access=ENODATA"
	has "xattr /data/file trusted.word=ENODATA"
	matches "^stat./data/file=- 0660 " "^stat./data/dir/plain=- 0644 "
	[ "$(printf '%s\n' 6.6 "$(uname -r)" | sort -V | head -n 1)" = 6.6 ] || skip "this kernel's tmpfs has no user.* attributes (Linux 6.6)"
	payload xattr /data/file user.word xattr /data/dir user.word xattr /data user.root
	has xattr./data/file.user.word=616263 xattr./data/dir.user.word=64 xattr./data.user.root=65
}

@test "the destination is a link of the image" {
	touch "$D/file"
	ln -s /data "$B/rootfs/link"
	config '.mounts[4].destination = "/link"'
	payload stat /data/file mounts
	has "stat /data/file=ok"
	matches " /data .* - tmpfs "
}

@test "a destination that is missing is an empty one" {
	config '.mounts[4].destination = "/new/one"'
	payload stat /new/one try-list /new/one
	matches "^stat./new/one=d 1777 0:0 "
}

@test "what is mounted below the destination is left out; other mounts can go in" {
	mkdir "$D/below" "$D/kept" "$T/source"
	touch "$D/below/hidden" "$T/source/file"
	config '.mounts[4:4] = [{destination: "/data/below", type: "tmpfs", source: "tmpfs", options: ["mode=0711"]}]'
	add_mount '{"destination": "/data/kept", "type": "none", "source": "${t}/source", "options": ["bind"]}'
	payload stat /data/below stat /data/below/hidden stat /data/kept/file
	matches "^stat./data/below=d 0711 "
	has "stat /data/below/hidden=ENOENT" "stat /data/kept/file=ok"
}

@test "large and deep trees" {
	local i deep=$D
	for i in $(seq 200); do deep=$deep/d; done
	mkdir -p "$deep"
	touch "$deep/end"
	for i in $(seq 2000); do : >"$D/file-$i"; done
	args /bin/sh -c 'busybox find /data -type f | busybox wc -l'
	run -0 rt run --bundle "$B" "$TOKEN"
	has 2001
	for i in $(seq 100); do deep=$deep/d; done
	mkdir -p "$deep"
	refused_create "mounts\[4\] /data: tmpcopyup: .*nested more than 256 deep"
}

@test "one that does not fit is an error" {
	head -c 100000 /dev/zero >"$D/file"
	config '.mounts[4].options += ["size=16k"]'
	refused_create "mounts\[4\] /data: tmpcopyup: file: write: No space left"
}

@test "in a user namespace: owners as the container sees them; set-id to nobody is not set-id to root" {
	local other=5:5
	[ "$WHO" != user ] || other=$(id -u):$(id -g)
	mkdir "$D/dir"
	touch "$D/ours" "$D/dir/other" "$D/other-suid"
	with_user_namespace
	give_to 100005:100006 "$D/ours"
	give_to 100005:100006 "$D/dir"
	as_owner chmod 4755 "$D/ours"
	give_to "$other" "$D/other-suid"
	as_owner chmod 6755 "$D/other-suid"
	payload stat /data/ours stat /data/dir stat /data/other-suid stat /data
	matches "^stat./data/ours=- 4755 5:6 " "^stat./data/dir=d 0755 5:6 " "^stat./data/other-suid=- 0755 " "^stat./data=d 0755 0:0 "
}

@test "id-mapped too: what the image shows is what the tmpfs shows" {
	need_idmap
	[ "$(printf '%s\n' 6.3 "$(uname -r)" | sort -V | head -n 1)" = 6.3 ] || skip "this kernel's tmpfs does not support id-mapped mounts (Linux 6.3)"
	touch "$D/file"
	with_user_namespace
	chown 100005:100006 "$D/file"
	config '.mounts[4].options += ["idmap"]'
	payload stat /data/file stat /data
	matches "^stat./data/file=- 0644 5:6 " "^stat./data=d 0755 0:0 "
}

@test "of another type, or of a bind, it is refused" {
	config '.mounts[4].type = "ramfs"'
	refused_create "mounts\[4\].options: tmpcopyup is an option of type tmpfs only"
	config '.mounts[4].options += ["bind"] | .mounts[4].source = "/etc"'
	refused_create "mounts\[4\].options: tmpcopyup"
}
