#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Docker's daemon, with the runtime as its default.

load engines

setup_file() {
	need dockerd docker iptables
	tested docker/daemon.json >"$ENGINE_DIR/daemon.json"
	dockerd --config-file "$ENGINE_DIR/daemon.json" --data-root "$ENGINE_DIR/data" --exec-root "$ENGINE_DIR/exec" \
		--pidfile "$ENGINE_DIR/docker.pid" --host "unix://$ENGINE_DIR/docker.sock" --oom-score-adjust 0 \
		--exec-opt native.cgroupdriver=cgroupfs >"$ENGINE_DIR/docker.log" 2>&1 3>&- 4>&- </dev/null &
	echo $! >"$ENGINE_DIR/daemon"
	if ! eventually dock version; then
		end_processes >/dev/null
		skip "dockerd does not start here: $(tail -n 1 "$ENGINE_DIR/docker.log" | cut -c 1-200)"
	fi
	dock import --change "ENV PATH=$PATH" "$ENGINE_IMAGES/busybox.tar" "$image" >/dev/null
}

teardown_file() {
	local failed=0 id
	[ -f "$ENGINE_DIR/daemon" ] || return 0
	for id in $(dock ps -aq); do
		echo "left: $id" && failed=1
		dock rm -f "$id" >/dev/null || true
	done
	ends "$(cat "$ENGINE_DIR/daemon")" || failed=1
	eventually no_processes || failed=1
	end_processes
	eventually no_groups || failed=1
	[ "$failed" = 0 ]
}

dock() {
	docker --config "$ENGINE_DIR" --host "unix://$ENGINE_DIR/docker.sock" "$@"
}

waiting() {
	local name=$1
	shift
	dock run -d --name "$name" "$@" "$image" sh -c 'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'
}

state_is() {
	says "$1" dock inspect -f '{{.State.Status}}' "$2"
}

remove() {
	dock rm -f "$1" >/dev/null
	eventually nothing_left "$2"
}

@test "docker run: output, exit code, errors" {
	says nucleus-oci dock info -f '{{.DefaultRuntime}}'
	run -0 dock run --rm --hostname inside "$image" sh -c 'echo "$$ $(hostname)"'
	[ "$output" = "1 inside" ]
	run -7 dock run --rm "$image" sh -c 'exit 7'
	run -127 dock run --rm "$image" /bin/no-such-program
	run -126 dock run --rm "$image" /etc
}

@test "docker run -d, logs, exec, stop, start, rm" {
	local id
	id=$(waiting first --env A=b)
	eventually says ready dock logs first
	says "b 1000" dock exec --user user first sh -c 'echo "$A $(id -u)"'
	run -5 dock exec first sh -c 'exit 5'
	says through dock exec -i first cat <<<through
	dock stop -t 5 first >/dev/null
	says 0 dock inspect -f '{{.State.ExitCode}}' first
	dock start first >/dev/null
	state_is running first
	remove first "$id"
}

@test "docker run -it, exec -it: a terminal" {
	local id
	run -3 in_tty docker --config "$ENGINE_DIR" --host "unix://$ENGINE_DIR/docker.sock" run --rm -it "$image" sh -c 'tty; exit 3'
	[[ "$output" == */dev/* ]]
	id=$(waiting terminal)
	run -4 in_tty docker --config "$ENGINE_DIR" --host "unix://$ENGINE_DIR/docker.sock" exec -it terminal sh -c 'tty; exit 4'
	[[ "$output" == */dev/pts/* ]]
	remove terminal "$id"
}

@test "docker pause, unpause, kill, restart" {
	local id
	id=$(waiting frozen)
	dock pause frozen >/dev/null
	state_is paused frozen
	dock unpause frozen >/dev/null
	state_is running frozen
	dock restart -t 5 frozen >/dev/null
	state_is running frozen
	dock kill frozen >/dev/null
	says 137 dock wait frozen
	remove frozen "$id"
}

@test "docker update, stats, top" {
	local id
	id=$(waiting limits --memory 64m --pids-limit 50)
	dock update --memory 128m --memory-swap 256m --cpu-shares 256 limits >/dev/null
	[ "$(find /sys/fs/cgroup -path "*$id*" \( -name memory.limit_in_bytes -o -name memory.max \) -exec cat {} + | head -n 1)" = $((128 << 20)) ]
	run -0 dock stats --no-stream --format '{{.Name}} {{.PIDs}}' limits
	[[ "$output" =~ ^limits\ [1-9] ]]
	run -0 dock top limits -o pid,comm
	[[ "$output" == *sh* ]]
	remove limits "$id"
}

@test "docker run: read-only, tmpfs, volumes, capabilities, seccomp" {
	run -0 dock run --rm --read-only --tmpfs /scratch -v kept:/data --cap-drop ALL "$image" sh -c \
		'touch /x 2>/dev/null || echo ro; touch /scratch/x && echo scratch; echo z >/data/file; cat /proc/self/status'
	[[ "$output" == ro*scratch* ]]
	[[ "$output" =~ CapEff:[[:space:]]+0000000000000000 && "$output" =~ Seccomp:.2 ]]
	says z dock run --rm -v kept:/data:ro "$image" cat /data/file
	dock volume rm kept >/dev/null
}

@test "docker run --privileged" {
	run -0 dock run --rm --privileged "$image" sh -c 'mount -t tmpfs none /tmp && echo mounted'
	[ "$output" = mounted ]
}

@test "docker: containers on a bridge, one in another's network" {
	local id
	id=$(waiting server)
	dock exec -d server sh -c 'while :; do echo served | nc -l -p 7777; done'
	address=$(dock inspect -f '{{.NetworkSettings.IPAddress}}' server)
	[[ "$address" == 172.* ]]
	eventually says served dock run --rm "$image" timeout 1 nc "$address" 7777
	eventually says served dock run --rm --network container:server "$image" timeout 1 nc 127.0.0.1 7777
	remove server "$id"
}

@test "docker run --init, --restart" {
	local id
	id=$(dock run -d --name failing --init --restart on-failure:2 "$image" sh -c 'echo try; exit 1')
	eventually says 2 dock inspect -f '{{.RestartCount}}' failing
	eventually state_is exited failing
	remove failing "$id"
}

@test "docker build: RUN steps" {
	mkdir "$BATS_TEST_TMPDIR/context"
	printf 'FROM %s\nUSER user\nRUN id -u >/tmp/who\nCMD cat /tmp/who\n' "$image" >"$BATS_TEST_TMPDIR/context/Dockerfile"
	DOCKER_BUILDKIT=0 run -0 dock build -q -t localhost/built:1 "$BATS_TEST_TMPDIR/context"
	says 1000 dock run --rm localhost/built:1
}
