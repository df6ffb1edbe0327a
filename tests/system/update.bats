#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# update: new limits in the kernel's files and in what is kept; what stays as it is, what is refused,
# what is put back.

load ../lib/helpers

extra_setup() {
	[[ $BATS_TEST_DESCRIPTION == *"without a group"* ]] || need_group "has limits"
}

extra_teardown() {
	rm -f "${CHARGED:-}"
}

resources() {
	config ".linux.resources = $1"
}

# file_is V1-NAME V2-NAME CONTROLLER TEXT [V2-TEXT]
file_is() {
	local value wanted=$4
	value=$(limit_of "$1" "$2" "$3")
	[ -f "$(group_of "$3")/$1" ] && [ "$1" != "$2" ] || wanted=${5:-$4}
	[ "$value" = "$wanted" ] || { printf '%s: "%s" instead of "%s"\n' "$1" "$value" "$wanted"; return 1; }
}

# kept FILTER: of the resources that the container's directory has.
kept() {
	jq -c ".linux.resources$1" "$R/$TOKEN/config.json"
}

kept_is() { # kept_is FILTER JSON
	kept "$1 == $2" | grep -qx true || { echo "kept: $(kept "$1")"; return 1; }
}

update() {
	run -0 rt update "$@" "$TOKEN"
	[ -z "$output" ]
}

# update_by JSON: as engines do it.
update_by() {
	run -0 rt update --resources=- "$TOKEN" <<<"$1"
	[ -z "$output" ]
}

@test "memory: limit, reservation and swap by options; sizes have suffixes" {
	need_controller memory
	resources '{memory: {limit: 33554432, swap: 67108864}}'
	held
	update --memory 64m --memory-reservation=16MiB --memory-swap 128m
	file_is memory.limit_in_bytes memory.max memory 67108864
	file_is memory.soft_limit_in_bytes memory.low memory 16777216
	[ ! -e "$(group_of memory)/memory.memsw.limit_in_bytes" ] ||
		file_is memory.memsw.limit_in_bytes - memory 134217728
	[ ! -e "$(group_of memory)/memory.swap.max" ] || file_is - memory.swap.max memory 67108864
	[ "$(kept .memory.limit)" = 67108864 ]
	# Down again, and by the document.
	update_by '{"memory": {"limit": 33554432, "swap": 50331648, "reservation": 0}}'
	file_is memory.limit_in_bytes memory.max memory 33554432
	file_is memory.soft_limit_in_bytes memory.low memory 16777216
	kept_is .memory '{"limit":33554432,"reservation":16777216,"swap":50331648}'
	update --memory -1
	kept_is .memory '{"limit":-1,"reservation":16777216,"swap":-1}'
	file_is memory.limit_in_bytes memory.max memory 9223372036854771712 max
}

@test "memory: a limit alone keeps memory plus swap" {
	need_controller memory
	resources '{memory: {limit: 33554432, swap: 67108864}}'
	held
	update --memory 48m
	kept_is .memory '{"limit":50331648,"swap":67108864}'
	[ ! -e "$(group_of memory)/memory.memsw.limit_in_bytes" ] ||
		file_is memory.memsw.limit_in_bytes - memory 67108864
	[ ! -e "$(group_of memory)/memory.swap.max" ] || file_is - memory.swap.max memory 16777216
	refused "memory.swap: is below memory.limit" rt update --memory 100m "$TOKEN"
	[ "$(kept .memory.limit)" = 50331648 ]
	file_is memory.limit_in_bytes memory.max memory 50331648
}

@test "cpu: shares, quota, period, and what is not given stays" {
	need_controller cpu
	resources '{cpu: {shares: 512, quota: 50000, period: 100000}}'
	held
	update --cpu-quota 20000
	file_is cpu.cfs_quota_us cpu.max cpu 20000 "20000 100000"
	update --cpu-period 50000
	file_is cpu.cfs_quota_us cpu.max cpu 20000 "20000 50000"
	file_is cpu.cfs_period_us cpu.max cpu 50000 "20000 50000"
	file_is cpu.shares cpu.weight cpu 512 59
	update_by '{"cpu": {"shares": 1024, "quota": 0, "period": 0, "cpus": "", "mems": ""}}'
	file_is cpu.shares cpu.weight cpu 1024 100
	file_is cpu.cfs_quota_us cpu.max cpu 20000 "20000 50000"
	kept_is .cpu '{"shares":1024,"quota":20000,"period":50000}'
	update --cpu-quota -1
	file_is cpu.cfs_quota_us cpu.max cpu -1 "max 50000"
	update --cpu-quota 40000 --cpu-burst 10000
	file_is cpu.cfs_burst_us cpu.max.burst cpu 10000
	update --cpu-idle 1
	file_is cpu.idle cpu.idle cpu 1
	update --cpu-idle 0 --cpu-share 2048
	file_is cpu.shares cpu.weight cpu 2048 174
}

@test "cpu: a period alone keeps a quota that was set by others" {
	need_controller cpu
	resources '{cpu: {shares: 512}}'
	held
	if [ -e "$(group_of cpu)/cpu.max" ]; then echo "30000 60000" >"$(group_of cpu)/cpu.max"; else
		echo 60000 >"$(group_of cpu)/cpu.cfs_period_us"
		echo 30000 >"$(group_of cpu)/cpu.cfs_quota_us"
	fi
	update --cpu-period 90000
	file_is cpu.cfs_quota_us cpu.max cpu 30000 "30000 90000"
	file_is cpu.cfs_period_us cpu.max cpu 90000 "30000 90000"
}

@test "cpuset, pids and block I/O" {
	need_controller cpuset
	resources '{pids: {limit: 50}}'
	held
	update --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 30
	file_is cpuset.cpus cpuset.cpus cpuset 0
	file_is cpuset.mems cpuset.mems cpuset 0
	file_is pids.max pids.max pids 30
	update --pids-limit -1
	file_is pids.max pids.max pids max
	[ "$(kept .pids.limit)" = -1 ]
	update --pids-limit 0
	file_is pids.max pids.max pids 1
}

@test "pids: by the document; null and an empty object change nothing" {
	need_controller pids
	resources '{pids: {limit: 50}}'
	held
	update_by '{"pids": {"limit": 40}}'
	file_is pids.max pids.max pids 40
	update_by '{"pids": null, "memory": null}'
	update_by '{"pids": {}}'
	update_by '{}'
	file_is pids.max pids.max pids 40
	jq -n '{pids: {limit: 35}}' >"$T/resources.json"
	update -r "$T/resources.json"
	file_is pids.max pids.max pids 35
	run -0 rt update -r "$T/resources.json" --pids-limit 7 "$TOKEN"
	matches "warning: with --resources the other options have no effect"
	file_is pids.max pids.max pids 35
}

# rates MINOR RATE [RESOURCES]: of a loop device, beside the resources.
rates() {
	jq -n "${3:-{\}} + {blockIO: {throttleReadBpsDevice: [{major: 7, minor: $1, rate: $2}]}}"
}

@test "block I/O: rates of devices one by one, and back" {
	need_v1 blkio
	local first second third dir
	read -r first second third < <(cat /sys/block/loop*/dev | head -n 3 | sed 's/.*://' | paste -s -d ' ')
	[ -n "$third" ] || skip "needs three block devices"
	resources "$(rates "$first" 1000)"
	held
	dir=$(group_of blkio)
	update_by "$(rates "$second" 2000)"
	grep -qx "7:$first 1000" "$dir/blkio.throttle.read_bps_device"
	grep -qx "7:$second 2000" "$dir/blkio.throttle.read_bps_device"
	update_by "$(rates "$first" 3000)"
	grep -qx "7:$first 3000" "$dir/blkio.throttle.read_bps_device"
	grep -qx "7:$second 2000" "$dir/blkio.throttle.read_bps_device"
	[ "$(kept '.blockIO.throttleReadBpsDevice | length')" = 2 ]
	# There is no such device as the last one.
	refused "throttleWriteBpsDevice.*No such device" rt update --resources=- "$TOKEN" \
		<<<"$(rates "$first" 4000 | jq '.blockIO.throttleReadBpsDevice[1] = {major: 7, minor: 0, rate: 5}
			| .blockIO.throttleReadBpsDevice[1].minor = ($third | tonumber)
			| .blockIO.throttleWriteBpsDevice = [{major: 7, minor: 1048575, rate: 9}]' --arg third "$third")"
	lacks "cleaning up"
	grep -qx "7:$first 3000" "$dir/blkio.throttle.read_bps_device"
	run ! grep -q "7:$third " "$dir/blkio.throttle.read_bps_device"
	[ "$(kept .blockIO.throttleWriteBpsDevice)" = null ]
}

@test "a container that asked for no limits gets them" {
	need_controller pids
	need_controller memory
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	update --pids-limit 40 --memory 200m
	file_is pids.max pids.max pids 40
	file_is memory.limit_in_bytes memory.max memory 209715200
	# Every process is in.
	rt ps -f json "$TOKEN" | jq '.[]' | sort >"$T/expected"
	[ "$(wc -l <"$T/expected")" -gt 1 ]
	sort "$(group_of pids)/cgroup.procs" | diff "$T/expected" -
	update --pids-limit 41
	file_is pids.max pids.max pids 41
	rt delete --force "$TOKEN"
	nothing_left
}

@test "what can't hold is refused before anything is changed" {
	need_controller memory
	local usage
	resources '{memory: {limit: 67108864}, pids: {limit: 50}}'
	held
	usage=$(limit_of memory.usage_in_bytes memory.current memory)
	if [ "$usage" = 0 ]; then
		CHARGED=/dev/shm/$TOKEN
		sh -c 'echo 0 >"$1/cgroup.procs" && exec dd if=/dev/zero of="$2" bs=1M count=4 status=none' \
			sh "$(group_of memory)" "$CHARGED"
	fi
	refused "rejecting memory limit" rt update --resources=- "$TOKEN" <<<'{"pids": {"limit": 20}, "memory": {"limit": 4096, "checkBeforeUpdate": true}}'
	! has_controller pids || file_is pids.max pids.max pids 50
	file_is memory.limit_in_bytes memory.max memory 67108864
	kept_is .memory '{"limit":67108864}'
	[ "$(kept .pids.limit)" = 50 ]
}

@test "a failure in the middle puts the old values back" {
	need_controller cpuset
	need_controller pids
	resources '{pids: {limit: 50}, cpu: {shares: 512}}'
	held
	# Processors that no machine has: only the kernel knows.
	refused "cpuset.cpus" rt update --cpu-share 1024 --cpuset-cpus 4000 --pids-limit 20 "$TOKEN"
	file_is cpu.shares cpu.weight cpu 512 59
	file_is pids.max pids.max pids 50
	[ "$(kept '| [.cpu.shares, .pids.limit, .cpu.cpus]')" = '[512,50,null]' ]
}

@test "values that are none are refused with their option" {
	resources '{}'
	held
	refused 'option --memory: "12x" is not a size' rt update --memory 12x "$TOKEN"
	refused 'option --memory: "-2" is not a size' rt update --memory -2 "$TOKEN"
	refused 'option --memory-swap: "" is not a size' rt update --memory-swap "" "$TOKEN"
	refused 'option --cpu-share: "-5" is not a whole number' rt update --cpu-share -5 "$TOKEN"
	refused 'option --cpu-idle: "2" is not 0 or 1' rt update --cpu-idle 2 "$TOKEN"
	refused 'option --blkio-weight: "5000" is not a whole number from 10 to 1000' rt update --blkio-weight 5000 "$TOKEN"
	refused 'cpu.cpus: "x" is no list' rt update --cpuset-cpus x "$TOKEN"
	refused 'no/such/file' rt update -r "$T/no/such/file" "$TOKEN"
	refused "standard input: linux.resources.memory.limit: " rt update -r - "$TOKEN" <<<'{"memory": {"limit": "1m"}}'
	refused "standard input: " rt update -r - "$TOKEN" <<<'{"memory"'
	run -0 rt update --kernel-memory 1m "$TOKEN"
	matches "warning: option --kernel-memory has no effect"
}

@test "created and paused containers take limits, stopped ones do not" {
	need_controller pids
	resources '{pids: {limit: 50}}'
	args /bin/payload signal-wait
	create
	update --pids-limit 30
	file_is pids.max pids.max pids 30
	[ "$(status_of)" = created ]
	rt start "$TOKEN"
	wait_line "$OUT" ready
	rt pause "$TOKEN"
	update --pids-limit 31
	file_is pids.max pids.max pids 31
	[ "$(status_of)" = paused ]
	rt resume "$TOKEN"
	rt kill "$TOKEN" KILL
	wait_status stopped
	refused "container not running" rt update --pids-limit 32 "$TOKEN"
	refused 'container "no" does not exist' rt update --pids-limit 32 no
}

@test "what else is in the configuration stays as it was, byte for byte of every value" {
	need_controller pids
	resources '{pids: {limit: 50}, devices: [{allow: true, type: "c", major: 1, minor: 11, access: "rwm"}]}'
	config '.annotations = {"org.example": "a/b \"c\" \u00e9"} | ."x-unknown" = {number: 1.5, list: [null, true, {}]}'
	held
	jq 'del(.linux.resources)' "$R/$TOKEN/config.json" >"$T/before"
	update_by '{"pids": {"limit": 20}, "devices": [{"allow": false}]}'
	jq 'del(.linux.resources)' "$R/$TOKEN/config.json" | diff "$T/before" -
	[ "$(kept .pids.limit)" = 20 ]
	[ "$(kept '.devices | length')" = 1 ]
	[ "$(kept '.devices[0].minor')" = 11 ]
}

@test "devices: an update takes none away and gives none" {
	need_mknod
	need_controller pids
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG", "CAP_DAC_OVERRIDE"])'
	resources '{pids: {limit: 50}, devices: [{allow: false}, {allow: true, type: "c", major: 1, minor: 11, access: "rwm"}]}'
	args /bin/sh -c 'echo ready; while [ ! -e /tmp/go ]; do sleep 0.02; done
		/bin/payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg try-mknod /tmp/tty0 4 0 try-open-dev /tmp/tty0 try-open-dev /dev/null'
	create_and_start ready
	update --pids-limit 40
	update_by '{"pids": {"limit": 41}, "devices": [{"allow": true}]}'
	touch "$B/rootfs/tmp/go"
	wait_status stopped
	output=$(cat "$OUT")
	has "try-open-dev /tmp/kmsg=ok" "try-open-dev /tmp/tty0=EPERM" "try-open-dev /dev/null=ok"
}

@test "unified: files of a v2 group" {
	is_pure_v2 || skip "needs a pure v2 machine"
	has_controller pids || skip "the pids controller is not in this view of the cgroups"
	resources '{pids: {limit: 50}}'
	held
	update_by '{"unified": {"pids.max": "33"}}'
	file_is pids.max pids.max pids 33
}

@test "without a group there is nothing to set limits in" {
	args /bin/payload signal-wait
	config 'del(.linux.cgroupsPath)'
	rt --cgroup-manager disabled create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	refused "the container has no cgroup, so it can have no limits" rt update --pids-limit 20 "$TOKEN"
	matches "hint: .*delegated"
}

@test "schemata need a container that was made with them" {
	held
	refused "linux.intelRdt: the container was made without it" rt update --l3-cache-schema "L3:0=f" "$TOKEN"
}

# as_unit: the container is as one of a systemd's unit, whose part nucleus-oci-systemd has a script: it
# writes down what it is asked, and does and answers what $T/answer says.
as_unit() {
	local record=$R/$TOKEN/state.json
	jq '.systemdUnit = "web.scope" | .systemdSocket = "/run/systemd/private"' "$record" >"$T/record"
	cat "$T/record" >"$record"
	mkdir "$T/libexec"
	cat >"$T/libexec/nucleus-oci-systemd" <<-EOF
		#!/bin/bash
		while IFS= read -r line; do
			echo "\$line" >>"$T/asked"
			[ "\$line" != leave ] || exit 0
			[ -n "\$line" ] || . "$T/answer" >&0
		done
	EOF
	chmod +x "$T/libexec/nucleus-oci-systemd"
	export NUCLEUS_OCI_LIBEXEC=$T/libexec
	echo 'echo ok' >"$T/answer"
}

# asked: what systemd was asked to set since the last time.
asked() {
	output=$(sed -n 's/^property\t//p' "$T/asked" 2>/dev/null | tr '\t' ' ')
	rm -f "$T/asked"
}

@test "a unit of systemd is told what is another, last, and its rounding is undone" {
	need_controller cpu
	local file
	resources '{cpu: {shares: 512, quota: 50000, period: 100000}}'
	held
	as_unit
	update --cpu-share 1024
	asked
	case $output in "CPUWeight t 0 100" | "CPUShares t 0 1024") ;; *) echo "asked: $output"; return 1 ;; esac
	# As systemd does: it writes the quota that it knows, in whole percents.
	file=$(group_of cpu)/cpu.max
	[ -e "$file" ] || file=$(group_of cpu)/cpu.cfs_quota_us
	echo "echo 21000 >'$file'; cat '$file' >'$T/rounded'; cp '$R/$TOKEN/config.json' '$T/kept'; echo ok" >"$T/answer"
	update --cpu-quota 20500
	asked
	has "CPUQuotaPerSecUSec t 0 210000"
	grep -q 21000 "$T/rounded"
	[ "$(jq .linux.resources.cpu.quota "$T/kept")" = 20500 ]
	file_is cpu.cfs_quota_us cpu.max cpu 20500 "20500 100000"
	# Also where it is told something else.
	update --cpu-share 512
	file_is cpu.cfs_quota_us cpu.max cpu 20500 "20500 100000"
	# No property, nothing to be said.
	rm -f "$T/asked"
	update --cpu-burst 1000
	[ ! -e "$T/asked" ]
}

@test "what systemd refuses leaves everything as it was, and it is not asked where something else fails" {
	need_controller pids
	resources '{pids: {limit: 50}}'
	held
	as_unit
	printf 'printf "failed\\tsystem\\tsystemd: set properties of web.scope: no\\n"' >"$T/answer"
	cp "$R/$TOKEN/config.json" "$T/before"
	refused "systemd: set properties of web.scope: no" rt update --pids-limit 20 "$TOKEN"
	asked
	has "TasksMax t 0 20"
	file_is pids.max pids.max pids 50
	cmp "$R/$TOKEN/config.json" "$T/before"
	# No file can be written (setrlimit(2)), but those of groups.
	refused "save configuration.*File too large" bash -c '(trap "" XFSZ; ulimit -f 0; exec "$@") 2>&1 | cat >&2
		exit "${PIPESTATUS[0]}"' bash "$NUCLEUS_OCI" --root "$R" update --pids-limit 20 "$TOKEN"
	[ ! -e "$T/asked" ]
	file_is pids.max pids.max pids 50
	cmp "$R/$TOKEN/config.json" "$T/before"
}
