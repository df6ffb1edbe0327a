#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What the program says about itself, and its verbs without a container: help, spec, features,
# validate, plan, version.

load ../lib/helpers

extra_setup() {
	ours_only "its own words"
}

verbs() {
	rt --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]\+\( [a-z]\+\)\?\) .*/\1/p'
}

@test "--help lists the verbs, every verb has --help with its options" {
	local list
	mapfile -t list < <(verbs)
	[ "${#list[@]}" -ge 13 ]
	for verb in "${list[@]}" landlock; do
		# shellcheck disable=SC2086 # a verb may be two words
		run -0 --separate-stderr rt $verb --help
		[ -z "$stderr" ]
		[[ ${lines[0]} == "Usage: nucleus-oci [global options] $verb"* ]]
		matches "^ +(-h, )?--help"
		first=$output
		# shellcheck disable=SC2086
		run -0 rt help $verb
		[ "$output" = "$first" ]
	done
}

@test "no line of the help is wider than a terminal, or ends in a blank" {
	local list
	mapfile -t list < <(verbs)
	for verb in "" "${list[@]}" landlock; do
		# shellcheck disable=SC2086 # no verb is no word
		run -0 rt $verb --help
		lacks '.{81}' ' $'
	done
}

@test "a verb nearly right is suggested, one far off is not" {
	refused 'hint: did you mean "create"' rt creat x
	refused 'hint: did you mean "delete"' rt delet x
	refused 'hint: did you mean "state"' rt sttae x
	refused 'unknown verb "zzzzzz"' rt zzzzzz
	lacks "did you mean"
}

@test "verbs of two words: the group's help, a typing mistake in the second word" {
	run -0 --separate-stderr rt landlock --help
	matches "^  landlock abi "
	refused 'landlock needs a command' rt landlock
	refused 'hint: did you mean "landlock abi"' rt landlock abu
	refused 'unknown verb "landlock zzzzzz"' rt landlock zzzzzz
}

@test "an option nearly right is suggested" {
	refused 'did you mean.*--bundle' rt create --bundel "$B" x
	refused 'did you mean.*--console-socket' rt run --console-soket x y
	refused 'did you mean.*--force' rt delete --forec x
}

@test "an option without its argument" {
	refused "option --bundle requires an argument" rt create x --bundle
	refused "option --root requires an argument" "$NUCLEUS_OCI" --root
}

@test "verbs of other runtimes that are not there yet say so" {
	for verb in checkpoint restore; do
		refused "$verb: not supported yet: .* can't be " rt "$verb" --image-path "$T" "$TOKEN"
		# By this engines find out.
		refused "$verb: not supported yet" rt "$verb" --help
	done
}

@test "no verb is a usage error that shows the way" {
	run -1 "$NUCLEUS_OCI"
	matches "nucleus-oci.*(help|VERB)"
}

@test "version: one line of the program's, the specification's too" {
	run -0 "$NUCLEUS_OCI" --version
	matches "^nucleus-oci version [0-9]+\.[0-9]+" "^spec: 1\.[0-9]+\.[0-9]+"
	version=$output
	run -0 "$NUCLEUS_OCI" version
	[ "$output" = "$version" ]
}

# What a user needs of spec.
rootless() {
	[ "$WHO" != user ] || echo --rootless
}

@test "spec: a configuration that validate and run accept in a bundle as it is" {
	mkdir "$T/new"
	mv "$B/rootfs" "$T/new/rootfs"
	(cd "$T/new" && rt spec $(rootless))
	run -0 rt validate "$T/new"
	[ -z "$output" ]
	# A shell that has nothing to read ends.
	B=$T/new
	config '.process.terminal = false | .linux.cgroupsPath = $path' --arg path "${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN"
	run -0 rt run --bundle "$T/new" "$TOKEN"
	nothing_left
}

@test "spec never overwrites, and writes where it is told to" {
	before=$(cat "$B/config.json")
	refused "config.json.*exist" rt spec --bundle "$B"
	[ "$(cat "$B/config.json")" = "$before" ]
	rm "$B/config.json"
	rt spec --bundle "$B"
	[ "$(jq -r .process.args[0] "$B/config.json")" = sh ]
}

@test "spec --rootless: mappings, no groups, accepted by validate" {
	rm "$B/config.json"
	rt spec --rootless --bundle "$B"
	[ "$(jq '.linux.uidMappings | length' "$B/config.json")" = 1 ]
	[ "$(jq '[.linux.namespaces[].type] | index("user") != null' "$B/config.json")" = true ]
	run -0 rt validate "$B"
}

@test "features: the document of the specification, with what this build does" {
	run -0 rt features
	jq -e '.ociVersionMin and .ociVersionMax and (.hooks | length == 6)
		and (.mountOptions | index("rbind") and index("rro") and index("tmpcopyup"))
		and (.linux.namespaces | sort == ["cgroup","ipc","mount","network","pid","time","user","uts"])
		and (.linux.capabilities | index("CAP_SYS_ADMIN"))
		and .linux.cgroup.v1 and .linux.cgroup.v2 and .linux.seccomp.enabled
		and (.linux.seccomp.actions | index("SCMP_ACT_ERRNO"))' <<<"$output"
	jq -e '.linux.netDevices == {enabled: true}
		and .linux.intelRdt == {enabled: true, schemata: true, monitoring: true}' <<<"$output"
	jq -e '.potentiallyUnsafeConfigAnnotations | any(startswith("nucleus."))' <<<"$output"
	jq -e '.annotations | keys | any(contains("landlock"))' <<<"$output"
}

@test "validate: nothing for a good bundle, a line for each problem of a bad one" {
	run -0 rt validate "$B"
	[ -z "$output" ]
	config '.hostname = 5 | .process.cwd = "x"'
	run -1 --separate-stderr rt validate "$B"
	[ "${#lines[@]}" = 2 ]
	matches "^hostname: " "^process.cwd: "
}

@test "plan: text and JSON, nothing is made, root is not needed" {
	chmod 755 "$T" "$B"
	run -0 rt plan "$B"
	matches "/bin/payload" "nucleus-oci-$TOKEN" "/dev/shm"
	run -0 rt plan --json "$B"
	jq -e . <<<"$output" >/dev/null
	[ "$WHO" != root ] || run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$NUCLEUS_OCI" plan "$B"
	nothing_left
	[ ! -e "$R" ]
}

@test "plan: the resolved Landlock policy is in it" {
	config '.annotations["nucleus.landlock"] = "default,best-effort,rw=/data"'
	run -0 rt plan "$B"
	matches "/data" "execute"
}

@test "--debug says what is done, on standard error or in the log" {
	args /bin/payload exit 0
	rt --debug --log "$T/log" --log-format json run --bundle "$B" "$TOKEN"
	jq -es 'all(.level == "debug" and .msg and .time) and any(.msg | contains("/bin/payload"))' "$T/log"
	nothing_left
}
