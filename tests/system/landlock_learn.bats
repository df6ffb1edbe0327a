#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# landlock learn: the policy that a run needs, and nothing more. That it is enough the verb proves
# itself; that it is the smallest is tried here, by taking away one right after the other.

load ../lib/helpers

extra_setup() {
	ours_only "landlock learn"
	ABI=$(rt features | jq -r '.annotations["nucleus.landlock.abi.kernel"] // "0"')
	[ "$ABI" -ge 1 ] || skip "this kernel has no Landlock: nothing can be proved"
	mkdir -p "$B"/rootfs/data/{in,out}
	printf '%s\n' '#!/bin/sh' 'echo script' >"$B/rootfs/bin/script"
	chmod 755 "$B/rootfs/bin/script"
	echo one >"$B/rootfs/data/conf"
	touch "$B"/rootfs/data/in/{a,b}
	POLICY=$T/policy
	cp -a "$B/rootfs" "$T/fresh"
}

# What earlier runs have left is not there.
afresh() {
	rm -rf "$B"/rootfs/{data,tmp,etc}
	cp -a "$T"/fresh/{data,tmp,etc} "$B/rootfs/"
}

need_abi() {
	[ "$ABI" -ge "$1" ] || skip "needs Landlock ABI $1, this kernel has $ABI: $2"
}

# learn [OPTION...] -- WORD...: leaves the policy in $POLICY, the container's output in $output.
learn() {
	run -0 --separate-stderr rt landlock learn --output "$POLICY" --force "$B" "$@"
	matches_stderr '^proved: '
}

matches_stderr() {
	grep -Eq -- "$1" <<<"$stderr" || { printf 'no "%s" in:\n%s\n' "$1" "$stderr"; return 1; }
}

# rights PATH: of its own rule, in the kernel's order.
rights() {
	jq -r --arg path "$1" '[.pathBeneath[] | select(any(.parent[]; . == $path)) | .allowedAccess[]] | join(" ")' "$POLICY"
}

is_right() {
	[ "$(rights "$1")" = "$2" ] || { echo "$1 has \"$(rights "$1")\", not \"$2\""; return 1; }
}

# under DOCUMENT: what the container says under it, and how it ends; twice, as what it has left is there then.
under() {
	local turn
	afresh
	config '.annotations["nucleus.landlock"] = $policy' --arg policy "$1"
	for turn in first second; do
		rt run --bundle "$B" "$TOKEN" 2>&1 3>&- && echo "$turn ended=0" || echo "$turn ended=$?"
	done
}

# Every document that lacks one right for one path or port of the policy, one a line.
smaller() {
	jq -c '. as $all
		| (.pathBeneath // [] | to_entries[] | .key as $i | .value.parent[] as $path | .value.allowedAccess[] as $right
			| $all | .pathBeneath[$i].parent -= [$path]
			| .pathBeneath += [{parent: [$path], allowedAccess: ($all.pathBeneath[$i].allowedAccess - [$right])}]),
		  (.netPort // [] | to_entries[] | .key as $i | .value.port[] as $port | .value.allowedAccess[] as $right
			| $all | .netPort[$i].port -= [$port]
			| .netPort += [{port: [$port], allowedAccess: ($all.netPort[$i].allowedAccess - [$right])}])
		| if .pathBeneath then .pathBeneath |= map(select(.parent != [] and .allowedAccess != [])) else . end
		| if .netPort then .netPort |= map(select(.port != [] and .allowedAccess != [])) else . end
		| if .netPort == [] then del(.netPort) else . end' "$POLICY"
}

# smallest WORD...: under the policy the container does the same, and without any of its rights not.
smallest() {
	local whole document less number=0
	args "$@"
	whole=$(under "$(cat "$POLICY")")
	while read -r document; do
		number=$((number + 1))
		less=$(under "$document")
		[ "$less" != "$whole" ] || { echo "not needed:"; diff <(jq . "$POLICY") <(jq . <<<"$document"); return 1; }
	done < <(smaller)
	[ "$number" -ge 2 ]
	echo "$number rights, none too much"
}

@test "files: each kind of call gets its right on its path, and none is too much" {
	need_abi 5 "with fewer rights the policy is another"
	local words=(/bin/payload try-write /data/conf try-read /data/conf try-truncate /data/conf
		try-mkdir /tmp/dir try-rmdir /tmp/dir try-symlink x /tmp/link try-fifo /tmp/fifo try-unlink /tmp/fifo
		try-write /data/out/made try-read /data/out/made try-unlink /data/out/made
		try-exchange /data/in/a /data/in/b try-bind-path /data/in/socket try-unlink /data/in/socket
		try-ftruncate /data/in/a try-list /etc try-unlink /tmp/link)
	learn -- "${words[@]}"
	lacks 'E[A-Z]+$'
	is_right /bin/payload "execute read_file"
	is_right /data/conf "write_file read_file truncate"
	is_right /tmp "remove_dir remove_file make_dir make_fifo make_sym"
	is_right /data/out "write_file read_file remove_file make_reg"
	is_right /etc read_dir
	is_right /data/in "remove_file make_reg make_sock"
	is_right /data/in/a ""
	is_right /data/in/b "write_file truncate"
	smallest "${words[@]}"
}

@test "renames and links between folders: refer, and what the kernel compares" {
	need_abi 5 "with fewer rights the policy is another"
	local words=(/bin/payload try-write /data/out/file try-rename /data/out/file /data/in/file
		try-read /data/in/file try-unlink /data/in/file try-link /data/conf /data/in/hard try-unlink /data/in/hard
		try-mkdir /data/in/dir try-rename /data/in/dir /data/out/dir try-rmdir /data/out/dir
		tmpfile-link /data/in /data/out/named try-unlink /data/out/named)
	learn -- "${words[@]}"
	lacks 'E[A-Z]+$'
	is_right /data refer
	# A file may not gain by getting a name where more is allowed.
	is_right /data/conf "write_file read_file"
	smallest "${words[@]}"
}

@test "a shell at work: programs, scripts, a file replaced by another of its name" {
	args /bin/sh -ec 'cat /data/conf; echo new >/data/new; mv /data/new /data/conf; cat /data/conf
		/bin/script; for i in 1 2 3; do (echo $i >/tmp/$i) & done; wait; cat /tmp/[123]; rm /tmp/[123]'
	learn
	has one new script 1 2 3
	# The new file has no rule of its own: the folder has.
	is_right /data/conf ""
	[[ $(rights /data) == *read_file*make_reg* ]]
	[[ $(rights /bin/script) == "execute read_file" ]]
	[[ $(rights /bin/busybox) == "execute read_file" ]]
	# With ">" a shell truncates only what is there: /tmp/1 was not.
	[[ $(rights /tmp) != *truncate* ]]
}

@test "what the run leaves is there the next time: truncated, and replaced" {
	need_abi 5 "with fewer rights the policy is another"
	local words=(/bin/sh -c 'echo 1 >/tmp/left; echo 2 >/data/out/gone; rm /data/out/gone
		echo 3 >/data/out/new; mv /data/out/new /data/in/target; echo 4 >>/etc/log; cat /tmp/left /data/in/target')
	learn -- "${words[@]}"
	[[ $stderr != *note:* ]]
	is_right /tmp "write_file read_file make_reg truncate"
	is_right /data/out "write_file read_file remove_file make_reg refer"
	[[ $(rights /data/in) == *remove_file*refer* ]]
	is_right /etc "write_file make_reg"
	smallest "${words[@]}"
}

@test "threads, and a program that one of them executes" {
	local words=(/bin/payload thread-create /data/out/made try-unlink /data/out/made thread-exec /bin/payload)
	learn -- "${words[@]}"
	has "thread-create /data/out/made=ok" "try-list /=ok"
	is_right /data/out "write_file remove_file make_reg"
	is_right / read_dir
	smallest "${words[@]}"
}

@test "TCP ports that are bound and connected to; a refused connection counts" {
	need_abi 4 "ports"
	learn -- /bin/payload try-bind 8080 try-bind 0 try-connect 9090
	[ "$(jq -c '[.netPort[] | [.allowedAccess, .port]]' "$POLICY")" = '[[["bind_tcp"],[0,8080]],[["connect_tcp"],[9090]]]' ]
	smallest /bin/payload try-bind 8080 try-bind 0 try-connect 9090
}

@test "UDP ports: bound, connected and sent to; a port of the kernel's choice is one that is bound" {
	need_abi 10 "UDP"
	local words=(/bin/payload try-udp bind 5353 try-udp connect 53 try-udp sendmsg 123)
	learn -- "${words[@]}"
	lacks 'E[A-Z]+$'
	[ "$(jq -c '[.netPort[] | [.allowedAccess, .port]]' "$POLICY")" = '[[["bind_udp"],[0,5353]],[["connect_send_udp"],[53,123]]]' ]
	smallest "${words[@]}"
	learn -- /bin/payload try-udp sendmmsg 161 try-udp bound-send 164
	[ "$(jq -c '[.netPort[] | [.allowedAccess, .port]]' "$POLICY")" = '[[["bind_udp"],[0]],[["connect_send_udp"],[161,162,164]]]' ]
}

@test "Unix sockets by path: those of others need resolve_unix, the run's own do not" {
	need_abi 9 "resolve_unix"
	local listener words=(/bin/payload try-connect-path /srv/socket try-own-path /tmp/own try-unlink /tmp/own)
	mkdir "$T/sockets"
	(cd "$T/sockets" && exec "$PAYLOAD" listen-path socket) >"$T/listen.out" 3>&- &
	listener=$!
	wait_line "$T/listen.out" listening
	chmod 777 "$T/sockets" "$T/sockets/socket"
	add_mount "{\"destination\": \"/srv\", \"type\": \"bind\", \"source\": \"$T/sockets\", \"options\": [\"rbind\"]}"
	learn -- "${words[@]}"
	has "try-connect-path /srv/socket=ok" "try-own-path /tmp/own=ok"
	is_right /srv/socket resolve_unix
	is_right /tmp "remove_file make_sock"
	smallest "${words[@]}"
	kill "$listener"
	wait "$listener" || true
}

@test "devices: ioctl_dev for what the program opens itself, not for its terminal" {
	need_abi 5 "ioctl_dev"
	config '.process.terminal = true'
	learn -- /bin/payload try-ioctl /dev/tty
	matches "try-ioctl /dev/tty=ok"
	is_right /dev/tty "read_file ioctl_dev"
	learn -- /bin/sh -c '[ -t 0 ] && echo terminal'
	matches terminal
	! grep -q ioctl_dev <(jq .pathBeneath "$POLICY")
}

@test "programs with a dynamic loader: the loader is executed, libraries are read" {
	local dir
	for dir in /usr /lib /lib64; do
		[ -e "$dir" ] || continue
		mkdir -p "$B/rootfs$dir"
		add_mount "{\"destination\": \"$dir\", \"type\": \"bind\", \"source\": \"$(realpath "$dir")\", \"options\": [\"rbind\", \"ro\", \"nosuid\", \"nodev\"]}"
	done
	learn -- /usr/bin/env LC_ALL=C /usr/bin/head -n 1 /etc/passwd
	has "root:x:0:0:root:/root:/bin/sh"
	jq -r '.pathBeneath[] | "\(.allowedAccess | join(" ")) \(.parent[])"' "$POLICY" >"$T/rules"
	grep -Eq '^execute read_file .*/ld-[^/]*\.so' "$T/rules"
	grep -Eq '^read_file .*/libc\.so' "$T/rules"
	grep -Fqx 'execute read_file /usr/bin/head' "$T/rules"
	grep -Fqx 'read_file /etc/passwd' "$T/rules"
	! grep -Eq '(write|make|remove)' "$T/rules"
}

@test "names that are others next time: one rule for procfs, one for the terminals" {
	learn -- /bin/sh -c 'read -r line </proc/self/stat; read -r line </proc/1/comm; echo $line; : >/dev/ptmx'
	is_right /proc read_file
	[ "$(jq '[.pathBeneath[].parent[] | select(startswith("/proc/"))] | length' "$POLICY")" = 0 ]
	is_right /dev/pts write_file
}

@test "a failure is learnt, too: its exit status is what the second run must have" {
	learn -- /bin/sh -c 'cat /data/conf; exit 7'
	matches_stderr 'exit status 7, too'
	is_right /data/conf read_file
	learn -- /bin/sh -c 'kill -TERM $$; exit 3'
}

@test "a run that can't be done twice is told, and the policy is there" {
	run -2 --separate-stderr rt landlock learn --output "$POLICY" "$B" -- /bin/sh -c 'mkdir /data/once'
	matches_stderr 'the run under the policy ended with exit status 1, the one before with exit status 0'
	is_right /data make_dir
	rm -d "$B/rootfs/data/once"
	run -0 --separate-stderr rt landlock learn --output "$POLICY" --force --no-verify "$B" -- /bin/sh -c 'mkdir /data/once'
	[[ $stderr != *proved* ]]
}

@test "what the run removes may be missing next time" {
	echo script >"$B/rootfs/data/temporary"
	run -0 --separate-stderr rt landlock learn --output "$POLICY" "$B" -- \
		/bin/sh -c 'cat /data/temporary; rm -f /data/temporary; true'
	[ "$output" = script ] # and nothing the second time
	is_right /data/temporary read_file
	[ "$(jq -r .nucleus.missingPath "$POLICY")" = skip ]
}

@test "without --output the policy is all of standard output" {
	run -0 --separate-stderr rt landlock learn "$B" -- /bin/payload try-list /
	jq -e '.pathBeneath | length > 0' <<<"$output"
	matches_stderr '^try-list /=ok$'
}

@test "the bundle's own policy is left aside, hooks are not the container's, confinement stays" {
	config '.annotations["nucleus.landlock"] = "default,rw=/data"
		| .hooks.startContainer = [{path: "/bin/touch", args: ["touch", "/var/hook"]}]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}
		| .process.noNewPrivileges = false'
	learn -- /bin/payload try-mkdir /tmp/dir try-write /etc/new
	has "try-mkdir /tmp/dir=ENOSYS" "try-write /etc/new=ok"
	[ -e "$B/rootfs/var/hook" ]
	is_right /var ""
	is_right /tmp ""
	is_right /etc "write_file make_reg"
	is_right /data ""
}

@test "a container's own seccomp agent decides, and what it lets through is seen" {
	[ "$(uname -m)" = x86_64 ] || skip "the number of mkdir is that of x86_64"
	"$PAYLOAD" agent "$T/agent.sock" "$T/sent.json" 83=continue >"$T/agent.out" 2>&1 3>&- &
	wait_line "$T/agent.out" listening
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg path "$T/agent.sock"
	run -0 --separate-stderr rt landlock learn --no-verify --output "$POLICY" "$B" -- /bin/payload try-mkdir /tmp/dir
	has "try-mkdir /tmp/dir=ok"
	is_right /tmp make_dir
	wait $!
	grep -q '^call=83 ' "$T/agent.out"
}

@test "a user who is not root, in folders that nobody else may enter" {
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
	as_owner mkdir -m 700 "$B/rootfs/home"
	give_to "$(ids 1000:1000)" "$B/rootfs/home"
	learn -- /bin/payload try-write /home/file try-unlink /home/file try-read /etc/shadow
	has "try-write /home/file=ok" "try-unlink /home/file=ok"
	is_right /home "write_file remove_file make_reg"
}

@test "denied what did not fail before: not proved, though the program hides it" {
	run -2 --separate-stderr rt landlock learn --output "$POLICY" "$B" -- \
		/bin/sh -c '[ ! -e /tmp/mark ] || echo more >>/data/conf; : >/tmp/mark; true'
	matches_stderr '^note: denied under the policy, not before: open[a-z0-9]* /data/conf$'
	matches_stderr 'ended with exit status 0, too, but some of its calls were denied'
	[[ $stderr != *proved:* ]]
	is_right /data/conf ""
}

@test "what fails anyway may be denied instead: told, and proved" {
	need_abi 5 "ioctl_dev"
	# isatty(3) of a device that is no terminal: an error, which the policy makes another
	learn -- /bin/sh -c 'exec 5</dev/null; [ -t 5 ]; echo went on'
	has "went on"
	matches_stderr '^note: denied under the policy, not before: ioctl /dev/null$'
}

@test "a name that no document can hold: the folder's rule" {
	echo text >"$B/rootfs/data/in/"$'\xff'
	learn -- /bin/sh -c 'cat /data/in/?'
	is_right /data/in "read_file read_dir"
}

@test "scopes: closed where the container has namespaces of its own" {
	need_abi 6 "scopes"
	learn -- /bin/payload try-list /
	[ "$(jq -c '.ruleset[0].scoped' "$POLICY")" = '["abstract_unix_socket","signal"]' ]
	[ "$WHO" = root ] || return 0 # others have to have both
	config '.linux.namespaces |= map(select(.type != "pid" and .type != "network"))'
	learn -- /bin/payload try-list /
	[ "$(jq -c '.ruleset[0].scoped' "$POLICY")" = '["abstract_unix_socket"]' ]
	matches_stderr 'note: signals to processes outside are not restricted'
}

@test "what no policy can allow, or nobody can see, is noted" {
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	run --separate-stderr rt landlock learn --output "$POLICY" "$B" -- \
		/bin/payload try-mount /tmp try-untraced try-foreign-call
	matches_stderr '^note: mount has changed the mount tree'
	matches_stderr '^note: denied under the policy, not before: mount'
	[[ $output != *try-untraced=ok* ]] || matches_stderr '^note: a process was made with CLONE_UNTRACED'
	[[ $output != *try-foreign-call=ok* ]] || matches_stderr '^note: a program of another architecture ran'
	[ "$(cat /proc/sys/kernel/io_uring_disabled 2>/dev/null || echo 0)" = 0 ] || return 0
	run --separate-stderr rt landlock learn --no-verify --output "$POLICY" --force "$B" -- /bin/payload attack ring-open
	matches_stderr '^note: io_uring was set up'
}

@test "an older kernel's rights: --abi" {
	learn --abi 1 -- /bin/payload try-truncate /data/conf try-read /data/conf
	is_right /data/conf read_file
	[ "$(jq -c '.ruleset[0] | keys' "$POLICY")" = '["handledAccessFs"]' ]
	refused 'from 1 to' rt landlock learn --abi 99 "$B"
}

@test "the traced notice nothing: stopped and continued, signals, a child that outlives its parent" {
	learn -- /bin/sh -c 'sleep 1000 & p=$!; kill -STOP $p; kill -CONT $p; kill -TERM $p; wait $p; echo ended=$?
		sh -c "kill -STOP \$\$; echo >/tmp/woke" & p=$!
		sleep 0.3; [ -e /tmp/woke ] || echo stopped; kill -CONT $p; wait $p; rm /tmp/woke && echo woke
		trap "echo trapped" USR1; kill -USR1 $$; (sleep 0.1; echo orphan) & wait'
	has ended=143 stopped woke trapped orphan
}

@test "signals go to the container; a killed runtime leaves nothing" {
	args /bin/payload signal-wait
	"$NUCLEUS_OCI" --root "$R" landlock learn --no-verify --output "$POLICY" "$B" >"$OUT" 2>"$ERR" 3>&- &
	local learner=$!
	wait_line "$OUT" ready
	kill -USR1 $learner
	wait_line "$OUT" signal=10
	kill -TERM $learner
	wait $learner
	is_right /bin/payload "execute read_file"
	"$NUCLEUS_OCI" --root "$R" landlock learn --no-verify --output "$T/other" "$B" >"$OUT.2" 2>"$ERR" 3>&- &
	learner=$!
	wait_line "$OUT.2" ready
	kill -KILL $learner
	! wait $learner
	rt delete --force "$(ls "$R" | grep -v '^\.' | head -n 1)"
	nothing_left
	[ ! -e "$T/other" ]
}

@test "an observer that is killed takes the container with it, and no policy is written" {
	local learner pid status=0
	args /bin/payload signal-wait
	"$NUCLEUS_OCI" --root "$R" landlock learn --output "$POLICY" "$B" >"$OUT" 2>"$ERR" 3>&- &
	learner=$!
	wait_line "$OUT" ready
	for pid in $(pgrep -P $learner); do
		[ "$(readlink "/proc/$pid/exe")" = /bin/payload ] || kill -KILL "$pid"
	done
	wait $learner || status=$?
	[ "$status" = 1 ]
	grep -q 'the observing process has ended before its report' "$ERR"
	[ ! -e "$POLICY" ]
	nothing_left
}

@test "wrong usage and what can't be done" {
	run -1 --separate-stderr rt landlock learn
	matches_stderr 'landlock learn takes'
	touch "$POLICY"
	refused 'exists' rt landlock learn --output "$POLICY" "$B"
	[ ! -s "$POLICY" ]
	refused 'option --force is for --output' rt landlock learn --force "$B"
	refused 'config.json' rt landlock learn "$T"
	refused 'no such file' rt landlock learn "$B" -- /bin/nothing
	config '.process.terminal = true'
	refused 'needs --output' rt landlock learn "$B"
	config 'del(.process)'
	refused 'no process' rt landlock learn "$B"
	nothing_left
}
