#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# contrib/mkbundle: a bundle from every source that runs, what options and images decide, and that
# a failure is one line and leaves nothing. Images are made here by hand, so that they can be evil.

load ../lib/helpers

extra_setup() {
	ours_only "the configuration of the program's spec"
	MKBUNDLE=$BATS_TEST_DIRNAME/../../contrib/mkbundle
	cd "$T" || return 1
	export NUCLEUS_OCI
	WHOLE_PATH=$PATH
}

extra_teardown() {
	PATH=$WHOLE_PATH
}

mkbundle() {
	"$MKBUNDLE" "$@"
}

# run_bundle BUNDLE: runs it; what it says is in $output.
run_bundle() {
	run -0 --separate-stderr rt run --bundle "$1" "$TOKEN"
}

asked() { # asked FILTER: from the configuration in out/
	jq -c "$1" out/config.json
}

# fails REGEX ARGUMENT...: mkbundle fails with one line, and nothing is new or gone in the folder.
fails() {
	local regex=$1 before
	shift
	before=$(ls -A)
	run -1 --separate-stderr mkbundle "$@"
	[ -z "$output" ]
	# shellcheck disable=SC2154 # bats sets them
	[ "${#stderr_lines[@]}" = 1 ] || { echo "not one line: $stderr"; return 1; }
	output=$stderr
	matches "^mkbundle: .*$regex"
	[ "$(ls -A)" = "$before" ] || { echo "left: $(ls -A)"; return 1; }
}

# A PATH with everything but these programs.
without() {
	local program
	mkdir -p "$T/path"
	ln -sft "$T/path" /usr/bin/* /usr/sbin/* /usr/local/bin/* /usr/local/sbin/* 2>/dev/null || true
	for program; do rm -f "$T/path/$program"; done
	# shellcheck disable=SC2123 # it is the one that is meant
	PATH=$T/path
}

# ---- Images ---------------------------------------------------------------------------------------

add_blob() { # add_blob FILE: its descriptor
	local digest
	digest=$(sha256sum <"$1" | cut -d ' ' -f 1)
	mkdir -p "$T/image/blobs/sha256"
	cp "$1" "$T/image/blobs/sha256/$digest"
	jq -nc --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$1")" --arg type "$2" \
		'{mediaType: "application/vnd.oci.image.\($type)", digest: $digest, size: $size}'
}

# make_image CONFIG LAYER.tar...: the layout $T/image with one image, named "v1".
make_image() {
	local config=$1 layers='[]' ids='[]' layer
	shift
	rm -rf "$T/image"
	for layer; do
		layers=$(jq -c '. + [$new]' --argjson new "$(add_blob "$layer" layer.v1.tar)" <<<"$layers")
	done
	ids=$(jq -c 'map(.digest)' <<<"$layers")
	jq -n --argjson config "$config" --argjson ids "$ids" '{architecture: "amd64", os: "linux",
		config: $config, rootfs: {type: "layers", diff_ids: $ids}}' >"$T/image.json"
	jq -n --argjson layers "$layers" --argjson config "$(add_blob "$T/image.json" config.v1+json)" \
		'{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
		config: $config, layers: $layers}' >"$T/manifest.json"
	add_blob "$T/manifest.json" manifest.v1+json | jq '{schemaVersion: 2, manifests:
		[. + {annotations: {"org.opencontainers.image.ref.name": "v1"}}]}' >"$T/image/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$T/image/oci-layout"
}

# Two layers: the second takes files away, changes a type, adds to a folder that it does not name.
make_good_image() {
	local name
	mkdir -p one/{etc,gone,opaque/deep,sub,tmp} two/{opaque,sub}
	cp -a "$B/rootfs/bin" one
	for name in one/gone/file one/opaque/old one/opaque/deep/old one/sub/away one/sub/stays; do
		echo old >"$name"
	done
	printf 'root:x:0:0::/:\napp:x:77:88::/:\n' >one/etc/passwd
	printf 'root:x:0:\nteam:x:99:\n' >one/etc/group
	ln -s /etc one/link
	chmod 1777 one/tmp
	: >two/.wh.gone
	: >two/sub/.wh.away
	: >two/opaque/.wh..wh..opq
	echo new >two/opaque/new
	mkdir two/link
	echo new >two/link/inside
	mkdir two/tmp
	echo new >two/tmp/new
	tar -C one -cf one.tar .
	tar -C two -cf two.tar ./.wh.gone ./sub ./opaque ./link ./tmp/new
	make_image '{"Entrypoint": ["/bin/sh", "-c"], "Cmd": ["id -u; id -g; pwd; echo $FROM"],
		"Env": ["FROM=image", "PATH=/bin"], "WorkingDir": "/sub", "User": "app"}' one.tar two.tar
	rm -r one two
}

# What every way of unpacking must make of it.
check_good_image() {
	run_bundle out
	[ "$output" = $'77\n88\n/sub\nimage' ]
	[ ! -e out/rootfs/gone ]
	[ "$(ls out/rootfs/sub)" = stays ]
	[ "$(ls out/rootfs/opaque)" = new ]
	[ ! -L out/rootfs/link ]
	[ "$(cat out/rootfs/link/inside)" = new ]
	[ "$(stat -c %a out/rootfs/tmp)" = 1777 ]
	[ "$(stat -c %a out/rootfs/sub)" = 755 ]
	[ -z "$(find out -name '.wh.*')" ]
	[ "$(ls -A out)" = $'config.json\nrootfs' ]
}

make_evil_image() { # the second layer writes or removes below a link of the first
	mkdir -p host one/bin
	echo keep >host/file
	echo keep >host/other
	cp -a "$B/rootfs/bin" one
	ln -s "$T/host" one/evil
	tar -C one -cf one.tar .
	echo owned >file
	case $1 in
	write) tar -cf two.tar --transform 's,^,evil/,' file ;;
	whiteout) : >.wh.other && tar -cf two.tar --transform 's,^,evil/,' .wh.other ;;
	opaque) : >.wh..wh..opq && tar -cf two.tar --transform 's,^,evil/,' .wh..wh..opq ;;
	esac
	rm -rf one file .wh.*
	make_image '{"Cmd": ["true"]}' one.tar two.tar
}

host_is_whole() {
	[ "$(cat host/file host/other)" = $'keep\nkeep' ]
	[ "$(ls -A host)" = $'file\nother' ]
}

# ---- Sources --------------------------------------------------------------------------------------

@test "--busybox: runs, has what a root file system needs, and nothing else is left" {
	run -0 mkbundle --busybox out -- sh -c 'id; cat /proc/1/comm; echo x >/tmp/x && cat /tmp/x'
	[ -z "$output" ]
	[ "$(ls -A out)" = $'config.json\nrootfs' ]
	[ "$(stat -c %a out/rootfs/tmp)" = 1777 ]
	for file in etc/passwd etc/group etc/hosts etc/resolv.conf root proc sys dev bin/ls; do
		[ -e "out/rootfs/$file" ]
	done
	run_bundle out
	[ "$output" = $'uid=0(root) gid=0(root)\nsh\nx' ]
	[ -z "$(find . -name '.mkbundle*')" ]
}

@test "--dir: a copy, links and modes as they are; the folder is not changed" {
	ln -s /etc/passwd "$B/rootfs/link"
	chmod 0751 "$B/rootfs/mnt"
	before=$(cd "$B/rootfs" && find . -printf '%p %m %U %l\n' | sort)
	mkbundle --dir "$B/rootfs" out -- echo from a folder
	[ "$(cd "$B/rootfs" && find . -printf '%p %m %U %l\n' | sort)" = "$before" ]
	[ "$(readlink out/rootfs/link)" = /etc/passwd ]
	[ "$(stat -c %a out/rootfs/mnt)" = 751 ]
	run_bundle out
	[ "$output" = "from a folder" ]
}

@test "--tar: plain and compressed, owners and capabilities kept" {
	need_root "chown(2): a user can't unpack what belongs to others"
	chown 12:34 "$B/rootfs/mnt"
	setfattr -n user.note -v x "$B/rootfs/bin/busybox" 2>/dev/null || true
	tar -C "$B/rootfs" --xattrs -cf plain.tar .
	gzip -k plain.tar
	for file in plain.tar plain.tar.gz; do
		mkbundle --tar $file --force out -- echo "$file"
		[ "$(stat -c %u:%g out/rootfs/mnt)" = 12:34 ]
		run_bundle out
		[ "$output" = "$file" ]
	done
}

@test "--tar: what podman export gives" {
	command -v podman >/dev/null || skip "podman is not installed"
	pod() {
		podman --root "$T/storage" --runroot "$T/run" --tmpdir "$T/tmp" \
			--cgroup-manager=cgroupfs --storage-driver=vfs --runtime "$NUCLEUS_OCI" "$@"
	}
	tar -C "$B/rootfs" -c . | pod import - nucleus-test:1 >/dev/null 2>&1 || skip "podman can't import"
	pod create --name "$TOKEN" --network=none nucleus-test:1 true >/dev/null
	pod export -o exported.tar "$TOKEN"
	pod rm -f "$TOKEN" >/dev/null
	pod rmi -af >/dev/null 2>&1 || true
	mkbundle --tar exported.tar out -- echo exported
	run_bundle out
	[ "$output" = exported ]
}

@test "--tar: a name that leaves the root file system stays in it or is an error" {
	mkdir up
	echo x >up/file
	tar -C up -P --transform "s,^file,$T/absolute," -cf absolute.tar file
	mkbundle --tar absolute.tar out
	[ ! -e "$T/absolute" ]
	[ -e "out/rootfs$T/absolute" ]
	tar -C up -P --transform "s,^file,../../dots," -cf dots.tar file
	fails "dots.tar could not be unpacked" --tar dots.tar dots.out
	ln -s "$T/up" up/link
	tar -C up -cf link.tar link
	tar -C up --transform "s,^file,link/owned," -rf link.tar file
	mkbundle --tar link.tar links || true
	[ ! -e up/owned ]
}

@test "--oci by umoci: layers, whiteouts, and what the image says" {
	command -v umoci >/dev/null || skip "umoci is not installed"
	make_good_image
	mkbundle --oci image:v1 out
	check_good_image
}

@test "--oci by skopeo alone: the same" {
	command -v skopeo >/dev/null || skip "skopeo is not installed"
	make_good_image
	without umoci
	mkbundle --oci image:v1 out
	check_good_image
}

@test "--oci: an archive, and an image without a tag" {
	command -v umoci >/dev/null || command -v skopeo >/dev/null || skip "neither umoci nor skopeo"
	make_good_image
	tar -C image -cf archive.tar .
	mkbundle --oci archive.tar out
	check_good_image
	jq 'del(.manifests[].annotations)' image/index.json >new && mv new image/index.json
	mkbundle --oci image --force out
	check_good_image
}

@test "--oci by skopeo alone: no layer reaches the host through a link of another" {
	command -v skopeo >/dev/null || skip "skopeo is not installed"
	without umoci
	for way in write whiteout opaque; do
		make_evil_image $way
		fails "through the link /evil" --oci image out
		host_is_whole
		rm -rf host
	done
}

@test "--oci by umoci: no layer reaches the host through a link of another" {
	command -v umoci >/dev/null || skip "umoci is not installed"
	for way in write whiteout opaque; do
		make_evil_image $way
		mkbundle --oci image --force out || true
		host_is_whole
		rm -rf host
	done
}

@test "--oci: damaged images, and what to install" {
	command -v umoci >/dev/null || command -v skopeo >/dev/null || skip "neither umoci nor skopeo"
	make_good_image
	fails 'which image is "v2"\? It has: v1' --oci image:v2 out
	cp -a image whole
	echo x >>"image/blobs/sha256/$(sha256sum <two.tar | cut -d ' ' -f 1)"
	fails "--oci image" --oci image out
	rm "image/blobs/sha256/$(sha256sum <two.tar | cut -d ' ' -f 1)"
	fails "--oci image" --oci image out
	echo '{' >image/index.json
	fails "index.json is damaged" --oci image out
	rm image/index.json
	fails "is no OCI image layout" --oci image out
	echo '[]' >image/manifest.json
	fails "Docker's format" --oci image out
	echo x >text
	fails "is no archive" --oci text out
	without umoci skopeo
	fails "is a layout, but needs umoci or skopeo: apt-get install umoci" --oci whole out
}

@test "--debian: debootstrap's root file system runs" {
	need_real_root "debootstrap makes device nodes (mknod(2))"
	command -v debootstrap >/dev/null || skip "debootstrap is not installed"
	! is_pure_v2 || skip "takes minutes, and has nothing to do with the cgroups' version"
	local mirror
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -n 1)
	timeout 10 wget -q --spider "${mirror%/}/dists/bookworm/Release" ||
		skip "this machine's Debian mirror can't be reached"
	mkbundle --debian out -- cat /etc/debian_version
	run_bundle out
	matches '^12\.'
}

@test "--debian: the suite and the mirror it is given; its failure is one line" {
	need_root "mkbundle --debian does, as debootstrap makes device nodes"
	mkdir fake
	printf '#!/bin/sh\necho "$@" >%s/called\n[ "$2" != broken ] || { echo "E: no such suite"; exit 1; }\n' \
		"$T" >fake/debootstrap
	chmod +x fake/debootstrap
	PATH=$T/fake:$PATH
	mkbundle --debian=trixie --mirror http://127.0.0.1/debian out
	grep -Eq -- '^--variant=minbase trixie .*/rootfs http://127.0.0.1/debian$' called
	run -1 mkbundle --debian=broken two
	matches 'debootstrap failed: E: no such suite'
	[ ! -e two ]
	[ -z "$(find . -name '.mkbundle*')" ]
}

# ---- Options ----------------------------------------------------------------------------------------

@test "options are in the configuration, later variables win" {
	mkbundle --busybox --env A=1 --env A=2 --env=B=x=y --cwd /tmp --user nobody --hostname inside \
		--readonly --annotation nucleus.landlock=default,best-effort --annotation a.b=c=d out -- \
		sh -c 'id -u; id -g; pwd; hostname; echo $A $B; echo x 2>/dev/null >/etc/x || echo readonly'
	[ "$(asked '.annotations == {"nucleus.landlock": "default,best-effort", "a.b": "c=d"}')" = true ]
	[ "$(asked .process.terminal)" = false ]
	[ "$(asked '[.process.env[] | select(startswith("A="))]')" = '["A=2"]' ]
	run_bundle out
	[ "$output" = $'65534\n65534\n/tmp\ninside\n2 x=y\nreadonly' ]
	mkbundle --busybox --terminal --force out
	[ "$(asked '[.process.terminal, .process.args]')" = '[true,["sh"]]' ]
}

@test "options win over the image" {
	command -v umoci >/dev/null || command -v skopeo >/dev/null || skip "neither umoci nor skopeo"
	make_good_image
	mkbundle --oci image --user root:team --cwd / --env FROM=option out -- \
		/bin/sh -c 'id -u; id -g; pwd; echo $FROM'
	run_bundle out
	[ "$output" = $'0\n99\n/\noption' ]
}

@test "--user: numbers, names, groups" {
	printf 'app:x:77:88::/:\n' >>"$B/rootfs/etc/passwd"
	printf 'team:x:99:\n' >>"$B/rootfs/etc/group"
	while read -r user uid gid; do
		mkbundle --dir "$B/rootfs" --user "$user" --force out
		[ "$(asked '[.process.user.uid, .process.user.gid]')" = "[$uid,$gid]" ] ||
			{ echo "$user: $(asked .process.user)"; return 1; }
	done <<-'LIST'
		0 0 0
		77 77 88
		app 77 88
		app:team 77 99
		app:5 77 5
		1234 1234 0
		1234:4321 1234 4321
	LIST
	fails '"nobody" is not in' --dir "$B/rootfs" --user nobody two
	fails '"crowd" is not in' --dir "$B/rootfs" --user app:crowd two
	fails 'is no id' --dir "$B/rootfs" --user 4294967295 two
}

@test "a passwd file outside of the root file system is not read" {
	echo 'outside:x:55:55::/:' >passwd
	ln -sf "$T/passwd" "$B/rootfs/etc/passwd"
	fails '"outside" is not in' --dir "$B/rootfs" --user outside out
}

@test "--force replaces a bundle, and nothing else; a failure keeps the old one" {
	mkbundle --busybox out -- echo one
	fails "out is there already" --busybox out
	mkbundle --busybox --force out -- echo two
	run_bundle out
	[ "$output" = two ]
	fails "annotations\[nucleus.landlock\]" --busybox --force --annotation nucleus.landlock=wrong out
	run_bundle out
	[ "$output" = two ]
	mkdir folder && echo precious >folder/file
	fails "has no config.json" --busybox --force folder
	[ "$(cat folder/file)" = precious ]
}

@test "killed while it works, it leaves nothing" {
	need_root "mkbundle --debian does, as debootstrap makes device nodes"
	mkfifo slow
	mkdir fake
	printf '#!/bin/sh\necho >%s/slow\nsleep 60 & wait $!\n' "$T" >fake/debootstrap
	chmod +x fake/debootstrap
	PATH=$T/fake:$PATH setsid "$MKBUNDLE" --debian out 2>/dev/null 3>&- &
	group=$!
	read -r _ <slow
	kill -TERM -- "-$group"
	wait "$group" && return 1
	[ ! -e out ]
	[ -z "$(find . -name '.mkbundle*')" ]
}

@test "bad input: one line each" {
	fails 'where from' out
	fails 'which folder' --busybox
	fails 'one source' --busybox --dir "$B/rootfs" out
	fails 'one bundle' --busybox out more
	fails 'unknown option --bogus' --bogus out
	fails '--hostname needs a value' --busybox out --hostname
	fails '--env wants NAME=VALUE, not "x"' --busybox --env x out
	fails '--env wants NAME=VALUE, not "=x"' --busybox --env =x out
	fails '--annotation wants KEY=VALUE' --busybox --annotation x out
	fails '--cwd wants an absolute path' --busybox --cwd tmp out
	fails '--mirror is for --debian' --busybox --mirror http://127.0.0.1/ out
	fails 'that is no suite' --debian=../x out
	fails 'no such folder' --dir nothing out
	fails 'would lie inside' --dir . out
	fails 'would lie inside' --dir / out
	fails 'no such file' --tar nothing out
	fails 'could not be unpacked' --tar "$MKBUNDLE" out
	tar -cf empty -T /dev/null
	fails 'is empty' --tar empty out
	fails 'no such layout' --oci nothing out
	fails 'is no folder' --busybox nothing/out
	fails 'a name of its own' --busybox .
	fails 'a name of its own' --busybox /
	NUCLEUS_OCI=/nothing fails 'NUCLEUS_OCI=/nothing is no program' --busybox out
	without busybox
	fails 'apt-get install busybox-static' --busybox out
}
