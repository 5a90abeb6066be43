#!/bin/bash
# SPDX-License-Identifier: MIT
# The same frames through the relay and through other servers of Debian's (bench/peers), one after
# another, the server alone on CPU 0, the load on CPU 1. JSON lines go to $BUILD/bench/peers.json, tables
# in Markdown to standard output.
#
#	PEERS="relay-uring nginx-rtmp …"   SIZES="2K 8K …"   SECONDS_EACH=5
#	PEERS_VIEWERS=500   PEERS_PARTS="rate saturation trouble"   PEERS_ROUNDS=1: of several, the medians
#	PEERS_SEGMENT=1448: of all connections; empty: loopback's own   PEERS_COALESCE=40: of relay-uring-coalesce
set -u
build=${BUILD:-build}
here=$(dirname "$0")
read -ra servers <<<"${PEERS:-relay-uring relay-uring-coalesce relay-epoll nginx-rtmp cubemap gstreamer icecast}"
read -ra sizes <<<"${SIZES:-2K 8K 32K 128K}"
read -ra parts <<<"${PEERS_PARTS:-rate saturation trouble}"
seconds=${SECONDS_EACH:-5}
viewers=${PEERS_VIEWERS:-500}
rounds=${PEERS_ROUNDS:-1}
json=$build/bench/peers.json
mkdir -p "$(dirname "$json")"
[ -n "${PEERS_APPEND-}" ] || : >"$json"

# Segments as on a network: cubemap corks its connections, so what doesn't fill one waits for up to
# 200 ms, and one of loopback's holds whole frames.
segment=${PEERS_SEGMENT-1448}
common=(--pin "0,1" ${segment:+--segment "$segment"} --seconds "$seconds" --warmup 1 --json)

run() { # SERVER PART OPTION...
	local name=$1 part=$2 options=() line
	shift 2
	case $name in
	# to be as late as cubemap, which sends 26 times a second or so
	relay-*-coalesce)
		options=(--server relay --io uring --workers 1 --coalesce "${PEERS_COALESCE:-40}")
		;;
	relay-*) options=(--server relay --io "${name#relay-}" --workers 1) ;;
	*) options=(--server "$name" --program "$here/peers/$name") ;;
	esac
	echo "$name: $part $*" >&2
	line=$("$build/spillway-bench" fanout "${common[@]}" "${options[@]}" "$@" | grep '^{') ||
		line=$(jq -nc --arg b "$*" '{failed: $b}')
	jq -c --arg name "$name" --arg part "$part" --arg size "$size" '{name: $name, part: $part, size: $size} + .' \
		<<<"$line" >>"$json"
}

measure() { # PART NAME
	local load=(--viewers "$viewers" --frame-bytes "$size") window=4
	# who gathers frames needs more of them at hand
	case $2 in cubemap | *-coalesce) window=32 ;; esac
	case $1 in
	rate) run "$2" rate "${load[@]}" ;;
	saturation) run "$2" saturation "${load[@]}" --saturate --window "$window" ;;
	# one in ten reads nothing, one in ten half of what it should
	trouble) [ "$size" != 8K ] || run "$2" trouble "${load[@]}" --stalled 10 --slow 10 ;;
	esac
}

# The machine's own speed changes: who is compared comes close together.
for part in "${parts[@]}"; do
	for size in "${sizes[@]}"; do
		for ((round = 0; round < rounds; round++)); do
			for name in "${servers[@]}"; do
				measure "$part" "$name"
			done
		done
	done
done

# shellcheck disable=SC2016 # the variables are jq's
table='
def r(d): if . == null then "–" else (. * d | round / d | tostring) end;
def row: "| " + join(" | ") + " |";
def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
def merged: . as $all | reduce (.[0] | paths(numbers)) as $path (.[0]; setpath($path; $all | map(getpath($path) | numbers) | median));
def figures(part): map(select(.part == part and .failed == null)) | to_entries | group_by([.value.name, .value.size])
  | sort_by(.[0].key) | map(map(.value) | merged);
["", "At 30 frames a second, the server alone on its core:", "",
 (["server", "frame", "CPU, us per viewer and frame", "core, us", "p50, ms", "p99, ms", "delivered, %", "memory per viewer, bytes"] | row),
 ("|---|---:|---:|---:|---:|---:|---:|---:|"),
 (figures("rate")[] | [.name, .size, (.cpu.us_per_viewer_and_frame | r(100)), (.cpu.pinned.us_per_viewer_and_frame | r(100)),
   (.latency_us.p50 / 1000 | r(10)), (.latency_us.p99 / 1000 | r(10)), (100 * .frames.delivered / .frames.expected | r(10)), (.memory.bytes_per_viewer | r(1))] | row),
 "", "As fast as its core allows:", "",
 (["server", "frame", "frames to viewers a second", "core, us", "core busy, %"] | row), "|---|---:|---:|---:|---:|",
 (figures("saturation")[] | [.name, .size, (.saturation.frames_a_second | r(1)), (.cpu.pinned.us_per_viewer_and_frame | r(100)), (.cpu.pinned.server_core * 100 | r(1))] | row),
 "", "One viewer in ten reads nothing, one in ten half of what it should:", "",
 (["server", "frame", "frames that healthy viewers lost, %", "their p99, ms", "stalled, still connected", "age at slow viewers, p50 and p99, ms", "frames they got, of what they could read, %"] | row), "|---|---:|---:|---:|---:|---:|---:|",
 (figures("trouble")[] | [.name, .size, (100 * .frames.dropped / .frames.expected | r(100)), (.latency_us.p99 / 1000 | r(10)), "\(.stalled.connected) of \(.stalled.viewers)",
   "\(.slow.age_us.p50 / 1000 | r(1)) and \(.slow.age_us.p99 / 1000 | r(1))", (100 * .slow.share_of_possible | r(1))] | row),
 (map(select(.failed != null))[] | "\nNot measured, since it failed: \(.name), \(.part) \(.failed)")][]'
jq -rs "$table" "$json"
