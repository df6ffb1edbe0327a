# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Completion for bash: source this file, or copy it as "nucleus-oci" to
# /usr/share/bash-completion/completions. Verbs and options are read from the program's own --help,
# so that there is no second list of them; only what an argument means is known here. Containers
# are asked for by "list --quiet".

# PROGRAM [VERB]: "LETTER OPTION VALUE" for every option in the help; LETTER and VALUE may be "-".
_nucleus_oci_options() {
	"$@" --help 2>/dev/null | sed -nE \
		's/^ {2,6}((-[a-z]), )?(--[a-z-]+)( ([][A-Z:=]+|[a-z]+(\|[a-z]+)+))?( .*)?$/-\2 \3 -\5/p'
}

_nucleus_oci_verbs() { # PROGRAM
	"$1" --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p' | uniq
}

# PROGRAM VERB: the second words of verbs that have two ("landlock abi")
_nucleus_oci_commands() {
	"$1" --help 2>/dev/null | sed -n "/^Verbs:/,/^\$/s/^  $2 \([a-z]\{1,\}\) .*/\1/p"
}

# OPTION PROGRAM [VERB]: what the help calls the option's value, nothing for a switch.
_nucleus_oci_value() {
	local option=$1 letter name value
	shift
	while read -r letter name value; do
		if [ "$option" = "$name" ] || [ "-$option" = "$letter" ]; then echo "${value#-}"; fi
	done < <(_nucleus_oci_options "$@")
}

_nucleus_oci_offer() { # CURRENT WORD...
	local current=$1
	shift
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
}

_nucleus_oci_offer_argument() { # CURRENT PROGRAM VERB [--root DIR]
	local current=$1 program=$2 verb=$3
	shift 3
	case $verb in
	start | state | kill | delete | exec | pause | resume | ps | update | events)
		_nucleus_oci_offer "$current" "$("$program" "$@" list --quiet 2>/dev/null)"
		;;
	run | validate | plan | landlock) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	help) _nucleus_oci_offer "$current" "$(_nucleus_oci_verbs "$program")" ;;
	esac
}

_nucleus_oci() {
	local current=${COMP_WORDS[COMP_CWORD]} i word value='' option='' root=()
	local scope=("${COMP_WORDS[0]}") commands=''

	COMPREPLY=()
	[ "$current" != = ] || current=''
	# The first word that is neither an option nor the value of one is the verb.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ "$word" = = ]; then # bash takes --root=DIR for three words
			continue
		elif [ -n "$value" ]; then
			[ "$option" != --root ] || root=(--root "$word")
			value=''
		elif [[ $word == -* ]]; then
			option=$word
			value=$(_nucleus_oci_value "$option" "${scope[@]}")
		elif [ ${#scope[@]} -eq 1 ]; then
			scope+=("$word")
			commands=$(_nucleus_oci_commands "${scope[@]}")
		elif [ ${#scope[@]} -eq 2 ] && [ -n "$commands" ]; then
			scope+=("$word")
			commands=
		fi
	done

	case $value in
	'') ;;
	DIR) mapfile -t COMPREPLY < <(compgen -d -- "$current") && return ;;
	*'|'*) _nucleus_oci_offer "$current" "${value//|/ }" && return ;;
	FILE | SOCKET) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
	*) return ;;
	esac
	if [[ $current == -* ]]; then
		_nucleus_oci_offer "$current" "$(_nucleus_oci_options "${scope[@]}" | cut -d' ' -f2)"
	elif [ ${#scope[@]} -eq 1 ]; then
		_nucleus_oci_offer "$current" "$(_nucleus_oci_verbs "${scope[0]}")"
	elif [ -n "$commands" ]; then
		_nucleus_oci_offer "$current" "$commands"
	else
		_nucleus_oci_offer_argument "$current" "${scope[@]:0:2}" "${root[@]}"
	fi
}

complete -o filenames -F _nucleus_oci nucleus-oci
