#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A policy is enforced in the same way however a process comes into the container, whatever the
# container is made of, and programs of every kind run under it. Each under the built-in policy and
# under a small document.

load ../../lib/helpers
load ../../lib/landlock

small='{
	"abi": 5,
	"ruleset": [{"handledAccessFs": ["abi.all"]}],
	"pathBeneath": [
		{"parent": ["/bin", "/lib"], "allowedAccess": ["abi.read_execute"]},
		{"parent": ["/etc", "/dev", "/proc"], "allowedAccess": ["read_file", "read_dir"]},
		{"parent": ["/dev/null", "/dev/tty"], "allowedAccess": ["read_file", "write_file", "ioctl_dev"]},
		{"parent": ["/tmp", "/dev/shm"], "allowedAccess": ["abi.read_write"]}
	]
}'

# What is tried, and what must come of it, under both policies.
tries=(try-write /etc/new try-write /tmp/new try-write /dev/shm/new try-drop-exec /bin/payload /tmp/dropped
	try-exec /bin/payload try-read /etc/passwd)
as_expected() {
	matches "^try-write /etc/new=(EACCES|EROFS)$"
	has "try-write /tmp/new=ok" "try-write /dev/shm/new=ok" "try-drop-exec /bin/payload /tmp/dropped=EACCES" \
		"try-exec /bin/payload=ok" "try-read /etc/passwd=ok"
}

# under_both COMMAND...: with each of the policies.
under_both() {
	local text
	for text in default "$small"; do
		policy "$text"
		echo "under ${text:0:20}"
		"$@"
	done
}

ways_in() {
	payload "${tries[@]}"
	as_expected
	args /bin/payload "${tries[@]}" signal-wait
	create
	rt start "$TOKEN"
	wait_line "$OUT" ready
	output=$(cat "$OUT")
	as_expected
	run -0 rt exec "$TOKEN" /bin/payload "${tries[@]}"
	as_expected
	run -0 rt exec --user 1000:1000 --cwd /tmp "$TOKEN" /bin/payload try-write /etc/new try-write new try-exec /bin/payload
	has "try-write /etc/new=EACCES" "try-write new=EACCES" "try-exec /bin/payload=ok"
	rt delete --force "$TOKEN"
}

@test "matrix: run, create and start, exec, exec as another user" {
	# So that it is the policy that denies; /tmp/new is root's.
	chmod 777 "$B/rootfs/etc"
	touch "$B/rootfs/tmp/new"
	chmod 644 "$B/rootfs/tmp/new"
	under_both ways_in
}

# variant FILTER: the base configuration, changed by it.
variant() {
	cp "$T/base.json" "$B/config.json"
	config "$1"
	echo "variant: $1"
	under_both tried_variant
}

tried_variant() {
	rm -f "$B/rootfs/etc/new"
	payload nnp "${tries[@]}"
	as_expected
}

@test "matrix: noNewPrivileges, capabilities, another user, a read-only root, its own namespaces" {
	cp "$B/config.json" "$T/base.json"
	chmod 777 "$B/rootfs/etc"
	add_tmp='.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]'
	variant "$add_tmp | .process.noNewPrivileges = false"
	has nnp=0
	variant "$add_tmp | .process.noNewPrivileges = false | .process.capabilities = {}
		| .process.user = {uid: 1000, gid: 1000}"
	has nnp=0
	variant "$add_tmp | .root.readonly = true | .process.noNewPrivileges = true"
	has nnp=1
	variant "$add_tmp"' | .root.readonly = true | .process.noNewPrivileges = false
		| .process.capabilities = {} | .linux.namespaces += [{type: "cgroup"}]'
}

@test "matrix: a user namespace, with noNewPrivileges and without" {
	cp "$B/config.json" "$T/base.json"
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	cp "$B/config.json" "$T/base.json"
	variant '.process.noNewPrivileges = false'
	has nnp=0
	variant '.process.capabilities = {}'
	has nnp=1
}

volumes() {
	payload try-write /volume/new try-write /fixed/new try-read /fixed/file try-write /scratch/new \
		try-exec /volume/program
	has "try-write /volume/new=$1" "try-read /fixed/file=$1" "try-write /scratch/new=$2" "try-exec /volume/program=EACCES"
	matches "^try-write /fixed/new=(EACCES|EROFS)$"
	[ "$1" != ok ] || [ -e "$T/volume/new" ]
}

@test "matrix: volumes have their rights by the built-in policy, of a document only by a rule" {
	mkdir "$T/volume" "$T/fixed"
	chmod 777 "$T/volume"
	cp "$PAYLOAD" "$T/volume/program"
	echo text >"$T/fixed/file"
	add_mount '{"destination": "/volume", "type": "bind", "source": "${t}/volume", "options": ["rbind"]}'
	add_mount '{"destination": "/fixed", "type": "bind", "source": "${t}/fixed", "options": ["rbind", "ro"]}'
	add_mount '{"destination": "/scratch", "type": "tmpfs", "source": "tmpfs"}'
	policy default
	volumes ok EACCES
	policy "$small"
	volumes EACCES EACCES
	# A rule on the destination covers what is mounted there; "auto" is not what a document alone has.
	policy "$(jq -c '.pathBeneath += [{parent: ["/volume", "/scratch"], allowedAccess: ["abi.read_write"]},
		{parent: ["/fixed"], allowedAccess: ["read_file"]}]' <<<"$small")"
	volumes ok ok
	policy '{"abi": 5, "nucleus": {"base": "default", "mounts": "none"}}'
	volumes EACCES EACCES
	# Below a folder whose programs are executed it has both, which is said.
	config '(.mounts[] | select(.destination == "/volume") | .destination) = "/usr/volume"'
	policy default
	payload try-drop-exec /bin/payload /usr/volume/dropped
	has "try-drop-exec /bin/payload /usr/volume/dropped=ok"
	matches "warning: mounts\[4\]: /usr/volume can be written, and what is in it executed"
}

@test "matrix: an id-mapped volume" {
	need_real_root "mount_setattr(2): of a file system that this user namespace has not mounted"
	mkdir "$T/volume"
	chown 100000:100000 "$T/volume"
	chmod 755 "$T"
	add_mount '{"destination": "/volume", "type": "bind", "source": "${t}/volume", "options": ["rbind"],
		"uidMappings": [{"containerID": 100000, "hostID": 0, "size": 65536}],
		"gidMappings": [{"containerID": 100000, "hostID": 0, "size": 65536}]}'
	policy default
	payload try-write /volume/new try-drop-exec /bin/payload /volume/dropped
	has "try-write /volume/new=ok" "try-drop-exec /bin/payload /volume/dropped=EACCES"
}

overlay_root() {
	payload try-write /data/lower try-write /data/new try-rename /data/lower /data/renamed try-write /etc/new \
		try-write /data/renamed
	has "try-write /data/lower=ok" "try-write /data/new=ok" "try-rename /data/lower /data/renamed=ok" \
		"try-write /etc/new=EACCES" "try-write /data/renamed=ok"
}

@test "matrix: an overlay as root: rules are about the merged tree, before and after a copy up" {
	need_own_mounts
	mkdir "$T/upper" "$T/work" "$T/merged" "$B/rootfs/data"
	echo lower >"$B/rootfs/data/lower"
	mount -t overlay overlay -o "lowerdir=$B/rootfs,upperdir=$T/upper,workdir=$T/work" "$T/merged" ||
		skip "overlayfs can't be mounted on this file system"
	config '.root.path = $path' --arg path "$T/merged"
	policy default,rw=/data
	overlay_root
	[ -e "$T/upper/data/renamed" ]
	[ ! -e "$B/rootfs/data/renamed" ]
	umount "$T/merged"
}

terminal() {
	args /bin/sh -c '/bin/busybox stty size >/dev/null && echo to-tty >/dev/tty; echo denied 2>/dev/null >/etc/new || echo done'
	receive_console "$T/console" "$T/terminal"
	rt run --console-socket "$T/console" --bundle "$B" --detach "$TOKEN" 3>&-
	wait "$receiver"
	rt delete --force "$TOKEN"
	rm -f "$T/console"
	output=$(cat "$T/terminal")
	has to-tty "done"
	[ ! -e "$B/rootfs/etc/new" ]
}

@test "matrix: a shell and its terminal" {
	config '.process.terminal = true'
	under_both terminal
}

# As Podman does it for --init: a bind mount of the program.
@test "matrix: an init program that is a mount" {
	command -v catatonit >/dev/null || skip "catatonit is not installed"
	config '.mounts += [{destination: "/run/init", type: "bind", source: $path, options: ["bind", "ro"]}]' \
		--arg path "$(command -v catatonit)"
	config '.process.args = $words' --argjson words "$(jq -nc '$ARGS.positional' --args -- \
		/run/init -- /bin/payload "${tries[@]}")"
	# A mount is never executed by itself.
	policy default
	run ! rt run --bundle "$B" "$TOKEN"
	matches "exec /run/init.*Permission denied" "hint: .*execute and read_file"
	rt delete --force "$TOKEN" 2>/dev/null || true
	policy default,rx=/run/init
	run -0 rt run --bundle "$B" "$TOKEN"
	as_expected
	policy "$(jq -c '.pathBeneath += [{parent: ["/run/init"], allowedAccess: ["execute", "read_file"]}]' <<<"$small")"
	run -0 rt run --bundle "$B" "$TOKEN"
	as_expected
}

# dynamic_root PROGRAM: with its loader, and its libraries elsewhere.
dynamic_root() {
	local file
	cp "$1" "$B/rootfs/bin/dynamic"
	loader=$(file_interpreter "$1")
	mkdir -p "$B/rootfs$(dirname "$loader")" "$B/rootfs/libraries"
	cp "$loader" "$B/rootfs$loader"
	for file in $(ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p'); do cp "$file" "$B/rootfs/libraries/"; done
	config '.process.env += ["LD_LIBRARY_PATH=/libraries"]'
}

file_interpreter() {
	LC_ALL=C readelf -l "$1" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p'
}

runs_dynamic() {
	args /bin/dynamic "$@"
	run -0 rt run --bundle "$B" "$TOKEN"
	printf '#!/bin/dynamic\n' >"$B/rootfs/bin/script"
	chmod 755 "$B/rootfs/bin/script"
	args /bin/script
	run -0 rt run --bundle "$B" "$TOKEN"
}

# The loader is executed, libraries are only read (docs/landlock.md, "Traps").
loader_policy() {
	policy "$(jq -c '.pathBeneath += [{parent: ["/libraries"], allowedAccess: ["read_file"]},
		{parent: [$loader], allowedAccess: $rights}]' --arg loader "$loader" --argjson rights "$1" \
		<<<"${small/\"\/bin\", \"\/lib\"/\"\/bin\"}")"
}

loaders() {
	policy default,ro=/libraries
	runs_dynamic
	loader_policy '["execute", "read_file"]'
	runs_dynamic
	loader_policy '["read_file"]'
	args /bin/dynamic
	run ! rt run --bundle "$B" "$TOKEN"
	matches "exec /bin/dynamic.*Permission denied" "hint: .*its loader"
}

@test "matrix: programs of glibc and scripts: the loader is executed, libraries are read" {
	command -v readelf >/dev/null || skip "readelf is not installed"
	[ -n "$(file_interpreter "$(type -P true)")" ] || skip "this machine's programs are not dynamic ones"
	dynamic_root "$(type -P true)"
	loaders
}

@test "matrix: programs of musl and scripts" {
	command -v musl-gcc >/dev/null || skip "musl-gcc is not installed"
	echo 'int main(void) { return 0; }' >"$T/program.c"
	musl-gcc -o "$T/program" "$T/program.c"
	dynamic_root "$T/program"
	loaders
}

# minimal RIGHT...: for the program; there is no other rule.
minimal() {
	policy "$(jq -nc '{abi: 1, ruleset: [{handledAccessFs: ["abi.all"]}],
		pathBeneath: [{parent: ["/bin/payload"], allowedAccess: $ARGS.positional}]}' --args "$@")"
}

@test "matrix: what the runtime itself does needs no rule: filter, closed folders, streams, cwd" {
	# execve(2) reads what it executes.
	minimal execute
	args /bin/payload exit 0
	run ! rt run --bundle "$B" "$TOKEN"
	matches "Permission denied" "hint: .*execute and read_file"
	minimal execute read_file
	mkdir "$B/rootfs/home"
	give_to 1000:1000 "$B/rootfs/home"
	as_owner chmod 700 "$B/rootfs/home"
	config '.process.cwd = "/home" | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}'
	payload cwd seccomp try-mkdir new try-read /etc/passwd try-list /
	has cwd=/home seccomp=2 "try-mkdir new=ENOSYS" "try-read /etc/passwd=EACCES" "try-list /=EACCES"
}

@test "matrix: relative rules start at a working directory that the runtime has made" {
	config '.process.cwd = "/made/here"'
	policy "$(jq -c '.pathBeneath += [{parent: ["."], allowedAccess: ["abi.read_write"]}]' <<<"$small")"
	payload cwd try-write new try-write /made/new try-write /proc/self/fd/1
	matches "try-write /proc/self/fd/1=ok$" # a pipe has no path
	has cwd=/made/here "try-write new=ok" "try-write /made/new=EACCES"
}

@test "matrix: at start a rule is about what was there at create, whatever its name is now" {
	echo old >"$B/rootfs/etc/renewed"
	mkdir "$B/rootfs/data"
	policy "$(jq -c '.pathBeneath += [{parent: ["/etc/renewed"], allowedAccess: ["read_file", "write_file"]},
		{parent: ["/data"], allowedAccess: ["abi.read_write"]}]' <<<"$small")"
	args /bin/payload try-write /etc/renewed try-write /data/new try-write /moved/new signal-wait
	create
	echo new >"$B/rootfs/etc/renewed.new"
	mv "$B/rootfs/etc/renewed.new" "$B/rootfs/etc/renewed"
	mv "$B/rootfs/data" "$B/rootfs/moved"
	mkdir "$B/rootfs/data"
	rt start "$TOKEN"
	wait_line "$OUT" ready
	output=$(cat "$OUT")
	has "try-write /etc/renewed=EACCES" "try-write /data/new=EACCES" "try-write /moved/new=ok"
}
