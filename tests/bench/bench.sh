#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# make bench: nucleus-oci against the floor program, runc and crun, in one run, by hyperfine. Prints
# medians and ratios, and the peak resident memory. Says nothing about pass or fail: the machine has
# other things to do as well.
#
# usage: NUCLEUS_OCI=PROGRAM FLOOR=PROGRAM bench.sh [RUNS]        (root; hyperfine, jq, busybox-static)
set -euo pipefail

: "${NUCLEUS_OCI:?the program to measure}" "${FLOOR:?the built tests/bench/floor}"
runs=${1:-${BENCH_RUNS:-200}}
here=$(cd "$(dirname "$0")" && pwd)

[ "$(id -u)" = 0 ] || { echo "bench: needs root"; exit 1; }
for tool in hyperfine jq busybox; do
	command -v "$tool" >/dev/null || { echo "bench: $tool is not installed"; exit 1; }
done

# State in memory, as /run is on a machine in production; the bundles on the disk.
dir=$(mktemp -d "${TMPDIR:-/tmp}/nucleus-bench.XXXXXX")
state=$(mktemp -d /dev/shm/nucleus-bench.XXXXXX)
runtimes=()
clean_up() {
	local id name
	for id in $("$NUCLEUS_OCI" --root "$state/nucleus-oci" list --quiet 2>/dev/null); do
		"$NUCLEUS_OCI" --root "$state/nucleus-oci" delete --force "$id" || true
	done
	for name in "${runtimes[@]:1}"; do
		"${program[$name]}" --root "$state/$name" delete --force "bench-exec-$$" >/dev/null 2>&1 || true
	done
	rm -rf "$dir" "$state"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

make_bundle() {
	local bundle=$dir/$1 name
	mkdir -p "$bundle/rootfs"/{bin,dev,etc,lib,proc,sys,tmp,usr}
	cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
	for name in true sh; do ln -s busybox "$bundle/rootfs/bin/$name"; done
	cp "$here/bench-$1.json" "$bundle/config.json"
}
make_bundle hello
make_bundle engine

# A runtime takes part if it can run both bundles here.
runtimes=(nucleus-oci)
declare -A program=([nucleus-oci]=$NUCLEUS_OCI)
for name in runc crun; do
	path=$(command -v "$name") || { echo "$name is not installed"; continue; }
	if "$path" --root "$state/$name" run --bundle "$dir/hello" "bench-try-$$" >"$dir/log" 2>&1 &&
		"$path" --root "$state/$name" run --bundle "$dir/engine" "bench-try-$$" >>"$dir/log" 2>&1
	then
		runtimes+=("$name")
		program[$name]=$path
	else
		echo "$name does not run the bundles here: $(tail -n 1 "$dir/log")"
		"$path" --root "$state/$name" delete --force "bench-try-$$" >/dev/null 2>&1 || true
	fi
done

# measure TITLE FILE NAME COMMAND...: one hyperfine run of several commands.
measure() {
	local title=$1 file=$dir/$2.json arguments=()
	shift 2
	while [ $# -gt 0 ]; do
		arguments+=(--command-name "$1" "$2")
		shift 2
	done
	hyperfine --shell=none --warmup 10 --runs "$runs" --export-json "$file" --style none \
		"${arguments[@]}" >/dev/null 2>"$dir/log" || { cat "$dir/log"; return 1; }
	echo
	jq -r --arg title "$title" '
		def ms: . * 100000 | round / 100;
		def ratio($base): . / $base * 100 | round / 100;
		.results[0].median as $first
		| ["\($title), median of \(.results[0].times | length) runs", "ms", "to the first"],
		(.results[] | ["  \(.command)", (.median | ms), (.median | ratio($first))]) | @tsv' \
		"$file" | column -t -s "$(printf '\t')"
}

for kind in hello engine; do
	commands=("floor" "$FLOOR $kind $dir/$kind/rootfs")
	for name in "${runtimes[@]}"; do
		commands+=("$name" "${program[$name]} --root $state/$name run --bundle $dir/$kind bench")
	done
	measure "run $kind" "run-$kind" "${commands[@]}"
done

# What the built-in Landlock policy costs: in many turns of ten runs, as the machine's mood changes; the
# difference is the median of the turns' own.
landlock_cost() {
	local turns=$(((runs + 1) / 2)) turn commands=() name
	mkdir -p "$dir/landlock"
	jq --arg root "$dir/hello/rootfs" '.root.path = $root | .annotations["nucleus.landlock"] = "default"' \
		"$dir/hello/config.json" >"$dir/landlock/config.json"
	for ((turn = 0; turn < turns; turn++)); do
		for name in hello landlock; do
			commands+=("$NUCLEUS_OCI --root $state/nucleus-oci run --bundle $dir/$name bench")
		done
	done
	hyperfine --shell=none --warmup 1 --runs 10 --export-json "$dir/cost.json" --style none \
		"${commands[@]}" >/dev/null 2>"$dir/log" || { cat "$dir/log"; return 1; }
	echo
	jq -r 'def ms: . * 100000 | round / 100;
		def median: sort | .[length / 2 | floor];
		[.results[].median] as $turns | [range(0; $turns | length; 2)] as $first
		| ["run hello, \($first | length) turns of 10 runs each", "median ms"],
		["  without Landlock", ([$turns[$first[]]] | median | ms)],
		["  nucleus.landlock=default", ([$turns[$first[] + 1]] | median | ms)],
		["  difference", ([$first[] | $turns[. + 1] - $turns[.]] | median | ms)]
		| @tsv' "$dir/cost.json" | column -t -s "$(printf '\t')"
}
abi=$("$NUCLEUS_OCI" features | jq -r '.annotations["nucleus.landlock.abi.kernel"] // "0"')
if [ "$abi" -ge 5 ]; then landlock_cost; fi

# The four verbs an engine calls, one after the other.
cat >"$dir/lifecycle" <<'SH'
#!/bin/sh
# lifecycle PROGRAM ROOT BUNDLE
set -e
"$1" --root "$2" create --bundle "$3" bench </dev/null >/dev/null 2>&1
"$1" --root "$2" start bench
"$1" --root "$2" state bench >/dev/null
"$1" --root "$2" delete --force bench
SH
chmod +x "$dir/lifecycle"
for kind in hello engine; do
	commands=()
	for name in "${runtimes[@]}"; do
		commands+=("$name" "$dir/lifecycle ${program[$name]} $state/$name $dir/$kind")
	done
	measure "create, start, state, delete $kind" "cycle-$kind" "${commands[@]}"
done

# One more process in a running container, as a health check makes it: foreground, no terminal.
for kind in hello engine; do
	commands=()
	mkdir -p "$dir/exec-$kind"
	for name in "${runtimes[@]}"; do
		jq --arg root "$dir/$kind/rootfs" --arg group "/bench-exec-$name" '.root.path = $root
			| .linux.cgroupsPath = $group | .process.args = ["/bin/busybox", "sleep", "100000"]' \
			"$dir/$kind/config.json" >"$dir/exec-$kind/config.json"
		"${program[$name]}" --root "$state/$name" run --detach --bundle "$dir/exec-$kind" "bench-exec-$$" \
			</dev/null >/dev/null 2>&1
		commands+=("$name" "${program[$name]} --root $state/$name exec bench-exec-$$ /bin/true")
	done
	measure "exec /bin/true in $kind" "exec-$kind" "${commands[@]}"
	for name in "${runtimes[@]}"; do
		"${program[$name]}" --root "$state/$name" delete --force "bench-exec-$$"
	done
done

commands=()
for name in "${runtimes[@]}"; do
	commands+=("$name" "${program[$name]} --version")
done
measure "--version" version "${commands[@]}"

# Peak resident memory of run, as the kernel counts it for the process and those it has waited for.
echo
echo "peak resident memory of run engine, KiB"
for name in "${runtimes[@]}"; do
	printf '  %-14s%s\n' "$name" "$("$FLOOR" --rss "${program[$name]}" --root "$state/$name" run \
		--bundle "$dir/engine" bench 2>/dev/null)"
done
