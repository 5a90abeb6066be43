#!/bin/bash
# SPDX-License-Identifier: MIT
# How long it takes from a change on a screen until `spillway watch` has its picture, decoded: a screen
# of its own (Xvfb), the agent at 30 frames a second, the relay, the viewer, each as anybody starts
# them. The target: p50 no more than a frame interval and 10 ms, 43.3 ms.
#
#	bench/latency.sh [-s SECONDS] [-i "IO..."] [-r "RATE..."] [-g WxH]
#
#	-s	20	measure for so long, each
#	-i	uring epoll
#	-r	10 60	changes a second, at random times
#	-g	1280x720
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
seconds=20 size=1280x720
ios=(uring epoll) rates=(10 60)
while getopts s:i:r:g: option; do
	case $option in
	s) seconds=$OPTARG ;;
	i) read -ra ios <<<"$OPTARG" ;;
	r) read -ra rates <<<"$OPTARG" ;;
	g) size=$OPTARG ;;
	*) exit 2 ;;
	esac
done

folder=$(mktemp -d)
pids=()
stop() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	pids=()
}
trap 'stop; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM

wait_for() { # FILE PATTERN PID: until the program that writes FILE says so
	until grep -qs "$2" "$1"; do
		kill -0 "$3" 2>/dev/null || { cat "$folder"/*.log >&2; return 1; }
		sleep 0.05
	done
}

measure() { # IO RATE
	rm -f "$folder"/*
	Xvfb -displayfd 3 -nolisten tcp -noreset -screen 0 "${size}x24" 3>"$folder/display" 2>"$folder/x.log" &
	pids+=("$!")
	wait_for "$folder/display" '^[0-9]' "$!" || return 1
	display=:$(cat "$folder/display")
	"$build/spillway-relay" --config /dev/null --listen 127.0.0.1:0 --io "$1" \
		--control "$folder/relay.sock" 2>"$folder/relay.log" &
	pids+=("$!")
	wait_for "$folder/relay.log" 'control socket' "$!" || return 1
	url=$(sed -n 's,.*listening on http://\(.*\)/ .*,\1,p' "$folder/relay.log")/desk
	"$build/spillway-capture" --config /dev/null --io "$1" --source "x11:$display" --fps 30 \
		--rendition none "$url" 2>"$folder/agent.log" &
	pids+=("$!")
	wait_for "$folder/agent.log" 'publishing' "$!" || return 1
	echo "$size, 30 frames a second, $2 changes a second, $1, ${seconds} s"
	"$build/spillway" watch "$url" --io "$1" --stdout 2>"$folder/watch.log" |
		"$build/spillway-bench" latency --display "$display" --seconds "$seconds" --rate "$2"
}

for io in "${ios[@]}"; do
	for rate in "${rates[@]}"; do
		measure "$io" "$rate" || exit 1
		stop
	done
done
