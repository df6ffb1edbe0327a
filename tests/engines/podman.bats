#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Podman as root: one container, from run to rm.

load podman

setup_file() {
	podman_setup_file
}

teardown_file() {
	podman_teardown_file
}

@test "podman run: output, exit code, pid 1, host name" {
	run -0 one_off "$image" echo hello
	[ "$output" = hello ]
	run -7 one_off "$image" sh -c 'exit 7'
	run -0 one_off --hostname inside "$image" sh -c 'echo "$$ $(hostname)"'
	[ "$output" = "1 inside" ]
	says "$RUNTIME" pod info -f '{{.Host.OCIRuntime.Path}}'
}

@test "podman run: what is wrong is said in Podman's words and exit codes" {
	run -127 one_off "$image" /bin/no-such-program
	[[ "$output" == *[Nn]"o such file"* || "$output" == *"not found"* ]]
	run -126 one_off "$image" /etc
	[[ "$output" == *[Pp]"ermission denied"* ]]
}

@test "podman run -d, logs, kill, wait, rm" {
	local id
	id=$(pod run -d --name first "$image" sh -c \
		'trap "echo caught; exit 3" TERM; echo ready; while :; do sleep 0.1; done')
	eventually says ready pod logs first
	state_is running first
	pod kill --signal TERM first
	says 3 pod wait first
	has caught pod logs first
	pod rm first
	eventually nothing_left "$id"
}

@test "podman stop: a process that ends slowly, one that ignores SIGTERM" {
	local slow stubborn
	slow=$(pod run -d --name slow "$image" sh -c 'trap "sleep 0.5; exit 9" TERM; echo ready; while :; do sleep 0.1; done')
	stubborn=$(pod run -d --name stubborn "$image" sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done')
	eventually says ready pod logs slow
	eventually says ready pod logs stubborn
	pod stop -t 10 slow
	says 9 pod inspect -f '{{.State.ExitCode}}' slow
	pod stop -t 1 stubborn
	says 137 pod inspect -f '{{.State.ExitCode}}' stubborn
	remove slow "$slow"
	remove stubborn "$stubborn"
}

@test "podman start, restart, attach" {
	local id
	id=$(pod create --name again "$image" sh -c 'echo one more')
	says "one more" pod start --attach again
	says "one more" pod start --attach again
	remove again "$id"
	id=$(waiting again)
	eventually says ready pod logs again
	pod restart -t 5 again >/dev/null
	state_is running again
	eventually says $'ready\nready' pod logs again
	remove again "$id"
}

@test "podman kill: signals by name and by number" {
	local id
	id=$(pod run -d --name signals "$image" sh -c \
		'trap "echo usr1" USR1; trap "echo usr2" USR2; echo ready; while :; do sleep 0.1; done')
	eventually has ready pod logs signals
	pod kill -s USR1 signals
	eventually has usr1 pod logs signals
	pod kill -s 12 signals
	eventually has usr2 pod logs signals
	pod kill signals
	says 137 pod wait signals
	remove signals "$id"
}

@test "podman exec: output, exit code, user, folder, environment" {
	local id
	id=$(waiting exec --env FIRST=1)
	run -0 pod exec --user 1000:2000 --workdir /tmp --env SECOND=2 exec sh -c 'echo "$(id -u) $(id -g) $PWD $FIRST $SECOND"'
	[ "$output" = "1000 2000 /tmp 1 2" ]
	run -5 pod exec exec sh -c 'exit 5'
	run -0 pod exec --user user exec id -G
	[ "$output" = "1000 2000" ]
	run -127 pod exec exec no-such-program
	run -126 pod exec exec /etc
	says "in between" pod exec -i exec cat <<<"in between"
	remove exec "$id"
}

@test "podman exec -d, --privileged, --preserve-fds" {
	local id
	id=$(waiting more)
	pod exec -d more sh -c 'echo done >/tmp/done; exec sleep 1000'
	eventually pod exec more test -s /tmp/done
	run -0 pod exec --privileged more grep CapEff /proc/self/status
	[[ ${output##*[[:space:]]} != "$(pod exec more sed -n 's/^CapEff:.//p' /proc/self/status)" ]]
	echo passed >"$BATS_TEST_TMPDIR/fd"
	says passed pod exec --preserve-fds 1 more sh -c 'cat <&3' 3<"$BATS_TEST_TMPDIR/fd"
	remove more "$id"
}

@test "podman exec -it: a terminal, its size, its exit code" {
	local id
	id=$(waiting terminal)
	run -3 in_tty "$ENGINE_DIR/podman" exec -it terminal sh -c 'test -t 0 && test -t 1 && tty && exit 3'
	[[ "$output" == */dev/pts/* ]]
	remove terminal "$id"
}

@test "podman run -t, -it: a terminal" {
	run -0 one_off -t "$image" sh -c 'test -t 0 && test -t 1 && echo terminal'
	[[ "$output" == *terminal* ]]
	run -4 in_tty "$ENGINE_DIR/podman" run --rm -it "$image" sh -c 'stty size && tty && exit 4'
	[[ "$output" == */dev/pts/* || "$output" == */dev/console* ]]
}

@test "podman pause, unpause" {
	local id
	id=$(waiting frozen)
	pod pause frozen
	state_is paused frozen
	run ! pod exec frozen true
	pod unpause frozen
	state_is running frozen
	pod kill -s TERM frozen
	says 0 pod wait frozen
	remove frozen "$id"
}

@test "podman update: limits of a running container" {
	local id
	id=$(waiting limits --memory 64m --cpu-shares 512)
	pod update --memory 128m --cpu-shares 256 limits
	[ "$(limit_of "$id" memory.limit_in_bytes memory.max)" = $((128 << 20)) ]
	remove limits "$id"
}

# limit_of ID V1-FILE V2-FILE: of the container's group. Podman has a group below it for the container on v2.
limit_of() {
	local file
	file=$(find /sys/fs/cgroup -path "*$1*" \( -name "$2" -o -name "$3" \) | head -n 1)
	cat "$file"
}

@test "podman --cgroup-manager=systemd: a scope with its limits" {
	[ "$CGROUP_MANAGER" = systemd ] || skip "systemd is not init"
	local id unit
	id=$(waiting scope --memory 64m --pids-limit 30)
	unit=libpod-$id.scope
	says active systemctl is-active "$unit"
	says 67108864 systemctl show --property MemoryMax --value "$unit"
	systemctl daemon-reload
	[ "$(limit_of "$id" memory.limit_in_bytes memory.max)" = $((64 << 20)) ]
	[ "$(limit_of "$id" pids.max pids.max)" = 30 ]
	remove scope "$id"
	run ! systemctl is-active "$unit"
}

@test "podman stats, top" {
	local id
	id=$(waiting watched --memory 64m --pids-limit 50)
	run -0 pod stats --no-stream --format '{{.Name}} {{.PIDs}} {{.MemLimit}}' watched
	[[ "$output" =~ ^watched\ [1-9] ]]
	run -0 pod top watched pid comm
	[[ "$output" =~ 1[[:space:]]+sh ]]
	run -0 pod top watched -o pid,comm
	remove watched "$id"
}

@test "podman healthcheck run" {
	local id
	id=$(waiting sick --health-cmd 'test -e /tmp/well' --health-interval disable --health-retries 1)
	run -1 pod healthcheck run sick
	eventually says unhealthy pod inspect -f '{{.State.Health.Status}}' sick
	pod exec sick touch /tmp/well
	run -0 pod healthcheck run sick
	eventually says healthy pod inspect -f '{{.State.Health.Status}}' sick
	remove sick "$id"
}

@test "podman run --init: a first process that reaps" {
	[ -x /usr/libexec/podman/catatonit ] || need catatonit
	local id
	id=$(pod run -d --init --name reaper "$image" sleep 1000)
	run -0 pod top reaper pid args
	[[ "$output" =~ 1[[:space:]]+[^[:space:]]*(init|catatonit) ]]
	remove reaper "$id"
}

@test "podman run --read-only, --tmpfs, volumes" {
	mkdir -p "$ENGINE_DIR/volume"
	run -0 one_off --read-only --tmpfs /scratch:size=1m,mode=1777 -v "$ENGINE_DIR/volume:/data" \
		-v "$ENGINE_DIR/volume:/seen:ro" -v named:/named "$image" sh -c '
		echo x >/data/file; touch /x 2>/dev/null || echo ro; touch /seen/x 2>/dev/null || echo seen-ro
		echo y >/scratch/y && echo scratch; df -k /scratch | tail -n 1; echo kept >/named/file; touch /tmp/z && echo tmp'
	[ "$(cat "$ENGINE_DIR/volume/file")" = x ]
	[[ "$output" == *ro*seen-ro*scratch*1024*tmp* ]]
	says kept one_off -v named:/named:ro "$image" cat /named/file
	run ! one_off --read-only --read-only-tmpfs=false "$image" touch /tmp/z
	pod volume rm named
}

@test "podman run: limits of processes, memory and CPU in the groups" {
	local id
	id=$(waiting limited --memory 64m --pids-limit 20 --cpus 0.5 --cpuset-cpus 0)
	[ "$(limit_of "$id" memory.limit_in_bytes memory.max)" = $((64 << 20)) ]
	[ "$(limit_of "$id" pids.max pids.max)" = 20 ]
	[[ "$(limit_of "$id" cpu.cfs_quota_us cpu.max)" == 50000* ]]
	[ "$(limit_of "$id" cpuset.cpus cpuset.cpus)" = 0 ]
	remove limited "$id"
}

@test "podman run --memory: an OOM kill that Podman reports" {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip "conmon sees it on cgroup v2"
	run -1 pod run --name hungry --memory 16m --memory-swap 16m "$image" sh -c 'tail /dev/zero; sleep 1; exit 1'
	says true pod inspect -f '{{.State.OOMKilled}}' hungry
	pod rm hungry
}

@test "podman run --pids-limit: one process too many" {
	run one_off --pids-limit 10 "$image" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo all'
	[[ "$output" == *[Ff]ork* ]]
}

@test "podman run --security-opt seccomp=FILE" {
	cat >"$BATS_TEST_TMPDIR/profile" <<-'JSON'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}
	JSON
	run -0 one_off --security-opt seccomp="$BATS_TEST_TMPDIR/profile" "$image" sh -c 'mkdir /x; grep Seccomp: /proc/self/status'
	[[ "$output" =~ "not supported".*2 ]]
	run -0 one_off --security-opt seccomp=unconfined "$image" grep Seccomp: /proc/self/status
	[[ "$output" =~ Seccomp:.0 ]]
}

@test "podman run --cap-drop all, --cap-add, no-new-privileges, --user" {
	run -0 one_off --cap-drop all "$image" cat /proc/self/status
	[[ "$output" =~ CapEff:[[:space:]]+0000000000000000 ]]
	run -0 one_off --cap-drop all --cap-add net_raw --security-opt no-new-privileges "$image" cat /proc/self/status
	[[ "$output" =~ CapEff:[[:space:]]+0000000000002000 ]]
	[[ "$output" =~ NoNewPrivs:[[:space:]]+1 ]]
	says "1000 1000 2000" one_off --user user "$image" sh -c 'echo "$(id -u) $(id -G)"'
	says "1000 0 2000" one_off --user 1000:0 --group-add 2000 "$image" sh -c 'echo "$(id -u) $(id -G)"'
}

@test "podman run --device" {
	[ -c /dev/fuse ] || skip "there is no /dev/fuse"
	run -0 one_off --device /dev/fuse:/dev/other:r "$image" sh -c \
		': </dev/other && echo read; (: >/dev/other) 2>/dev/null || echo only'
	[ "$output" = $'read\nonly' ]
}

@test "podman run: sysctl, limits, environment, folder, labels, hosts" {
	run -0 one_off --sysctl kernel.msgmax=4096 --ulimit nofile=100:200 --ulimit nproc=1000:1000 --env A=b --workdir /var \
		--add-host other:10.0.0.1 "$image" sh -c \
		'cat /proc/sys/kernel/msgmax; ulimit -n; ulimit -Hn; echo $A; pwd; grep -c other /etc/hosts'
	[ "$output" = $'4096\n100\n200\nb\n/var\n1' ]
}

@test "podman run --userns=auto" {
	local id
	id=$(waiting auto --userns=auto)
	run -0 pod exec auto cat /proc/self/uid_map
	[[ "$output" =~ ^\ +0\ +1[0-9]{6} ]]
	run -0 pod exec auto sh -c 'touch /tmp/x && stat -c %u /tmp/x'
	[ "$output" = 0 ]
	remove auto "$id"
}

@test "podman run --uidmap, with a volume" {
	mkdir -p "$ENGINE_DIR/mapped"
	chown 2000000 "$ENGINE_DIR/mapped"
	run -0 one_off --uidmap 0:2000000:1000 --gidmap 0:2000000:1000 -v "$ENGINE_DIR/mapped:/data" "$image" \
		sh -c 'touch /data/x; stat -c %u /data/x'
	[ "$output" = 0 ]
	[ "$(stat -c %u "$ENGINE_DIR/mapped/x")" = 2000000 ]
}

@test "podman run --restart on-failure" {
	local id
	id=$(pod run -d --name failing --restart on-failure:2 "$image" sh -c 'echo try; exit 1')
	eventually says 2 pod inspect -f '{{.RestartCount}}' failing
	eventually state_is exited failing
	[ "$(pod logs failing | grep -c try)" = 3 ]
	remove failing "$id"
}

@test "podman run --privileged, host namespaces" {
	run -0 one_off --privileged "$image" sh -c 'ls /dev | wc -l; mount -t tmpfs none /tmp && echo mounted'
	[[ "$output" == *mounted* ]]
	says "$(for n in ipc net uts; do readlink /proc/self/ns/$n; done)" one_off --ipc=host --network=host \
		--uts=host "$image" sh -c 'for n in ipc net uts; do readlink /proc/self/ns/$n; done'
}

@test "podman run --cgroups=disabled" {
	ours_only # by the list of contrib/engines; Podman knows that runc can't
	run -0 one_off --cgroups=disabled "$image" sh -c 'cat /proc/self/cgroup'
	[[ "$output" != *libpod* ]]
}

@test "podman cp, diff, commit" {
	local id
	id=$(waiting copied)
	echo brought >"$BATS_TEST_TMPDIR/file"
	pod cp "$BATS_TEST_TMPDIR/file" copied:/tmp/file
	says brought pod exec copied cat /tmp/file
	has /tmp/file pod diff copied
	pod commit -q copied localhost/copied:1
	says brought one_off localhost/copied:1 cat /tmp/file
	remove copied "$id"
}

@test "podman: ten containers at once" {
	local n ids=() started=()
	for n in 0 1 2 3 4 5 6 7 8 9; do
		pod run -d --name "many$n" "$image" sh -c "echo $n; exec sleep 1000" >"$BATS_TEST_TMPDIR/id$n" 3>&- &
		started+=($!)
	done
	wait "${started[@]}"
	for n in 0 1 2 3 4 5 6 7 8 9; do
		eventually says "$n" pod logs "many$n"
		ids+=("$(cat "$BATS_TEST_TMPDIR/id$n")")
	done
	pod rm -f -t 0 many0 many1 many2 many3 many4 many5 many6 many7 many8 many9 >/dev/null
	for n in "${ids[@]}"; do eventually nothing_left "$n"; done
}

@test "podman --annotation nucleus.landlock=default confines" {
	default_policy_only
	# Podman passes on the warnings about folders that this image lacks.
	run -0 --separate-stderr one_off --annotation nucleus.landlock=default "$image" \
		sh -c 'echo x >/etc/new 2>/dev/null && echo wrote; echo y >/tmp/y && echo tmp-ok'
	[ "$output" = tmp-ok ]
}

@test "podman exec is confined by the container's nucleus.landlock" {
	default_policy_only
	local id
	id=$(waiting confined --annotation nucleus.landlock=default)
	run -0 --separate-stderr pod exec confined \
		sh -c 'echo x >/etc/new 2>/dev/null && echo wrote; echo y >/tmp/y && echo tmp-ok'
	[ "$output" = tmp-ok ]
	remove confined "$id"
}
