#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Network devices of the host in the container: moved, renamed, with their addresses; and back where
# they were if create fails. The "host" is a network namespace of the test's own, kept by a bind
# mount: the machine's devices are never looked at. Devices are veth pairs.

load ../lib/helpers

extra_setup() {
	need_root "rtnetlink(7): to move a device takes CAP_NET_ADMIN where it is"
	NETNS=$(mktemp -d "${TMPDIR:-/tmp}/nucleus-netns.XXXXXXXX")
	make_netns net
	# tests/lib/helpers.bash runs the runtime by this name.
	rt() {
		in_netns net "$NUCLEUS_OCI" --root "$R" "$@"
	}
	in_netns net ip link set lo up
	in_netns net ip link add dev0 type veth peer name peer0
	in_netns net ip link set peer0 up
	config '.linux.netDevices = {dev0: {}}'
	args /bin/payload sleep
}

# The container goes first: it is deleted by a runtime that is in that namespace.
extra_teardown() {
	local file
	[ -n "${NETNS:-}" ] || return 0
	[ ! -d "$R/$TOKEN" ] || rt delete --force "$TOKEN"
	for file in "$NETNS"/*; do umount "$file"; done
	rm -rf --one-file-system "$NETNS"
}

make_netns() {
	touch "$NETNS/$1"
	unshare "--net=$NETNS/$1" true
}

# in_netns NAME COMMAND...
in_netns() {
	local name=$1
	shift
	nsenter "--net=$NETNS/$name" "$@"
}

# The container's network namespace, from outside.
in_container() {
	nsenter "--net=/proc/$(pid_of)/ns/net" "$@"
}

# What a device is to its users, from `ip -j -d addr`; what changes by itself is left out.
device() {
	jq 'map(select(.ifname == $name))[0] | {
		ifname, ifindex, address, mtu, ifalias, master, up: (.flags | index("UP") != null),
		addresses: [.addr_info[] | select(.scope == "global")
			| del(.valid_life_time, .preferred_life_time, .tentative)]
			| sort_by(.local) }' --arg name "$1"
}

host_device() {
	in_netns net ip -j addr | device "$1"
}

container_device() {
	in_container ip -j addr | device "$1"
}

# Everything that a device can have.
dress_device() {
	in_netns net ip link set dev0 address 02:00:00:00:00:07 mtu 1400 alias "the office's" up
	in_netns net ip addr add 10.1.2.3/24 brd + dev dev0
	in_netns net ip addr add 10.1.2.4/24 label dev0:web dev dev0
	in_netns net ip addr add 10.9.9.9 peer 10.9.9.1/32 noprefixroute metric 77 dev dev0
	in_netns net ip addr add 2001:db8::5/64 nodad noprefixroute dev dev0
	in_netns net ip addr add 2001:db8:1::6/80 nodad dev dev0
}

# fields: linux.netDevices
@test "a device is moved with its name, hardware address, MTU and alias, and is up" {
	in_netns net ip link set dev0 address 02:00:00:00:00:07 mtu 1400 alias "the office's"
	local before
	before=$(host_device dev0)
	[ "$(jq .up <<<"$before")" = false ]
	create
	[ "$(container_device dev0)" = "$(jq '.up = true' <<<"$before")" ]
	run -0 in_netns net ip -j link
	[ "$(jq -r 'map(.ifname) | sort | join(" ")' <<<"$output")" = "lo peer0" ]
}

# fields: linux.netDevices{}.name
@test "a device gets the name that is asked for, for the program in the container" {
	config '.linux.netDevices.dev0.name = "eth0"'
	args /bin/busybox ip -o link
	run -0 rt run --bundle "$B" "$TOKEN"
	matches ": eth0@" "state UP|,UP"
	lacks dev0
}

# fields: linux.netDevices
@test "several devices" {
	in_netns net ip link add dev1 type veth peer name peer1
	config '.linux.netDevices = {dev1: {name: "b"}, dev0: {name: "a"}}'
	create
	run -0 in_container ip -j link
	[ "$(jq -r 'map(.ifname) | sort | join(" ")' <<<"$output")" = "a b lo" ]
}

# fields: linux.netDevices{}.name
@test "for %d the kernel finds a number that is free" {
	make_netns pod
	in_netns pod ip link add eth0 type veth peer name eth2
	config '.linux.namespaces |= map(select(.type == "network").path = $path)' --arg path "$NETNS/pod"
	config '.linux.netDevices.dev0.name = "eth%d"'
	create
	[ "$(container_device eth1 | jq -r .mtu)" = 1500 ]
}

# fields: linux.netDevices
@test "permanent addresses of global scope are kept, as they were" {
	dress_device
	local before
	before=$(host_device dev0)
	[ "$(jq '.addresses | length' <<<"$before")" = 5 ]
	create
	[ "$(container_device dev0)" = "$before" ]
	# What the addresses are there for: they are ones of this namespace, the network is behind them.
	run -0 in_container ip route
	matches '^10.1.2.0/24 dev dev0'
	lacks 10.9.9.1
}

# fields: linux.netDevices
@test "addresses that expire or are not global are not taken along" {
	in_netns net ip link set dev0 up
	in_netns net ip addr add 10.7.7.7/24 valid_lft 1000 preferred_lft 1000 dev dev0
	in_netns net ip addr add 2001:db8::9/64 valid_lft 1000 preferred_lft 1000 dev dev0
	in_netns net ip addr add 169.254.7.7/16 scope link dev dev0
	in_netns net ip addr add 10.1.2.3/24 dev dev0
	create
	run -0 in_container ip -j addr show dev dev0
	[ "$(jq -r '[.[].addr_info[] | select(.scope == "global" or .family == "inet").local] | join(" ")' \
		<<<"$output")" = 10.1.2.3 ]
}

# fields: linux.netDevices{}.name
@test "an alias label follows the new name" {
	dress_device
	config '.linux.netDevices.dev0.name = "net7"'
	create
	run -0 in_container ip -j -4 addr show dev net7
	[ "$(jq -r '.[].addr_info[] | select(.local == "10.1.2.4").label' <<<"$output")" = net7:web ]
	[ "$(jq -r '.[].addr_info[] | select(.local == "10.1.2.3").label' <<<"$output")" = net7 ]
}

# fields: linux.netDevices
@test "hundreds of addresses are moved" {
	in_netns net ip link set dev0 up
	for i in {1..255}; do
		echo "addr add 10.3.$i.1/24 dev dev0"
		echo "addr add 2001:db8:$i::1/64 nodad dev dev0"
	done | in_netns net ip -batch -
	local before
	before=$(host_device dev0)
	[ "$(jq '.addresses | length' <<<"$before")" = 510 ]
	create
	[ "$(container_device dev0)" = "$before" ]
}

# fields: linux.netDevices
@test "a container with a user namespace gets devices of the host" {
	dress_device
	local before
	before=$(host_device dev0)
	with_user_namespace
	create
	[ "$(container_device dev0)" = "$before" ]
}

# fields: linux.netDevices
@test "hooks find the devices, and a sysctl may name one" {
	printf '#!/bin/sh\nnsenter --net=/proc/$(jq .pid)/ns/net ip -o link >%s/links.runtime\n' "$T" >"$T/outside"
	printf '#!/bin/sh\ncat >/dev/null\n/usr/bin/env -i PATH=/bin:/sbin:/usr/sbin ip -o link >%s/links.container\n' \
		"$T" >"$T/inside"
	chmod 755 "$T/outside" "$T/inside"
	config '.linux.netDevices.dev0.name = "eth0"
		| .hooks = {createRuntime: [{path: $outside}], createContainer: [{path: $inside}]}
		| .linux.sysctl = {"net.ipv4.conf.eth0.forwarding": "1"}' \
		--arg outside "$T/outside" --arg inside "$T/inside"
	create
	grep -q ": eth0@" "$T/links.runtime"
	grep -q ": eth0@" "$T/links.container"
	[ "$(in_container cat /proc/sys/net/ipv4/conf/eth0/forwarding)" = 1 ]
}

# fields: linux.netDevices
@test "delete does not move a device back" {
	make_netns pod
	config '.linux.namespaces |= map(select(.type == "network").path = $path)' --arg path "$NETNS/pod"
	create_and_start
	rt delete --force "$TOKEN"
	in_netns pod ip link show dev dev0
	run ! in_netns net ip link show dev dev0
}

# fields: linux.netDevices
@test "in a namespace that is joined, an index and an old name that are taken there do not matter" {
	make_netns pod
	# The same names and, in a new namespace, the same numbers.
	in_netns pod ip link add dev0 type veth peer name other
	in_netns net ip addr add 10.1.2.3/24 dev dev0
	config '.linux.namespaces |= map(select(.type == "network").path = $path)' --arg path "$NETNS/pod"
	config '.linux.netDevices.dev0.name = "eth0"'
	create
	[ "$(in_netns pod ip -j addr | device eth0 | jq -r '.addresses[0].local')" = 10.1.2.3 ]
	in_netns pod ip link show dev dev0
	in_netns pod ip link show dev other
}

# ---- refused before anything has changed ----

# fields: linux.netDevices{}.name
@test "a name that is taken in a namespace that is joined is refused, the device stays as it is" {
	make_netns pod
	in_netns pod ip link add eth0 type veth peer name other
	dress_device
	local before
	before=$(host_device dev0)
	config '.linux.namespaces |= map(select(.type == "network").path = $path)' --arg path "$NETNS/pod"
	config '.linux.netDevices.dev0.name = "eth0"'
	refused_create 'linux.netDevices\[dev0\]: a network device eth0 exists'
	[ "$(host_device dev0)" = "$before" ]
}

# fields: linux.netDevices
@test "a device that is not there, or has that only as another name, is refused; the others stay" {
	dress_device
	local before
	before=$(host_device dev0)
	config '.linux.netDevices.dev9 = {}'
	refused_create 'linux.netDevices\[dev9\]: there is no such network device'
	[ "$(host_device dev0)" = "$before" ]
	in_netns net ip link property add dev peer0 altname dev9
	refused_create 'linux.netDevices\[dev9\]: that is another name of the network device peer0'
	[ "$(host_device dev0)" = "$before" ]
}

# fields: linux.netDevices
@test "without the right to move devices it is refused" {
	rt() {
		in_netns net setpriv --bounding-set -net_admin "$NUCLEUS_OCI" --root "$R" "$@"
	}
	refused_create 'linux.netDevices\[dev0\]: change the device: Operation not permitted'
	matches 'CAP_NET_ADMIN'
	in_netns net ip link show dev dev0
}

# fields: linux.netDevices
@test "without a network namespace, or with the runtime's own, it is refused" {
	config '.linux.namespaces |= map(select(.type == "network").path = $path)' --arg path "$NETNS/net"
	refused_create "linux.netDevices: the network namespace $NETNS/net is the runtime's own"
	config '.linux.namespaces |= map(select(.type != "network"))'
	refused_create 'linux.netDevices: needs a network namespace'
}

# fields: linux.netDevices
@test "a device that the kernel does not let go is refused, and the one before it comes back" {
	dress_device
	in_netns net ip link add br0 type bridge
	# Bound to its namespace by a flag that only some devices have: the bridge, since Linux 3.13.
	make_netns pod
	run in_netns net ip link set br0 netns "$NETNS/pod"
	[ "$status" != 0 ] || skip "this kernel moves bridges"
	local before
	before=$(host_device dev0)
	config '.linux.netDevices.br0 = {}'
	refused_create 'linux.netDevices\[br0\]: move the device into the container as "br0": Invalid argument'
	[ "$(host_device dev0)" = "$before" ]
}

# ---- and back ----

# fields: linux.netDevices
@test "a create that fails gives the device back as it was: hooks, program, pid file" {
	dress_device
	in_netns net ip link add br0 type bridge
	in_netns net ip link set dev0 master br0
	local before
	before=$(host_device dev0)
	[ "$(jq -r .master <<<"$before")" = br0 ]
	config '.linux.netDevices.dev0.name = "eth0"'
	local good
	good=$(cat "$B/config.json")

	config '.hooks.createRuntime = [{path: "/bin/false"}]'
	refused_create 'createRuntime hook #0'
	[ "$(host_device dev0)" = "$before" ]

	echo "$good" >"$B/config.json"
	config '.hooks.createContainer = [{path: "/bin/false"}]'
	refused_create 'createContainer hook #0'
	[ "$(host_device dev0)" = "$before" ]

	# The container's process is dead when its creator hears of this.
	echo "$good" >"$B/config.json"
	args /bin/no-such-program
	refused_create 'no-such-program.*no such file'
	[ "$(host_device dev0)" = "$before" ]

	# It waits for start already.
	echo "$good" >"$B/config.json"
	refused "No such file" rt create --bundle "$B" --pid-file "$T/no/pid" "$TOKEN"
	nothing_left
	[ "$(host_device dev0)" = "$before" ]
}

# fields: linux.netDevices
@test "delete --force after a create that was killed finds the device in a namespace that is joined" {
	make_netns pod
	in_netns pod ip link add dev0 type veth peer name other
	dress_device
	local before creator
	before=$(host_device dev0)
	config '.linux.namespaces |= map(select(.type == "network").path = $path)' --arg path "$NETNS/pod"
	config '.linux.netDevices.dev0.name = "eth0"'
	mkfifo "$T/hang"
	printf '#!/bin/sh\necho >%s/here\nread x <%s/hang\n' "$T" "$T" >"$T/hook"
	chmod 755 "$T/hook"
	config '.hooks.createRuntime = [{path: $path}]' --arg path "$T/hook"
	# Not through rt: its process is to be the runtime's.
	nsenter "--net=$NETNS/net" "$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN" \
		>"$OUT" 2>"$ERR" 3>&- &
	creator=$!
	patiently test -e "$T/here"
	in_netns pod ip link show dev eth0
	kill -KILL "$creator"
	wait "$creator" || true
	# In another network namespace it must not go for what has the same numbers there.
	run ! in_netns net ip link show dev dev0
	rt delete --force "$TOKEN"
	[ "$(host_device dev0)" = "$before" ]
	nothing_left
}
