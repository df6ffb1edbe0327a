#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is different without privileges: as an ordinary user, and as root of a user namespace. Which
# maps can be written and by whom, private folders, groups with and without delegation, what is
# bound from the host, where the state is. The rest of the suite is run the same way.

load ../lib/helpers

extra_setup() {
	[ "$WHO" != root ] || skip "for tests/lib/as-user and tests/lib/in-userns"
}

extra_teardown() {
	if [ -n "${keeper:-}" ]; then
		kill -KILL "$keeper" 2>/dev/null || true
		wait "$keeper" 2>/dev/null || true
	fi
}

need_user() {
	[ "$WHO" = user ] || skip "of an ordinary user"
}

need_userns() {
	[ "$WHO" = userns ] || skip "of root in a user namespace"
}

need_delegation() {
	[ -n "${NUCLEUS_GROUP:-}" ] || skip "no group is delegated"
}

need_no_delegation() {
	[ -z "${NUCLEUS_GROUP:-}" ] || skip "a group is delegated"
}

# The first of the ids that the caller can give besides its own, and its own id.
sub() {
	if [ "$WHO" = user ]; then echo 100000; else echo 1; fi
}

own() {
	id -u
}

# map CONTAINER HOST SIZE...: entries as JSON
map() {
	jq -nc '$ARGS.positional | [range(0; length; 3) as $i | {containerID: .[$i], hostID: .[$i + 1], size: .[$i + 2]}]' \
		--jsonargs "$@"
}

# ---- Maps --------------------------------------------------------------------------------------------

# fields: linux.uidMappings[].containerID linux.uidMappings[].hostID linux.uidMappings[].size
# fields: linux.gidMappings[].containerID linux.gidMappings[].hostID linux.gidMappings[].size
@test "own id only: written without a program, groups can't be set" {
	user_namespace "$(map 0 "$(own)" 1)"
	payload maps ids try-write /etc/new
	has "try-write /etc/new=ok" uid=0,0,0 gid=0,0,0
	matches "^uid_map= +0 +$(own) +1$" "^gid_map= +0 +$(own) +1$"
	if [ "$WHO" = user ]; then has setgroups=deny; else has setgroups=allow; fi
	[ "$(stat -c %u "$B/rootfs/etc/new")" = "$(own)" ]
	[ "$WHO" = user ] || return 0
	config '.process.user.additionalGids = [0]'
	refused_create "process.user.additionalGids: cannot set any additional groups in a rootless container"
}

@test "own id under another number: no root in the container" {
	user_namespace "$(map 1234 "$(own)" 1)"
	config '.process.user = {uid: 1234, gid: 1234}
		| .mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}]'
	payload ids try-mkdir /etc/made try-mkdir /mnt/made try-mkdir /dev/shm/made
	has uid=1234,1234,1234 gid=1234,1234,1234 "try-mkdir /etc/made=ok" "try-mkdir /mnt/made=ok" "try-mkdir /dev/shm/made=ok"
	[ "$(stat -c %u "$B/rootfs/etc/made")" = "$(own)" ]
}

@test "a subordinate id and no root in the container" {
	user_namespace "$(map 7 "$(($(sub) + 5))" 1)"
	config '.process.user = {uid: 7, gid: 7} | .mounts += [{destination: "/made/new", type: "tmpfs", source: "tmpfs"}]'
	payload ids try-mkdir /etc/made try-mkdir /made/new/dir
	has uid=7,7,7 gid=7,7,7 "try-mkdir /etc/made=ok" "try-mkdir /made/new/dir=ok"
	[ "$(stat -c %u "$B/rootfs/etc/made")" = "$(($(sub) + 5))" ]
}

@test "subordinate ids: several lines, other users, groups" {
	config '.linux.uidMappings = $map | .linux.gidMappings = $map | .linux.namespaces |= map(select(.type != "user")) + [{type: "user"}]
		| .process.user = {uid: 1000, gid: 1001, additionalGids: [5, 7]}' \
		--argjson map "$(map 0 "$(own)" 1 1 "$(sub)" 999 1000 "$(($(sub) + 5000))" 9)"
	payload ids maps
	has uid=1000,1000,1000 gid=1001,1001,1001 setgroups=allow
	matches "^groups=5,7$" "^uid_map= +1000 +$(($(sub) + 5000)) +9$"
}

@test "as many lines as the kernel takes in one write" {
	# 340 lines in less than a page: ids outside have to be short for that, a user's are not.
	local n=340 first=2
	[ "$WHO" = userns ] || n=300 first=100000
	config '.linux.uidMappings = ([range($n) | {containerID: (. * 2), hostID: (. * 2 + $first), size: 1}])
		| .linux.gidMappings = .linux.uidMappings | .linux.namespaces |= map(select(.type != "user")) + [{type: "user"}]' \
		--argjson n $n --argjson first $first
	give_to $first:$first "$B/rootfs"
	chmod 755 "$T"
	args /bin/sh -c 'busybox wc -l </proc/self/uid_map; busybox tail -n 1 /proc/self/gid_map'
	run -0 rt run --bundle "$B" "$TOKEN"
	has $n
	matches "^ +$((n * 2 - 2)) +$((n * 2 - 2 + first)) +1$"
	config '.linux.uidMappings[].containerID += 1000000000'
	refused_create 'process.user.uid: 0 is not mapped'
	config '.process.user.uid = 1000000000'
	refused_create 'linux.uidMappings: is too long: the kernel takes less than 4096 bytes'
}

@test "a range that is not the user's is refused in newuidmap's words" {
	need_user
	config '.linux.uidMappings = $map' --argjson map "$(map 0 "$(own)" 1 1 5000000 10)"
	refused_create 'linux.uidMappings: newuidmap: uid range \[1-11\) -> \[5000000-5000010\) not allowed'
	grep -q '^hint: .*/etc/subuid' "$T/refused.err"
	config '.linux.uidMappings = $uids | .linux.gidMappings = $gids' --argjson uids "$(map 0 "$(own)" 1 1 100000 10)" \
		--argjson gids "$(map 0 "$(own)" 1 1 5000000 10)"
	refused_create 'linux.gidMappings: newgidmap: .*not allowed'
}

@test "a range that the own user namespace does not have is refused" {
	need_userns
	config '.linux.uidMappings = $map | .linux.gidMappings = $map | .linux.namespaces += [{type: "user"}]' \
		--argjson map "$(map 0 0 1 1 4000000 10)"
	refused_create 'linux.uidMappings\[1\]: the host ids 4000000 to 4000009 are not all mapped'
}

@test "newuidmap where it is needed and not there: an error that says what to install" {
	need_userns # where it can be hidden; root without CAP_SETUID is as good as a user
	local hidden
	user_namespace "$(map 0 0 1 1 1 10)"
	for hidden in uid gid; do
		refused "linux.${hidden}Mappings: .*new${hidden}map, which is not installed" \
			unshare --mount sh -c 'mount --bind /dev/null "$(command -v "new$1map")"
				shift
				exec setpriv --inh-caps -all --bounding-set -setuid,-setgid -- "$@"' sh "$hidden" \
			"$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN"
		grep -q '^hint: .*uidmap' "$T/refused.err"
		nothing_left
	done
	# Not needed: each of the two has only the own id to write.
	user_namespace "$(map 0 0 1)"
	args /bin/payload maps
	run -0 unshare --mount sh -c 'mount --bind /dev/null "$(command -v newuidmap)"
		mount --bind /dev/null "$(command -v newgidmap)"
		exec setpriv --inh-caps -all --bounding-set -setuid,-setgid -- "$@"' sh \
		"$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has setgroups=deny
}

@test "newuidmap is found with an empty environment" {
	need_user
	args /bin/payload maps
	run -0 env -i "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	matches "^uid_map= +1 +100000 +65536$"
}

@test "no user namespace in a user's bundle: told before anything is made" {
	need_user
	config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	refused_create "linux.namespaces: .*[Oo]peration not permitted"
	grep -q '^hint: .*spec --rootless' "$T/refused.err"
	[ -z "$(ls -A "$R")" ]
}

# ---- A joined one -------------------------------------------------------------------------------------

keep_user_namespace() {
	unshare --user sleep 1000 3>&- &
	keeper=$!
	patiently eval '[ "$(readlink /proc/$keeper/ns/user)" != "$(readlink /proc/self/ns/user)" ]'
	if [ "$WHO" = user ]; then
		newgidmap "$keeper" 0 100000 5 5 100005 10
		newuidmap "$keeper" 0 100000 5 5 100005 10
	else
		echo "0 100000 15" >"/proc/$keeper/gid_map"
		echo "0 100000 15" >"/proc/$keeper/uid_map"
	fi
	give_to 100000:100000 "$B/rootfs"
	config '.linux.namespaces |= map(select(.type != "user")) + [{type: "user", path: "/proc/\($pid)/ns/user"}]
		| del(.linux.uidMappings, .linux.gidMappings)' --arg pid "$keeper"
}

@test "joined: mappings that say the same are accepted, others are not" {
	keep_user_namespace
	# The same ranges in other pieces and another order.
	config '.linux.uidMappings = $map | .linux.gidMappings = $map' --argjson map "$(map 2 100002 13 0 100000 2)"
	payload ids ns
	has uid=0,0,0
	[ "$(sed -n 's/^ns\.user=//p' <<<"$output")" = "$(readlink "/proc/$keeper/ns/user")" ]
	config '.linux.gidMappings = $map' --argjson map "$(map 0 100000 14)"
	refused_create 'linux.gidMappings: the joined user namespace has another map: .*0 100000'
	config '.linux.gidMappings = $map' --argjson map "$(map 0 100001 15)"
	refused_create 'linux.gidMappings: the joined user namespace has another map'
}

@test "joined: an id that it does not have is refused at create" {
	keep_user_namespace
	config '.process.user = {uid: 3, gid: 4, additionalGids: [14]}'
	payload ids
	has uid=3,3,3 gid=4,4,4 groups=14
	config '.process.user.uid = 15'
	refused_create 'process.user.uid: 15 is not mapped'
	config '.process.user = {uid: 3, gid: 4, additionalGids: [1, 15]}'
	refused_create 'process.user.additionalGids\[1\]: 15 is not mapped'
}

# ---- Inside one, without another ----------------------------------------------------------------------

@test "inside unshare --map-root-user: only root, no groups, and a namespace in the namespace" {
	config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings, .linux.cgroupsPath)
		| .process.args = ["/bin/payload", "ids", "maps"]'
	inside() {
		unshare --user --map-root-user --mount "$NUCLEUS_OCI" --root "$R" "$@"
	}
	run -0 inside run --bundle "$B" "$TOKEN"
	has uid=0,0,0 setgroups=deny
	config '.process.user = {uid: 1, gid: 0}'
	refused "process.user.uid: 1 is not mapped in the runtime's own user namespace" inside create --bundle "$B" "$TOKEN"
	config '.process.user = {uid: 0, gid: 0, additionalGids: [0]}'
	refused "process.user.additionalGids: cannot set any additional groups" inside create --bundle "$B" "$TOKEN"
	config '.process.user = {uid: 5, gid: 6} | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 5, hostID: 0, size: 1}] | .linux.gidMappings = [{containerID: 6, hostID: 0, size: 1}]'
	run -0 inside run --bundle "$B" "$TOKEN"
	has uid=5,5,5 gid=6,6,6
	matches "^uid_map= +5 +0 +1$"
	nothing_left
}

# ---- Private folders ----------------------------------------------------------------------------------

@test "bundle and volumes in folders that only the user may enter, root inside is somebody else" {
	[ "$(stat -c %a "$T")" = 700 ]
	mkdir -m 700 "$T/home"
	mkdir "$T/home/volume" "$T/home/rw"
	echo text >"$T/home/volume/file"
	chmod 777 "$T/home/rw"
	config '.mounts += [{destination: "/volume", type: "bind", source: "\($t)/home/volume", options: ["bind", "ro"]},
		{destination: "/file", type: "bind", source: "\($t)/home/volume/file", options: ["bind"]},
		{destination: "/rw", type: "bind", source: "\($t)/home/rw", options: ["rbind"]}]
		| .linux.namespaces |= map(select(.type != "user")) + [{type: "user"}]
		| .linux.uidMappings = $map | .linux.gidMappings = $map' --arg t "$T" --argjson map "$(map 0 "$(sub)" 10)"
	give_to "$(sub):$(sub)" "$B/rootfs"
	payload ids maps try-read /volume/file try-read /file try-write /volume/new try-write /rw/new try-write /etc/new
	has uid=0,0,0 "try-read /volume/file=ok" "try-read /file=ok" "try-write /volume/new=EROFS" "try-write /rw/new=ok" \
		"try-write /etc/new=ok"
	matches "^uid_map= +0 +$(sub) +10$"
	[ "$(stat -c %u "$T/home/rw/new")" = "$(sub)" ]
}

@test "a source in the root that an earlier mount has changed is what that made of it" {
	mkdir -p "$T/from" "$B/rootfs/to"
	echo mounted >"$T/from/file"
	echo covered >"$B/rootfs/to/file"
	config '.mounts += [{destination: "/to", type: "bind", source: "\($t)/from", options: ["bind"]},
		{destination: "/mnt", type: "bind", source: "\($b)/rootfs/to", options: ["bind"]}]' --arg t "$T" --arg b "$B"
	args /bin/cat /mnt/file
	run -0 rt run --bundle "$B" "$TOKEN"
	[ "$output" = mounted ]
}

# ---- Groups --------------------------------------------------------------------------------------------

v2_root() {
	if is_pure_v2; then echo /sys/fs/cgroup; else echo /sys/fs/cgroup/unified; fi
}

@test "delegated: without a path the group is beside the runtime's own" {
	need_delegation
	config 'del(.linux.cgroupsPath)'
	args /bin/payload signal-wait
	create_and_start ready
	[ -d "$(v2_root)$NUCLEUS_GROUP/nucleus-oci-$TOKEN" ]
	grep -qx "$(pid_of)" "$(v2_root)$NUCLEUS_GROUP/nucleus-oci-$TOKEN/cgroup.procs"
	rt delete --force "$TOKEN"
	nothing_left
	config '.linux.cgroupsPath = $path' --arg path "deep/$TOKEN"
	create_and_start ready
	[ -d "$(v2_root)$NUCLEUS_GROUP/deep/$TOKEN" ]
	rt delete --force "$TOKEN"
	[ ! -e "$(v2_root)$NUCLEUS_GROUP/deep" ]
}

@test "delegated: a limit is written, in a group whose controllers come from above" {
	need_delegation
	need_controller hugetlb
	local dir size
	dir=$(v2_root)$NUCLEUS_GROUP
	size=$(ls "$dir/init" | sed -n 's/^hugetlb\.\([^.]*\)\.max$/\1/p' | head -n 1)
	[ -n "$size" ] || skip "the kernel has no huge pages"
	config '.linux.resources.unified = {"hugetlb.\($size).max": "0", "cgroup.max.depth": "3"}' --arg size "$size"
	args /bin/payload signal-wait
	create_and_start ready
	[ "$(cat "$dir/nucleus-oci-$TOKEN/hugetlb.$size.max")" = 0 ]
	[ "$(cat "$dir/nucleus-oci-$TOKEN/cgroup.max.depth")" = 3 ]
}

@test "delegated: a controller of cgroup v1 is refused, and its name told" {
	need_delegation
	[ -d /sys/fs/cgroup/memory ] || skip "no cgroup v1 here"
	config '.linux.resources.memory = {limit: 33554432}'
	refused_create "linux.resources.*memory controller.*v1"
}

@test "delegated: a path outside is refused, and says delegation" {
	need_delegation
	config '.linux.cgroupsPath = $path' --arg path "/nucleus-oci-$TOKEN"
	refused_create "make .*/nucleus-oci-$TOKEN: Permission denied"
	grep -q '^hint: .*delegated' "$T/refused.err"
}

@test "delegated: every process of the group is killed and the group removed, without a pid namespace" {
	need_delegation
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	rt kill --all "$TOKEN" KILL
	patiently eval '[ -z "$(processes_of_test)" ]'
	rt delete "$TOKEN"
	nothing_left
}

@test "not delegated: a container without limits goes without a group, and every verb copes" {
	need_no_delegation
	config '.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"]}]'
	args /bin/payload cgroup try-mkdir /sys/fs/cgroup/new signal-wait
	create_and_start ready
	[ -z "$(groups_of_test)" ]
	[ "$(status_of)" = running ]
	output=$(cat "$OUT")
	has "try-mkdir /sys/fs/cgroup/new=EROFS"
	lacks "$TOKEN"
	rt kill "$TOKEN" USR1
	wait_line "$OUT" "signal=10"
	rt kill --all "$TOKEN" KILL
	wait_status stopped
	rt delete "$TOKEN"
	create_and_start
	rt delete --force "$TOKEN"
	nothing_left
	rt plan "$B" | grep -q '^  undelegated: true$'
}

@test "not delegated: limits and paths are refused, and say what is missing" {
	need_no_delegation
	config '.linux.resources = {memory: {limit: 33554432}}'
	refused_create "linux.resources: limits need a cgroup v2 group that is delegated"
	config '.linux.resources = {devices: [{allow: false, access: "rwm"}]}'
	payload hostname
	has hostname=inside
	config '.linux.cgroupsPath = $path' --arg path "/nucleus-oci-$TOKEN"
	refused_create "Permission denied"
	grep -q '^hint: .*delegated' "$T/refused.err"
}

# ---- Bound from the host -------------------------------------------------------------------------------

without_namespace() {
	config '.linux.namespaces |= map(select(.type != $type))' --arg type "$1"
}

@test "sysfs without a network namespace: the host's, read-only as asked, without its groups" {
	without_namespace network
	config '.mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}]'
	payload mounts try-list /sys/class/net stat /sys/fs/cgroup/unified stat /sys/fs/cgroup/cgroup.procs \
		try-mkdir /sys/fs/cgroup/new "try-write" "/sys/kernel/new"
	has "try-list /sys/class/net=ok" "stat /sys/fs/cgroup/unified=ENOENT" "stat /sys/fs/cgroup/cgroup.procs=ENOENT" \
		"try-mkdir /sys/fs/cgroup/new=EROFS" "try-write /sys/kernel/new=EROFS"
	matches " /sys ro.* - sysfs"
	lacks "/sys.* rw,.* - cgroup"
}

@test "sysfs of the host that is not asked to be read-only still hides the groups" {
	without_namespace network
	config '.mounts += [{destination: "/sys", type: "sysfs", source: "sysfs"}]'
	payload stat /sys/fs/cgroup/unified stat /sys/fs/cgroup/cgroup.procs
	has "stat /sys/fs/cgroup/unified=ENOENT" "stat /sys/fs/cgroup/cgroup.procs=ENOENT"
}

@test "a read-only bind of /sys: the groups that are the user's own can't be written" {
	need_delegation
	config '.mounts += [{destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}]'
	local dir
	dir=$(v2_root)$NUCLEUS_GROUP
	payload stat "$dir/cgroup.procs" try-mkdir "$dir/$TOKEN"
	has "stat $dir/cgroup.procs=ok" "try-mkdir $dir/$TOKEN=EROFS"
}

@test "procfs without a pid namespace, mqueue without an ipc namespace: the host's" {
	without_namespace pid
	payload stat "/proc/$$" try-read /proc/self/status
	has "stat /proc/$$=ok" "try-read /proc/self/status=ok"
	config '.mounts[0].options = ["hidepid=2"]'
	refused_create "mounts\[0\] /proc: mount proc: Operation not permitted"
	config '.mounts[0].options = [] | .mounts += [{destination: "/dev/mqueue", type: "mqueue", source: "mqueue"}]'
	without_namespace ipc
	if [ "$(stat -f -c %t /dev/mqueue 2>/dev/null)" = 19800202 ]; then
		payload try-list /dev/mqueue
		has "try-list /dev/mqueue=ok"
	else
		refused_create "/dev/mqueue: mount mqueue: Operation not permitted"
	fi
}

@test "mqueue and sysfs with namespaces of their own" {
	config '.mounts += [{destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]},
		{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}]'
	payload mounts try-list /sys/class/net/lo
	has "try-list /sys/class/net/lo=ok"
	matches " /dev/mqueue .* - mqueue " " /sys ro.* - sysfs"
}

@test "a listed device under another name: the host's of the same number" {
	config '.linux.devices = [{path: "/dev/new/place", type: "c", major: 1, minor: 7}, {path: "/dev/null", type: "c", major: 1, minor: 3},
		{path: "/dev/pipe", type: "p", fileMode: 384}]'
	payload stat /dev/new/place try-write /dev/new/place try-open-dev /dev/null stat /dev/pipe
	matches "^stat./dev/new/place=c 0666 .* 1:7 " "^stat./dev/pipe=p 0600 0:0 "
	has "try-open-dev /dev/null=ok"
	config '.linux.devices = [{path: "/dev/none", type: "b", major: 7, minor: 200}]'
	refused_create "device: bind the host's /dev/none \(7:200\): No such file or directory"
}

@test "a device rule that closes one device is told to have no effect" {
	config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "rwm"}]'
	args /bin/payload try-open-dev /dev/null try-mknod /tmp/kmsg 1 11
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	has "try-open-dev /dev/null=ok" "try-mknod /tmp/kmsg 1 11=EPERM"
	[ -z "$stderr" ]
	config '.linux.resources.devices += [{allow: false, type: "c", major: 1, minor: 3, access: "w"}]'
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	output=$stderr
	matches "warning: linux.resources.devices: without privilege device rules have no effect"
}

@test "gid=5 of devpts where 5 is not mapped is refused with its place" {
	user_namespace "$(map 0 "$(own)" 1)"
	config '(.mounts[] | select(.destination == "/dev/pts")).options += ["gid=5"]'
	refused_create 'mounts\[2\].options: gid=5: the id is not mapped in linux.gidMappings'
}

# tests/system/netdevices.bats moves those of a network namespace that a user namespace owns.
@test "a network device of the machine can't be taken" {
	need_user
	local device
	device=$(cd /sys/class/net && for name in *; do [ "$name" = lo ] || echo "$name"; done | head -n 1)
	[ -n "$device" ] || skip "the machine has no network device but the loopback"
	config '.linux.netDevices = {($device): {name: "taken0"}}' --arg device "$device"
	refused_create "linux.netDevices\[$device\]: .*Operation not permitted"
}

@test "limits: what the user's own allow; a higher hard limit is refused at create" {
	local hard
	hard=$(ulimit -Hn)
	[ "$hard" != unlimited ] || skip "there is no higher limit"
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: $hard}]' --argjson hard "$hard"
	payload rlimits
	has "rlimit.nofile=50:$hard"
	config '.process.rlimits[0].hard += 1'
	refused_create "process.rlimits: set RLIMIT_NOFILE .*Operation not permitted"
}

# ---- State ---------------------------------------------------------------------------------------------

@test "the state is below XDG_RUNTIME_DIR, and only the user's" {
	local dir=$XDG_RUNTIME_DIR/nucleus-oci
	args /bin/payload signal-wait
	"$NUCLEUS_OCI" create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	[ -d "$dir/$TOKEN" ]
	[ "$(stat -c %a "$dir/$TOKEN")" = 700 ]
	[[ $(stat -c %a "$dir") =~ ^1?700$ ]]
	"$NUCLEUS_OCI" list -q | grep -qx "$TOKEN"
	"$NUCLEUS_OCI" start "$TOKEN"
	# What engines give the later verbs of their environment.
	[ "$(env -i XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$NUCLEUS_OCI" state "$TOKEN" | jq -r .status)" = running ]
	env -i XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$NUCLEUS_OCI" delete --force "$TOKEN"
	[ ! -e "$dir/$TOKEN" ]
}

@test "without XDG_RUNTIME_DIR, or with a relative one: an error that says so, and an empty list" {
	if [ "$WHO" = user ]; then
		[ ! -d "/run/user/$(own)" ] || skip "/run/user/$(own) is there"
		elsewhere() { "$@"; }
	else # where /run is what it is for a user
		mkdir "$T/run"
		elsewhere() {
			unshare --mount sh -c 'mount --bind "$0" /run && mount -o remount,bind,ro /run && exec "$@"' "$T/run" "$@"
		}
	fi
	refused "create state root .*: (Permission denied|Read-only file system)" \
		elsewhere env -u XDG_RUNTIME_DIR "$NUCLEUS_OCI" create --bundle "$B" "$TOKEN"
	grep -q '^hint: .*XDG_RUNTIME_DIR.*--root' "$T/refused.err"
	cd "$T"
	refused "create state root" elsewhere env XDG_RUNTIME_DIR=relative "$NUCLEUS_OCI" create --bundle "$B" "$TOKEN"
	[ ! -e relative ]
	run -0 elsewhere env -u XDG_RUNTIME_DIR "$NUCLEUS_OCI" list -q
	[ -z "$output" ]
}

@test "a state root of somebody else's is refused" {
	mkdir "$R"
	chmod 755 "$R"
	give_to 100005:100005 "$R"
	refused "state root .* belongs to somebody else" rt create --bundle "$B" "$TOKEN"
	refused "state root .* belongs to somebody else" rt delete --force "$TOKEN"
}

# ---- By hand -------------------------------------------------------------------------------------------

@test "what spec --rootless writes runs as it is" {
	command -v script >/dev/null || skip "script is not installed"
	rm "$B/config.json"
	rt spec --rootless --bundle "$B"
	# shellcheck disable=SC2016 # for the shell in the container
	run -0 script -qec "'$NUCLEUS_OCI' --root '$R' run '$B/'" /dev/null <<<'id -u; tty=$(busybox tty); echo on $tty; exit'
	output=$(tr -d '\r' <<<"$output")
	matches "^0$" "^on /dev/(console|pts/0)$"
	nothing_left
}

@test "a bundle of mkbundle's runs, with the user's subordinate ids" {
	need_user
	"$BATS_TEST_DIRNAME/../../contrib/mkbundle" --busybox "$T/made" -- sh -c 'id -u; cat /proc/self/uid_map'
	run -0 rt run "$T/made/"
	has 0
	matches "^ +0 +$(own) +1$" "^ +1 +100000 +[0-9]+$"
	nothing_left
}
