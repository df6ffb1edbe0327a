#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Bad input: one clear line on standard error that says where, exit code 1, nothing left behind.

load ../lib/helpers

extra_setup() {
	args /bin/payload hostname
}

extra_teardown() {
	if mountpoint -q "$R"; then
		umount "$R"
		rmdir "$R"
	fi
}

# The log as JSON says the kind.
kind_is() {
	ours_only "the key kind"
	run -1 rt --log "$T/log" --log-format json create --bundle "$B" "$TOKEN"
	[ "$(wc -l <"$T/log")" = 1 ]
	[ "$(jq -r .kind "$T/log")" = "$1" ] || { cat "$T/log"; return 1; }
	rm "$T/log"
}

raw_config() {
	cat >"$B/config.json"
}

# ---- config.json ----------------------------------------------------------------------------------------

@test "config.json is missing" {
	rm "$B/config.json"
	refused_create "config.json"
	kind_is not-found
}

@test "config.json is a directory, a fifo" {
	rm "$B/config.json"
	mkdir "$B/config.json"
	refused_create "config.json|is a directory"
	rmdir "$B/config.json"
	mkfifo "$B/config.json"
	ours_only "refusing a fifo"
	refused_create "config.json"
}

@test "config.json is empty" {
	raw_config </dev/null
	refused_create "config.json|EOF"
	kind_is config
}

@test "config.json is truncated" {
	head -c 300 "$B/config.json" >"$T/cut"
	raw_config <"$T/cut"
	refused_create "config.json|unexpected EOF"
	kind_is config
}

@test "config.json has something after its end" {
	echo '{}' >>"$B/config.json"
	ours_only "strict JSON"
	refused_create "config.json"
}

@test "config.json is 100 MiB long: refused before it is read" {
	ours_only "a bound on the size"
	truncate -s 100M "$B/config.json"
	refused_create "config.json"
	config_of_spaces
	refused_create "config.json.*(large|big|long|MiB|bytes)"
}

# One that is valid JSON of 100 MiB.
config_of_spaces() {
	base_config >"$B/config.json"
	head -c 104857600 /dev/zero | tr '\0' ' ' >>"$B/config.json"
}

@test "config.json is not UTF-8" {
	ours_only "strict UTF-8"
	sed -i 's/inside/ins\xffde/' "$B/config.json"
	refused_create "UTF-?8"
	kind_is config
}

@test "config.json is nested deeply" {
	{ printf '{"annotations": '; head -c 100000 /dev/zero | tr '\0' '['; } | raw_config
	refused_create "config.json|deep|nest|depth"
	{ head -c 100000 /dev/zero | tr '\0' '['; head -c 100000 /dev/zero | tr '\0' ']'; } | raw_config
	refused_create "config.json|deep|nest|depth|json"
}

@test "config.json has a key twice" {
	ours_only "refusing duplicate keys"
	sed -i 's/"hostname":/"hostname": "first",\n&/' "$B/config.json"
	refused_create "hostname: .*more than once"
}

@test "a number where a string belongs, a string where a number belongs" {
	config '.hostname = 5'
	refused_create "hostname"
	config '.hostname = "ok" | .process.user.uid = "root"'
	refused_create "uid"
	config '.process.user.uid = 0 | .process.args = "payload"'
	refused_create "args"
	config '.process.args = [1]'
	refused_create "args"
	kind_is config
}

@test "numbers that do not fit" {
	config '.process.user.uid = 4294967296'
	refused_create "uid"
	config '.process.user.uid = -1'
	refused_create "uid"
	config '.process.user.uid = 1.5'
	refused_create "uid"
	ours_only "what jq writes"
	config '.process.user.uid = 0 | .linux.resources.pids.limit = 1e300'
	refused_create "limit"
}

# fields: ociVersion
@test "an ociVersion that is too old, too new, missing, no version" {
	ours_only "checking ociVersion"
	local version
	for version in '"0.5.0"' '"2.0.0"' '"one"' '""' 1 null; do
		config ".ociVersion = $version"
		refused_create "ociVersion"
	done
	config 'del(.ociVersion)'
	refused_create "ociVersion"
	config '.ociVersion = "1.0.2-dev"'
	payload hostname
}

@test "every problem of a configuration has its place" {
	ours_only "validate"
	config '.mounts[1] = {destination: "/mnt", type: "bind", source: "/", options: ["bind", "nosuchoption"]} | .process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 1, hard: 1}]
		| .linux.namespaces += [{type: "nosuch"}] | .hostname = 5'
	run -1 rt validate "$B"
	matches "mounts\[1\].*nosuchoption" "process.rlimits\[0\].*RLIMIT_NOSUCH" "linux.namespaces\[[56]\].*nosuch" "hostname"
	refused_create "nosuchoption|RLIMIT_NOSUCH|nosuch|hostname"
}

@test "a namespace listed twice, a mapping without a user namespace" {
	config '.linux.namespaces += [{type: "pid"}]'
	refused_create "namespace|duplicated ns"
	ours_only "refusing the mapping"
	config '.linux.namespaces |= unique | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]'
	refused_create "user namespace|uidMappings"
}

# ---- root and args ----------------------------------------------------------------------------------------

@test "the root is missing" {
	config '.root.path = "nowhere"'
	refused_create "nowhere"
	kind_is not-found
}

@test "the root is a file" {
	config '.root.path = "config.json"'
	refused_create "config.json|not a directory"
}

@test "root.path is missing or empty" {
	if is_ours; then
		config '.root.path = ""'
		refused_create "root"
	fi
	ours_only "naming the root"
	config 'del(.root.path)'
	refused_create "root"
	config 'del(.root)'
	refused_create "root"
}

@test "the root is a symlink out of the bundle" {
	ours_only "an opinion on this"
	mv "$B/rootfs" "$T/elsewhere"
	ln -s "$T/elsewhere" "$B/rootfs"
	refused_create "rootfs"
	[ -x "$T/elsewhere/bin/payload" ]
}

@test "args empty, with an empty word" {
	config '.process.args = []'
	refused_create "args"
	config '.process.args = [""]'
	refused_create 'args|executable file not found|[Nn]o such file'
}

@test "process missing, args missing: there is nothing to start" {
	ours_only "create without a process, which config.md allows"
	config 'del(.process.args)'
	create
	grep -q "process.args" "$ERR"
	[ "$(status_of)" = created ]
	refused "process.args" rt start "$TOKEN"
	rt delete --force "$TOKEN"
	config 'del(.process)'
	create
	refused "no process to start" rt start "$TOKEN"
	# As if it had never been tried (runtime.md, "Errors").
	[ "$(status_of)" = created ]
	refused "no process to start" rt start "$TOKEN"
	rt delete "$TOKEN"
	refused "no process to start" rt run --bundle "$B" "$TOKEN"
	nothing_left
}

@test "a program that is not executable, not there, or behind a file" {
	args /etc/passwd
	refused_create "/etc/passwd.*[Pp]ermission denied"
	args /bin/nothing
	refused_create "/bin/nothing.*[Nn]o such file"
	args /etc/passwd/program
	refused_create "/etc/passwd/program.*[Nn]ot a directory"
}

@test "a cwd that is relative, missing, or a file" {
	config '.process.cwd = "tmp"'
	refused_create "[Cc]wd"
	config '.process.cwd = "/etc/passwd"'
	refused_create "cwd|/etc/passwd"
	config '.process.cwd = ""'
	refused_create "[Cc]wd"
}

@test "a NUL or no equals sign in env" {
	ours_only "checking env"
	config '.process.env += ["A=b\u0000c"]'
	refused_create "process.env\[2\]"
	config '.process.env = ["NOVALUE"]'
	refused_create "process.env\[0\]"
	config '.process.env = ["=secret-value"]'
	refused_create "process.env\[0\]"
	lacks secret-value
}

# ---- ids --------------------------------------------------------------------------------------------------

@test "ids: with a slash, dots, empty, 5000 characters, strange ones" {
	local id long
	printf -v long '%05000d' 0
	for id in "../$TOKEN" "a/b" ".." "." "$long" "a b" $'a\nb' "ä" "a:b" '*'; do
		refused "invalid container ID format|[Ff]ile name too long|id" rt create --bundle "$B" "$id"
	done
	refused "invalid container ID format|container id cannot be empty" rt create --bundle "$B" ""
	if is_ours; then refused "invalid container ID format" rt state "../$TOKEN"; fi
	if is_ours; then refused "invalid container ID format" rt delete --force ".."; fi
	[ "${#output}" -lt 1000 ]
	nothing_left
}

# ---- mounts -----------------------------------------------------------------------------------------------

@test "a mount over /" {
	config '.mounts += [{destination: "/", type: "tmpfs", source: "tmpfs"}]'
	ours_only "refusing a mount over /"
	refused_create 'mounts\[4\]'
	config '.mounts[4].destination = "/tmp/.."'
	refused_create 'mounts\[4\]'
}

@test "a mount's source that does not exist" {
	config '.mounts += [{destination: "/mnt", type: "bind", source: "/no/such/source", options: ["bind"]}]'
	refused_create "/no/such/source"
	[ ! -e /no ]
}

@test "a file on a directory, a directory on a file" {
	mkdir "$T/dir"
	config '.mounts += [{destination: "/etc/passwd", type: "bind", source: $source, options: ["bind"]}]' --arg source "$T/dir"
	refused_create "/etc/passwd"
	config '.mounts[4] = {destination: "/mnt", type: "bind", source: "/etc/hostname", options: ["bind"]}'
	refused_create "/mnt"
}

@test "a mount over a symlink that leaves the root lands inside" {
	mkdir "$T/outside" "$T/source"
	touch "$T/source/mounted"
	ln -s "../../outside" "$B/rootfs/escape"
	config '.mounts += [{destination: "/escape/sub", type: "bind", source: $source, options: ["bind"]}]' --arg source "$T/source"
	args /bin/payload stat /outside/sub/mounted
	run rt run --bundle "$B" "$TOKEN"
	# Either refused or inside; never out of the root.
	[ -z "$(ls -A "$T/outside")" ]
	[ "$status" = 1 ] || has "stat /outside/sub/mounted=ok"
	nothing_left
}

@test "a filesystem type, an option that nobody knows" {
	config '.mounts += [{destination: "/mnt", type: "nosuchfs", source: "x"}]'
	refused_create "nosuchfs|mounts\[4\]|/mnt"
	config '.mounts[4] = {destination: "/mnt", type: "tmpfs", source: "x", options: ["size=many"]}'
	refused_create "size|mounts\[4\]|/mnt"
	ours_only "a mount option's place"
	config '.mounts[4].options = ["rnosuchthing"]'
	refused_create 'mounts\[4\].*rnosuchthing'
}

# ---- the state directory -------------------------------------------------------------------------------------

@test "a damaged state.json: every verb says so, delete --force removes the container" {
	ours_only "our state's names"
	args /bin/payload sleep
	create
	echo '{"half' >"$R/$TOKEN/state.json"
	for verb in state start kill delete; do
		refused "$TOKEN" rt "$verb" "$TOKEN"
	done
	run -0 rt delete --force "$TOKEN"
	nothing_left
}

@test "a damaged container does not hide the others from list" {
	ours_only "our state's names"
	args /bin/payload sleep
	create
	mkdir "$R/broken"
	echo garbage >"$R/broken/state.json"
	run rt list -q
	matches "^$TOKEN$"
	rt delete --force broken
}

@test "a state root that is a file, that can't be made" {
	touch "$R"
	refused "$R|[Nn]ot a directory" rt create --bundle "$B" "$TOKEN"
	rm "$R"
	is_clean
	refused "[Nn]o such file|[Nn]ot a directory|[Rr]ead-only|ermitted|ermission" \
		"$NUCLEUS_OCI" --root /proc/no/such create --bundle "$B" "$TOKEN"
	nothing_left
}

@test "a state root that can't be written" {
	need_own_mounts
	mkdir "$R"
	mount -t tmpfs -o size=64k,mode=700 tmpfs "$R"
	mount -o remount,ro "$R"
	refused "[Rr]ead-only file system" rt create --bundle "$B" "$TOKEN"
	umount "$R"
	nothing_left
}

@test "a state root that is full" {
	need_own_mounts
	mkdir "$R"
	mount -t tmpfs -o size=16k,mode=700 tmpfs "$R"
	dd if=/dev/zero of="$R/ballast" bs=1k 2>/dev/null || true
	ours_only "naming the reason"
	refused "[Nn]o space left" rt create --bundle "$B" "$TOKEN"
	[ "$(ls "$R")" = ballast ]
	umount "$R"
	nothing_left
}

@test "the bundle is missing, a file, unreadable" {
	refused "no-bundle" rt create --bundle "$T/no-bundle" "$TOKEN"
	refused "passwd|[Nn]ot a directory" rt create --bundle "$B/rootfs/etc/passwd" "$TOKEN"
	mkfifo "$T/fifo"
	refused "fifo|[Nn]ot a directory" rt create --bundle "$T/fifo" "$TOKEN"
	nothing_left
}

# ---- options ----------------------------------------------------------------------------------------------

@test "options: unknown, without their argument, too many arguments, none" {
	ours_only "an error and nothing else of a usage error"
	refused "nosuch" rt create --nosuch "$TOKEN"
	refused "bundle" rt create "$TOKEN" --bundle
	# Other runtimes print the usage on standard output here, and so engines may expect it.
	run -1 --separate-stderr rt create
	# shellcheck disable=SC2154 # bats sets stderr
	[[ $output == Usage:*create* && $stderr == *argument* ]]
	run -1 --separate-stderr rt state a b
	[[ $output == Usage:*state* && $stderr == *argument* ]]
	nothing_left
}

@test "systemd's cgroups: refused where there is no systemd, or the build can't" {
	ours_only "--systemd-cgroup"
	! systemd_is_there || skip "systemd is there"
	config '.linux.cgroupsPath = ":sys:\($token)" | .linux.resources.pids.limit = 5' --arg token "$TOKEN"
	refused "systemd" rt --systemd-cgroup create --bundle "$B" "$TOKEN"
	nothing_left
}

@test "systemd's cgroups: without its manager a path of its form is refused" {
	ours_only "--systemd-cgroup"
	config '.linux.cgroupsPath = ":sys:\($token)"' --arg token "$TOKEN"
	refused "--systemd-cgroup" rt create --bundle "$B" "$TOKEN"
	nothing_left
}
