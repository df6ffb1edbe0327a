# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What every system test uses. Each test has a folder of its own with a bundle and a state root,
# and a token that is in every name it makes. The teardown deletes the test's containers and then
# looks for what carries the token: a group, mount, process or state file that is left fails it.
#
#   $TOKEN   the token; also the test's first container id
#   $T $B $R the test's folder, its bundle, its state root
#   $OUT $ERR what a detached container and its create wrote
#   $NUCLEUS_OCI, $PAYLOAD   the programs: the runtime, the payload (tests/payload)
#
# The suite is run as root, as an ordinary user (tests/lib/as-user) and as root of a user namespace
# (tests/lib/in-userns); $WHO is root, user or userns. For a user base_config lists a user namespace
# in which the container's root is that user and 1 to 65536 are subordinate ids. What needs more
# privilege says so: need_real_root REASON, need_root REASON.

bats_require_minimum_version 1.5.0

# Debian 12's jq takes 40 ms to start, which was half of a test's time.
if command -v gojq >/dev/null; then
	jq() { gojq "$@"; }
fi

setup() {
	WHO=${NUCLEUS_WHO:-root}
	[ "$WHO" != root ] || [ "$(id -u)" = 0 ] || skip "needs root, tests/lib/as-user or tests/lib/in-userns"
	: "${NUCLEUS_OCI:?the runtime to test}" "${PAYLOAD:?the built tests/payload/payload}"
	# A build's own parts, not those that may be installed.
	export NUCLEUS_OCI_LIBEXEC=${NUCLEUS_OCI_LIBEXEC:-$(dirname "$(realpath "$NUCLEUS_OCI")")}
	make_test
	if declare -F extra_setup >/dev/null; then extra_setup; fi
}

make_test() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/nucleus-sys.XXXXXXXX")
	TOKEN=sys-${T##*.}
	B=$T/bundle R=$T/state OUT=$T/out ERR=$T/err
	make_rootfs "$B/rootfs"
	base_config >"$B/config.json"
	DEVICES=$(device_facts)
	# A console or inherited descriptors of bats must not become the container's.
	exec </dev/null
}

# A copy of one that is made once for a file of tests.
make_rootfs() {
	local template=$BATS_FILE_TMPDIR/rootfs
	[ -d "$template" ] || fill_rootfs "$template"
	mkdir -p "$(dirname "$1")"
	cp -a "$template" "$1"
}

fill_rootfs() {
	local name
	mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,tmp,usr,lib,var,mnt}
	chmod 1777 "$1/tmp"
	cp "$PAYLOAD" "$1/bin/payload"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for name in sh ls cat echo true false sleep id touch mkdir kill; do
		ln -s busybox "$1/bin/$name"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	echo 'user:x:1000:1000:user:/home/user:/bin/sh' >>"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
}

# need_real_root REASON: what neither a user nor root of a user namespace may do.
need_real_root() {
	[ "$WHO" = root ] || skip "needs real root: $1"
}

# need_root REASON: what root of a user namespace may do, too, but not an ordinary user.
need_root() {
	[ "$WHO" != user ] || skip "needs root: $1"
}

# need_mknod: what has a device node made.
need_mknod() {
	need_real_root "mknod(2): in a user namespace nobody can make a device node"
}

# need_own_mounts: what mounts something outside of the container. A user can do that only as root of a
# user namespace, and this is what tests/lib/in-userns is for.
need_own_mounts() {
	need_root "mount(2) outside of the container needs CAP_SYS_ADMIN there"
}

# need_idmap: what id-maps a mount of a file system that is mounted outside.
need_idmap() {
	need_root "mount_setattr(2): an id-mapped mount needs CAP_SYS_ADMIN where its file system was mounted"
}

# The ids that a test's files get so that the container has them as these: ids UID:GID
ids() {
	if [ "$WHO" = user ]; then echo "$((${1%:*} + 99999)):$((${1#*:} + 99999))"; else echo "$1"; fi
}

# need_group REASON: what takes a group, which an ordinary user has only if one is delegated.
need_group() {
	[ "$WHO" = root ] || [ -n "${NUCLEUS_GROUP:-}" ] || skip "needs a delegated group: $1"
}

# The smallest configuration that is like an engine's. NUCLEUS_TEST marks the processes.
base_config() {
	root_config | if [ "$WHO" = root ] || [ -n "${NUCLEUS_GROUP:-}" ]; then
		cat
	else # a path would be a wish for a group
		jq 'del(.linux.cgroupsPath)'
	fi | if [ "$WHO" = user ]; then
		jq '.linux.namespaces += [{type: "user"}]
			| .linux.uidMappings = [{containerID: 0, hostID: $id, size: 1}, {containerID: 1, hostID: 100000, size: 65536}]
			| .linux.gidMappings = .linux.uidMappings' --argjson id "$(id -u)"
	else
		cat
	fi
}

# user_namespace UID-MAPPINGS [GID-MAPPINGS]: the container gets one with these mappings, given as
# JSON, and its root file system belongs to the root of it.
user_namespace() {
	config '.linux.namespaces |= map(select(.type != "user")) + [{type: "user"}]
		| .linux.uidMappings = $uids | .linux.gidMappings = $gids' \
		--argjson uids "$1" --argjson gids "${2:-$1}"
	give_to "$(jq '.[0].hostID' <<<"$1"):$(jq '.[0].hostID' <<<"${2:-$1}")" "$B/rootfs"
	chmod 755 "$T"
}

# give_to UID:GID FILE: with all that is below it. A user can give to the own subordinate ids only:
# from inside a user namespace, in which 100000, the first of them, is 1.
give_to() {
	local ids=$1
	[ "$WHO" != user ] || ids=$(inside_id "${1%:*}"):$(inside_id "${1#*:}")
	as_owner chown -R "$ids" "$2"
}

# as_owner COMMAND...: as somebody to whom all files belong that the container's ids have.
as_owner() {
	if [ "$WHO" = user ]; then
		unshare --user --map-root-user --map-auto "$@"
	else
		"$@"
	fi
}

inside_id() {
	if [ "$1" = "$(id -u)" ]; then echo 0; else echo "$(($1 - 99999))"; fi
}

root_config() {
	jq -n --arg token "$TOKEN" --arg group "${NUCLEUS_GROUP:-}" '{
		ociVersion: "1.0.2",
		process: {
			user: { uid: 0, gid: 0 }, cwd: "/", noNewPrivileges: true,
			args: ["/bin/payload", "ids"],
			env: ["PATH=/bin:/usr/bin", "NUCLEUS_TEST=\($token)"],
			capabilities: ({} | .bounding = ["CAP_KILL", "CAP_AUDIT_WRITE"]
				| .effective = .bounding | .permitted = .bounding)
		},
		root: { path: "rootfs" },
		hostname: "inside",
		mounts: [
			{ destination: "/proc", type: "proc", source: "proc" },
			{ destination: "/dev", type: "tmpfs", source: "tmpfs",
			  options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
			{ destination: "/dev/pts", type: "devpts", source: "devpts",
			  options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
			{ destination: "/dev/shm", type: "tmpfs", source: "shm",
			  options: ["nosuid", "noexec", "nodev", "mode=1777"] }
		],
		linux: {
			cgroupsPath: "\($group)/nucleus-oci-\($token)",
			namespaces: [{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"},
				     {type: "mount"}]
		}
	}'
}

# config FILTER [JQ-OPTION...]: changes the bundle's configuration.
config() {
	local filter=$1
	shift
	jq "$filter" "$B/config.json" "$@" >"$T/new.json"
	mv "$T/new.json" "$B/config.json"
}

# add_mount JSON: ${t} in it is the test's folder.
add_mount() {
	config '.mounts += [$mount]' --argjson mount "${1//\$\{t\}/$T}"
}

# A user namespace of its own, whose root has the files of the root file system.
with_user_namespace() {
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
}

# keep UNSHARE-OPTION...: $keeper is a process with these namespaces, and $inner the one that is in
# those that only children enter. A user can have them only in a user namespace and join them only
# together with that one, so then the container's is that.
keep() {
	local inside='' word
	[ "$WHO" != user ] || inside=--user
	unshare $inside "$@" sleep 1000 3>&- &
	keeper=$! inner=$!
	for word; do [ "$word" != --fork ] || inner=; done
	[ -n "$inner" ] || { patiently pgrep -P "$keeper" -x sleep >/dev/null && inner=$(pgrep -P "$keeper" -x sleep); }
	patiently grep -qx sleep "/proc/$inner/comm"
	[ -z "$inside" ] || map_and_join "$keeper"
}

# map_and_join PID: the container's user namespace is that of this process, which gets ids for it.
map_and_join() {
	if [ "$WHO" = user ]; then
		newgidmap "$1" 0 100000 65536
		newuidmap "$1" 0 100000 65536
	else
		echo "0 100000 65536" >"/proc/$1/gid_map"
		echo "0 100000 65536" >"/proc/$1/uid_map"
	fi
	config '.linux.namespaces |= map(select(.type != "user")) + [{type: "user", path: "/proc/\($pid)/ns/user"}]
		| del(.linux.uidMappings, .linux.gidMappings)' --arg pid "$1"
	give_to 100000:100000 "$B/rootfs"
	chmod 755 "$T"
}

# keep_user_namespace UNSHARE-OPTION...: as keep, in a user namespace in every case.
keep_user_namespace() {
	if [ "$WHO" = user ]; then
		keep "$@"
	else
		keep --user "$@"
		map_and_join "$keeper"
	fi
}

end_keeper() {
	[ -n "${keeper:-}" ] || return 0
	kill -KILL "$keeper" "$inner" 2>/dev/null || true
	wait "$keeper" 2>/dev/null || true
}

# join TYPE...: the container's namespaces of these types are the keeper's.
join() {
	local type file
	for type; do
		case $type in network) file=net ;; mount) file=mnt ;; *) file=$type ;; esac
		config '.linux.namespaces |= map(select(.type != $type)) + [{type: $type, path: "/proc/\($pid)/ns/\($file)"}]' \
			--arg type "$type" --arg file "$file" --arg pid "$inner"
	done
}

# traceable: the container is one that can be made under strace, which takes its privilege from a
# setuid newuidmap (ptrace(2)): a user's has the own id alone.
traceable() {
	command -v strace >/dev/null || skip "strace is not installed"
	[ "$WHO" != user ] || user_namespace "[{\"containerID\": 0, \"hostID\": $(id -u), \"size\": 1}]"
}

# traced STRACE-OPTION... -- COMMAND...: without the leak sanitizer, which can't run under a tracer.
traced() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -qq "$@"
}

# The program of the container.
args() {
	config '.process.args = $ARGS.positional' --args -- "$@"
}

rt() {
	"$NUCLEUS_OCI" --root "$R" "$@"
}

# payload WORD...: runs the payload with these words in the foreground and leaves what it said in
# $output, as bats' run does. PAYLOAD_STATUS is the exit status that is expected, 0 if not set.
payload() {
	args /bin/payload "$@"
	run "-${PAYLOAD_STATUS:-0}" rt run --bundle "$B" "$TOKEN"
}

# create [OPTION...] [ID]: its standard output and error, and the container's, go to files.
create() {
	local last=${*: -1}
	[[ $# -gt 0 && $last != -* ]] || set -- "$@" "$TOKEN"
	rt create --bundle "$B" "$@" >"$OUT" 2>"$ERR" 3>&-
}

# Creates and starts, and waits for a line that says that the program runs, if one is given.
create_and_start() {
	create || { cat "$ERR"; return 1; }
	rt start "$TOKEN"
	[ $# -eq 0 ] || wait_line "$OUT" "$1"
}

# patiently COMMAND...: until it succeeds, for ten seconds at most.
patiently() {
	local tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || { echo "never came true: $*"; return 1; }
		sleep 0.05
	done
}

wait_line() {
	patiently grep -Fqx -- "$2" "$1"
}

status_of() {
	rt state "${1:-$TOKEN}" | jq -r .status
}

pid_of() {
	rt state "${1:-$TOKEN}" | jq -r .pid
}

status_is() {
	[ "$(status_of "${2:-$TOKEN}")" = "$1" ]
}

wait_status() {
	patiently status_is "$@"
}

# ---- Terminals -------------------------------------------------------------------------------------

# Receives the terminal's master on a Unix socket, and copies what comes out of it to a file.
receive_console() {
	python3 - "$1" "$2" <<-'EOF' 3>&- &
		import array, os, socket, sys
		server = socket.socket(socket.AF_UNIX)
		server.bind(sys.argv[1])
		server.listen(1)
		peer, _ = server.accept()
		fds = array.array("i")
		name, ancillary, _, _ = peer.recvmsg(4096, socket.CMSG_SPACE(fds.itemsize))
		fds.frombytes(ancillary[0][2][:fds.itemsize])
		with open(sys.argv[2], "wb", 0) as out:
		    out.write(b"name " + name + b"\n")
		    try:
		        while data := os.read(fds[0], 4096):
		            out.write(data.replace(b"\r\n", b"\n"))
		    except OSError:
		        pass
		    out.write(b"end\n")
	EOF
	receiver=$!
	patiently test -S "$1"
}

# ---- What a test expects of $output ------------------------------------------------------------------

# has LINE...: each is a whole line of the output.
has() {
	local line
	for line; do
		grep -Fqx -- "$line" <<<"$output" || { printf 'no line "%s" in:\n%s\n' "$line" "$output"; return 1; }
	done
}

# matches REGEX...: each is found in the output.
matches() {
	local regex
	for regex; do
		grep -Eq -- "$regex" <<<"$output" || { printf 'no "%s" in:\n%s\n' "$regex" "$output"; return 1; }
	done
}

lacks() {
	local regex
	for regex; do
		! grep -E -- "$regex" <<<"$output" || { printf 'there is a "%s" in:\n%s\n' "$regex" "$output"; return 1; }
	done
}

# refused REGEX COMMAND...: exits with 1, says one line (and hints) on standard error that has REGEX,
# nothing on standard output, and has left nothing of the container behind.
refused() {
	local regex=$1 status=0
	shift
	"$@" >"$T/refused.out" 2>"$T/refused.err" 3>&- || status=$?
	output=$(cat "$T/refused.err")
	[ "$status" = 1 ] || { echo "exit status $status: $output"; return 1; }
	[ ! -s "$T/refused.out" ] || { echo "on standard output:"; cat "$T/refused.out"; return 1; }
	matches "$regex"
	# One cause: every other line is a hint or says what cleaning up could not do.
	if is_ours; then
		[ "$(grep -c '^nucleus-oci: ' "$T/refused.err")" = 1 ] || { echo "not one line: $output"; return 1; }
		! grep -Ev '^(nucleus-oci|hint): ' "$T/refused.err" || { echo "strange line in: $output"; return 1; }
	fi
	iconv -f UTF-8 -t UTF-8 "$T/refused.err" >/dev/null || { echo "not UTF-8: $output"; return 1; }
}

# refused_create REGEX: a create that must fail, and leave nothing at all.
refused_create() {
	refused "$1" rt create --bundle "$B" "$TOKEN"
	nothing_left
}

is_ours() {
	[[ ${NUCLEUS_OCI##*/} != runc && ${NUCLEUS_OCI##*/} != crun ]]
}

ours_only() {
	is_ours || skip "$1 is not what $NUCLEUS_OCI does"
}

# ---- Groups -----------------------------------------------------------------------------------------

# The folders of the test's group, one for each hierarchy in which there is one.
groups_of_test() {
	find /sys/fs/cgroup -type d -name "*$TOKEN*" 2>/dev/null
}

is_pure_v2() {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]
}

# group_of CONTROLLER: the folder of the test's group where this controller is.
group_of() {
	local dir
	for dir in "/sys/fs/cgroup/$1" /sys/fs/cgroup /sys/fs/cgroup/unified; do
		dir=$dir${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN
		[ -d "$dir" ] && echo "$dir" && return 0
	done
	echo "no group for $1" >&2
	return 1
}

# has_controller NAME: by its name on v1 (blkio); a pure v2 view on a hybrid machine has only those
# that v1 does not use. To a user only those of the delegated group.
has_controller() {
	[[ $WHO = root && -d /sys/fs/cgroup/$1 ]] || grep -qsw "${1/#blkio/io}" \
		"/sys/fs/cgroup${NUCLEUS_GROUP:-}/cgroup.controllers" \
		"/sys/fs/cgroup/unified${NUCLEUS_GROUP:-}/cgroup.controllers"
}

need_controller() {
	if [ "$WHO" = root ]; then
		has_controller "$1" || skip "the $1 controller is not in this view of the cgroups"
	else
		has_controller "$1" || skip "the $1 controller is not delegated"
	fi
}

# need_v1 NAME: what only cgroup v1 can do.
need_v1() {
	[ "$WHO" = root ] || skip "cgroup v1 can't be delegated"
	[ -d "/sys/fs/cgroup/$1" ] || skip "no cgroup v1 hierarchy has the $1 controller in this view"
}

# limit_of V1-NAME V2-NAME CONTROLLER: the value of the limit's file in the test's group.
limit_of() {
	local dir
	dir=$(group_of "$3")
	if [ -f "$dir/$1" ]; then cat "$dir/$1"; else cat "$dir/$2"; fi
}

# held: the program waits, so that its group can be looked at.
held() {
	args /bin/payload signal-wait
	create_and_start ready
}

# True where --systemd-cgroup can work: built in, and a manager of ours to be asked.
systemd_is_there() {
	[ "$("$NUCLEUS_OCI" features | jq .linux.cgroup.systemd)" = true ] && [ -d /run/systemd/system ] || return 1
	[ "$WHO" = root ] || [ -S "${XDG_RUNTIME_DIR:-/nowhere}/bus" ]
}

# ---- Nothing stays --------------------------------------------------------------------------------------

# The words looked for come by a file: grep's own command line has none of them.
processes_of_test() {
	local file pid
	local -A seen=(["$$"]=yes ["$BASHPID"]=yes)
	printf '%s\n' "NUCLEUS_TEST=$TOKEN" "$R" >"$T/words"
	grep -alsF -f "$T/words" /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | while read -r file; do
		pid=${file#/proc/} pid=${pid%%/*}
		[ -n "${seen[$pid]:-}" ] || echo "$pid"
		seen[$pid]=yes
	done
}

left_over() {
	local file
	for file in "$R"/*; do [ ! -e "$file" ] || echo "state: $file: $(ls "$file")"; done
	groups_of_test | sed 's/^/group: /'
	processes_of_test | while read -r file; do
		[ ! -d "/proc/$file" ] || echo "process: $file $(tr '\0' ' ' <"/proc/$file/cmdline")"
	done
	grep -F "$T" /proc/self/mountinfo | sed 's/^/mount: /'
}

# As left_over, with fewer programs: every test asks.
is_clean() {
	local state=("$R"/*)
	[ ! -e "${state[0]}" ] && [[ $(</proc/self/mountinfo) != *"$T"* ]] && [ -z "$(groups_of_test)" ] && [ -z "$(processes_of_test)" ]
}

# A process that was killed is gone a moment later, so this asks more than once.
nothing_left() {
	local tries=0
	until is_clean; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || { echo "left over:"; left_over; return 1; }
		sleep 0.05
	done
}

teardown() {
	local id failed=0
	[ -n "${T:-}" ] || return 0
	if declare -F extra_teardown >/dev/null; then extra_teardown || failed=1; fi
	for id in "$R"/*/; do
		[ -d "$id" ] || continue
		rt delete --force "$(basename "$id")" || failed=1
	done
	nothing_left || { failed=1 && sweep; }
	devices_are_unchanged || failed=1
	remove_test
	return $failed
}

# What ids of a user namespace have made in the container can be removed only from inside one.
remove_test() {
	rm -rf --one-file-system "$T" 2>/dev/null ||
		unshare --user --map-root-user --map-auto rm -rf --one-file-system "$T"
}

# The machine's devices that everybody may write to, and that a container gets: whose they are stays.
# A runtime that gives a process its standard streams has given away /dev/null.
device_facts() {
	stat -c '%n %u:%g %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty 2>/dev/null || true
}

devices_are_unchanged() {
	[ "$(device_facts)" = "$DEVICES" ] || { echo "the machine's devices were:"; echo "$DEVICES"; echo "and are:"; device_facts; return 1; }
}

# Removes what the runtime should have removed, so that one failure is one failure.
sweep() {
	local item
	processes_of_test | while read -r item; do kill -KILL "$item" 2>/dev/null; done
	awk -v dir="$T/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r item; do umount -l "$item"; done
	groups_of_test | sort -r | while read -r item; do rmdir "$item" 2>/dev/null; done
	return 0
}
