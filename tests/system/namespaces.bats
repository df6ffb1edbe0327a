#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Namespaces: each kind new, by path, or the caller's; user namespaces with mappings.

load ../lib/helpers

extra_teardown() {
	end_keeper
}

# The namespace of a kind in the payload's output; kinds as /proc/self/ns has them.
inside() {
	sed -n "s/^ns\.$1=//p" <<<"$output"
}

outside() {
	readlink "/proc/${2:-self}/ns/$1"
}

# A user's containers have a user namespace in any case.
user_unless_new() {
	[ "$WHO" = user ] || echo user
}

with_user_namespace() {
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 1000}, {"containerID": 1000, "hostID": 201000, "size": 10}]' \
		'[{"containerID": 0, "hostID": 300000, "size": 1000}, {"containerID": 1000, "hostID": 401000, "size": 10}]'
}

# fields: linux.namespaces[].type
@test "each kind that is listed is new, each that is not is the caller's" {
	payload ns
	for kind in pid net ipc uts mnt; do
		[ -n "$(inside $kind)" ]
		[ "$(inside $kind)" != "$(outside $kind)" ]
	done
	for kind in $(user_unless_new) cgroup time; do
		[ "$(inside $kind)" = "$(outside $kind)" ]
	done
}

@test "only a mount namespace: all others are the caller's" {
	config '.linux.namespaces |= map(select(.type == "mount" or .type == "user")) | del(.hostname)'
	payload ns
	[ "$(inside mnt)" != "$(outside mnt)" ]
	for kind in net ipc uts pid $(user_unless_new) cgroup; do
		[ "$(inside $kind)" = "$(outside $kind)" ]
	done
}

@test "a new cgroup and a new time namespace" {
	ours_only "a time namespace"
	config '.linux.namespaces += [{type: "cgroup"}, {type: "time"}]'
	payload ns
	[ "$(inside cgroup)" != "$(outside cgroup)" ]
	[ "$(inside time)" != "$(outside time)" ]
}

@test "pid: the program is 1, and sees no process of the host" {
	payload sid stat /proc/1 stat "/proc/$$"
	has pid=1 ppid=0 "stat /proc/1=ok"
	[ "$$" -lt 10 ] || has "stat /proc/$$=ENOENT"
}

# fields: hostname domainname
@test "uts: host and domain name are the container's only" {
	local before
	before=$(hostname)
	config '.hostname = "a-name" | .domainname = "a-domain"'
	payload hostname
	has hostname=a-name
	[ "$(hostname)" = "$before" ]
	ours_only "the domain name"
	has domainname=a-domain
}

@test "a host name without a new uts namespace is refused" {
	config '.linux.namespaces |= map(select(.type != "uts"))'
	refused_create "hostname|uts"
	[ "$(hostname)" != inside ]
}

@test "net: a new one has only a loopback, and it is up" {
	args /bin/sh -c 'ls /sys/class/net; /bin/payload try-bind 8080 try-connect 8081'
	config '.mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]}]'
	run -0 rt run --bundle "$B" "$TOKEN"
	has lo "try-bind 8080=ok" "try-connect 8081=ECONNREFUSED"
	lacks "^eth|^en"
}

# fields: linux.namespaces[].path
@test "by path: net, ipc, uts, cgroup of another process are joined" {
	keep --net --ipc --uts --cgroup
	join network ipc uts cgroup
	config 'del(.hostname)'
	payload ns
	for kind in net ipc uts cgroup; do
		[ "$(inside $kind)" = "$(outside $kind "$keeper")" ]
		[ "$(inside $kind)" != "$(outside $kind)" ]
	done
}

@test "by path: a pid namespace is joined, the program is not its 1" {
	keep --pid --fork
	join pid
	payload ns sid stat /proc/1
	[ "$(inside pid)" = "$(outside pid "$inner")" ]
	has "stat /proc/1=ok"
	lacks "^pid=1$"
	kill -0 "$inner"
}

@test "by path: killing a container in a shared pid namespace leaves the others alone" {
	keep --pid --fork
	join pid
	args /bin/payload fork-tree 2
	create_and_start tree=ready
	rt delete --force "$TOKEN"
	nothing_left
	kill -0 "$inner"
}

@test "by path: one that is missing, of another kind, or no namespace" {
	config '.linux.namespaces |= map(if .type == "network" then .path = "/no/such/ns" else . end)'
	refused_create "/no/such/ns"
	ours_only "naming the path"
	config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/uts" else . end)'
	refused_create "/proc/self/ns/uts|linux.namespaces"
	config '.linux.namespaces |= map(if .type == "network" then .path = "/etc/passwd" else . end)'
	refused_create "/etc/passwd"
	config '.linux.namespaces |= map(if .type == "network" then .path = "relative" else . end)'
	refused_create "linux.namespaces\[1\].path|relative"
}

# fields: linux.uidMappings[].containerID linux.uidMappings[].hostID linux.uidMappings[].size linux.gidMappings[].containerID linux.gidMappings[].hostID linux.gidMappings[].size
@test "user: mappings are written, root inside is nobody special outside" {
	with_user_namespace
	config '.process.capabilities |= map_values(. + ["CAP_CHOWN", "CAP_SETUID"])'
	payload ids maps try-write /owned stat /owned ns try-mount /tmp
	has uid=0,0,0 gid=0,0,0 "try-write /owned=ok" "try-mount /tmp=EPERM"
	matches "^uid_map= +0 +100000 +1000$" "^uid_map= +1000 +201000 +10$" "^gid_map= +0 +300000 +1000$" \
		"^gid_map= +1000 +401000 +10$" "^stat./owned=- .* 0:0 "
	[ "$(stat -c %u:%g "$B/rootfs/owned")" = 100000:300000 ]
	[ "$(inside user)" != "$(outside user)" ]
}

@test "user: the process as the host sees it" {
	with_user_namespace
	args /bin/payload signal-wait
	create_and_start ready
	[ "$(awk '/^Uid:/ { print $2, $3, $4 }' "/proc/$(pid_of)/status")" = "100000 100000 100000" ]
	[ "$(awk '/^Gid:/ { print $2, $3, $4 }' "/proc/$(pid_of)/status")" = "300000 300000 300000" ]
}

@test "user: another user and groups inside the mapping" {
	with_user_namespace
	config '.process.user = {uid: 1001, gid: 1002, additionalGids: [1003, 7]}'
	payload ids
	has uid=1001,1001,1001 gid=1002,1002,1002
	[[ "$output" =~ groups=(7,1003|1003,7) ]]
}

@test "user: the other namespaces belong to it" {
	with_user_namespace
	config '.process.capabilities |= map_values(. + ["CAP_NET_BIND_SERVICE", "CAP_SYS_ADMIN"])'
	payload try-bind 80 try-mount /tmp try-open-dev /dev/null
	has "try-bind 80=ok" "try-mount /tmp=ok" "try-open-dev /dev/null=ok"
}

@test "user: masked and read-only paths work in one" {
	echo secret >"$B/rootfs/etc/secret"
	with_user_namespace
	config '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE"])
		| .linux.readonlyPaths = ["/etc/group"] | .linux.maskedPaths = ["/etc/secret"]'
	payload try-write /etc/group stat /etc/secret
	has "try-write /etc/group=EROFS"
	matches "^stat./etc/secret=c "
}

@test "user: an id that is not mapped is refused, with its place" {
	with_user_namespace
	config '.process.user.uid = 5000'
	refused_create "uid|5000|[Ii]nvalid argument"
}

@test "user: mappings that overlap or are empty" {
	with_user_namespace
	config '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 10}, {containerID: 5, hostID: 9000, size: 10}]'
	refused_create "uidMappings|uid_map|[Ii]nvalid argument"
	ours_only "telling the place, requiring mappings"
	refused_create "linux.uidMappings\[1\].containerID"
	config 'del(.linux.uidMappings)'
	refused_create "uidMappings"
}

@test "user: by path, with the mappings that it has" {
	ours_only "a user namespace by path without mappings"
	keep_user_namespace
	payload ns ids maps
	[ "$(inside user)" = "$(outside user "$keeper")" ]
	has uid=0,0,0
	matches "^uid_map= +0 +100000 +65536$"
}

@test "user: by path, one in which groups can't be set" {
	ours_only "a user namespace by path without mappings"
	unshare --user --map-root-user sleep 1000 3>&- &
	keeper=$! inner=$!
	patiently grep -q 0 "/proc/$keeper/uid_map"
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user")) + [{type: "user", path: "/proc/\($pid)/ns/user"}]' --arg pid "$keeper"
	payload ns ids maps
	[ "$(inside user)" = "$(outside user "$keeper")" ]
	has uid=0,0,0 setgroups=deny
	config '.process.user.additionalGids = [5]'
	refused_create "additionalGids|setgroups"
}

@test "user and network by path: joined in the order that the kernel wants" {
	ours_only "a user namespace by path without mappings"
	keep_user_namespace --net
	config '.linux.namespaces |= (map(select(.type != "network" and .type != "user"))
		+ [{type: "network", path: "/proc/\($pid)/ns/net"}, {type: "user", path: "/proc/\($pid)/ns/user"}])' --arg pid "$keeper"
	payload ns
	[ "$(inside user)" = "$(outside user "$keeper")" ]
	[ "$(inside net)" = "$(outside net "$keeper")" ]
}

# fields: linux.sysctl
@test "sysctl: written in the container's namespaces only" {
	local before
	before=$(cat /proc/sys/net/ipv4/ip_forward)
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"}'
	args /bin/sh -c 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced'
	run -0 rt run --bundle "$B" "$TOKEN"
	[ "$output" = $'1\n1' ]
	[ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
}

@test "sysctl: a range of groups that the user namespace does not have" {
	with_user_namespace
	config '.linux.sysctl = {"net.ipv4.ping_group_range": "0 2147483647"}'
	refused_create "ping_group_range.*Invalid argument"
	ours_only "the hint"
	matches "must be mapped"
	config '.linux.sysctl = {"net.ipv4.ping_group_range": "0 999"}'
	args /bin/cat /proc/sys/net/ipv4/ping_group_range
	run -0 rt run --bundle "$B" "$TOKEN"
	matches "^0.999$"
}

@test "sysctl: one of the host, or without its namespace, is refused" {
	config '.linux.sysctl = {"vm.swappiness": "1"}'
	refused_create "vm.swappiness"
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
	refused_create "net.ipv4.ip_forward"
}
