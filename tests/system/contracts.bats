#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What engines rely on beside the verbs themselves: descriptors and sockets, pid files, logs, whose
# child the container is, and an environment with nothing in it.

load ../lib/helpers

LIB=$BATS_TEST_DIRNAME/../lib

extra_setup() {
	receiver=
}

extra_teardown() {
	[ -z "$receiver" ] || kill "$receiver" 2>/dev/null || true
}

# receive SOCKET: what comes there goes to $T/received.
receive() {
	python3 "$LIB/receive_fd.py" "$1" "$T/received" 3>&- &
	receiver=$!
	patiently test -S "$1"
}

# with_fds N COMMAND...: descriptors 3 to 2 + N are open, each another file, and LISTEN_PID, where $LISTEN
# says how many of them are sockets of a manager's, is the command's own.
with_fds() {
	bash -c 'fds=$1; shift
		for ((fd = 3; fd < 3 + fds; fd++)); do eval "exec $fd<\"\$T/$fd\""; done
		[ -z "$LISTEN" ] || export LISTEN_FDS=$LISTEN LISTEN_PID=$((${PID_OFFSET:-0} + $$))
		exec "$@"' _ "$@"
}

numbered_files() {
	export T
	for fd in 3 4 5 6 7 8 9 10; do echo "file $fd" >"$T/$fd"; done
	# busybox has no descriptors of two digits in a redirection
	args /bin/sh -c 'echo "LISTEN_FDS=$LISTEN_FDS LISTEN_PID=$LISTEN_PID"; for fd in 3 4 5 6 7 8 9; do
		{ cat <&$fd; } 2>/dev/null; done; /bin/payload fds; echo said'
}

# passed N: the program has had 3 to 2 + N, and no more.
passed() {
	local fd
	for ((fd = 3; fd < 3 + $1; fd++)); do has "fd.$fd=file" "file $fd"; done
	lacks "^fd\.$fd="
}

# ---- LISTEN_FDS, --preserve-fds ------------------------------------------------------------------------

@test "LISTEN_FDS: run passes them, from 3 on, for pid 1" {
	numbered_files
	LISTEN=5 run -0 with_fds 6 "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has "LISTEN_FDS=5 LISTEN_PID=1"
	passed 5
}

@test "LISTEN_FDS: create and start" {
	numbered_files
	LISTEN=4 with_fds 4 "$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR"
	rt start "$TOKEN"
	wait_line "$OUT" said
	output=$(cat "$OUT")
	has "LISTEN_FDS=4 LISTEN_PID=1"
	passed 4
}

@test "LISTEN_FDS: run --detach, with --preserve-fds after them" {
	numbered_files
	LISTEN=4 with_fds 7 "$NUCLEUS_OCI" --root "$R" run --detach --preserve-fds 2 --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR"
	wait_line "$OUT" said
	output=$(cat "$OUT")
	has "LISTEN_FDS=4 LISTEN_PID=1"
	passed 6
}

@test "LISTEN_FDS that is meant for another process: nothing is passed or said" {
	numbered_files
	LISTEN=3 PID_OFFSET=1 run -0 with_fds 3 "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has "LISTEN_FDS= LISTEN_PID="
	passed 0
}

@test "LISTEN_FDS, --preserve-fds: one that is not open is an error, and nothing is left" {
	numbered_files
	for verb in create "run --detach" run; do
		LISTEN=3 refused "unable to stat listen-fd 5" with_fds 2 "$NUCLEUS_OCI" --root "$R" $verb --bundle "$B" "$TOKEN"
		nothing_left
		LISTEN=2 refused "unable to stat preserved-fd 7" \
			with_fds 4 "$NUCLEUS_OCI" --root "$R" $verb --preserve-fds 3 --bundle "$B" "$TOKEN"
		nothing_left
	done
}

@test "--preserve-fds: more than there can be" {
	refused "preserve" rt create --bundle "$B" --preserve-fds 4294967295 "$TOKEN"
	refused "preserve" rt create --bundle "$B" --preserve-fds 100000 "$TOKEN"
	nothing_left
}

# ---- sockets that descriptors are sent to ----------------------------------------------------------------

@test "--pidfd-socket: one message with one descriptor, the init's pidfd, from create" {
	args /bin/payload sleep
	receive "$T/pidfd.sock"
	create --pidfd-socket "$T/pidfd.sock" "$TOKEN"
	wait "$receiver"
	output=$(cat "$T/received")
	matches "^message .+ 1 $(pid_of)$" "^end$"
	[ "$(wc -l <"$T/received")" = 2 ]
}

@test "--pidfd-socket: run --detach, and run" {
	ours_only "which of the two have it"
	args /bin/payload sleep
	receive "$T/pidfd.sock"
	rt run --detach --pidfd-socket "$T/pidfd.sock" --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	wait "$receiver"
	grep -Ex "message .+ 1 $(pid_of)" "$T/received"
	rt delete --force "$TOKEN"
	args /bin/payload exit 3
	receive "$T/other.sock"
	# relative to the caller's directory, which is not the bundle's
	cd "$T"
	run -3 rt run --pidfd-socket other.sock --bundle "$B" "$TOKEN"
	wait "$receiver"
	grep -Ex "message .+ 1 -?[0-9]+" "$T/received"
	nothing_left
}

@test "--pidfd-socket: nobody there, or no socket" {
	args /bin/payload sleep
	refused "pidfd socket $T/none.*[Nn]o such file" rt create --bundle "$B" --pidfd-socket "$T/none" "$TOKEN"
	touch "$T/file"
	refused "pidfd socket $T/file.*[Cc]onnection refused" rt run --bundle "$B" --pidfd-socket "$T/file" "$TOKEN"
	nothing_left
}

@test "--console-socket: one message with one descriptor, the terminal; also for run --detach" {
	config '.process.terminal = true'
	args /bin/payload sleep
	receive "$T/console.sock"
	create --console-socket "$T/console.sock" "$TOKEN"
	wait "$receiver"
	grep -Ex "message .*pt.* 1 terminal" "$T/received"
	[ "$(wc -l <"$T/received")" = 2 ]
	rt delete --force "$TOKEN"
	receive "$T/other.sock"
	rt run --detach --console-socket "$T/other.sock" --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	wait "$receiver"
	grep -Ex "message .*pt.* 1 terminal" "$T/received"
}

@test "--console-socket: the rules of create hold for run --detach and for run in the foreground" {
	config '.process.terminal = true'
	refused "cannot allocate tty if runc will detach without setting console socket" \
		rt run --detach --bundle "$B" "$TOKEN"
	refused "cannot use console socket if runc will not detach or allocate tty" \
		rt run --bundle "$B" --console-socket "$T/console" "$TOKEN"
	config '.process.terminal = false'
	refused "cannot use console socket if runc will not detach or allocate tty" \
		rt run --detach --bundle "$B" --console-socket "$T/console" "$TOKEN"
	nothing_left
}

# ---- whose child it is ---------------------------------------------------------------------------------------

@test "create and run --detach leave no process but the container's, a child of whoever adopts it" {
	args /bin/payload sleep
	for verb in create "run --detach"; do
		run -0 python3 "$LIB/adopt.py" "$T/pid" "$NUCLEUS_OCI" --root "$R" $verb --pid-file "$T/pid" --bundle "$B" "$TOKEN" 3>&-
		has status=0 children=1 init=adopted end=9
		wait_status stopped
		rt delete "$TOKEN"
	done
	nothing_left
}

@test "the same where the process is made by another, which has joined namespaces before" {
	need_real_root "pid namespaces of others are joined"
	args /bin/payload sleep
	create "$TOKEN-other"
	config '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/\($pid)/ns/pid" | .linux.cgroupsPath += "-second"' \
		--arg pid "$(pid_of "$TOKEN-other")"
	run -0 python3 "$LIB/adopt.py" "$T/pid" "$NUCLEUS_OCI" --root "$R" create --pid-file "$T/pid" --bundle "$B" "$TOKEN" 3>&-
	has status=0 children=1 init=adopted end=9
	rt delete --force "$TOKEN-other"
}

# Orphans of a container without a pid namespace: who is the parent of one, "the runtime" or not.
orphans_parent() {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args /bin/sh -c '(/bin/payload sid sleep & exec /bin/busybox true); sleep 1000'
	"$NUCLEUS_OCI" --root "$R" run "$@" --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- &
	runtime=$!
	patiently orphan_is_found
	ps -o ppid= -p "$orphan" | tr -d ' '
}

orphan_is_found() {
	local pid
	for pid in $(processes_of_test); do
		if [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "/bin/payload sid sleep " ] &&
			[ "$(ps -o ppid= -p "$pid" | tr -d ' ')" != "$(pid_of)" ]; then
			orphan=$pid
			return 0
		fi
	done
	return 1
}

@test "a foreground run adopts the container's orphans; with --no-subreaper it does not" {
	orphan=
	orphans_parent >"$T/parent"
	[ "$(cat "$T/parent")" = "$runtime" ]
	rt kill "$TOKEN" KILL
	wait "$runtime" || true
	# Without a group nobody finds the orphan.
	for pid in $(processes_of_test); do kill -KILL "$pid"; done
	nothing_left
	orphans_parent --no-subreaper >"$T/parent"
	[ "$(cat "$T/parent")" != "$runtime" ]
	rt kill "$TOKEN" KILL
	wait "$runtime" || true
	for pid in $(processes_of_test); do kill -KILL "$pid"; done
	nothing_left
}

@test "--keep leaves the group too, until delete" {
	need_group "it is what is left"
	args /bin/payload exit 0
	rt run --keep --bundle "$B" "$TOKEN"
	[ "$(status_of)" = stopped ]
	[ -n "$(groups_of_test)" ]
	refused "container with given ID already exists" rt run --bundle "$B" "$TOKEN"
	rt delete "$TOKEN"
	[ -z "$(groups_of_test)" ]
	nothing_left
}

@test "SIGURG is the runtime's own, and no signal of the program's" {
	args /bin/payload signal-wait
	"$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- &
	runtime=$!
	wait_line "$OUT" ready
	kill -URG "$runtime"
	kill -CHLD "$runtime"
	kill -USR1 "$runtime"
	wait_line "$OUT" signal=10
	kill -TERM "$runtime"
	wait "$runtime"
	[ "$(grep -c signal "$OUT")" = 2 ]
}

# ---- standard streams ------------------------------------------------------------------------------------------

@test "pipes: an ordinary user of the container can open /dev/stdout and /dev/stderr again" {
	[ "$WHO" != user ] || skip "a user can give nothing to another id"
	config '.process.user = {uid: 1000, gid: 1000}'
	args /bin/sh -c 'echo out >/dev/stdout; echo err >/dev/stderr; read line </dev/stdin; echo "in $line"'
	output=$(echo word | rt run --bundle "$B" "$TOKEN" 2> >(cat >"$T/err") | cat)
	has out "in word"
	[ "$(cat "$T/err")" = err ]
	args /bin/payload sleep
	create
	rt start "$TOKEN"
	output=$(echo word | rt exec "$TOKEN" /bin/sh -c 'echo out >/dev/stdout; read line </dev/stdin; echo "in $line"' | cat)
	has out "in word"
	rt delete --force "$TOKEN"
	[ "$WHO" = root ] || return 0
	args /bin/sh -c 'echo out >/dev/stdout; read line </dev/stdin; echo "in $line"'
	with_user_namespace
	output=$(echo word | rt run --bundle "$B" "$TOKEN" 2> >(cat >"$T/err") | cat)
	has out "in word"
}

@test "what is no pipe, or has a name, keeps its owner" {
	config '.process.user = {uid: 1000, gid: 1000}'
	args /bin/payload ids
	: >"$T/file"
	rt run --bundle "$B" "$TOKEN" >"$T/file" 2>&1
	[ "$(stat -c %u "$T/file")" = "$(id -u)" ]
	mkfifo "$T/fifo"
	rt run --bundle "$B" "$TOKEN" <>"$T/fifo" >&0 2>&1
	[ "$(stat -c %u "$T/fifo")" = "$(id -u)" ]
	[ "$(stat -c %u /dev/null)" = "$(stat -c %u /dev/zero)" ]
}

@test "closed standard streams: the program has /dev/null there, and 3 is free" {
	args /bin/sh -c '/bin/payload fds >/tmp/fds; exit 5'
	chmod 1777 "$B/rootfs/tmp"
	local status=0
	rt run --bundle "$B" "$TOKEN" <&- >&- 2>&- || status=$?
	[ "$status" = 5 ]
	output=$(cat "$B/rootfs/tmp/fds")
	has fd.0=character fd.2=character
	lacks "^fd\.([3-9]|[1-9][0-9])="
}

# ---- pid files, paths --------------------------------------------------------------------------------------------

@test "--pid-file: digits alone, relative to the caller's directory, over one that was there" {
	args /bin/payload sleep
	mkdir "$T/caller"
	cd "$T/caller"
	echo "an older one, and longer than a number" >pid
	for verb in create "run --detach"; do
		rt $verb --pid-file pid --bundle ../bundle "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
		printf %s "$(pid_of)" | cmp - pid
		[ "$(ls)" = pid ]
		rt delete --force "$TOKEN"
	done
}

@test "--pid-file: what was killed half-way is no obstacle" {
	args /bin/payload sleep
	echo 1 >"$T/pid.tmp"
	chmod 0 "$T/pid.tmp"
	create --pid-file "$T/pid" "$TOKEN"
	[ "$(cat "$T/pid")" = "$(pid_of)" ]
}

@test "no environment at all: every verb works" {
	[ "$WHO" != user ] || skip "a user's newuidmap is found by PATH first, and the state root by XDG_RUNTIME_DIR"
	local runtime=(env -i "$NUCLEUS_OCI" --root "$R")
	args /bin/payload signal-wait
	"${runtime[@]}" create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	"${runtime[@]}" start "$TOKEN"
	wait_line "$OUT" ready
	"${runtime[@]}" state "$TOKEN" >"$T/document"
	"${runtime[@]}" list -q >"$T/list"
	"${runtime[@]}" kill "$TOKEN" KILL
	wait_status stopped
	"${runtime[@]}" delete "$TOKEN"
	[ "$(cat "$T/list")" = "$TOKEN" ]
	nothing_left
}

# ---- what is told ------------------------------------------------------------------------------------------------

@test "the global options that engines give, in every form" {
	mkdir -m 700 "$R"
	for options in "--root $R" "--root=$R" "-root $R" "-root=$R"; do
		for others in "--log $T/log --log-format json" "--log=$T/log --log-format=text" "--debug --log $T/log" \
			"--rootless auto" "--rootless=true" "--rootless false" "--log-level debug --log $T/log" "--log-level=warning" \
			"--cgroup-manager cgroupfs" "--cgroup-manager=disabled"; do
			run -0 "$NUCLEUS_OCI" $options $others list -q
			[ -z "$output" ]
		done
	done
	run -0 "$NUCLEUS_OCI" --root "$T/no/such/root" --version
	matches "version .*[0-9]"
	matches "^spec: 1\."
}

@test "a wrong number of arguments: usage on standard output, one sentence on standard error, 1" {
	ours_only "the sentences"
	local status=0
	rt start >"$T/out" 2>"$T/err" || status=$?
	[ "$status" = 1 ]
	grep -q '^Usage: ' "$T/out"
	grep -qx 'nucleus-oci: start takes exactly 1 argument (ID), but 0 were given' "$T/err"
	rt kill >"$T/out" 2>"$T/err" || status=$?
	grep -qx 'nucleus-oci: kill takes at least 1 argument (ID \[SIGNAL\]), but 0 were given' "$T/err"
	rt kill a b c >"$T/out" 2>"$T/err" || status=$?
	grep -qx 'nucleus-oci: kill takes at most 2 arguments (ID \[SIGNAL\]), but 3 were given' "$T/err"
}

@test "--log: a failure is one object there and a sentence on standard error, each once; warnings wait" {
	ours_only "warnings that are held"
	config '.process.capabilities.bounding += ["CAP_NOT_KNOWN"]'
	args /bin/payload no-such-word
	rt --log "$T/log" --log-format json run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" || true
	[ "$(jq -r .level "$T/log")" = warning ]
	: >"$T/log"
	args no-such-program
	refused 'executable file not found in \$PATH' rt --log "$T/log" --log-format json run --bundle "$B" "$TOKEN"
	nothing_left
	[ "$(wc -l <"$T/log")" = 1 ]
	jq -e '.level == "error" and (.msg | contains("executable file not found in $PATH")) and (.time | fromdate? // true)' "$T/log"
	[ "$(wc -l <"$T/refused.err")" = 1 ]
	! grep -q '[{}]' "$T/refused.err"
}

@test "--log: appended to, made with the caller's umask, and good for no verb's failure" {
	(umask 027; rt --log "$T/log" --log-format json state "$TOKEN" || true) 2>/dev/null
	[ "$(stat -c %a "$T/log")" = 640 ]
	for verb in start kill delete; do rt --log "$T/log" --log-format json $verb "$TOKEN" 2>/dev/null || true; done
	[ "$(wc -l <"$T/log")" = 4 ]
	[ "$(jq -r 'select(.level == "error").msg' "$T/log" | sort -u)" = "container \"$TOKEN\" does not exist" ]
	refused "$T/no/log" rt --log "$T/no/log" state "$TOKEN"
}

@test "an error is one write of less than 8192 bytes, whatever is wrong" {
	ours_only "one write"
	local long
	long=$(printf '%04000d' 0)
	args "/$long"
	run -0 python3 "$LIB/packets.py" "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has status=1 writes=1 bytes=few
	# Hundreds of mistakes are still one.
	config '.mounts += [range(500) | {destination: "/proc/\(.)", type: "bind", source: "/\($long)", options: ["nonsense"]}]' \
		--arg long "$long"
	run -0 python3 "$LIB/packets.py" "$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN"
	has status=1 writes=1 bytes=few
	nothing_left
}

@test "start of a created container whose init was killed: an error at once" {
	args /bin/payload sleep
	create
	kill -KILL "$(pid_of)"
	wait_status stopped
	refused "cannot start a container that has stopped" rt start "$TOKEN"
	rt delete "$TOKEN"
	nothing_left
}
