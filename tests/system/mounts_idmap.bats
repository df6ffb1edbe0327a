#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Id-mapped mounts: which ids the container sees for which files of the host, and which ids on the host
# the files get that it makes; with and without a user namespace of its own, new and by path.

load ../lib/helpers

extra_setup() {
	mkdir -p "$T/source"
	# A file system that belongs to the test's own user namespace.
	if [ "$WHO" = userns ]; then
		need_idmapped_tmpfs
		mount -t tmpfs -o mode=755 tmpfs "$T/source"
	fi
	mkdir "$T/source/sub"
	echo text >"$T/source/file"
	touch "$T/source/root" "$T/source/beyond"
	if [ "$WHO" != user ]; then
		chown 5:6 "$T/source/file"
		chown 70000:70000 "$T/source/beyond"
	fi
	chmod 755 "$T"
	config '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_SETUID", "CAP_SETGID"])'
}

extra_teardown() {
	local point
	end_keeper
	for point in "$T/source/sub" "$T/private/volume" "$T/private" "$T/source"; do
		if mountpoint -q "$point"; then umount "$point"; fi
	done
}

# 5:6 in the file system is 1000:2000 in the container.
one_id='"uidMappings": [{"containerID": 5, "hostID": 1000, "size": 1}],
	"gidMappings": [{"containerID": 6, "hostID": 2000, "size": 1}]'
# 0 to 99 in the file system are 100000 and so on on the host.
shifted='"uidMappings": [{"containerID": 0, "hostID": 100000, "size": 100}],
	"gidMappings": [{"containerID": 0, "hostID": 300000, "size": 100}]'

with_user_namespace() {
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 1000}]' '[{"containerID": 0, "hostID": 300000, "size": 1000}]'
}

keep_user_namespace() {
	keep --user "$@"
	echo "0 100000 1000" >"/proc/$keeper/uid_map"
	echo "0 300000 1000" >"/proc/$keeper/gid_map"
	config '.linux.namespaces += [{type: "user", path: "/proc/\($pid)/ns/user"}]' --arg pid "$keeper"
	chown -R 100000:300000 "$B/rootfs"
}

# As refused_create, beside the mount that the setup may have made.
refused_umount() {
	refused "$1" rt create --bundle "$B" "$TOKEN"
	[ -z "$(ls -A "$R")" ]
}

need_idmapped_tmpfs() {
	[ "$(printf '%s\n' 6.3 "$(uname -r)" | sort -V | head -n 1)" = 6.3 ] ||
		skip "this kernel's tmpfs does not support id-mapped mounts (Linux 6.3)"
}

# fields: mounts[].uidMappings[].containerID mounts[].uidMappings[].hostID mounts[].uidMappings[].size
# fields: mounts[].gidMappings[].containerID mounts[].gidMappings[].hostID mounts[].gidMappings[].size
@test "containerID is the id in the file system, hostID what the container sees for it" {
	need_idmap
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"], '"$one_id"'}'
	payload stat /mnt/file stat /mnt/root stat /mnt/beyond
	matches "^stat./mnt/file=- 0644 1000:2000 "
	# What no line maps belongs to nobody here.
	matches "^stat./mnt/root=- 0644 65534:65534 " "^stat./mnt/beyond=- 0644 65534:65534 "
	# On the host nothing has changed.
	[ "$(stat -c %u:%g "$T/source/file")" = 5:6 ]
}

@test "what the mapped user makes belongs to the id in the file system" {
	need_idmap
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"], '"$one_id"'}'
	chown 5:6 "$T/source"
	config '.process.user = {uid: 1000, gid: 2000}'
	payload try-write /mnt/new stat /mnt/new
	has "try-write /mnt/new=ok"
	matches "^stat./mnt/new=- .* 1000:2000 "
	[ "$(stat -c %u:%g "$T/source/new")" = 5:6 ]
}

@test "an id without a mapping can make nothing" {
	need_idmap
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"], '"$one_id"'}'
	chmod 777 "$T/source"
	payload try-write /mnt/new
	has "try-write /mnt/new=EOVERFLOW"
	[ ! -e "$T/source/new" ]
}

@test "several lines, ranges, and a single file" {
	need_idmap
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"],
		"uidMappings": [{"containerID": 0, "hostID": 10, "size": 3}, {"containerID": 3, "hostID": 50, "size": 10}],
		"gidMappings": [{"containerID": 0, "hostID": 20, "size": 7}]}'
	add_mount '{"destination": "/etc/one", "type": "none", "source": "${t}/source/file", "options": ["bind", "idmap"], '"$one_id"'}'
	payload stat /mnt/file stat /mnt/root stat /etc/one
	matches "^stat./mnt/file=- .* 52:26 " "^stat./mnt/root=- .* 10:20 " "^stat./etc/one=- .* 1000:2000 "
}

@test "mappings without the option idmap count too" {
	need_idmap
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind"], '"$one_id"'}'
	payload stat /mnt/file
	matches "^stat./mnt/file=- .* 1000:2000 "
}

@test "idmap maps the source only, ridmap what is mounted below too" {
	need_idmap
	need_idmapped_tmpfs
	mount -t tmpfs tmpfs "$T/source/sub"
	touch "$T/source/sub/below"
	chown 5:6 "$T/source/sub/below"
	add_mount '{"destination": "/one", "type": "none", "source": "${t}/source", "options": ["rbind", "idmap"], '"$one_id"'}'
	add_mount '{"destination": "/all", "type": "none", "source": "${t}/source", "options": ["rbind", "ridmap"], '"$one_id"'}'
	payload stat /one/file stat /one/sub/below stat /all/file stat /all/sub/below
	matches "^stat./one/file=- .* 1000:2000 " "^stat./one/sub/below=- .* 5:6 " \
		"^stat./all/file=- .* 1000:2000 " "^stat./all/sub/below=- .* 1000:2000 "
}

@test "with flags and propagation in the same mount" {
	need_idmap
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source",
		"options": ["rbind", "idmap", "ro", "rnosuid", "rprivate"], '"$one_id"'}'
	payload stat /mnt/file try-write /mnt/file mounts
	matches "^stat./mnt/file=- .* 1000:2000 " " /mnt ro,nosuid,relatime,idmapped - "
	has "try-write /mnt/file=EROFS"
}

# ---- File systems ------------------------------------------------------------------------------------------

@test "a new tmpfs: its root has the mapped id" {
	need_idmap
	need_idmapped_tmpfs
	add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0750", "uid=5", "gid=6", "idmap"], '"$one_id"'}'
	payload stat /mnt mounts
	matches "^stat./mnt=d 0750 1000:2000 " " /mnt .*idmapped .*- tmpfs "
}

@test "a file system that can't is an error that names it" {
	need_idmap
	add_mount '{"destination": "/mnt", "type": "none", "source": "/proc/sys", "options": ["bind", "idmap"], '"$one_id"'}'
	refused_umount "mounts\[4\] /mnt: file system proc does not support id-mapped mounts"
	config '.mounts[4].type = "ramfs" | .mounts[4].options = ["idmap"]'
	refused_umount "mounts\[4\] /mnt: file system ramfs does not support id-mapped mounts"
	config '.mounts[4].type = "mqueue"'
	refused_umount "mounts\[4\] /mnt: file system mqueue does not support id-mapped mounts"
}

@test "ridmap over a file system that can't is an error, not a half-mapped tree" {
	need_idmap
	mount -t ramfs ramfs "$T/source/sub"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["rbind", "ridmap"], '"$one_id"'}'
	refused "mounts\[4\] /mnt: .*does not support id-mapped mounts" rt create --bundle "$B" "$TOKEN"
	[ -z "$(ls -A "$R")" ]
}

@test "a mapping that the kernel refuses is told with the mount" {
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"],
		"uidMappings": [{"containerID": 0, "hostID": 1, "size": 4294967295}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}'
	refused_umount "mounts\[4\].uidMappings\[0\]"
}

@test "without mappings and without a user namespace" {
	need_root "a user's container has a user namespace of its own"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"]}'
	refused_umount "mounts\[4\]: the option idmap needs uidMappings"
}

# ---- User namespaces ---------------------------------------------------------------------------------------

@test "in a new user namespace: without mappings its own are taken" {
	need_idmap
	with_user_namespace
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"]}'
	add_mount '{"destination": "/plain", "type": "none", "source": "${t}/source", "options": ["bind"]}'
	payload stat /mnt/file stat /mnt/root stat /mnt/beyond stat /plain/root try-write /mnt/new stat /mnt/new try-write /plain/file
	matches "^stat./mnt/file=- .* 5:6 " "^stat./mnt/root=- .* 0:0 " "^stat./mnt/beyond=- .* 65534:65534 " \
		"^stat./plain/root=- .* 65534:65534 " "^stat./mnt/new=- .* 0:0 "
	has "try-write /mnt/new=ok" "try-write /plain/file=EACCES"
	[ "$(stat -c %u:%g "$T/source/new")" = 0:0 ]
}

@test "in a new user namespace: hostID is an id of the host, not of the container" {
	need_idmap
	with_user_namespace
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"],
		"uidMappings": [{"containerID": 5, "hostID": 100007, "size": 1}], "gidMappings": [{"containerID": 6, "hostID": 300008, "size": 1}]}'
	payload stat /mnt/file
	matches "^stat./mnt/file=- .* 7:8 "
}

@test "in a new user namespace: a tmpfs, with the mode of its destination" {
	need_idmap
	need_idmapped_tmpfs
	with_user_namespace
	mkdir -m 3751 "$B/rootfs/covered"
	chown 100000:300000 "$B/rootfs/covered"
	add_mount '{"destination": "/covered", "type": "tmpfs", "source": "tmpfs", "options": ["idmap"]}'
	add_mount '{"destination": "/ours", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0700", "uid=7"], '"$shifted"'}'
	payload stat /covered stat /ours try-write /covered/new stat /covered/new
	matches "^stat./covered=d 3751 0:0 " "^stat./ours=d 0700 7:0 " "^stat./covered/new=- .* 0:0 "
}

@test "in a new user namespace: a source that can't be walked there" {
	need_idmap
	with_user_namespace
	mkdir "$T/private"
	[ "$WHO" = root ] || mount -t tmpfs tmpfs "$T/private"
	mkdir "$T/private/volume"
	touch "$T/private/volume/file"
	chmod 700 "$T/private"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/private/volume", "options": ["rbind", "ridmap"]}'
	payload stat /mnt/file
	matches "^stat./mnt/file=- .* 0:0 "
}

@test "in a user namespace by path: its mappings are taken" {
	need_idmap
	keep_user_namespace
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"]}'
	add_mount '{"destination": "/other", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"],
		"uidMappings": [{"containerID": 5, "hostID": 100009, "size": 1}], "gidMappings": [{"containerID": 6, "hostID": 300009, "size": 1}]}'
	payload stat /mnt/file stat /mnt/root stat /other/file ns
	has "ns.user=$(readlink "/proc/$keeper/ns/user")"
	matches "^stat./mnt/file=- .* 5:6 " "^stat./mnt/root=- .* 0:0 " "^stat./other/file=- .* 9:9 "
}

@test "in a user namespace by path that is the runtime's own: there is no mapping to take" {
	need_root "a user's container has a user namespace of its own"
	config '.linux.namespaces += [{type: "user", path: "/proc/self/ns/user"}]'
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"]}'
	refused_umount "mounts\[4\].options: .*the runtime's own"
}

@test "in a pid namespace by path" {
	need_idmap
	keep --pid --fork
	join pid
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"], '"$one_id"'}'
	payload stat /mnt/file
	matches "^stat./mnt/file=- .* 1000:2000 "
}

@test "in a user and a pid namespace by path" {
	need_idmap
	keep_user_namespace --pid --fork
	join pid
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"]}'
	payload stat /mnt/file stat /mnt/root
	matches "^stat./mnt/file=- .* 5:6 " "^stat./mnt/root=- .* 0:0 "
}

@test "a runtime that does not own the file system can't id-map it, and says so" {
	ours_only "the text"
	chmod -R a+rX "$T"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"]}'
	add_mount '{"destination": "/other", "type": "none", "source": "${t}/source", "options": ["bind", "idmap"], '"$one_id"'}'
	local become=() id
	id=$(id -u)
	mkdir -m 700 "$T/roots"
	case $WHO in
	root)
		id=1000 become=(setpriv --reuid 1000 --regid 1000 --clear-groups)
		chown 1000:1000 "$T/roots"
		;;
	userns) umount "$T/source" ;; # what is below belongs to the machine
	esac
	config 'del(.linux.cgroupsPath) | .linux.namespaces |= map(select(.type != "user")) + [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: $id, size: 1}] | .linux.gidMappings = .linux.uidMappings
		| .mounts |= map(select(.destination != "/other"))' --argjson id "$id"
	run -1 "${become[@]}" "$NUCLEUS_OCI" --root "$T/roots" run --bundle "$B" "$TOKEN"
	matches "mounts\[4\]"
	matches "[Oo]peration not permitted"
	[ -z "$(ls -A "$T/roots")" ]
}

# ---- Sources that the parent opens -------------------------------------------------------------------------

@test "in a user namespace each destination gets its own source" {
	need_idmap
	local i
	with_user_namespace
	config '.linux.namespaces += [{type: "cgroup"}]'
	for i in 0 1 2 3 4 5; do
		mkdir "$T/source/$i"
		touch "$T/source/$i/this-is-$i"
	done
	add_mount '{"destination": "/m0", "type": "none", "source": "${t}/source/0", "options": ["bind"]}'
	add_mount '{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}'
	add_mount '{"destination": "/m1", "type": "none", "source": "${t}/source/1", "options": ["bind", "idmap"]}'
	add_mount '{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}'
	add_mount '{"destination": "/m2", "type": "none", "source": "${t}/source/2", "options": ["bind"]}'
	add_mount '{"destination": "/m2", "type": "none", "source": "none", "options": ["bind", "remount", "ro"]}'
	add_mount '{"destination": "/m3", "type": "none", "source": "${t}/source/3", "options": ["bind", "idmap"], '"$shifted"'}'
	add_mount '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}'
	add_mount '{"destination": "/m4", "type": "none", "source": "${t}/source/4", "options": ["bind"]}'
	payload stat /m0/this-is-0 stat /m1/this-is-1 stat /m2/this-is-2 stat /m3/this-is-3 stat /m4/this-is-4
	has "stat /m0/this-is-0=ok" "stat /m1/this-is-1=ok" "stat /m2/this-is-2=ok" "stat /m3/this-is-3=ok" "stat /m4/this-is-4=ok"
}

@test "in a user namespace: a source that an earlier mount has brought" {
	with_user_namespace
	mkdir -p "$T/source/sub/deep" "$B/rootfs/mnt"
	touch "$T/source/sub/deep/there"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/source", "options": ["bind"]}'
	add_mount '{"destination": "/again", "type": "none", "source": "${t}/bundle/rootfs/mnt/sub/deep", "options": ["bind"]}'
	payload stat /again/there
	has "stat /again/there=ok"
}

@test "a source in the root that is a link of the image leads nowhere but into the root" {
	mkdir "$T/outside" "$B/rootfs/inside"
	touch "$T/outside/secret" "$B/rootfs$T" 2>/dev/null || true
	ln -s "$T/outside" "$B/rootfs/link"
	add_mount '{"destination": "/mnt", "type": "none", "source": "${t}/bundle/rootfs/link", "options": ["bind"]}'
	refused_umount "mounts\[4\] /mnt: open the source"
}

@test "in a user namespace: more volumes than descriptors are allowed, and the limit afterwards" {
	local i mounts='[]'
	with_user_namespace
	mounts=$(for i in $(seq 300); do
		printf '{"destination": "/v/%d", "type": "none", "source": "%s/source", "options": ["bind"]}\n' "$i" "$T"
	done | jq -s .)
	config '.mounts += $mounts' --argjson mounts "$mounts"
	args /bin/payload stat /v/1/file stat /v/300/file rlimits
	# shellcheck disable=SC2016 # the inner shell's
	run -0 bash -c 'ulimit -Sn 128 && exec "$@"' - "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has "stat /v/1/file=ok" "stat /v/300/file=ok"
	matches "^rlimit.nofile=128:"
}

@test "more read-only tmpfs than descriptors are allowed, and the limit afterwards" {
	local i mounts
	mounts=$(for i in $(seq 150); do
		printf '{"destination": "/v/%d", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]}\n' "$i"
	done | jq -s .)
	config '.mounts += $mounts' --argjson mounts "$mounts"
	args /bin/payload try-write /v/1/file try-write /v/150/file rlimits
	# shellcheck disable=SC2016 # the inner shell's
	run -0 bash -c 'ulimit -Sn 64 && exec "$@"' - "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has "try-write /v/1/file=EROFS" "try-write /v/150/file=EROFS"
	matches "^rlimit.nofile=64:"
}
