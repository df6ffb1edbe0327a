#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# containerd, by ctr: its shim calls the runtime.

load containerd

setup_file() {
	containerd_setup_file '"io.containerd.grpc.v1.cri"' </dev/null
	cctr images import "$ENGINE_IMAGES/image.tar" >/dev/null
}

teardown_file() {
	containerd_teardown_file
}

# ctr_run OPTION... IMAGE ID COMMAND...
ctr_run() {
	cctr run --runc-binary "$RUNTIME" "$@"
}

waiting() { # waiting ID OPTION...
	local id=$1
	shift
	ctr_run -d "$@" "$image" "$id" sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
}

task_is() { # task_is STATE ID
	[[ "$(cctr tasks ls)" =~ $2[[:space:]]+[0-9]+[[:space:]]+$1 ]] || { cctr tasks ls && return 1; }
}

remove() {
	local id
	for id; do
		cctr tasks kill -s KILL "$id" 2>/dev/null || true
		eventually task_is STOPPED "$id"
		cctr tasks rm "$id" 2>/dev/null || true
		cctr containers rm "$id"
		eventually nothing_left "$id"
	done
}

@test "ctr run: output, exit code, errors" {
	run -0 ctr_run --rm "$image" ctr-one echo hello
	[ "$output" = hello ]
	run -5 ctr_run --rm "$image" ctr-one sh -c 'exit 5'
	run -1 ctr_run --rm "$image" ctr-one /bin/no-such-program
	[[ "$output" == *[Nn]"o such file"* || "$output" == *"not found"* ]]
	cctr containers rm ctr-one 2>/dev/null || true
	eventually nothing_left ctr-one
}

@test "ctr run -d, tasks ls, ps, kill, rm; labels" {
	waiting ctr-two --label colour=green
	task_is RUNNING ctr-two
	run -0 cctr containers ls
	run -0 cctr containers info ctr-two
	[[ "$output" == *'"colour": "green"'* ]]
	cctr containers label ctr-two colour=red
	has '"colour": "red"' cctr containers info ctr-two
	run -0 cctr tasks ps ctr-two
	[ "${#lines[@]}" -ge 2 ]
	cctr tasks kill -s TERM ctr-two
	eventually task_is STOPPED ctr-two
	remove ctr-two
}

@test "ctr run -t: a terminal through the shim's console socket" {
	run -0 in_tty ctr -a "$ENGINE_DIR/sock" run --rm -t --runc-binary "$RUNTIME" "$image" ctr-three sh -c 'test -t 0 && tty'
	[[ "$output" == */dev/pts/* || "$output" == */dev/console* ]]
}

@test "ctr run: read-only, a mount, environment, folder, capabilities, memory, CPU" {
	mkdir -p "$ENGINE_DIR/volume"
	run -0 ctr_run --rm --read-only --env A=b --cwd /var --cap-drop CAP_CHOWN --memory-limit 67108864 --cpus 0.5 \
		--mount "type=bind,src=$ENGINE_DIR/volume,dst=/data,options=rbind:rw" "$image" ctr-four \
		sh -c 'touch /x 2>/dev/null || echo ro; echo $A; pwd; touch /data/x; chown 1:1 /data/x 2>/dev/null || echo no-chown'
	[ "$output" = $'ro\nb\n/var\nno-chown' ]
	[ -e "$ENGINE_DIR/volume/x" ]
	run -0 ctr_run --rm --privileged --net-host "$image" ctr-four sh -c 'mount -t tmpfs none /tmp && readlink /proc/self/ns/net'
	[ "$output" = "$(readlink /proc/self/ns/net)" ]
	run -0 ctr_run --rm --seccomp "$image" ctr-four grep Seccomp: /proc/self/status
	[[ "$output" == *2 ]]
}

@test "ctr run --uidmap --gidmap: a user namespace" {
	run -0 ctr_run --rm --uidmap 0:2000000:1000 --gidmap 0:2000000:1000 "$image" ctr-five sh -c 'cat /proc/self/uid_map; stat -c %u /etc/passwd'
	[[ "$output" =~ 0\ +2000000\ +1000.0$ ]]
}

@test "ctr run --with-ns: another's network namespace" {
	waiting ctr-six
	local pid
	pid=$(cctr tasks ls | awk '$1 == "ctr-six" { print $2 }')
	run -0 ctr_run --rm --with-ns "network:/proc/$pid/ns/net" "$image" ctr-seven readlink /proc/self/ns/net
	[ "$output" = "$(readlink "/proc/$pid/ns/net")" ]
	remove ctr-six
}

@test "ctr tasks exec: output, exit code, -d, a terminal" {
	waiting ctr-exec --env A=b
	run -0 cctr tasks exec --exec-id first ctr-exec sh -c 'echo $A'
	[ "$output" = b ]
	run -6 cctr tasks exec --exec-id second ctr-exec sh -c 'exit 6'
	run -0 cctr tasks exec --exec-id third --user 1000:2000 --cwd /tmp ctr-exec sh -c 'echo "$(id -u) $(id -g) $PWD"'
	[ "$output" = "1000 2000 /tmp" ]
	says through cctr tasks exec --exec-id fourth ctr-exec cat <<<through
	run ! cctr tasks exec --exec-id fifth ctr-exec no-such-program
	cctr tasks exec -d --exec-id sixth ctr-exec sh -c 'echo x >/tmp/made; exec sleep 1000'
	eventually cctr tasks exec --exec-id seventh ctr-exec test -e /tmp/made
	run -0 in_tty ctr -a "$ENGINE_DIR/sock" tasks exec -t --exec-id eighth ctr-exec tty
	[[ "$output" == */dev/pts/* ]]
	remove ctr-exec
}

@test "ctr tasks pause, resume" {
	waiting ctr-pause
	cctr tasks pause ctr-pause
	task_is PAUSED ctr-pause
	cctr tasks resume ctr-pause
	task_is RUNNING ctr-pause
	cctr tasks kill -s TERM ctr-pause
	eventually task_is STOPPED ctr-pause
	remove ctr-pause
}

@test "ctr run --runc-systemd-cgroup: a scope with its limits" {
	[ -d /run/systemd/system ] || skip "systemd is not init"
	local unit=nucleus-ctr-scope.scope
	waiting ctr-scope --runc-systemd-cgroup --cgroup system.slice:nucleus:ctr-scope --memory-limit 67108864
	says active systemctl is-active "$unit"
	says 67108864 systemctl show --property MemoryMax --value "$unit"
	remove ctr-scope
	run ! systemctl is-active "$unit"
}

@test "ctr tasks metrics" {
	waiting ctr-metrics --memory-limit 67108864
	run -0 cctr tasks metrics ctr-metrics
	[[ "$output" =~ memory\.(usage_in_bytes|usage)[[:space:]]+[1-9] ]]
	[[ "$output" =~ pids\.current[[:space:]]+[1-9] ]]
	remove ctr-metrics
}

@test "ctr events: create, start, exec, exit, delete" {
	cctr events >"$BATS_TEST_TMPDIR/events" 2>&1 3>&- &
	background=$!
	waiting ctr-events
	cctr tasks exec --exec-id first ctr-events true
	remove ctr-events
	for topic in tasks/create tasks/start tasks/exec-started tasks/exit tasks/delete; do
		eventually grep -q "/$topic" "$BATS_TEST_TMPDIR/events"
	done
	ends "$background"
}

@test "ctr events: an OOM kill" {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip "the shim sees it on cgroup v2"
	cctr events >"$BATS_TEST_TMPDIR/events" 2>&1 3>&- &
	background=$!
	run ctr_run --rm --memory-limit 16777216 "$image" ctr-hungry sh -c 'tail /dev/zero; sleep 0.5'
	eventually grep -q /tasks/oom "$BATS_TEST_TMPDIR/events"
}

@test "containerd is restarted, and its containers go on" {
	waiting ctr-lasting
	stop_containerd TERM
	start_containerd
	task_is RUNNING ctr-lasting
	run -0 cctr tasks exec --exec-id after ctr-lasting echo still
	[ "$output" = still ]
	cctr tasks kill -s TERM ctr-lasting
	eventually task_is STOPPED ctr-lasting
	remove ctr-lasting
}

@test "the shim is killed: the container can be removed, and another made" {
	waiting ctr-orphan
	kill -KILL "$(shim_of ctr-orphan)"
	eventually sh -c "! ctr -a $ENGINE_DIR/sock tasks ls | grep -q 'ctr-orphan.*RUNNING'"
	cctr tasks rm -f ctr-orphan 2>/dev/null || true
	eventually nothing_left ctr-orphan
	cctr containers rm ctr-orphan
	run -0 ctr_run --rm "$image" ctr-orphan echo again
	[ "$output" = again ]
}

@test "ctr: ten containers at once" {
	local n started=()
	for n in 0 1 2 3 4 5 6 7 8 9; do
		ctr_run --rm "$image" "ctr-many$n" echo "$n" >"$BATS_TEST_TMPDIR/$n" 2>&1 3>&- &
		started+=($!)
	done
	wait "${started[@]}"
	for n in 0 1 2 3 4 5 6 7 8 9; do
		says "$n" cat "$BATS_TEST_TMPDIR/$n"
		eventually nothing_left "ctr-many$n"
	done
}

@test "ctr run --annotation nucleus.landlock=default confines, and what is executed in it" {
	default_policy_only
	waiting ctr-confined --annotation nucleus.landlock=default
	run cctr tasks exec --exec-id first ctr-confined \
		sh -c '(echo x >/etc/new) 2>/dev/null && echo wrote; echo y >/tmp/y && echo tmp-ok'
	[ "$output" = tmp-ok ]
	remove ctr-confined
}
