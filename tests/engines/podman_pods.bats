#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Podman as root: pods, builds, systemd units, and images of a whole distribution.

load podman

setup_file() {
	podman_setup_file
	[ ! -f "$ENGINE_IMAGES/debian.tar" ] || pod import "$ENGINE_IMAGES/debian.tar" "$debian" >/dev/null 2>&1
}

teardown_file() {
	podman_teardown_file
}

need_debian() {
	[ -f "$ENGINE_IMAGES/debian.tar" ] || skip "no Debian could be had (install)"
}

@test "podman pod: two containers share network, IPC and host name" {
	local first second
	pod pod create --name couple --infra-image "$image" --infra-command "sleep 1000" --hostname pair >/dev/null
	first=$(waiting one --pod couple)
	second=$(waiting two --pod couple)
	eventually says ready pod logs two
	for name in net ipc uts; do
		[ "$(pod exec one readlink /proc/self/ns/$name)" = "$(pod exec two readlink /proc/self/ns/$name)" ]
	done
	[ "$(pod exec one readlink /proc/self/ns/pid)" != "$(pod exec two readlink /proc/self/ns/pid)" ]
	says pair pod exec one hostname
	pod pod pause couple >/dev/null
	state_is paused two
	pod pod unpause couple >/dev/null
	pod pod stop -t 5 couple >/dev/null
	state_is exited one
	pod pod start couple >/dev/null
	state_is running two
	pod pod rm -f -t 0 couple >/dev/null
	eventually nothing_left "$first"
	eventually nothing_left "$second"
}

@test "podman pod: a shared pid namespace" {
	pod pod create --name shared --share pid,ipc --infra-image "$image" --infra-command "sleep 1000" >/dev/null
	waiting inner --pod shared >/dev/null
	run -0 pod exec inner ps -o pid,args
	[[ "$output" == *"1 sleep 1000"* ]]
	pod pod rm -f -t 0 shared >/dev/null
}

@test "podman kube play, kube down" {
	cat >"$BATS_TEST_TMPDIR/pod.yaml" <<-YAML
		apiVersion: v1
		kind: Pod
		metadata:
		  name: played
		spec:
		  containers:
		  - name: main
		    image: $image
		    imagePullPolicy: Never
		    command: [sh, -c, 'echo played; exec sleep 1000']
		    securityContext:
		      runAsUser: 1000
		      readOnlyRootFilesystem: true
		      capabilities:
		        drop: [ALL]
		    resources:
		      limits:
		        memory: 64Mi
	YAML
	run -0 pod kube play --network none "$BATS_TEST_TMPDIR/pod.yaml"
	eventually says played pod logs played-main
	run -0 pod exec played-main sh -c 'id -u; touch /x 2>/dev/null || echo ro; grep CapEff /proc/self/status'
	[[ "$output" == 1000*ro*0000000000000000 ]]
	pod kube down "$BATS_TEST_TMPDIR/pod.yaml" >/dev/null
}

@test "podman build: RUN steps, as root and as a user" {
	mkdir "$BATS_TEST_TMPDIR/context"
	echo copied >"$BATS_TEST_TMPDIR/context/file"
	cat >"$BATS_TEST_TMPDIR/context/Containerfile" <<-TEXT
		FROM $image
		ARG WORD=none
		COPY file /file
		RUN echo "\$WORD" >/word && test "\$\$" = 1
		USER user
		RUN id -u >/tmp/who
		RUN cat /proc/1/comm >/tmp/first
		CMD cat /word /file /tmp/who
	TEXT
	run -0 pod build --runtime "$RUNTIME" --isolation oci --build-arg WORD=built -t localhost/built:1 "$BATS_TEST_TMPDIR/context"
	says $'built\ncopied\n1000' one_off localhost/built:1
	echo 'RUN exit 3' >>"$BATS_TEST_TMPDIR/context/Containerfile"
	run ! pod build --runtime "$RUNTIME" --isolation oci -t localhost/built:2 "$BATS_TEST_TMPDIR/context"
	[[ "$output" == *"exit status 3"* ]]
}

@test "podman generate systemd: a unit that runs the container" {
	pod create --name unit "$image" sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done' >/dev/null
	pod generate systemd --new --name unit >"$BATS_TEST_TMPDIR/unit.service"
	pod rm unit >/dev/null
	# What systemd would execute, since this may be a machine without it.
	by_hand ExecStart
	state_is running unit
	by_hand ExecStop
	by_hand ExecStopPost
	run ! pod container exists unit
}

by_hand() {
	sed -e ':a' -e '/\\$/{N; s/\\\n//; ba}' "$BATS_TEST_TMPDIR/unit.service" | sed -n "s/^$1=//p" |
		sed "s|/usr/bin/podman|$ENGINE_DIR/podman|; s|%t|$BATS_TEST_TMPDIR|g; s|%n|unit|g" >"$BATS_TEST_TMPDIR/command"
	sh -c "$(cat "$BATS_TEST_TMPDIR/command")" >/dev/null
}

@test "podman run of a Debian: a shell, a package manager, a user of its own" {
	need_debian
	run -0 one_off "$debian" bash -c 'dpkg-query -W -f "\${Package}\n" | grep -c . && useradd -m somebody && su - somebody -c "id -un; pwd" && perl -e "print 6*7"'
	[[ "$output" =~ somebody$'\n'/home/somebody$'\n'42 ]]
}

@test "podman exec in a Debian under the landlock policy default" {
	default_policy_only
	need_debian
	local id
	id=$(pod run -d --name debian --annotation nucleus.landlock=default "$debian" sleep 1000)
	run -0 --separate-stderr pod exec debian bash -c 'echo x >/etc/x 2>/dev/null && echo wrote; echo x >/tmp/x && perl -e "print 6*7"'
	[ "$output" = 42 ]
	remove debian "$id"
}
