# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Completion for bash: source this file, or copy it as "nucleus-oci" to
# /usr/share/bash-completion/completions. Verbs and options are read from the program's own --help,
# so that there is no second list of them; only what an option's value or an argument is, is known
# here. Containers are asked for by "list --quiet".

# The options in the help of the program or of a verb: every row of "--name" with its letter.
_nucleus_oci_options() { # PROGRAM [VERB]
	"$@" --help 2>/dev/null | sed -n 's/^ \{2,6\}\(-[a-z]\), --/\1\n      --/
		s/\n */\n/; s/^ *\(--[a-z-]*\).*/\1/; s/\(\n--[a-z-]*\).*/\1/; /^-/p'
}

# What the help calls an option's value: "DIR", "text|json", nothing for a switch.
_nucleus_oci_value() { # OPTION PROGRAM [VERB]
	local option=$1
	shift
	"$@" --help 2>/dev/null | sed -n "s/^ \{2,6\}\(-[a-z], \)\{0,1\}--/--/
		s/^\(-[a-z]\), --/--/
		/^$option \([A-Z]\|[a-z|]*|\)/{ s/^[^ ]* \([^ ]*\).*/\1/p; q; }"
}

_nucleus_oci_verbs() {
	"$1" --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p'
}

# -b is --bundle, in the help's words.
_nucleus_oci_long() { # OPTION PROGRAM [VERB]
	local option=$1
	shift
	case $option in
	--*) echo "$option" ;;
	*) "$@" --help 2>/dev/null | sed -n "s/^ *$option, \(--[a-z-]*\).*/\1/p" ;;
	esac
}

_nucleus_oci_words() { # WORD...: those that go on from what is typed
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
}

_nucleus_oci_values() { # VALUE-NAME
	case $1 in
	DIR | BUNDLE) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	FILE | SOCKET) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	*'|'*) _nucleus_oci_words "${1//|/ }" ;;
	esac
}

_nucleus_oci_arguments() { # PROGRAM VERB ROOT-OPTIONS...
	local program=$1 verb=$2
	shift 2
	case $verb in
	start | state | kill | delete)
		_nucleus_oci_words "$("$program" "$@" list --quiet 2>/dev/null)"
		;;
	run | validate | plan) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	help) _nucleus_oci_words "$(_nucleus_oci_verbs "$program")" ;;
	esac
}

_nucleus_oci() {
	local current=${COMP_WORDS[COMP_CWORD]} previous='' word verb='' value='' i
	local program=${COMP_WORDS[0]} scope=() root=()

	COMPREPLY=()
	scope=("$program")
	# The first word that is neither a global option nor its value is the verb.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		# bash splits --root=DIR into three words
		if [ "$word" = = ] || [ "$previous" = --root= ]; then
			[ "$word" = = ] && [ "$previous" = --root ] && previous=--root=
			[ "$word" = = ] || { root=(--root "$word") previous=''; }
			continue
		fi
		[ "$previous" != --root ] || root=(--root "$word")
		if [ -n "$value" ]; then
			value='' previous=''
			continue
		fi
		previous=$word
		if [[ $word == -* ]]; then
			value=$(_nucleus_oci_value "$(_nucleus_oci_long "$word" "${scope[@]}")" "${scope[@]}")
			[ "${COMP_WORDS[i + 1]}" != = ] || value=''
		elif [ -z "$verb" ]; then
			verb=$word
			scope=("$program" "$verb")
		fi
	done
	if [ -n "$value" ]; then
		_nucleus_oci_values "$value"
	elif [[ $current == -* ]]; then
		_nucleus_oci_words "$(_nucleus_oci_options "${scope[@]}")"
	elif [ -z "$verb" ]; then
		_nucleus_oci_words "$(_nucleus_oci_verbs "$program")"
	else
		_nucleus_oci_arguments "$program" "$verb" "${root[@]}"
	fi
}

complete -o filenames -F _nucleus_oci nucleus-oci
