#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# containerd as Kubernetes uses it: pods of a runtime class, made with crictl.

load containerd

setup_file() {
	[ -x "$ENGINE_IMAGES/bin/crictl" ] || skip "crictl could not be installed"
	[ -x /usr/lib/cni/bridge ] || skip "containernetworking-plugins is not installed"
	mkdir "$ENGINE_DIR/cni"
	cat >"$ENGINE_DIR/cni/10-test.conflist" <<-JSON
		{"cniVersion": "0.4.0", "name": "test", "plugins": [{"type": "bridge", "bridge": "cni-test",
			"isGateway": true, "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.88.77.0/24"}]],
			"dataDir": "$ENGINE_DIR/ipam"}}]}
	JSON
	containerd_setup_file '' < <("configuration_$(containerd_major)")
	cctr -n k8s.io images import "$ENGINE_IMAGES/image.tar" >/dev/null
	eventually cri_ready
	mkdir "$ENGINE_DIR/logs"
}

configuration_1() {
	tested containerd/config-1.x.toml | sed '/^version/d'
	cat <<-TOML
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$image"
		  restrict_oom_score_adj = true
		  tolerate_missing_hugetlb_controller = true
		  disable_apparmor = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/usr/lib/cni"
		    conf_dir = "$ENGINE_DIR/cni"
		  [plugins."io.containerd.grpc.v1.cri".registry]
		    config_path = "$ENGINE_DIR/registries"
	TOML
}

configuration_2() {
	tested containerd/config-2.x.toml | sed '/^version/d'
	cat <<-TOML
		[plugins."io.containerd.cri.v1.runtime"]
		  restrict_oom_score_adj = true
		  tolerate_missing_hugetlb_controller = true
		  disable_apparmor = true
		  [plugins."io.containerd.cri.v1.runtime".cni]
		    bin_dirs = ["/usr/lib/cni"]
		    conf_dir = "$ENGINE_DIR/cni"
		[plugins."io.containerd.cri.v1.images"]
		  [plugins."io.containerd.cri.v1.images".pinned_images]
		    sandbox = "$image"
		  [plugins."io.containerd.cri.v1.images".registry]
		    config_path = "$ENGINE_DIR/registries"
	TOML
}

teardown_file() {
	[ -f "$ENGINE_DIR/containerd.pid" ] || return 0
	[ -z "$(cri pods -q)" ] || cri rmp -a -f >/dev/null 2>&1 || true
	containerd_teardown_file
}

cri() {
	"$ENGINE_IMAGES/bin/crictl" --config /dev/null --timeout $((20 * ${ENGINE_PATIENCE:-1}))s --runtime-endpoint "unix://$ENGINE_DIR/sock" \
		--image-endpoint "unix://$ENGINE_DIR/sock" "$@"
}

cri_ready() {
	says '["RuntimeReady:true","NetworkReady:true"]' cri_conditions
}

cri_conditions() {
	cri info | jq -c '[.status.conditions[] | select(.type == "RuntimeReady" or .type == "NetworkReady")
		| "\(.type):\(.status)"]'
}

# sandbox NAME [JQ-PROGRAM]: runs a pod of the runtime class, whose containers share all but the pid namespace;
# its id.
sandbox() {
	jq -n --arg name "$1" --arg logs "$ENGINE_DIR/logs/$1" '{
		metadata: {name: $name, namespace: "default", attempt: 1, uid: $name},
		hostname: $name, log_directory: $logs,
		linux: {cgroup_parent: "/kubepods", security_context: {namespace_options: {pid: 1}}}} | '"${2:-.}" >"$ENGINE_DIR/$1.pod.json"
	mkdir -p "$ENGINE_DIR/logs/$1"
	cri runp --runtime nucleus "$ENGINE_DIR/$1.pod.json"
}

# container POD-ID POD NAME SCRIPT [JQ-PROGRAM]: creates and starts it; its id.
container() {
	local id
	jq -n --arg name "$3" --arg image "$image" --arg script "$4" '{
		metadata: {name: $name}, image: {image: $image}, command: ["sh", "-c", $script],
		log_path: ($name + ".log"),
		linux: {security_context: {namespace_options: {pid: 1}}}} | '"${5:-.}" >"$ENGINE_DIR/$2.$3.json"
	id=$(cri create "$1" "$ENGINE_DIR/$2.$3.json" "$ENGINE_DIR/$2.pod.json") || return
	cri start "$id" >/dev/null || return
	echo "$id"
}

# state_of ID, pod_state_of ID
state_of() {
	cri inspect -o json "$1" | jq -r .status.state
}

pod_state_of() {
	cri inspectp -o json "$1" | jq -r .status.state
}

wait_script='trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'

remove_pod() {
	cri stopp "$1" >/dev/null
	cri rmp "$1" >/dev/null
	eventually nothing_left "$1"
}

@test "cri: a pod, a container: logs, exec, its exit code, inspect, stop, remove" {
	local pod id
	pod=$(sandbox single)
	id=$(container "$pod" single main "$wait_script")
	eventually has ready cri logs "$id"
	says CONTAINER_RUNNING state_of "$id"
	[ "$(cri inspectp -o json "$pod" | jq -r '.info.runtimeHandler // .status.runtimeHandler')" = nucleus ]
	run -0 cri exec --sync "$id" sh -c 'hostname; id -u'
	[ "$output" = $'single\n0' ]
	run -1 cri exec --sync "$id" sh -c 'exit 7'
	[[ "$output" == *7* ]]
	run -0 cri exec "$id" echo streamed
	[[ "$output" == *streamed* ]]
	cri stop --timeout 5 "$id" >/dev/null
	eventually says CONTAINER_EXITED state_of "$id"
	cri rm "$id" >/dev/null
	eventually nothing_left "$id"
	remove_pod "$pod"
}

@test "cri: two containers of a pod share network, IPC and host name" {
	local pod one two name
	pod=$(sandbox couple)
	one=$(container "$pod" couple one "$wait_script")
	two=$(container "$pod" couple two "$wait_script")
	for name in net ipc uts; do
		[ "$(cri exec --sync "$one" readlink /proc/self/ns/$name)" = "$(cri exec --sync "$two" readlink /proc/self/ns/$name)" ]
	done
	[ "$(cri exec --sync "$one" readlink /proc/self/ns/pid)" != "$(cri exec --sync "$two" readlink /proc/self/ns/pid)" ]
	remove_pod "$pod"
}

@test "cri: containers of a pod share a pid namespace; a pod of the host's namespaces" {
	local pod id
	pod=$(sandbox pids '.linux.security_context.namespace_options = {pid: 0}')
	id=$(container "$pod" pids main "$wait_script" '.linux.security_context.namespace_options = {pid: 0}')
	run -0 cri exec --sync "$id" ps -o pid,args
	[[ "$output" =~ 1\ sleep\ 100000 ]]
	remove_pod "$pod"
	pod=$(sandbox host '.linux.security_context.namespace_options = {network: 2, ipc: 2} | del(.hostname)')
	id=$(container "$pod" host main "$wait_script" '.linux.security_context.namespace_options = {network: 2, ipc: 2}')
	says "$(readlink /proc/self/ns/net)" cri exec --sync "$id" readlink /proc/self/ns/net
	remove_pod "$pod"
}

@test "cri: two pods reach each other by address" {
	local first second address
	first=$(sandbox first)
	second=$(sandbox second)
	address=$(cri inspectp -o json "$first" | jq -r .status.network.ip)
	[[ "$address" == 10.88.77.* ]]
	container "$first" first server 'while :; do echo served | nc -l -p 7777; done' >/dev/null
	id=$(container "$second" second client "$wait_script")
	eventually says served cri exec --sync "$id" timeout 1 nc "$address" 7777
	remove_pod "$first"
	remove_pod "$second"
}

@test "cri: exec -it, attach" {
	local pod id
	pod=$(sandbox terminal)
	id=$(container "$pod" terminal main 'while read -r line; do echo "heard $line"; done; sleep 1000' '.stdin = true')
	run -0 in_tty "$ENGINE_IMAGES/bin/crictl" --runtime-endpoint "unix://$ENGINE_DIR/sock" exec -it "$id" tty
	[[ "$output" == */dev/pts/* ]]
	(echo word; sleep 2) | timeout 5 "$ENGINE_IMAGES/bin/crictl" --runtime-endpoint "unix://$ENGINE_DIR/sock" attach -i "$id" >"$BATS_TEST_TMPDIR/attached" 2>&1 3>&- || true
	eventually has "heard word" cri logs "$id"
	remove_pod "$pod"
}

@test "cri: stats, and limits that are updated" {
	local pod id
	pod=$(sandbox limits)
	id=$(container "$pod" limits main "$wait_script" '.linux.resources = {memory_limit_in_bytes: 67108864, cpu_shares: 512}')
	run -0 cri stats -o json "$id"
	jq -e '.stats[0] | (.memory.workingSetBytes.value | tonumber) > 0 and (.cpu.usageCoreNanoSeconds.value | tonumber) > 0' <<<"$output"
	[ "$(limit_of "$id")" = 67108864 ]
	cri update --memory 134217728 "$id" >/dev/null
	[ "$(limit_of "$id")" = 134217728 ]
	remove_pod "$pod"
}

limit_of() {
	find /sys/fs/cgroup -path "*$1*" \( -name memory.limit_in_bytes -o -name memory.max \) -exec cat {} + | head -n 1
}

@test "cri: security contexts" {
	local pod id
	pod=$(sandbox secure)
	id=$(container "$pod" secure main "$wait_script" '.linux.security_context += {run_as_user: {value: 1000}, run_as_group: {value: 1000},
		supplemental_groups: [2000], readonly_rootfs: true, no_new_privs: true, capabilities: {drop_capabilities: ["ALL"]},
		seccomp: {profile_type: 0}, masked_paths: ["/proc/kcore", "/proc/keys"], readonly_paths: ["/proc/sys"]}')
	run -0 cri exec --sync "$id" sh -c 'id -u; id -G; touch /x 2>/dev/null || echo ro; cat /proc/self/status; (: >/proc/sys/kernel/domainname) 2>/dev/null || echo sys-ro'
	[[ "$output" == 1000$'\n'1000\ 2000$'\n'ro* && "$output" == *sys-ro* ]]
	[[ "$output" =~ CapEff:.0000000000000000 && "$output" =~ NoNewPrivs:.1 && "$output" =~ Seccomp:.2 ]]
	remove_pod "$pod"
}

@test "cri: privileged, with a volume" {
	local pod id
	mkdir -p "$ENGINE_DIR/volume"
	pod=$(sandbox strong '.linux.security_context.privileged = true')
	id=$(container "$pod" strong main "$wait_script" '.linux.security_context = {privileged: true}
		| .mounts = [{container_path: "/data", host_path: "'"$ENGINE_DIR/volume"'"}]')
	run -0 cri exec --sync "$id" sh -c 'mount -t tmpfs none /tmp && echo x >/data/file && ls /dev | wc -l'
	[ "$output" -gt 20 ]
	[ -s "$ENGINE_DIR/volume/file" ]
	remove_pod "$pod"
}

@test "cri: errors of a container that can't start" {
	local pod
	pod=$(sandbox broken)
	run ! container "$pod" broken main true '.command = ["/bin/no-such-program"]'
	[[ "$output" == *[Nn]"o such file"* ]]
	remove_pod "$pod"
}

@test "cri: probes by exec, one after the other" {
	local pod id n
	pod=$(sandbox probed)
	id=$(container "$pod" probed main "$wait_script")
	for n in 1 2 3 4 5 6 7 8 9 10; do
		cri exec --sync --timeout 5 "$id" true
	done
	run ! cri exec --sync --timeout 1 "$id" sleep 30
	cri exec --sync "$id" true
	remove_pod "$pod"
}

@test "cri: containerd is restarted under running pods" {
	local pod id
	pod=$(sandbox lasting)
	id=$(container "$pod" lasting main "$wait_script")
	stop_containerd KILL
	start_containerd
	eventually cri_ready
	says still cri exec --sync "$id" echo still
	remove_pod "$pod"
}

@test "cri: the shim of a pod is killed, the pod is removed" {
	local pod id
	pod=$(sandbox orphan)
	id=$(container "$pod" orphan main "$wait_script")
	kill -KILL "$(shim_of "$pod")"
	eventually says SANDBOX_NOTREADY pod_state_of "$pod"
	remove_pod "$pod"
	eventually nothing_left "$id"
}

@test "cri: fifty pods at once" {
	local n started=() pods many=50
	[ -z "${NUCLEUS_VM:-}" ] || many=10 # a pod takes seconds there
	for n in $(seq "$many"); do
		sandbox "many$n" '.linux.security_context.namespace_options.network = 2 | del(.hostname)' >"$BATS_TEST_TMPDIR/$n" 3>&- &
		started+=($!)
	done
	for n in "${started[@]}"; do wait "$n"; done
	pods=$(cat "$BATS_TEST_TMPDIR"/[0-9]*)
	[ "$(wc -w <<<"$pods")" = "$many" ]
	# shellcheck disable=SC2086 # a list
	[ "$(cri pods -q --no-trunc --state ready | grep -cFx -f <(printf '%s\n' $pods))" = "$many" ]
	# shellcheck disable=SC2086 # a list
	cri rmp -f $pods >/dev/null
	for n in $pods; do eventually nothing_left "$n"; done
}

@test "cri: the pod annotation nucleus.landlock confines its containers, and probes" {
	default_policy_only
	local pod id
	pod=$(sandbox confined '.annotations = {"nucleus.landlock": "default"}')
	id=$(container "$pod" confined main "$wait_script")
	run -0 cri exec --sync "$id" sh -c '(echo x >/etc/new) 2>/dev/null && echo wrote; echo y >/tmp/y && echo tmp-ok'
	[[ "$output" == *tmp-ok* && "$output" != *wrote* ]]
	remove_pod "$pod"
}
