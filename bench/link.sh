#!/bin/bash
# SPDX-License-Identifier: MIT
# A viewer on a slow link watches a stream of 30 frames a second that needs more than twice what the
# link carries; beside it another, near the relay, watches without a limit.
#
#	bench/link.sh [-s SECONDS] [-i "IO..."] [-c "CONTROL..."] [-r "RTT..."] [-k KBIT]
#	              [-l LOSS] [-t]
#
#	-s	60	measure for so long, each
#	-i	uring epoll
#	-c	congestion controls; left out: those of cubic, bbr and reno that this kernel has
#	-r	0 5 100	round trips in ms
#	-k	2000	the link's rate
#	-l	0	of a thousand packets so many are lost, each way
#	-t		a table (Markdown) instead of one JSON object a line
#
# The link is made by `spillway-bench tunlink`; its queue holds what it carries in a round trip, or in
# 50 ms if that is more. Said are the slow viewer's frames and ages (last byte read - capture), the
# bound on the age at the 99th percentile (3 frame intervals + RTT/2 + frame bits/R + 50 ms), and what
# share of the frames that the link can carry it got. Needs root, for namespaces.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
seconds=60 rate=2000 loss=0 table=
ios=(uring epoll) controls=() rtts=(0 5 100)
while getopts s:i:c:r:k:l:t option; do
	case $option in
	s) seconds=$OPTARG ;;
	i) read -ra ios <<<"$OPTARG" ;;
	c) read -ra controls <<<"$OPTARG" ;;
	r) read -ra rtts <<<"$OPTARG" ;;
	k) rate=$OPTARG ;;
	l) loss=$OPTARG ;;
	t) table=1 ;;
	*) exit 2 ;;
	esac
done
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
	ip netns del "$near" 2>/dev/null
	ip netns del "$far" 2>/dev/null
}
finish() {
	stop
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM

wait_for() { # FILE PATTERN PID: until the program that writes FILE says so
	until grep -qs "$2" "$1"; do
		kill -0 "$3" 2>/dev/null || { cat "$folder"/*.log >&2; return 1; }
		sleep 0.05
	done
}

# New namespaces each time: the kernel remembers what it learnt of an address.
link_up() { # CONTROL RTT
	ip netns add "$near" && ip netns add "$far" || return 1
	ip -n "$near" link set lo up
	ip -n "$far" link set lo up
	"$build/spillway-bench" tunlink --near "$near" --far "$far" --rate "$rate" --rtt "$2" \
		--loss "$loss" >"$folder/link.json" 2>"$folder/link.log" &
	pids+=("$!")
	wait_for "$folder/link.json" queue "$!" || return 1
	ip -n "$near" route replace 10.77.0.2 dev link0 src 10.77.0.1 congctl "$1"
}

measure() { # IO CONTROL RTT
	local relay fast slow
	rm -f "$folder"/*
	link_up "$2" "$3" || return 1
	ip netns exec "$near" "$build/spillway-relay" --config /dev/null --listen 0.0.0.0:7070 \
		--io "$1" --control "$folder/relay.sock" 2>"$folder/relay.log" &
	relay=$!; pids+=("$relay")
	wait_for "$folder/relay.log" 'control socket' "$relay" || return 1
	ip netns exec "$near" "$build/spillway-capture" --source test: --size 640x360 --fps 30 \
		--rendition none --jpeg-quality 52 127.0.0.1:7070/cam >"$folder/agent.log" 2>&1 &
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
	jq -cn --arg io "$1" --arg control "$2" --argjson rtt "$3" --argjson rate "$rate" \
		--argjson loss "$loss" --slurpfile link "$folder/link.json" \
		--slurpfile slow "$folder/slow.json" --slurpfile fast "$folder/fast.json" '
		($fast[0].bytes / $fast[0].frames) as $frame |
		{io: $io, congestion_control: $control, rtt_ms: $rtt, rate_kbps: $rate,
		 queue_bytes: $link[0].queue_bytes, loss_permille: $loss,
		 seconds: $slow[0].seconds, stream_kbps: $fast[0].kbps, frame_bytes: $frame,
		 slow: {frames: $slow[0].frames, dropped: $slow[0].dropped,
			repeated: $slow[0].repeated, reordered: $slow[0].reordered,
			age_ms: $slow[0].latency_ms},
		 age_bound_ms: (100 + $rtt / 2 + $frame * 8 / $rate + 50),
		 frames_share: ($slow[0].frames / ($slow[0].seconds * $rate * 1000 / 8 / $frame)),
		 fast: {frames: $fast[0].frames, dropped: $fast[0].dropped, age_ms: $fast[0].latency_ms}}'
}

print() {
	[ -n "$table" ] || { cat; return; }
	echo '| round trip | congestion control | relay on | age p50 | p99 | max | bound (p99) | frames, of what the link carries |'
	echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
	jq -r '"| \(.rtt_ms) ms | \(.congestion_control) | \(.io) | \(.slow.age_ms.p50 | round) ms | " +
		"\(.slow.age_ms.p99 | round) ms | \(.slow.age_ms.max | round) ms | " +
		"\(.age_bound_ms | round) ms | \(.frames_share * 100 | round / 100) |"'
}

# The loop stays in this shell, which knows what is to be ended.
exec 3> >(print)
printer=$!
for rtt in "${rtts[@]}"; do
	for control in "${controls[@]}"; do
		for io in "${ios[@]}"; do
			measure "$io" "$control" "$rtt" >&3 || exit 1
			stop
		done
	done
done
exec 3>&-
wait "$printer"
