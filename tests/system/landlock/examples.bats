#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The examples of docs/landlock.md, taken from the page itself, at work: each does its job, and what
# its text says is denied is denied.

load ../../lib/helpers
load ../../lib/landlock

page=$BATS_TEST_DIRNAME/../../../docs/landlock.md

# example HEADING KEY: of the documents below it the one that has this key.
example() {
	awk -v heading="### $1" '
		/^##/ { inside = $0 == heading }
		inside && /^    / { print substr($0, 5) }' "$page" | jq -ce "select(.$2)"
}

use_example() {
	config '.annotations["nucleus.landlock"] = $policy' --arg policy "$(example "$1" abi)"
}

@test "the page's documents are all accepted, and those with another base too" {
	awk '/^    \{$/ { inside = 1; print "" } inside { print } /^    \}$/ { inside = 0 }' "$page" |
		jq -c 'select(.pathBeneath)' >"$T/documents"
	[ "$(wc -l <"$T/documents")" -ge 4 ]
	while read -r document; do
		config '.annotations["nucleus.landlock"] = $policy' --arg policy "$document"
		rt plan --assume landlock-abi=10 "$B" >/dev/null
	done <"$T/documents"
}

# inside COMMAND...: a program of this machine in the container's network, outside of its policy.
inside() {
	local user=''
	[ "$WHO" != user ] || user="--user --preserve-credentials"
	# shellcheck disable=SC2086 # no option is no word
	nsenter --target "$(pid_of)" --net $user "$@"
}

answers() {
	[ "$(inside busybox wget -qO- http://127.0.0.1:8080/page.html 2>/dev/null)" = "a page" ]
}

@test "example: a web server with one port and one data folder" {
	need_abi 6 "the example's"
	mkdir -p "$B/rootfs/srv/www/cgi-bin"
	echo "a page" >"$B/rootfs/srv/www/page.html"
	printf '#!/bin/sh\necho; echo executed\n' >"$B/rootfs/srv/www/cgi-bin/program"
	chmod 755 "$B/rootfs/srv/www/cgi-bin/program"
	use_example "A web server with one port and one data folder"
	args /bin/busybox httpd -f -p 8080 -h /srv/www
	create_and_start
	patiently answers
	run ! inside busybox wget -qO- http://127.0.0.1:8080/cgi-bin/program
	lacks executed
	for denied in 'cat /etc/passwd' 'touch /srv/www/new' 'ls /' 'nc -l -p 8081' 'nc 127.0.0.1 8080' 'kill -TERM 1'; do
		run ! rt exec "$TOKEN" /bin/busybox $denied
		matches "denied|not permitted" || { echo "$denied"; false; }
	done
	run ! rt exec "$TOKEN" /bin/payload ids
	matches "exec /bin/payload: Permission denied"
	answers
}

@test "example: a build job" {
	need_abi 5 "the example's"
	cc=$(realpath "$(type -P cc)")
	[[ $cc = /usr/* ]] || skip "no C compiler below /usr"
	rm -rf "$B/rootfs/usr" "$B/rootfs/lib"
	mkdir "$B/rootfs/usr" "$B/rootfs/src" "$B/rootfs/work"
	ln -s usr/lib "$B/rootfs/lib"
	ln -s usr/lib64 "$B/rootfs/lib64"
	add_mount '{"destination": "/usr", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]}'
	echo 'int main(void) { return 42; }' >"$B/rootfs/src/answer.c"
	use_example "A build job"
	config '.process.env += ["CC=\($cc)"]' --arg cc "$cc"
	args /bin/sh -c '$CC -o /work/answer /src/answer.c && /work/answer; echo "answer=$?"
		/bin/busybox cp /work/answer /tmp/answer && /tmp/answer; echo "in-tmp=$?"
		/bin/payload try-write /src/answer.c try-write /etc/new try-bind 8080 try-connect 8080'
	run -0 rt run --bundle "$B" "$TOKEN"
	has answer=42 in-tmp=126 "try-write /src/answer.c=EACCES" "try-write /etc/new=EACCES" "try-bind 8080=EACCES" \
		"try-connect 8080=EACCES"
}

@test "example: an agent sandbox" {
	need_abi 6 "the example's"
	mkdir "$T/repo" "$T/work" "$T/other"
	chmod 777 "$T/repo" "$T/work" "$T/other"
	echo "source" | tee "$T/repo/file" >"$T/other/file"
	for name in repo work other; do
		add_mount "$(jq -nc '{destination: "/\($name)", type: "bind", source: "${t}/\($name)", options: ["rbind"]}' --arg name "$name")"
	done
	use_example "An agent sandbox"
	config '. * $more' --argjson more "$(example "An agent sandbox" linux)"
	# In a user namespace it can't be written, and not every kernel has MPTCP.
	[ "$WHO" = root ] && [ -e /proc/sys/vm/memfd_noexec ] || config 'del(.linux.sysctl["vm.memfd_noexec"])'
	[ -e /proc/sys/net/mptcp/enabled ] || config 'del(.linux.sysctl["net.mptcp.enabled"])'
	args /bin/payload attack-peer
	create_and_start peer=ready
	run -0 rt exec "$TOKEN" /bin/payload try-read /repo/file try-write /repo/new try-write /work/new try-write /tmp/new \
		try-read /other/file try-drop-exec /bin/payload /work/program try-drop-exec /bin/payload /tmp/program \
		try-connect 443 try-connect 80 try-bind 8080 try-signal 1 \
		attack connect-abstract attack execute-memory
	has "try-read /repo/file=ok" "try-write /repo/new=EACCES" "try-write /work/new=ok" "try-write /tmp/new=ok" \
		"try-read /other/file=EACCES" "try-drop-exec /bin/payload /work/program=EACCES" \
		"try-drop-exec /bin/payload /tmp/program=EACCES" "try-connect 80=EACCES" "try-bind 8080=EACCES" \
		"try-signal 1=EPERM" "connect-abstract: denied, EPERM"
	matches "^try-connect 443=(ok|ECONNREFUSED)$"
	[ "$(jq '.linux.sysctl | has("vm.memfd_noexec")' "$B/config.json")" = false ] || matches "^execute-memory: (denied|impossible)"
}
