#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# NOTIFY_SOCKET: what a service manager hears of a container that says that it is ready, who says it,
# and what the container can't do with its socket.

load ../lib/helpers

extra_setup() {
	manager=
	MANAGER=$T/manager.sock HEARD=$T/heard
	# Where the program sees the test's word that it may go on.
	mkdir "$T/words"
	chmod 755 "$T" "$T/words"
	add_mount '{"destination": "/words", "type": "bind", "source": "${t}/words", "options": ["bind", "ro"]}'
}

extra_teardown() {
	[ -z "$manager" ] || kill "$manager" 2>/dev/null || true
}

# manager [ADDRESS]: somebody who listens; sets NOTIFY_SOCKET.
manager() {
	export NOTIFY_SOCKET=${1:-$MANAGER}
	python3 "$BATS_TEST_DIRNAME/../lib/manager.py" "$NOTIFY_SOCKET" "$HEARD" 3>&- &
	manager=$!
	patiently test -s "$HEARD"
}

# heard SENDER LINE...: exactly these messages, all of that process.
heard() {
	local sender=$1
	shift
	printf '%s\n' listening "${@/#/$sender }" | diff - "$HEARD"
}

# The program waits for the word NAME.
wait_for() {
	echo "while [ ! -e /words/$1 ]; do sleep 0.05; done"
}

say() {
	touch "$T/words/$1"
}

# service COMMANDS: a program that runs them, and then waits for the word "end".
service() {
	args /bin/sh -c "$1; $(wait_for end)"
}

# In the background, its pid in $runtime; so that it is the runtime's own, not that of a subshell.
behind() {
	"$NUCLEUS_OCI" --root "$R" "$@" >"$OUT" 2>"$ERR" 3>&- &
	runtime=$!
}

runtime_exits() {
	local status=0
	wait "$runtime" || status=$?
	[ "$status" = "$1" ] || { echo "exit status $status, not $1: $(cat "$ERR")"; return 1; }
}

@test "no NOTIFY_SOCKET: no mount, no variable" {
	unset NOTIFY_SOCKET
	args /bin/sh -c 'echo "socket=$NOTIFY_SOCKET"; [ -e /run/notify ] || echo none'
	run -0 rt run --bundle "$B" "$TOKEN"
	has socket= none
	[ ! -e "$R/$TOKEN" ]
}

@test "run in the foreground: READY, the runtime as main process, a barrier; the runtime goes on" {
	manager
	service "/bin/payload notify READY=1"
	behind run --bundle "$B" "$TOKEN"
	wait_line "$HEARD" "$runtime BARRIER=1 1"
	heard "$runtime" "READY=1 0" "MAINPID=$runtime 0" "BARRIER=1 1"
	[ "$(status_of)" = running ]
	say end
	runtime_exits 0
	grep -qx "notify READY=1=ok" "$OUT"
	[ ! -s "$ERR" ]
	nothing_left
}

@test "run in the foreground: what comes after READY is taken and dropped, also a flood of it" {
	manager
	service 'for i in 1 2 3 4 5 6 7 8; do for j in 1 2 3 4 5 6 7 8; do /bin/payload notify WATCHDOG=1 || exit; done; done
		/bin/payload notify READY=1 notify READY=1 notify STOPPING=1 notify-barrier; echo through'
	behind run --bundle "$B" "$TOKEN"
	wait_line "$OUT" through
	say end
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$runtime 0" "BARRIER=1 1"
	grep -qx "notify-barrier=ok" "$OUT"
	run ! grep -v '=ok$' <(grep notify "$OUT")
}

@test "run in the foreground: a program that says READY and ends at once" {
	manager
	args /bin/payload notify READY=1
	behind run --bundle "$B" "$TOKEN"
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$runtime 0" "BARRIER=1 1"
	nothing_left
}

@test "run --detach: returns when the program is ready, with its process as main process" {
	manager
	service "$(wait_for go); /bin/payload notify READY=1 notify-barrier; echo told"
	behind run --detach --bundle "$B" "$TOKEN"
	wait_status running
	# It waits, and others can do what they want with the container meanwhile.
	[ -d "/proc/$runtime" ]
	[ "$(cat "$HEARD")" = listening ]
	say go
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$(pid_of) 0" "BARRIER=1 1"
	wait_line "$OUT" told
	grep -qx "notify-barrier=ok" "$OUT"
	say end
	wait_status stopped
	rt delete "$TOKEN"
	nothing_left
}

@test "create and start: create returns at once, start waits until the program is ready" {
	manager
	service "$(wait_for go); /bin/payload notify READY=1"
	create
	[ "$(cat "$HEARD")" = listening ]
	"$NUCLEUS_OCI" --root "$R" start "$TOKEN" >"$T/start" 2>&1 3>&- &
	runtime=$!
	wait_status running
	[ -d "/proc/$runtime" ]
	say go
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$(pid_of) 0" "BARRIER=1 1"
	[ ! -s "$T/start" ]
	refused "cannot start an already running container" rt start "$TOKEN"
	[ ! -e "$R/$TOKEN/notify/notify.sock" ]
	say end
	wait_status stopped
	rt delete "$TOKEN"
	nothing_left
}

@test "an abstract socket of the manager" {
	manager "@nucleus-oci-$TOKEN"
	service "/bin/payload notify READY=1"
	behind run --detach --bundle "$B" "$TOKEN"
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$(pid_of) 0" "BARRIER=1 1"
}

@test "a path that is longer than a socket address" {
	local long=$T/$(printf '%0100d' 0)/$(printf '%0100d' 0)
	mkdir -p "$long"
	(cd "$long" && exec python3 "$BATS_TEST_DIRNAME/../lib/manager.py" manager.sock "$HEARD") 3>&- &
	manager=$!
	patiently test -s "$HEARD"
	service "/bin/payload notify READY=1"
	NOTIFY_SOCKET=$long/manager.sock behind run --detach --bundle "$B" "$TOKEN"
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$(pid_of) 0" "BARRIER=1 1"
}

@test "only READY=1 is relayed, as a line of a message; nothing else of what the container says" {
	manager
	service "/bin/payload notify MAINPID=1 notify STATUS=READY=1 notify XREADY=1 notify READY=10 notify-barrier
		$(wait_for go)
		/bin/payload notify 'STATUS=up
READY=1
MAINPID=1
FDSTORE=1'"
	behind run --detach --bundle "$B" "$TOKEN"
	wait_line "$OUT" notify-barrier=ok
	[ "$(cat "$HEARD")" = listening ]
	say go
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$(pid_of) 0" "BARRIER=1 1"
}

@test "a program that ends without READY: start and run --detach return, and say nothing" {
	manager
	args /bin/payload exit 3
	behind run --detach --bundle "$B" "$TOKEN"
	runtime_exits 0
	wait_status stopped
	rt delete "$TOKEN"
	create
	rt start "$TOKEN"
	wait_status stopped
	[ "$(cat "$HEARD")" = listening ]
}

@test "kill and delete --force work while start waits" {
	manager
	args /bin/payload sleep
	create
	"$NUCLEUS_OCI" --root "$R" start "$TOKEN" >"$T/start" 2>&1 3>&- &
	runtime=$!
	wait_status running
	rt delete --force "$TOKEN"
	runtime_exits 0
	[ ! -s "$T/start" ]
	nothing_left
}

@test "a start that is killed while it waits: the container runs on, and delete removes its socket" {
	manager
	args /bin/payload signal-wait
	create
	"$NUCLEUS_OCI" --root "$R" start "$TOKEN" >"$T/start" 2>&1 3>&- &
	runtime=$!
	wait_line "$OUT" ready
	patiently test -S "$R/$TOKEN/notify/notify.sock"
	kill -KILL "$runtime"
	runtime_exits 137
	[ "$(status_of)" = running ]
	rt delete --force "$TOKEN"
	nothing_left
}

@test "the socket in the container: read-only folder, nosuid, nodev, noexec; config's NOTIFY_SOCKET gives way" {
	manager
	config '.process.env += ["NOTIFY_SOCKET=/elsewhere"]'
	service 'echo "socket=$NOTIFY_SOCKET"; /bin/payload try-unlink $NOTIFY_SOCKET try-write /run/notify/more notify READY=1 mounts'
	behind run --bundle "$B" "$TOKEN"
	wait_line "$OUT" "notify READY=1=ok"
	say end
	runtime_exits 0
	output=$(cat "$OUT")
	has socket=/run/notify/notify.sock "try-unlink /run/notify/notify.sock=EROFS" "try-write /run/notify/more=EROFS"
	matches "^mount=.* /run/notify ro,nosuid,nodev,noexec"
}

@test "any user of the container can say that it is ready, whatever the caller's umask is" {
	manager
	config '.process.user = {uid: 1000, gid: 1000}'
	service "/bin/payload notify READY=1"
	(umask 077; exec "$NUCLEUS_OCI" --root "$R" run --detach --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-) &
	runtime=$!
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$(pid_of) 0" "BARRIER=1 1"
}

@test "in a user namespace, and with a tmpfs over /run" {
	manager
	[ "$WHO" != root ] || with_user_namespace
	add_mount '{"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["ro", "nosuid"]}'
	service "/bin/payload notify READY=1"
	behind run --detach --bundle "$B" "$TOKEN"
	runtime_exits 0
	heard "$runtime" "READY=1 0" "MAINPID=$(pid_of) 0" "BARRIER=1 1"
}

@test "a terminal and a manager at once" {
	manager
	command -v script >/dev/null || skip "script is not installed"
	config '.process.terminal = true'
	args /bin/sh -c '/bin/payload notify READY=1; read line; echo "got $line"; exit 5'
	run -5 script -qec "'$NUCLEUS_OCI' --root '$R' run --bundle '$B' '$TOKEN'" /dev/null <<<"typed"
	output=$(tr -d '\r' <<<"$output")
	has "got typed"
	[ "$(cut -d' ' -f2 "$HEARD" | sed 's/=.*//' | tr '\n' ' ')" = "listening READY MAINPID BARRIER " ]
	nothing_left
}

@test "a manager that is not there is warned of, and the container runs" {
	export NOTIFY_SOCKET=$T/none
	args /bin/payload notify READY=1 hostname
	rt run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR"
	grep -qx hostname=inside "$OUT"
	grep -q "warning: NOTIFY_SOCKET: reach the manager at $T/none: No such file or directory" "$ERR"
	nothing_left
	NOTIFY_SOCKET=vsock:2:1 rt run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR"
	grep -q "warning: NOTIFY_SOCKET: neither a path nor an abstract name" "$ERR"
	nothing_left
}

@test "a start without a manager, after a create with one, does not wait" {
	manager
	service "/bin/payload notify READY=1"
	create
	env -u NOTIFY_SOCKET "$NUCLEUS_OCI" --root "$R" start "$TOKEN"
	wait_line "$OUT" "notify READY=1=ENOENT"
	[ "$(cat "$HEARD")" = listening ]
}
