#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --systemd-cgroup with a real systemd: of root the system's manager, of a user the user's. In the
# virtual machine (tests/vm/run); skipped where systemd is not init.

load ../lib/helpers

extra_setup() {
	ours_only "units are looked at that have our names"
	systemd_is_there || skip "no systemd that can be asked (--systemd-cgroup)"
	UNIT=sys-$TOKEN.scope
	config '.linux.cgroupsPath = ":sys:\($token)"' --arg token "$TOKEN"
}

extra_teardown() {
	exec 9>&-
	[ -z "${SLICE:-}" ] || ctl stop "$SLICE"
	rt delete --force "$TOKEN" || return 1
	unit_is_gone
}

# rt, but with systemd's manager.
rts() {
	rt --systemd-cgroup "$@"
}

ctl() {
	if [ "$WHO" = root ]; then systemctl "$@"; else systemctl --user "$@"; fi
}

# show PROPERTY...: of the unit, a line each.
show() {
	output=$(ctl show "$UNIT" "${@/#/--property=}")
}

units_of_test() {
	ctl list-units --all --plain --no-legend --full "*$TOKEN*"
}

unit_is_gone() {
	[ -z "$(units_of_test)" ] || { echo "left: $(units_of_test)"; return 1; }
}

# running WORD...: a container with this program, in the background.
running() {
	args "$@"
	rts run --detach --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- </dev/null || { cat "$ERR"; return 1; }
}

# The group that the container's process is in.
group() {
	local top=/sys/fs/cgroup/systemd id='[0-9]*:name=systemd' # where v1 is alone
	[ ! -d /sys/fs/cgroup/unified ] || top=/sys/fs/cgroup/unified id=0:
	! is_pure_v2 || top=/sys/fs/cgroup id=0:
	sed -n "s|^$id:|$top|p" "/proc/$(pid_of)/cgroup"
}

file_is() { # file_is NAME TEXT
	local value
	value=$(cat "$(group)/$1")
	[ "$value" = "$2" ] || { echo "$1 is $value instead of $2"; return 1; }
}

delegated() { # delegated CONTROLLER: to the user's manager, if it is that
	local top=/sys/fs/cgroup
	[ "$WHO" = root ] || top=/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service
	grep -qsw "$1" "$top/cgroup.controllers"
}

need_v2() {
	is_pure_v2 || skip "the files here are those of cgroup v2"
}

need_delegated() {
	need_v2
	local name
	for name; do delegated "$name" || skip "the $name controller is not delegated to the user's manager"; done
}

has_verb() {
	"$NUCLEUS_OCI" help "$1" >/dev/null 2>&1 || skip "this build has no verb $1"
}

default_slice() {
	if [ "$WHO" = root ]; then echo system.slice; else echo user.slice; fi
}

@test "systemd: a scope with its properties, and the container's process in its group" {
	running /bin/payload signal-wait
	show Slice Description Delegate DefaultDependencies ActiveState MemoryAccounting CPUAccounting TasksAccounting Transient
	has "Slice=$(default_slice)" "Description=nucleus-oci container $TOKEN" Delegate=yes DefaultDependencies=no \
		ActiveState=active MemoryAccounting=yes CPUAccounting=yes TasksAccounting=yes Transient=yes
	show ControlGroup
	local expected
	expected=/$(default_slice)/$UNIT
	[ "$WHO" = root ] || expected=/user.slice/user-$(id -u).slice/user@$(id -u).service$expected
	has "ControlGroup=$expected"
	[[ $(group) == */sys/fs/cgroup*"$expected" ]]
	# Nobody else is in it: not the program that asked for it.
	[ "$(cat "$(group)/cgroup.procs")" = "$(pid_of)" ]
	rt delete --force "$TOKEN"
	unit_is_gone
	nothing_left
}

@test "systemd: the container's cgroup namespace has the scope as its root" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	args /bin/payload cgroup
	run -0 rts run --bundle "$B" "$TOKEN"
	matches '0::/$'
}

@test "systemd: limits are on the unit and in the files, and stay after a daemon-reload" {
	need_delegated memory cpu pids
	config '.linux.resources = {
		memory: {limit: 67108864, swap: 67108864, reservation: 33554432},
		cpu: {shares: 2048, quota: 50000, period: 100000}, pids: {limit: 20},
		unified: {"memory.high": "50331648", "memory.oom.group": "1"}}'
	running /bin/payload signal-wait
	show MemoryMax MemoryLow MemorySwapMax MemoryHigh CPUWeight CPUQuotaPerSecUSec CPUQuotaPeriodUSec TasksMax NeedDaemonReload
	has MemoryMax=67108864 MemoryLow=33554432 MemorySwapMax=0 MemoryHigh=50331648 CPUWeight=174 CPUQuotaPerSecUSec=500ms \
		CPUQuotaPeriodUSec=100ms TasksMax=20 NeedDaemonReload=no
	local i
	for i in before after; do
		file_is memory.max 67108864
		file_is memory.low 33554432
		file_is memory.high 50331648
		file_is memory.oom.group 1
		file_is cpu.weight 174
		file_is cpu.max "50000 100000"
		file_is pids.max 20
		[ ! -e "$(group)/memory.swap.max" ] || file_is memory.swap.max 0
		ctl daemon-reload
	done
}

@test "systemd: CPUs, nodes and idle" {
	need_delegated cpu cpuset
	config '.linux.resources.cpu = {cpus: "0", mems: "0", idle: 1}'
	running /bin/payload signal-wait
	show AllowedCPUs AllowedMemoryNodes CPUWeight
	has AllowedCPUs=0 AllowedMemoryNodes=0 CPUWeight=idle
	ctl daemon-reload
	file_is cpuset.cpus 0
	file_is cpuset.mems 0
	file_is cpu.idle 1
}

@test "systemd: weights and rates of a block device" {
	need_delegated io
	need_real_root "looks at the machine's disk"
	local number
	number=$(lsblk -dno MAJ:MIN /dev/vda 2>/dev/null | tr -d ' ') || true
	[ -n "$number" ] || skip "there is no /dev/vda"
	config '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: $a, minor: $b, rate: 1048576}],
		throttleWriteIOPSDevice: [{major: $a, minor: $b, rate: 50}]}' \
		--argjson a "${number%:*}" --argjson b "${number#*:}"
	running /bin/payload signal-wait
	show IOReadBandwidthMax IOWriteIOPSMax
	has "IOReadBandwidthMax=/dev/block/$number 1048576" "IOWriteIOPSMax=/dev/block/$number 50"
	ctl daemon-reload
	file_is io.max "$number rbps=1048576 wbps=max riops=max wiops=50"
}

@test "systemd: no limit at all, as engines write it" {
	need_delegated memory pids
	config '.linux.resources = {memory: {limit: -1, swap: -1}, pids: {limit: -1}, cpu: {quota: -1}}'
	running /bin/payload signal-wait
	show MemoryMax TasksMax CPUQuotaPerSecUSec
	has MemoryMax=infinity TasksMax=infinity CPUQuotaPerSecUSec=infinity
}

# A program that tells, for every line it reads, which devices it can open.
open_devices() {
	args /bin/sh -c 'while read n; do
		for d in null loop-control fuse ptmx; do
			if (: <>/dev/$d) 2>/dev/null; then echo "$n $d yes"; else echo "$n $d no"; fi
		done; echo "$n end"; done'
	mkfifo "$T/in"
	exec 9<>"$T/in"
	rts run --detach --bundle "$B" "$TOKEN" <"$T/in" >"$OUT" 2>"$ERR" 3>&- 9>&- || { cat "$ERR"; return 1; }
}

# asked WORD: what the program says now.
asked() {
	echo "$1" >&9
	wait_line "$OUT" "$1 end"
	output=$(grep "^$1 " "$OUT")
}

@test "systemd: devices are those of the rules, and stay so after a daemon-reload" {
	need_real_root "device rules"
	[ -c /dev/loop-control ] && [ -c /dev/fuse ] || skip "/dev/loop-control or /dev/fuse is not there"
	config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 237, access: "r"},
		{allow: true, type: "c", major: 10, minor: 237, access: "w"}]
		| .linux.devices = [{path: "/dev/loop-control", type: "c", major: 10, minor: 237},
			{path: "/dev/fuse", type: "c", major: 10, minor: 229}]'
	open_devices
	show DevicePolicy DeviceAllow
	has DevicePolicy=strict "DeviceAllow=/dev/char/10:237 rwm" "DeviceAllow=char-136 rwm"
	local word
	for word in before after; do
		asked "$word"
		has "$word null yes" "$word loop-control yes" "$word fuse no" "$word ptmx yes"
		ctl daemon-reload
	done
	show NeedDaemonReload
	has NeedDaemonReload=no
}

@test "systemd: everything but one device" {
	need_real_root "device rules"
	[ -c /dev/loop-control ] && [ -c /dev/fuse ] || skip "/dev/loop-control or /dev/fuse is not there"
	config '.linux.resources.devices = [{allow: true, access: "rwm"}, {allow: false, type: "c", major: 10, minor: 229, access: "rwm"}]
		| .linux.devices = [{path: "/dev/loop-control", type: "c", major: 10, minor: 237},
			{path: "/dev/fuse", type: "c", major: 10, minor: 229}]'
	open_devices
	asked now
	has "now null yes" "now loop-control yes" "now fuse no"
	ctl daemon-reload
	asked later
	has "later null yes" "later loop-control yes" "later fuse no"
}

@test "systemd: a container that ends by itself, delete, and the name again" {
	for _ in 1 2 3; do
		running /bin/true
		wait_status stopped
		rts delete "$TOKEN"
		unit_is_gone
		nothing_left
	done
}

@test "systemd: delete needs no option and no environment" {
	running /bin/payload signal-wait
	env -i "NUCLEUS_OCI_LIBEXEC=$NUCLEUS_OCI_LIBEXEC" "$NUCLEUS_OCI" --root "$R" delete --force "$TOKEN"
	unit_is_gone
	nothing_left
}

@test "systemd: a unit that is failed does not keep its name" {
	# A scope fails when its time is up (systemd.scope(5)).
	config '.annotations["org.systemd.property.RuntimeMaxUSec"] = "uint64 5000000"'
	running /bin/payload signal-wait
	wait_status stopped
	patiently ctl is-failed "$UNIT"
	config 'del(.annotations)'
	rts delete "$TOKEN"
	unit_is_gone
	running /bin/payload signal-wait
	# And one that nobody deleted (lesson G33).
	rt delete --force "$TOKEN"
	ctl reset-failed "$UNIT" 2>/dev/null || true
	unit_is_gone
}

@test "systemd: a create that fails leaves no unit" {
	args /bin/nothing
	refused "no such file or directory" rts create --bundle "$B" "$TOKEN"
	unit_is_gone
	nothing_left
	need_delegated memory
	config '.linux.resources.unified = {"memory.nothing": "1"}'
	refused "memory.nothing" rts create --bundle "$B" "$TOKEN"
	unit_is_gone
	nothing_left
}

@test "systemd: a property that systemd refuses is told in its words" {
	config '.annotations["org.systemd.property.CollectMode"] = "'"'never'"'"'
	refused "CollectMode|Invalid|collect" rts create --bundle "$B" "$TOKEN"
	unit_is_gone
}

@test "systemd: a unit that is another container's is left alone" {
	running /bin/payload signal-wait
	refused "unit $UNIT exists already" rts create --bundle "$B" "$TOKEN-2"
	show ActiveState Description
	has ActiveState=active "Description=nucleus-oci container $TOKEN"
	status_is running
}

@test "systemd: a runtime that is killed leaves a unit that delete removes" {
	config '.hooks.createRuntime = [{path: $sh, args: ["sh", "-c", "echo $$ >\($t)/pid; echo here >\($t)/hook; exec sleep 1000"]}]' \
		--arg sh "$(command -v sh)" --arg t "$T"
	# Not by the function: its process would be a shell.
	"$NUCLEUS_OCI" --root "$R" --systemd-cgroup create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- &
	local runtime=$!
	wait_line "$T/hook" here
	kill -KILL "$runtime"
	wait "$runtime" || true
	rt delete --force "$TOKEN"
	unit_is_gone
	kill -KILL "$(cat "$T/pid")" 2>/dev/null || true
}

@test "systemd: a limit of one process is for the container's own" {
	need_delegated pids
	config '.linux.resources.pids.limit = 1'
	running /bin/payload signal-wait
	file_is pids.max 1
	[ "$(cat "$(group)/cgroup.procs")" = "$(pid_of)" ]
	[[ $(group) == *"$UNIT" ]]
}

@test "systemd: the slice of cgroupsPath is expanded" {
	SLICE=nucleustest.slice
	config '.linux.cgroupsPath = "nucleustest-web.slice:sys:\($token)"' --arg token "$TOKEN"
	running /bin/payload signal-wait
	show Slice
	has Slice=nucleustest-web.slice
	[[ $(group) == */nucleustest.slice/nucleustest-web.slice/$UNIT ]]
}

@test "systemd: without cgroupsPath the unit has the id as its name" {
	config 'del(.linux.cgroupsPath)'
	UNIT=nucleus-oci-$TOKEN.scope
	running /bin/payload signal-wait
	[[ $(group) == */$(default_slice)/$UNIT ]]
	show ActiveState
	has ActiveState=active
}

@test "systemd: a name that ends in .slice makes a slice" {
	UNIT=nucleus$(tr -d - <<<"$TOKEN").slice
	SLICE=$UNIT
	config '.linux.cgroupsPath = "-:x:\($unit)" | .linux.resources.pids.limit = 20' --arg unit "$UNIT"
	delegated pids || config 'del(.linux.resources)'
	running /bin/payload signal-wait
	[[ $(group) == */$UNIT ]]
	show ActiveState TasksMax
	has ActiveState=active
	! delegated pids || has TasksMax=20
	rt delete --force "$TOKEN"
	[ -z "$(ctl list-units --all --plain --no-legend "$UNIT")" ]
	SLICE=''
}

@test "systemd: properties by annotation" {
	config '.annotations = {"org.systemd.property.TimeoutStopSec": "uint64 7", "org.systemd.property.Description": "'"'two words'"'",
		"org.systemd.property.CollectMode": "'"'inactive-or-failed'"'"}'
	running /bin/payload signal-wait
	show TimeoutStopUSec Description CollectMode
	has TimeoutStopUSec=7s "Description=two words" CollectMode=inactive-or-failed
	rt delete --force "$TOKEN"
	unit_is_gone
}

@test "systemd: in the foreground the runtime is not in the container's group" {
	args /bin/payload signal-wait
	"$NUCLEUS_OCI" --root "$R" --systemd-cgroup run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- &
	local runtime=$!
	wait_line "$OUT" ready
	run ! grep -F "$UNIT" "/proc/$runtime/cgroup"
	[ "$(cat "$(group)/cgroup.procs")" = "$(pid_of)" ]
	rt kill "$TOKEN" KILL
	wait "$runtime" || true
	unit_is_gone
}

@test "systemd: 'kill --all' and the state of a scope" {
	running /bin/sh -c 'sleep 1000 & sleep 1000 & echo there; wait'
	wait_line "$OUT" there
	rt kill "$TOKEN" KILL
	wait_status stopped
	rt delete "$TOKEN"
	unit_is_gone
}

@test "systemd: pause and resume" {
	has_verb pause
	running /bin/payload signal-wait
	rt pause "$TOKEN"
	status_is paused
	rt resume "$TOKEN"
	status_is running
	rt pause "$TOKEN"
	rt delete --force "$TOKEN"
	unit_is_gone
}

@test "systemd: update is for the unit, too" {
	has_verb update
	need_delegated memory pids
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}'
	running /bin/payload signal-wait
	rt update --memory 33554432 "$TOKEN"
	show MemoryMax TasksMax
	has MemoryMax=33554432 TasksMax=20
	ctl daemon-reload
	file_is memory.max 33554432
	file_is pids.max 20
}

@test "systemd: a quota that is no whole percents is exact until a daemon-reload" {
	local file
	if is_pure_v2; then need_delegated cpu; fi
	config '.linux.resources = {cpu: {quota: 20500, period: 100000}}'
	running /bin/payload signal-wait
	if is_pure_v2; then file=$(group)/cpu.max; else
		file=/sys/fs/cgroup/cpu$(sed -n 's/.*:cpu\(,cpuacct\)\?://p' "/proc/$(pid_of)/cgroup")/cpu.cfs_quota_us
	fi
	[[ $(cat "$file") == 20500* ]]
	rt update --cpu-share 512 "$TOKEN"
	[[ $(cat "$file") == 20500* ]]
	rt update --cpu-quota 30500 "$TOKEN"
	[[ $(cat "$file") == 30500* ]]
	show CPUQuotaPerSecUSec
	has CPUQuotaPerSecUSec=310ms
	ctl daemon-reload
	patiently grep -q ^31000 "$file"
}

@test "systemd: a user whose runtime is outside of the groups of the user's manager" {
	need_real_root "becomes a user"
	need_v2
	local user home
	user=$(getent passwd 1000 | cut -d : -f 1)
	[ -n "$user" ] || skip "there is no user 1000"
	systemctl start user@1000.service || skip "user 1000 can have no manager"
	chmod 755 "$T" "$B"
	home=$(mktemp -d "$T/home.XXXXXX")
	user_namespace '[{"containerID": 0, "hostID": 1000, "size": 1}]'
	chown -R 1000:1000 "$home" "$B/rootfs"
	args /bin/payload signal-wait
	as_user() {
		setpriv --reuid 1000 --regid 1000 --init-groups env -i PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 \
			"NUCLEUS_OCI_LIBEXEC=$NUCLEUS_OCI_LIBEXEC" "$NUCLEUS_OCI" --systemd-cgroup --root "$home/state" "$@"
	}
	as_user run --detach --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- </dev/null || { cat "$ERR"; return 1; }
	local pid
	pid=$(as_user state "$TOKEN" | jq .pid)
	grep -qx "0::/user.slice/user-1000.slice/user@1000.service/user.slice/$UNIT" "/proc/$pid/cgroup"
	as_user delete --force "$TOKEN"
	[ ! -e "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/$UNIT" ]
	XDG_RUNTIME_DIR=/run/user/1000 setpriv --reuid 1000 --regid 1000 --init-groups \
		systemctl --user is-active "$UNIT" && return 1
	true
}

@test "systemd: exec is in the unit's group, also of a user outside of the user's manager" {
	has_verb exec
	running /bin/payload signal-wait
	run -0 rt exec "$TOKEN" /bin/cat /proc/self/cgroup
	matches "/$UNIT$"
	rt delete --force "$TOKEN"
	[ "$WHO" = root ] && is_pure_v2 && getent passwd 1000 >/dev/null || return 0
	systemctl start user@1000.service || return 0
	chmod 755 "$T" "$B"
	user_namespace '[{"containerID": 0, "hostID": 1000, "size": 1}]'
	mkdir "$T/home"
	chown -R 1000:1000 "$T/home" "$B/rootfs"
	as_user() {
		setpriv --reuid 1000 --regid 1000 --init-groups env -i PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 \
			"NUCLEUS_OCI_LIBEXEC=$NUCLEUS_OCI_LIBEXEC" "$NUCLEUS_OCI" --systemd-cgroup --root "$T/home/state" "$@"
	}
	as_user run --detach --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- </dev/null || { cat "$ERR"; return 1; }
	run -0 as_user exec "$TOKEN" /bin/cat /proc/self/cgroup
	matches "user@1000.service/user.slice/$UNIT$"
	as_user delete --force "$TOKEN"
}
