#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers without a mount namespace: their mounts are made in the runtime's own, in a tree over
# root.path, and delete takes them away. Nothing else of the host may change.

load ../lib/helpers

extra_setup() {
	ours_only "a container without a mount namespace"
	need_root "mount(2): to mount in the runtime's mount namespace takes CAP_SYS_ADMIN there"
	config '.linux.namespaces |= map(select(.type != "mount"))'
	before=$(machine_mounts)
}

# The mounts of the machine with their propagation; not those of other tests that run beside this one.
machine_mounts() {
	grep -v -e "${TMPDIR:-/tmp}/nucleus-" -e "${TMPDIR:-/tmp}/bats-" /proc/self/mountinfo | cut -d ' ' -f 1-7
}

extra_teardown() {
	local point
	if [ -n "${keeper:-}" ]; then
		kill -KILL "$keeper" 2>/dev/null || true
		wait "$keeper" 2>/dev/null || true
	fi
	awk -v dir="$T/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac |
		while read -r point; do
			[[ $point == "$B/rootfs"* ]] || umount -l "$point" 2>/dev/null || true
		done
}

# The mounts of the machine are what they were, and of ours there are none.
host_is_unchanged() {
	diff <(printf '%s\n' "$before") <(machine_mounts)
	[ -z "$(points)" ] || { echo "there are:"; points; return 1; }
}

points() {
	awk -v dir="$T/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo
}

@test "the mounts are there, the namespace is the runtime's, and afterwards nothing is left" {
	add_mount '{"destination": "/mnt", "type": "none", "source": "/etc", "options": ["rbind", "ro"]}'
	payload ns mounts stat /dev/null stat /mnt/passwd try-write /mnt/new try-write /dev/shm/new
	has "ns.mnt=$(readlink /proc/self/ns/mnt)" "stat /mnt/passwd=ok" "try-write /mnt/new=EROFS" "try-write /dev/shm/new=ok"
	matches "^stat./dev/null=c 0666 [0-9:]+ 1:3 " " / rw,.* - ext4| / rw,.* - " " /proc .*- proc " " /dev/pts .*- devpts "
	host_is_unchanged
	[ -z "$(ls -A "$B/rootfs/dev")" ]
}

@test "while it is there all of it is below root.path, and delete takes it away" {
	args /bin/payload signal-wait
	create_and_start ready
	# In a user namespace devices are bound, too.
	[ "$(points | grep -Ev '/dev/(null|zero|full|random|urandom|tty)$' | sort)" = "$(printf '%s\n' "$B/rootfs" "$B/rootfs/dev" "$B/rootfs/dev/pts" "$B/rootfs/dev/shm" "$B/rootfs/proc" | sort)" ]
	rt kill "$TOKEN" KILL
	wait_status stopped
	[ -n "$(points)" ]
	rt delete "$TOKEN"
	host_is_unchanged
	nothing_left
}

@test "delete --force of a running and of a created one" {
	args /bin/payload signal-wait
	create_and_start ready
	rt delete --force "$TOKEN"
	host_is_unchanged
	create
	rt delete --force "$TOKEN"
	host_is_unchanged
	nothing_left
}

@test "a read-only root, masked and read-only paths: inside, and not on the host" {
	mkdir "$B/rootfs/secret" "$B/rootfs/fixed"
	touch "$B/rootfs/secret/file"
	config '.root.readonly = true | .linux.maskedPaths = ["/secret", "/proc/keys"] | .linux.readonlyPaths = ["/fixed", "/proc/sys"]
		| .mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}]'
	payload try-write /etc/new stat /secret/file try-write /fixed/new stat /proc/keys try-write /proc/sys/kernel/domainname try-write /mnt/new
	has "try-write /etc/new=EROFS" "stat /secret/file=ENOENT" "try-write /fixed/new=EROFS" \
		"try-write /mnt/new=ok"
	# In a user namespace the file is another root's in the first place.
	matches "^try-write /proc/sys/kernel/domainname=(EROFS|EACCES)$"
	[ "$WHO" != root ] || has "try-write /proc/sys/kernel/domainname=EROFS"
	matches "^stat./proc/keys=c "
	touch "$B/rootfs/etc/new" "$B/rootfs/fixed/new"
	[ -e "$B/rootfs/secret/file" ]
	[ "$(stat -c %F /proc/keys)" != "character special file" ]
	[ "$WHO" != root ] || [ -w /proc/sys/kernel/domainname ]
	host_is_unchanged
}

@test "other mount namespaces see the tree's place at most, nothing in it, and nothing afterwards" {
	mount --bind "$B" "$B"
	mount --make-shared "$B"
	unshare --mount --propagation slave sleep 1000 3>&- &
	keeper=$!
	patiently eval '[ "$(readlink /proc/$keeper/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]'
	args /bin/payload mounts signal-wait
	create_and_start ready
	[ "$(awk -v dir="$B/" 'index($5, dir) == 1 { print $5 }' "/proc/$keeper/mountinfo" | sort -u)" = "$B/rootfs" ]
	# The tree itself is no peer of anything.
	[ -z "$(awk -v dir="$B/rootfs/" 'index($5, dir) == 1 && $7 != "-"' /proc/self/mountinfo)" ]
	grep -Eq "^mount=[0-9 :]+ [^ ]+ / [^ ]+ - " "$OUT"
	rt delete --force "$TOKEN"
	[ -z "$(points | grep -Fx "$B/rootfs")" ]
	run ! grep -F "$B/rootfs" "/proc/$keeper/mountinfo"
	umount "$B"
}

@test "binds: what is mounted in the container goes nowhere, rslave receives" {
	mkdir -p "$T/shared/later" "$T/shared/inside"
	mount --bind "$T/shared" "$T/shared"
	mount --make-shared "$T/shared"
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	add_mount '{"destination": "/none", "type": "none", "source": "${t}/shared", "options": ["rbind"]}'
	add_mount '{"destination": "/slave", "type": "none", "source": "${t}/shared", "options": ["rbind", "rslave"]}'
	args /bin/sh -c '/bin/payload try-mount /none/inside; while [ ! -e /slave/later/there ]; do sleep 0.05; done
		[ -e /none/later/there ] || echo hidden'
	create_and_start "try-mount /none/inside=ok"
	run ! mountpoint -q "$T/shared/inside"
	mount -t tmpfs tmpfs "$T/shared/later"
	touch "$T/shared/later/there"
	wait_line "$OUT" hidden
	wait_status stopped
	rt delete "$TOKEN"
	run ! mountpoint -q "$T/shared/inside"
	umount "$T/shared/later" "$T/shared"
	host_is_unchanged
}

@test "an id-mapped mount" {
	mkdir "$T/source"
	# A file system that belongs to the test's own user namespace.
	if [ "$WHO" = userns ]; then
		[ "$(printf '%s\n' 6.3 "$(uname -r)" | sort -V | head -n 1)" = 6.3 ] || skip "this kernel's tmpfs does not support id-mapped mounts (Linux 6.3)"
		mount -t tmpfs tmpfs "$T/source"
	fi
	touch "$T/source/file"
	chown 5:6 "$T/source/file"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"],
		"uidMappings": [{"containerID": 5, "hostID": 50, "size": 1}], "gidMappings": [{"containerID": 6, "hostID": 60, "size": 1}]}'
	payload stat /mnt/file
	matches "^stat./mnt/file=- .* 50:60 "
	[ "$WHO" != userns ] || umount "$T/source"
	host_is_unchanged
}

@test "a create that fails takes them back" {
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/missing", "options": ["bind"]}'
	refused_create "mounts\[4\] /mnt: open the source .*missing"
	host_is_unchanged
	config 'del(.mounts[4]) | .process.args = ["/bin/no-such-program"]'
	refused_create "no-such-program"
	host_is_unchanged
}

@test "nothing asked for: the root is entered as it is, and nothing is mounted" {
	config 'del(.mounts) | del(.linux.cgroupsPath)'
	args /bin/payload stat /bin/payload try-list / stat /dev/null
	rt create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	host_is_unchanged
	rt start "$TOKEN"
	wait_status stopped
	output=$(cat "$OUT")
	has "stat /bin/payload=ok" "stat /dev/null=ENOENT"
}

@test "the runtime's own mount namespace by path is the same as none" {
	# Were it taken for another one, the machine's root would be pivoted away: in a namespace of the test's.
	config '.linux.namespaces += [{type: "mount", path: "/proc/self/ns/mnt"}]'
	args /bin/payload stat /dev/null try-list /
	# shellcheck disable=SC2016 # the inner shell's
	run -0 unshare --mount --propagation private bash -c '
		"$1" --root "$2" run --bundle "$3" "$4" || exit 3
		[ -e "$3/config.json" ] || exit 4
		! grep -F "$3/rootfs" /proc/self/mountinfo' - "$NUCLEUS_OCI" "$R" "$B" "$TOKEN"
	has "stat /dev/null=ok"
	host_is_unchanged
}

@test "root.path that is the host's root is refused, also by a link" {
	config '.root.path = "/"'
	refused_create "mounts: needs a mount namespace .*runtime's own root"
	ln -s / "$T/link"
	config '.root.path = $path' --arg path "$T/link"
	refused_create "root.path: .*/link is the runtime's own root"
	host_is_unchanged
}

@test "with a user namespace it is refused" {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
	refused_create "mounts: needs a mount namespace .*user namespace"
}

# ---- Undoing it under other circumstances ---------------------------------------------------------------

@test "delete in another mount namespace is refused, and works in the right one" {
	args /bin/payload signal-wait
	create_and_start ready
	refused "another mount namespace" unshare --mount "$NUCLEUS_OCI" --root "$R" delete --force "$TOKEN"
	[ -n "$(points)" ]
	rt delete --force "$TOKEN"
	host_is_unchanged
}

@test "delete when its mount namespace is gone" {
	args /bin/payload sid
	unshare --mount --propagation private "$NUCLEUS_OCI" --root "$R" run --detach --bundle "$B" "$TOKEN" >"$OUT" 2>&1 3>&-
	wait_status stopped
	rt delete "$TOKEN"
	nothing_left
}

@test "delete when somebody has unmounted it, and when its folder was moved" {
	args /bin/payload signal-wait
	create_and_start ready
	umount -l "$B/rootfs"
	rt delete --force "$TOKEN"
	host_is_unchanged
	create_and_start ready
	mv "$B" "$T/moved"
	rt delete --force "$TOKEN"
	mv "$T/moved" "$B"
	host_is_unchanged
	nothing_left
}

@test "delete never takes away another's mount in its place" {
	args /bin/payload signal-wait
	create_and_start ready
	mount -t tmpfs tmpfs "$B/rootfs"
	refused "another mount lies over" rt delete --force "$TOKEN"
	[ "$(findmnt -n -o FSTYPE "$B/rootfs" | tail -n 1)" = tmpfs ]
	umount "$B/rootfs"
	rt delete --force "$TOKEN"
	host_is_unchanged
	create_and_start ready
	umount -l "$B/rootfs"
	mount -t tmpfs tmpfs "$B/rootfs"
	rt delete --force "$TOKEN"
	mountpoint -q "$B/rootfs"
	umount "$B/rootfs"
}

@test "a runtime that is killed in the middle: delete --force takes it away" {
	config '.hooks = {prestart: [{path: "/bin/sh", args: ["sh", "-c", $command]}]}' \
		--arg command "echo \$\$ >$T/hooked; exec sleep 1000"
	rt create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- &
	local pid=$!
	patiently test -s "$T/hooked"
	[ -n "$(points)" ]
	kill -KILL "$pid"
	kill -KILL "$(cat "$T/hooked")"
	wait "$pid" || true
	rt delete --force "$TOKEN"
	host_is_unchanged
}
