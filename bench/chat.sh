#!/bin/bash
# SPDX-License-Identifier: MIT
# The same crowd in the chat, in a bare send loop, and in other servers of Debian's (bench/peers), one after
# another, the server alone on CPU 0, the crowd on CPU 1. JSON lines go to $BUILD/bench/chat.json, tables in
# Markdown to standard output.
#
#	CHAT_SERVERS="chat-uring inspircd …"   CHAT_PARTS="talk join memory"   CHAT_CLIENTS="200 1000"
#	CHAT_BEFORE=PATH: another build of spillway-chat, as before-uring and before-epoll
#	CHAT_SECONDS=2   CHAT_ROUNDS=1: of several, the medians   CHAT_APPEND=1: tables of what was measured before, too
set -u
build=${BUILD:-build}
here=$(dirname "$0")
read -ra servers <<<"${CHAT_SERVERS:-floor-uring chat-uring floor-epoll chat-epoll inspircd ngircd}"
read -ra parts <<<"${CHAT_PARTS:-talk join memory}"
read -ra crowds <<<"${CHAT_CLIENTS:-200 1000}"
seconds=${CHAT_SECONDS:-2}
rounds=${CHAT_ROUNDS:-1}
json=$build/bench/chat.json
mkdir -p "$build/bench"
[ -n "${CHAT_APPEND-}" ] || : >"$json"
# on a disk: what is said is kept there, and synced
export TMPDIR=${TMPDIR:-$(realpath "$build/bench")}

run() { # CELL OPTION...
	local cell=$1 name options line
	shift
	for name in "${servers[@]}"; do
		case $name in
		before-*) options=(--server chat --program "$CHAT_BEFORE" --io "${name#*-}") ;;
		chat-* | floor-*) options=(--server "${name%-*}" --io "${name#*-}") ;;
		*) options=(--server "$name" --program "$here/peers/$name") ;;
		esac
		case $name-$cell in floor-*-join* | floor-*-memory*) continue ;; esac
		echo "$name: $cell" >&2
		line=$("$build/spillway-bench" chat --pin 0,1 --json --seconds "$seconds" "${options[@]}" "$@" | grep '^{') ||
			line='{"failed": true}'
		jq -c --arg name "$name" --arg cell "$cell" '{name: $name, cell: $cell} + .' <<<"$line" >>"$json"
	done
}

# The machine's own speed changes: who is compared comes close together.
for part in "${parts[@]}"; do
	for ((round = 0; round < rounds; round++)); do
		case $part in
		talk)
			for n in "${crowds[@]}"; do
				run "talk, $n clients, 1 in flight" --clients "$n"
				run "talk, $n clients, 64 in flight, 64 talk" --clients "$n" --window 64 --senders 64
				run "talk, $n clients, 64 in flight, 1 talks" --clients "$n" --window 64
			done
			;;
		join)
			run "join, 1000 into a room, 1 at a time" --part join
			run "join, 1000 into a room, 64 at a time" --part join --window 64
			run "join, 1000 into rooms of 200, 1 at a time" --part join --room-size 200
			;;
		memory) run "memory, 5000 clients in rooms of 200" --part memory --clients 5000 --room-size 200 ;;
		esac
	done
done

# shellcheck disable=SC2016 # the variables are jq's
table='
def r(d): if . == null then "–" else (. * d | round / d | tostring) end;
def row: "| " + join(" | ") + " |";
def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
def merged: . as $all | reduce (.[0] | paths(numbers)) as $path (.[0]; setpath($path; $all | map(getpath($path) | numbers) | median));
def cells: . as $all | reduce .[].cell as $cell ([]; if index([$cell]) then . else . + [$cell] end)
  | map(. as $cell | $all | map(select(.cell == $cell)) | to_entries | group_by(.value.name) | sort_by(.[0].key) | map(map(.value) | merged));
def of($name): map(select(.name == $name))[0];
def ratio($to; $by; $key): if $to == null then "–" else ($by / $to[$key] | r(100)) end;
(map(select(.failed == null)) | cells[] | . as $rows | .[0].part as $part |
 "", .[0].cell + ":", "",
 (if $part == "talk" then
   (["server", "deliveries a second", "core, ns a delivery", "process, ns a delivery", "of the bare loop", "of InspIRCd", "core busy, %", "crowd busy, %"] | row), "|---|---:|---:|---:|---:|---:|---:|---:|",
   (.[] | [.name, (.deliveries_a_second | r(1)), (.core_ns | r(1)), (.server_ns | r(1)),
     (.server_ns as $ns | (.name | sub(".*-"; "")) as $io | $rows | of("floor-" + $io) as $floor | ratio($floor; $ns; "server_ns")),
     (.server_ns as $ns | $rows | of("inspircd") as $inspircd | ratio($inspircd; $ns; "server_ns")),
     (100 * .core_busy | r(1)), (100 * .load_busy | r(1))] | row)
  elif $part == "join" then
   (["server", "process, s", "core, s"] | row), "|---|---:|---:|", (.[] | [.name, (.server_s | r(100)), (.core_s | r(100))] | row)
  else
   (["server", "bytes an idle client", "bytes a client in a room"] | row), "|---|---:|---:|", (.[] | [.name, (.idle_bytes | r(1)), (.joined_bytes | r(1))] | row)
  end)),
(map(select(.failed)) | map(.name + ": " + .cell) | unique[] | "\nNot measured, since it failed: " + .)'
jq -rs "$table" "$json"
