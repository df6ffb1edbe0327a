#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The annotation nucleus.landlock: what a payload that really tries can and can't do under it. On a
# kernel that does not know all rights the policies are tested with best-effort.

load ../lib/helpers
load ../lib/landlock

@test "no annotation, and off: nothing is denied" {
	payload try-write /etc/new try-drop-exec /bin/payload /tmp/dropped try-mkdir /anywhere
	has "try-write /etc/new=ok" "try-drop-exec /bin/payload /tmp/dropped=ok" "try-mkdir /anywhere=ok"
	policy off
	payload try-write /etc/new2 try-exec /tmp/dropped
	has "try-write /etc/new2=ok" "try-exec /tmp/dropped=ok"
}

@test "default: programs run, files are read and listed" {
	policy default
	payload try-exec /bin/payload try-read /etc/passwd try-list / try-list /etc try-read /bin/payload
	has "try-exec /bin/payload=ok" "try-read /etc/passwd=ok" "try-list /=ok" "try-list /etc=ok" \
		"try-read /bin/payload=ok"
}

@test "default: no write outside of /tmp and /dev/shm" {
	policy default
	mkdir "$B/rootfs/srv"
	touch "$B/rootfs/etc/there"
	payload try-write /etc/new try-write /etc/there try-truncate /etc/there try-unlink /etc/there \
		try-mkdir /etc/dir try-mkdir /dir try-write /bin/busybox try-write /usr/file \
		try-write /srv/file try-write /root/file try-symlink /tmp /etc/link try-rename /etc/there /tmp/there
	has "try-write /etc/new=EACCES" "try-write /etc/there=EACCES" \
		"try-unlink /etc/there=EACCES" "try-mkdir /etc/dir=EACCES" "try-mkdir /dir=EACCES" \
		"try-write /bin/busybox=EACCES" "try-write /usr/file=EACCES" "try-write /srv/file=EACCES" \
		"try-write /root/file=EACCES" "try-symlink /tmp /etc/link=EACCES"
	lacks "try-rename .*=ok"
	[ "$ABI" -lt 3 ] || has "try-truncate /etc/there=EACCES"
	[ -e "$B/rootfs/etc/there" ]
	[ ! -e "$B/rootfs/etc/new" ]
}

@test "default: /tmp and /dev/shm can be used, but nothing in them executed" {
	policy default
	payload try-write /tmp/file try-mkdir /tmp/dir try-rename /tmp/file /tmp/dir/file \
		try-unlink /tmp/dir/file try-write /dev/shm/file try-drop-exec /bin/payload /tmp/dropped \
		try-drop-exec /bin/payload /dev/shm/dropped
	has "try-write /tmp/file=ok" "try-mkdir /tmp/dir=ok" "try-rename /tmp/file /tmp/dir/file=ok" \
		"try-unlink /tmp/dir/file=ok" "try-write /dev/shm/file=ok" \
		"try-drop-exec /bin/payload /tmp/dropped=EACCES" \
		"try-drop-exec /bin/payload /dev/shm/dropped=EACCES"
	[ -x "$B/rootfs/tmp/dropped" ]
}

@test "default: the devices that every program needs" {
	policy default
	payload try-open-dev /dev/null try-open-dev /dev/zero try-open-dev /dev/full \
		try-open-dev /dev/urandom try-mkdir /dev/dir try-write /dev/file
	has "try-open-dev /dev/null=ok" "try-open-dev /dev/zero=ok" "try-open-dev /dev/full=ok" \
		"try-open-dev /dev/urandom=ok" "try-mkdir /dev/dir=EACCES" "try-write /dev/file=EACCES"
	args /bin/sh -c 'echo lost 2>/dev/null >/dev/null; echo kept'
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	[ "$output" = kept ]
}

@test "default: /proc is not written" {
	policy default
	payload try-write /proc/self/comm try-read /proc/self/status
	has "try-write /proc/self/comm=EACCES" "try-read /proc/self/status=ok"
}

@test "default: a hard link or rename is no way to execute what was written" {
	policy default
	cp "$PAYLOAD" "$B/rootfs/tmp/there"
	payload try-link /tmp/there /bin/there try-rename /tmp/there /bin/there try-exec /tmp/there
	lacks "try-link .*=ok" "try-rename .*=ok"
	has "try-exec /tmp/there=EACCES"
}

@test "default: the mount tree can't be changed, CAP_SYS_ADMIN or not" {
	policy default
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	payload try-mount /tmp try-umount /dev/shm try-remount-rw /proc
	has "try-mount /tmp=EPERM" "try-umount /dev/shm=EPERM" "try-remount-rw /proc=EPERM"
}

@test "default with noNewPrivileges false: enforced just the same" {
	policy default
	config '.process.noNewPrivileges = false'
	payload nnp try-write /etc/new try-write /tmp/new try-drop-exec /bin/payload /tmp/dropped
	has nnp=0 "try-write /etc/new=EACCES" "try-write /tmp/new=ok" \
		"try-drop-exec /bin/payload /tmp/dropped=EACCES"
}

@test "default as a user who is not root" {
	policy default
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
	chmod 777 "$B/rootfs/etc"
	payload ids try-write /etc/new try-write /tmp/new
	has uid=1000,1000,1000 "try-write /etc/new=EACCES" "try-write /tmp/new=ok"
}

@test "default with a seccomp filter and a user namespace" {
	policy default
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}'
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	payload try-mkdir /tmp/dir try-write /etc/new try-write /tmp/new
	has "try-mkdir /tmp/dir=ENOSYS" "try-write /etc/new=EACCES" "try-write /tmp/new=ok"
}

@test "children are confined like their parent" {
	policy default
	args /bin/sh -c '(/bin/payload try-write /etc/new) ; /bin/sh -c "/bin/payload try-write /etc/new"'
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	[ "$output" = $'try-write /etc/new=EACCES\ntry-write /etc/new=EACCES' ]
}

@test "rw=PATH adds read and write, but no execution" {
	mkdir "$B/rootfs/data"
	policy default,rw=/data
	payload try-write /data/file try-drop-exec /bin/payload /data/dropped try-read /data/file try-write /var/file
	has "try-write /data/file=ok" "try-drop-exec /bin/payload /data/dropped=EACCES" \
		"try-read /data/file=ok" "try-write /var/file=EACCES"
}

@test "ro=PATH adds reading, rx=PATH reading and execution" {
	mkdir "$B/rootfs/data" "$B/rootfs/opt"
	echo text >"$B/rootfs/data/file"
	cp "$PAYLOAD" "$B/rootfs/opt/program"
	payload try-read /data/file
	policy default
	payload try-read /data/file try-exec /opt/program
	has "try-read /data/file=EACCES" "try-exec /opt/program=EACCES"
	policy default,ro=/data,rx=/opt
	payload try-read /data/file try-write /data/file try-exec /opt/program try-write /opt/program
	has "try-read /data/file=ok" "try-write /data/file=EACCES" "try-exec /opt/program=ok" \
		"try-write /opt/program=EACCES"
}

@test "a volume is written at its destination, a read-only one is not" {
	mkdir -p "$T/volume" "$T/fixed"
	echo text >"$T/fixed/file"
	config '.mounts += [
		{destination: "/volume", type: "bind", source: "\($t)/volume", options: ["rbind", "rw"]},
		{destination: "/fixed", type: "bind", source: "\($t)/fixed", options: ["rbind", "ro"]}]' --arg t "$T"
	policy default
	payload try-write /volume/file try-drop-exec /bin/payload /volume/dropped try-read /fixed/file \
		try-write /fixed/file
	has "try-write /volume/file=ok" "try-drop-exec /bin/payload /volume/dropped=EACCES" \
		"try-read /fixed/file=ok"
	matches "try-write /fixed/file=(EACCES|EROFS)"
	[ -s "$T/volume/file" ]
}

@test "an inline document: its rules, and no others" {
	policy '{"abi": 3, "pathBeneath": [
		{"allowedAccess": ["abi.read_execute"], "parent": ["/bin"]},
		{"allowedAccess": ["abi.read_write"], "parent": ["/tmp"]}]}'
	payload try-exec /bin/payload try-read /etc/passwd try-write /tmp/file try-list /
	has "try-exec /bin/payload=ok" "try-read /etc/passwd=EACCES" "try-write /tmp/file=ok" "try-list /=EACCES"
}

@test "an inline document: ports" {
	need_abi 4 "rules for ports"
	policy '{"abi": 4, "netPort": [{"allowedAccess": ["bind_tcp"], "port": [8080]}],
		"ruleset": [{"handledAccessNet": ["bind_tcp", "connect_tcp"]}]}'
	payload try-bind 8080 try-bind 8081 try-connect 8080
	has "try-bind 8080=ok" "try-bind 8081=EACCES" "try-connect 8080=EACCES"
}

@test "an inline document: scopes" {
	need_abi 6 "scopes"
	config '.linux.namespaces |= map(select(.type != "pid" and .type != "network"))'
	payload try-signal "$$" try-abstract "$TOKEN-nobody"
	has "try-abstract $TOKEN-nobody=ECONNREFUSED"
	lacks "try-signal .*=ESRCH"
	policy '{"abi": 6, "ruleset": [{"scoped": ["signal", "abstract_unix_socket"]}]}'
	payload try-signal "$$"
	has "try-signal $$=EPERM"
}

@test "base default: a document adds to the built-in policy" {
	mkdir "$B/rootfs/data"
	policy '{"abi": 5, "nucleus": {"base": "default"},
		"pathBeneath": [{"allowedAccess": ["abi.read_write"], "parent": ["/data"]}]}'
	payload try-write /data/file try-write /tmp/file try-write /etc/file try-exec /bin/payload
	has "try-write /data/file=ok" "try-write /tmp/file=ok" "try-write /etc/file=EACCES" \
		"try-exec /bin/payload=ok"
}

@test "variables: each literal, every combination" {
	mkdir -p "$B/rootfs/a/x" "$B/rootfs/a/y" "$B/rootfs/b/x" "$B/rootfs/b/y"
	policy '{"abi": 3, "variable": [{"name": "top", "literal": ["/a", "/b"]}, {"name": "low", "literal": ["x"]}],
		"pathBeneath": [{"allowedAccess": ["abi.read_execute"], "parent": ["/bin"]},
			{"allowedAccess": ["abi.read_write"], "parent": ["${top}/${low}"]}]}'
	payload try-write /a/x/f try-write /b/x/f try-write /a/y/f
	has "try-write /a/x/f=ok" "try-write /b/x/f=ok" "try-write /a/y/f=EACCES"
}

@test "file: a document on the host, relative to the bundle" {
	echo '{"abi": 3, "pathBeneath": [{"allowedAccess": ["abi.read_execute"], "parent": ["/bin"]}]}' \
		>"$B/policy.json"
	chmod 644 "$B/policy.json"
	policy file:policy.json
	payload try-read /etc/passwd
	has "try-read /etc/passwd=EACCES"
	policy "file:$B/policy.json"
	payload try-read /etc/passwd
	has "try-read /etc/passwd=EACCES"
}

@test "file: one that others may write, that is missing or no file is refused" {
	echo '{"abi": 3}' >"$B/policy.json"
	chmod 666 "$B/policy.json"
	policy file:policy.json
	refused_create "nucleus.landlock.*policy.json"
	chmod 644 "$B/policy.json"
	give_to 112345:112345 "$B/policy.json"
	refused_create "nucleus.landlock.*policy.json"
	policy file:missing.json
	refused_create "nucleus.landlock.*missing.json"
	policy file:rootfs
	refused_create "nucleus.landlock.*rootfs"
}

@test "a symlink in a rule's path does not leave the root" {
	mkdir "$T/outside"
	ln -s ../../../../../../../.."$T/outside" "$B/rootfs/escape"
	mkdir -p "$B/rootfs$T/outside"
	policy 'default,rw=/escape'
	payload try-write "$T/outside/file"
	has "try-write $T/outside/file=ok"
	[ -e "$B/rootfs$T/outside/file" ]
	[ ! -e "$T/outside/file" ]
}

@test "bad annotations fail at create, with the place, and leave nothing" {
	policy defualt
	refused_create "nucleus.landlock"
	policy default,rw=relative
	refused_create "nucleus.landlock.*relative"
	policy default,wx=/tmp
	refused_create "nucleus.landlock.*wx"
	policy default,min-abi=x
	refused_create "nucleus.landlock.*min-abi"
	policy '{"abi": 3, "pathBeneath": ['
	refused_create "nucleus.landlock"
	policy '{"abi": 3, "pathBeneath": [{"allowedAccess": ["fly"], "parent": ["/bin"]}]}'
	refused_create "nucleus.landlock.*fly"
	policy '{"abi": 3, "pathsBeneath": []}'
	refused_create "nucleus.landlock.*pathsBeneath"
	policy ''
	refused_create "nucleus.landlock"
}

@test "an unknown annotation of ours is an error, one of others is not" {
	config '.annotations["nucleus.landlok"] = "default"'
	refused_create "nucleus.landlok"
	config '.annotations = {"org.example.landlock": "default"}'
	payload try-write /etc/new
	has "try-write /etc/new=ok"
}

@test "a rule's path that does not exist: an error of a document, skipped if it says so" {
	policy '{"abi": 3, "pathBeneath": [{"allowedAccess": ["read_file"], "parent": ["/no/such"]}]}'
	refused_create "/no/such does not exist"
	# The rule is looked up while the pid file is written: that is taken back.
	refused "/no/such does not exist" rt create --pid-file "$T/pid" --bundle "$B" "$TOKEN"
	[ ! -e "$T/pid" ]
	refused "/no/such does not exist" rt run --pid-file "$T/pid" --bundle "$B" "$TOKEN"
	[ ! -e "$T/pid" ]
	nothing_left
	policy '{"abi": 3, "nucleus": {"missingPath": "skip"}, "pathBeneath": [
		{"allowedAccess": ["read_file"], "parent": ["/no/such"]},
		{"allowedAccess": ["abi.read_execute"], "parent": ["/bin"]}]}'
	payload try-read /etc/passwd
	has "try-read /etc/passwd=EACCES"
}

@test "strict: a right that the kernel does not know fails at create; best effort drops it" {
	policy '{"abi": 3, "nucleus": {"enforcement": "strict"}, "pathBeneath": [
		{"allowedAccess": ["abi.read_execute"], "parent": ["/bin"]},
		{"allowedAccess": [4611686018427387904], "parent": ["/tmp"]}]}'
	refused_create "ABI"
	policy '{"abi": 3, "nucleus": {"enforcement": "best-effort"}, "pathBeneath": [
		{"allowedAccess": ["abi.read_execute"], "parent": ["/bin"]},
		{"allowedAccess": [4611686018427387904], "parent": ["/tmp"]}]}'
	args /bin/payload try-read /etc/passwd sleep
	create_and_start "try-read /etc/passwd=EACCES"
	[ "$(outcome status)" = partially-enforced ]
	[ "$(outcome 'dropped | length')" -gt 0 ]
}

@test "min-abi beyond the kernel's is refused, also under best effort" {
	policy default,best-effort,min-abi=1000
	refused_create "ABI.*1000|1000.*ABI|abi.*1000"
}

@test "the outcome is in the state" {
	need_abi $all_rights "all of the built-in policy"
	policy default
	args /bin/payload signal-wait
	create
	create_abi=$(outcome abi)
	rt start "$TOKEN"
	[ "$(outcome status)" = fully-enforced ]
	[ "$create_abi" -ge 5 ]
	[ "$(outcome abi)" = "$create_abi" ]
	[ "$(outcome 'dropped | length')" = 0 ]
}

@test "a kernel that does not know all of the built-in policy: strict says which, best-effort the state" {
	[ "$ABI" -lt $all_rights ] || skip "this kernel knows all of it"
	config '.annotations["nucleus.landlock"] = "default"'
	refused_create "Landlock ABI $ABI does not know .*ioctl_dev; the policy needs ABI $all_rights"
	policy default,best-effort
	args /bin/payload try-write /etc/new try-write /tmp/new sleep
	create_and_start "try-write /tmp/new=ok"
	wait_line "$OUT" "try-write /etc/new=EACCES"
	[ "$(outcome status)" = partially-enforced ]
	[ "$(outcome abi)" = "$ABI" ]
	[ "$(outcome 'dropped | contains(["ioctl_dev"])')" = true ]
	[ "$ABI" -ge 3 ] || [ "$(outcome 'dropped | contains(["truncate"])')" = true ]
}

@test "without Landlock: a policy is refused, with the way to switch it on" {
	config '.annotations["nucleus.landlock"] = "default"'
	refused_create "no Landlock, or it is not enabled.*lsm="
	policy '{"abi": 1, "nucleus": {"enforcement": "strict"},
		"pathBeneath": [{"allowedAccess": ["abi.read_execute"], "parent": ["/bin"]}]}'
	refused_create "no Landlock, or it is not enabled"
	policy default,best-effort,min-abi=1
	refused_create "ABI"
}

@test "without Landlock: best-effort warns, and the state says that nothing is enforced" {
	policy default,best-effort
	args /bin/payload try-write /etc/new sleep
	create_and_start "try-write /etc/new=ok"
	grep -F "no Landlock, or it is not enabled" "$ERR"
	[ "$(outcome status)" = not-enforced ]
}

@test "without Landlock: off and no annotation say nothing" {
	payload try-write /etc/new
	[ "$output" = "try-write /etc/new=ok" ]
	policy off
	payload try-write /etc/new
	[ "$output" = "try-write /etc/new=ok" ]
}

@test "hooks and the runtime's own side are not confined" {
	policy default
	cat >"$T/hook" <<-EOF
		#!/bin/sh
		cat >/dev/null
		echo "\$1" >>"$T/hooks-ran"
	EOF
	chmod 755 "$T/hook"
	config '.hooks = ({} | .createRuntime = [{path: $hook, args: ["hook", "createRuntime"]}]
		| .createContainer = [{path: $hook, args: ["hook", "createContainer"]}]
		| .poststart = [{path: $hook, args: ["hook", "poststart"]}]
		| .poststop = [{path: $hook, args: ["hook", "poststop"]}])' --arg hook "$T/hook"
	payload try-write /etc/new
	has "try-write /etc/new=EACCES"
	[ "$(tr '\n' ' ' <"$T/hooks-ran")" = "createRuntime createContainer poststart poststop " ]
}

@test "startContainer hooks run before the restriction" {
	policy default
	printf '#!/bin/sh\ncat >/dev/null\necho done >/etc/by-hook\n' >"$B/rootfs/bin/hook"
	chmod 755 "$B/rootfs/bin/hook"
	config '.hooks.startContainer = [{path: "/bin/hook"}]'
	payload try-write /etc/by-hook
	has "try-write /etc/by-hook=EACCES"
	[ "$(cat "$B/rootfs/etc/by-hook")" = "done" ]
}

@test "mounts: auto: exec may read where the socket of NOTIFY_SOCKET lies, too, and is not given it" {
	policy default
	echo text >"$B/rootfs/root/file"
	args /bin/payload try-read /run/notify/file try-read /root/file signal-wait
	NOTIFY_SOCKET=@nucleus-$TOKEN rt create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	echo text >"$R/$TOKEN/notify/file"
	env -u NOTIFY_SOCKET "$NUCLEUS_OCI" --root "$R" start "$TOKEN"
	wait_line "$OUT" ready
	run -0 rt exec "$TOKEN" /bin/payload try-read /run/notify/file try-read /root/file
	diff <(head -n 2 "$OUT") - <<<"$output"
	has "try-read /run/notify/file=ok" "try-read /root/file=EACCES"
	run -0 rt exec "$TOKEN" /bin/payload env
	lacks NOTIFY_SOCKET
}
