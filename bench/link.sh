#!/bin/bash
# SPDX-License-Identifier: MIT
# A viewer on a link of 2 Mbit/s (tbf, burst 16 KB, latency 50 ms) watches a stream of 30 frames a
# second that needs more than twice that; beside it another, near the relay, watches without a limit.
#
#	bench/link.sh [SECONDS] [IO...] -- [CONGESTION CONTROL...]
#
# Left out: 60; uring epoll; those of cubic, bbr and reno that this kernel has.
#
# One JSON object a line: the slow viewer's frames and ages (last byte read - capture), the bound on
# the age at the 99th percentile (3 frame intervals + frame bits/R + 50 ms; the link itself has no
# delay), and what share of the frames that the link can carry it got. Needs root, for namespaces.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then seconds=$1; shift; fi
ios=() controls=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do ios+=("$1"); shift; done
[ $# -gt 0 ] && shift
controls=("$@")
[ ${#ios[@]} -gt 0 ] || ios=(uring epoll)
if [ ${#controls[@]} = 0 ]; then
	for control in cubic bbr reno; do
		grep -qw "$control" /proc/sys/net/ipv4/tcp_available_congestion_control &&
			controls+=("$control")
	done
fi

near=spillway-near-$$ far=spillway-far-$$
folder=$(mktemp -d)
pids=()
stop() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
	pids=()
}
finish() {
	stop
	ip netns del "$near" 2>/dev/null
	ip netns del "$far" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM

ip netns add "$near" && ip netns add "$far" || exit 1
ip -n "$near" link add link0 type veth peer name link1 netns "$far"
ip -n "$near" addr add 10.77.0.1/24 dev link0
ip -n "$far" addr add 10.77.0.2/24 dev link1
for device in lo link0; do ip -n "$near" link set "$device" up; done
for device in lo link1; do ip -n "$far" link set "$device" up; done
ip netns exec "$near" ethtool -K link0 tso off gso off gro off >/dev/null
ip netns exec "$far" ethtool -K link1 tso off gso off gro off >/dev/null
tc -n "$near" qdisc add dev link0 root tbf rate 2mbit burst 16kb latency 50ms

measure() { # IO CONTROL
	local relay fast slow
	ip -n "$near" route replace 10.77.0.0/24 dev link0 src 10.77.0.1 congctl "$2" || return 1
	ip netns exec "$near" "$build/spillway-relay" --config /dev/null --listen 0.0.0.0:7070 \
		--io "$1" --control "$folder/relay.sock" 2>"$folder/relay.log" &
	relay=$!; pids+=("$relay")
	until grep -qs 'control socket' "$folder/relay.log"; do
		kill -0 "$relay" 2>/dev/null || { cat "$folder/relay.log" >&2; return 1; }
		sleep 0.05
	done
	ip netns exec "$near" "$build/spillway-capture" --source test: --size 640x360 --fps 30 \
		--jpeg-quality 52 127.0.0.1:7070/cam >"$folder/agent.log" 2>&1 &
	pids+=("$!")
	ip netns exec "$near" curl -s -o /dev/null 'http://127.0.0.1:7070/cam.jpg?wait=30'
	ip netns exec "$near" "$build/spillway" watch 127.0.0.1:7070/cam --json \
		--seconds "$seconds" >"$folder/fast.json" 2>"$folder/fast.log" &
	fast=$!; pids+=("$fast")
	ip netns exec "$far" "$build/spillway" watch 10.77.0.1:7070/cam --json \
		--seconds "$seconds" >"$folder/slow.json" 2>"$folder/slow.log" &
	slow=$!; pids+=("$slow")
	if ! wait "$slow" || ! wait "$fast"; then
		cat "$folder"/*.log >&2
		return 1
	fi
	jq -cn --arg io "$1" --arg control "$2" --slurpfile slow "$folder/slow.json" \
		--slurpfile fast "$folder/fast.json" '
		($fast[0].bytes / $fast[0].frames) as $frame |
		{io: $io, congestion_control: $control, seconds: $slow[0].seconds,
		 stream_kbps: $fast[0].kbps, frame_bytes: $frame,
		 slow: {frames: $slow[0].frames, dropped: $slow[0].dropped,
			repeated: $slow[0].repeated, reordered: $slow[0].reordered,
			age_ms: $slow[0].latency_ms},
		 age_bound_ms: (100 + $frame * 8 / 2000 + 50),
		 frames_share: ($slow[0].frames / ($slow[0].seconds * 2000000 / 8 / $frame)),
		 fast: {frames: $fast[0].frames, dropped: $fast[0].dropped, age_ms: $fast[0].latency_ms}}'
}

for io in "${ios[@]}"; do
	for control in "${controls[@]}"; do
		measure "$io" "$control" || exit 1
		stop
	done
done
