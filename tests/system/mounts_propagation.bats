#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Mount propagation: what of the host's later mounts arrives in a container, what of the container's goes
# to the host, and what /proc/self/mountinfo says inside.

load ../lib/helpers

extra_setup() {
	mkdir -p "$T/shared/later" "$T/shared/inside"
	# What is shared or a slave outside is a slave inside. A user can make no mount shared outside, but the
	# machine's are where systemd is init.
	master=master
	if [ "$WHO" = user ]; then
		[[ $(findmnt -n -o PROPAGATION --target "$T") == *shared* ]] || master=
		return
	fi
	mount --bind "$T/shared" "$T/shared"
	mount --make-shared "$T/shared"
}

extra_teardown() {
	local point
	# Stacked ones too: the deepest and last first.
	awk -v dir="$T/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac |
		while read -r point; do umount -l "$point" 2>/dev/null || true; done
}

# A root whose mount on the host is shared, as on a machine with systemd.
shared_root() {
	need_own_mounts
	mount --bind "$B/rootfs" "$B/rootfs"
	mount --make-shared "$B/rootfs"
}

# tags_of PATH: the optional fields of the last mount there, as mountinfo inside shows them.
tags_of() {
	awk -v path="$1" '$5 == path { tags = ""; for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i); tags = tags $i " " } }
		END { print tags }' <<<"$output"
}

has_tags() { # has_tags PATH TAG...
	local path=$1 want
	shift
	want="$* "
	[ $# -gt 0 ] || want=
	grep -Eq "^mount=[0-9 :]+ [^ ]+ $path " <<<"$output" || { echo "no mount $path in: $output"; return 1; }
	[ "$(tags_of "$path")" = "$want" ] || { echo "$path has \"$(tags_of "$path")\", not \"$want\""; return 1; }
}

# arrives PATH...: starts a container that says which of these gets a mount after the host made one.
# The last one must be one in which it arrives, or nobody would know when to look.
watch_for() {
	need_own_mounts
	local script='' path
	for path; do script+="[ -e $path/there ] && echo seen=$path || echo hidden=$path; "; done
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	args /bin/sh -c "echo ready; while [ ! -e ${*: -1}/there ]; do sleep 0.05; done; $script"
	create_and_start ready
}

# later PATH: what the host mounts now.
later() {
	mount -t tmpfs tmpfs "$1"
	touch "$1/there"
}

said() {
	wait_status stopped
	output=$(cat "$OUT")
	has "$@"
}

# ---- The root ---------------------------------------------------------------------------------------------

# fields: linux.rootfsPropagation
@test "rootfsPropagation: the root says so inside" {
	local word
	[ "$WHO" = user ] || shared_root
	for word in private rprivate; do
		config '.linux.rootfsPropagation = $word' --arg word "$word"
		payload mounts
		has_tags /
	done
	for word in slave rslave; do
		config '.linux.rootfsPropagation = $word' --arg word "$word"
		payload mounts
		has_tags / $master
	done
	for word in unbindable runbindable; do
		config '.linux.rootfsPropagation = $word' --arg word "$word"
		payload mounts
		has_tags / unbindable
	done
	config '.linux.rootfsPropagation = "shared"'
	payload mounts
	has_tags / shared $master
	has_tags /dev
	config '.linux.rootfsPropagation = "rshared"'
	payload mounts
	has_tags / shared $master
	has_tags /dev shared
	config 'del(.linux.rootfsPropagation)'
	payload mounts
	has_tags /
}

@test "rootfsPropagation: the same with --no-pivot, but for private" {
	local word
	shared_root
	args /bin/payload mounts
	for word in slave shared unbindable; do
		config '.linux.rootfsPropagation = $word' --arg word "$word"
		run -0 rt run --no-pivot --bundle "$B" "$TOKEN"
		case $word in
		slave) has_tags / master ;;
		shared) has_tags / shared master ;;
		unbindable) has_tags / unbindable ;;
		esac
	done
	config '.linux.rootfsPropagation = "private"'
	refused "rootfsPropagation: private is not possible together with --no-pivot" \
		rt create --no-pivot --bundle "$B" "$TOKEN"
}

@test "slave: what the host mounts in the root later arrives" {
	shared_root
	mkdir "$B/rootfs/later"
	config '.linux.rootfsPropagation = "slave"'
	watch_for /later
	later "$B/rootfs/later"
	said seen=/later
}

@test "slave with --no-pivot: it arrives too" {
	shared_root
	mkdir "$B/rootfs/later"
	config '.linux.rootfsPropagation = "rslave"'
	args /bin/sh -c 'echo ready; while [ ! -e /later/there ]; do sleep 0.05; done; echo seen'
	create --no-pivot || { cat "$ERR"; return 1; }
	rt start "$TOKEN"
	wait_line "$OUT" ready
	later "$B/rootfs/later"
	said seen
}

@test "private, and without a word: nothing arrives in the root" {
	local word
	shared_root
	mkdir "$B/rootfs/later"
	add_mount '{"destination": "/slave", "type": "none", "source": "${t}/shared", "options": ["rbind", "rslave"]}'
	for word in '"private"' '"rprivate"' null; do
		config '.linux.rootfsPropagation = $word | del(..|nulls)' --argjson word "$word"
		watch_for /later /slave/later
		later "$B/rootfs/later"
		later "$T/shared/later"
		said hidden=/later seen=/slave/later
		rt delete "$TOKEN"
		umount "$B/rootfs/later" "$T/shared/later"
	done
}

@test "shared: what is mounted inside reaches a mount of the root inside, but not the host" {
	shared_root
	mkdir "$B/rootfs/here"
	config '.linux.rootfsPropagation = "shared" | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	args /bin/payload try-mount /here mounts signal-wait
	create_and_start ready
	output=$(cat "$OUT")
	has "try-mount /here=ok"
	has_tags /here shared
	run ! mountpoint -q "$B/rootfs/here"
}

# ---- Mounts -----------------------------------------------------------------------------------------------

# fields: mounts[].options
@test "slave, rslave, private, rprivate, and without a word" {
	add_mount '{"destination": "/none", "type": "none", "source": "${t}/shared", "options": ["rbind"]}'
	add_mount '{"destination": "/private", "type": "none", "source": "${t}/shared", "options": ["rbind", "rprivate"]}'
	add_mount '{"destination": "/flat", "type": "none", "source": "${t}/shared", "options": ["bind", "private"]}'
	add_mount '{"destination": "/one", "type": "none", "source": "${t}/shared", "options": ["bind", "slave"]}'
	add_mount '{"destination": "/slave", "type": "none", "source": "${t}/shared", "options": ["rbind", "rslave", "ro"]}'
	watch_for /none/later /private/later /flat/later /one/later /slave/later
	later "$T/shared/later"
	said hidden=/none/later hidden=/private/later hidden=/flat/later seen=/one/later seen=/slave/later
}

@test "without a word of its own a bind does as a slave root does" {
	config '.linux.rootfsPropagation = "rslave"'
	add_mount '{"destination": "/private", "type": "none", "source": "${t}/shared", "options": ["rbind", "rprivate"]}'
	add_mount '{"destination": "/none", "type": "none", "source": "${t}/shared", "options": ["rbind"]}'
	watch_for /private/later /none/later
	later "$T/shared/later"
	said hidden=/private/later seen=/none/later
}

@test "mountinfo shows each, and several options in their order" {
	add_mount '{"destination": "/a", "type": "none", "source": "${t}/shared", "options": ["bind", "slave", "shared"]}'
	add_mount '{"destination": "/b", "type": "none", "source": "${t}/shared", "options": ["bind", "shared", "slave"]}'
	add_mount '{"destination": "/c", "type": "none", "source": "${t}/shared", "options": ["rbind", "rslave", "private"]}'
	add_mount '{"destination": "/d", "type": "none", "source": "${t}/shared", "options": ["rbind", "unbindable"]}'
	add_mount '{"destination": "/e", "type": "tmpfs", "source": "tmpfs", "options": ["shared"]}'
	add_mount '{"destination": "/f", "type": "none", "source": "${t}/shared", "options": ["rbind", "ro", "rslave", "nosuid"]}'
	payload mounts
	has_tags /a shared $master
	has_tags /b $master
	has_tags /c
	has_tags /d unbindable
	has_tags /e shared
	has_tags /f $master
	matches " /f ro,nosuid,relatime $master"
}

@test "bind, remount, a flag and propagation in one entry" {
	add_mount '{"destination": "/a", "type": "none", "source": "${t}/shared", "options": ["bind"]}'
	add_mount '{"destination": "/a", "type": "none", "source": "none", "options": ["bind", "remount", "ro", "shared"]}'
	add_mount '{"destination": "/dev/shm", "type": "none", "source": "none", "options": ["remount", "bind", "nosuid", "slave", "shared", "unbindable"]}'
	payload mounts try-write /a/new
	has_tags /a shared
	has_tags /dev/shm unbindable
	has "try-write /a/new=EROFS"
	matches " /a ro,"
}

@test "an unbindable mount or root: read-only and masked paths in it work all the same" {
	mkdir -p "$T/shared/fixed" "$T/shared/secret" "$B/rootfs/fixed"
	touch "$T/shared/secret/file"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/shared", "options": ["bind", "unbindable"]}'
	config '.linux.rootfsPropagation = "runbindable" | .linux.readonlyPaths = ["/mnt/fixed", "/fixed"] | .linux.maskedPaths = ["/mnt/secret"]'
	payload try-write /mnt/fixed/new try-write /fixed/new try-write /mnt/new stat /mnt/secret/file mounts
	has "try-write /mnt/fixed/new=EROFS" "try-write /fixed/new=EROFS" "try-write /mnt/new=ok" "stat /mnt/secret/file=ENOENT"
	has_tags /mnt unbindable
	has_tags / unbindable
}

# ---- Back to the host -------------------------------------------------------------------------------------

@test "rshared for the mount and the root: both sides see what the other mounts" {
	need_own_mounts
	config '.linux.rootfsPropagation = "rshared" | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/shared", "options": ["rbind", "rshared"]}'
	args /bin/sh -c '/bin/payload try-mount /mnt/inside; while [ ! -e /mnt/later/there ]; do sleep 0.05; done; echo seen; exec sleep 1000'
	create_and_start "try-mount /mnt/inside=ok"
	mountpoint -q "$T/shared/inside"
	later "$T/shared/later"
	wait_line "$OUT" seen
	# Nothing that the runtime itself has mounted.
	[ "$(awk -v dir="$T/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -u)" = \
		"$(printf '%s\n' "$T/shared" "$T/shared/inside" "$T/shared/later")" ]
	rt delete --force "$TOKEN"
	mountpoint -q "$T/shared/later"
	mountpoint -q "$T/shared"
}

@test "rshared for the mount alone: nothing goes to the host" {
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/shared", "options": ["rbind", "rshared"]}'
	payload try-mount /mnt/inside mounts
	has "try-mount /mnt/inside=ok"
	has_tags /mnt shared $master
	run ! mountpoint -q "$T/shared/inside"
}

@test "out of a user namespace nothing goes to the host" {
	config '.linux.rootfsPropagation = "rshared" | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	with_user_namespace
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/shared", "options": ["rbind", "rshared"]}'
	payload try-mount /mnt/inside mounts
	has "try-mount /mnt/inside=ok"
	has_tags /mnt shared $master
	run ! mountpoint -q "$T/shared/inside"
}

@test "in a user namespace: rslave receives, private does not" {
	with_user_namespace
	add_mount '{"destination": "/none", "type": "none", "source": "${t}/shared", "options": ["rbind"]}'
	add_mount '{"destination": "/slave", "type": "none", "source": "${t}/shared", "options": ["rbind", "rslave"]}'
	watch_for /none/later /slave/later
	later "$T/shared/later"
	said hidden=/none/later seen=/slave/later
}

@test "nothing may be put into what is shared with the host, where it would appear" {
	need_root "out of a user's container nothing is shared with the host"
	mkdir "$T/shared/sub"
	config '.linux.rootfsPropagation = "rshared"'
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/shared", "options": ["rbind", "rshared"]}'
	add_mount '{"destination": "/mnt/sub", "type": "tmpfs", "source": "tmpfs"}'
	refused "mounts\[5\].destination: \"/mnt/sub\" is inside mounts\[4\], which is shared with the host" \
		rt create --bundle "$B" "$TOKEN"
	config 'del(.mounts[5]) | .linux.readonlyPaths = ["/mnt/sub"] | .linux.maskedPaths = ["/mnt"]'
	refused "linux.maskedPaths: \"/mnt\" is inside mounts\[4\]" rt create --bundle "$B" "$TOKEN"
	run ! mountpoint -q "$T/shared/sub"
}

@test "a link of the image can't lead one of our mounts into what is shared with the host" {
	need_root "out of a user's container nothing is shared with the host"
	mkdir -p "$T/shared/sub"
	ln -s /mnt/sub "$B/rootfs/link"
	config '.linux.rootfsPropagation = "rshared" | .linux.readonlyPaths = ["/link"]'
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/shared", "options": ["rbind", "rshared"]}'
	add_mount '{"destination": "/link", "type": "tmpfs", "source": "tmpfs"}'
	args /bin/payload signal-wait
	create_and_start ready
	run ! mountpoint -q "$T/shared/sub"
	[ "$(awk -v dir="$T/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -u)" = "$T/shared" ]
}
