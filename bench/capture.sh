#!/bin/bash
# SPDX-License-Identifier: MIT
# What capturing a screen costs: spillway-capture and ffmpeg, which grab the same X display, encode it as
# JPEG and publish it to the same relay, one after the other, again and again: bench/README.md, "Capture".
#
#	bench/capture.sh
#
# CAPTURE_SIZES='1280x720 1920x1080'
# CAPTURE_SCENES='desk film'	of `spillway-bench scene`
# CAPTURE_PAIRS=5
# CAPTURE_SECONDS=3		for each, after one to begin
# CAPTURE_QUALITY=80		ours; ffmpeg's -q:v is the one whose pictures come nearest to ours in size
#
# Progress goes to standard error, a table to standard output, a line of JSON for each measurement into
# $BUILD/bench/capture.json.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
read -ra sizes <<<"${CAPTURE_SIZES:-1280x720 1920x1080}"
read -ra scenes <<<"${CAPTURE_SCENES:-desk film}"
pairs=${CAPTURE_PAIRS:-5}
seconds=${CAPTURE_SECONDS:-3}
quality=${CAPTURE_QUALITY:-80}
fps=30
results=$build/bench/capture.json
work=$(mktemp -d)
mkdir -p "$build/bench"
: >"$results"

started=()
stop() { # PID...
	kill "$@" 2>/dev/null || true
	wait "$@" 2>/dev/null || true
}
trap 'stop "${started[@]}"; rm -rf "$work"' EXIT

until_said() { # FILE PATTERN: prints what it matched
	local i
	for ((i = 0; i < 100; i++)); do
		! grep -om1 "$2" "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	cat "$1" >&2
	return 1
}

# ---- what runs all the time ----

"$build/spillway-relay" --listen 127.0.0.1:0 --control "$work/relay.sock" 2>"$work/relay.log" &
started+=($!)
port=$(until_said "$work/relay.log" '127.0.0.1:[0-9]*' | cut -d: -f2)
url=http://127.0.0.1:$port

screen() { # SIZE SCENE: sets display, x_pid and scene_pid
	rm -f "$work/display"
	Xvfb -displayfd 3 -screen 0 "$1x24" -nolisten tcp 3>"$work/display" 2>/dev/null &
	x_pid=$!
	display=:$(until_said "$work/display" '[0-9][0-9]*')
	"$build/spillway-bench" scene --display "$display" --kind "$2" --fps "$fps" 2>"$work/scene.log" &
	scene_pid=$!
	started+=("$x_pid" "$scene_pid")
	until_said "$work/scene.log" "$2, " >/dev/null
}

# ---- who is measured ----

begin_ours() {
	"$build/spillway-capture" --source "x11:$display" --rendition none --always --fps "$fps" \
		--jpeg-quality "$quality" "127.0.0.1:$port/ours" 2>"$work/ours.log" &
	pid=$!
}

# As little as it can do: one thread, Huffman's tables as they stand in the standard, as ours.
begin_theirs() {
	ffmpeg -nostdin -v error -f x11grab -framerate "$fps" -i "$display" -c:v mjpeg -q:v "$q" \
		-huffman default -threads 1 -f mpjpeg -method PUT "$url/theirs" 2>"$work/theirs.log" &
	pid=$!
}

# Nanoseconds of CPU that all its threads have had.
cpu_ns() { cat "/proc/$pid"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }

# Frames and bytes that the relay has had of it.
counted() { # WHO
	curl -sS "$url/api/streams" | jq -r --arg name "$1" \
		'[.streams[] | select(.name == $name) | .frames, .bytes] | if . == [] then "0 0" else join(" ") end'
}

# A line of JSON.
measure() { # WHO
	local frames0 bytes0 cpu0 time0 frames bytes cpu time i
	"begin_$1"
	started+=("$pid")
	for ((i = 0; i < 100; i++)); do
		read -r frames bytes < <(counted "$1")
		[ "$frames" = 0 ] || break
		sleep 0.1
	done
	sleep 1
	time0=$EPOCHREALTIME cpu0=$(cpu_ns)
	read -r frames0 bytes0 < <(counted "$1")
	sleep "$seconds"
	time=$EPOCHREALTIME cpu=$(cpu_ns)
	read -r frames bytes < <(counted "$1")
	stop "$pid"
	jq -cn --arg who "$1" --arg size "$size" --arg scene "$scene" --argjson pair "$pair" --argjson q "${q:-0}" \
		--argjson frames $((frames - frames0)) --argjson bytes $((bytes - bytes0)) \
		--argjson cpu_ns $((cpu - cpu0)) --argjson seconds "$(awk "BEGIN { print ${time/,/.} - ${time0/,/.} }")" \
		--argjson quality "$quality" \
		'{who: $who, size: $size, scene: $scene, pair: $pair, quality: $quality, q: $q, frames: $frames,
		  bytes: $bytes, seconds: $seconds, cpu_us: ($cpu_ns / 1000)}'
}

# The -q:v whose picture of this screen comes nearest to our size.
match_quality() {
	local ours=$1 size nearest='' best=''
	for q in 2 3 4 5 6 7 8 9 10; do
		ffmpeg -nostdin -v error -y -f x11grab -i "$display" -frames:v 1 -c:v mjpeg -q:v "$q" -huffman default \
			"$work/picture.jpg"
		size=$(stat -c %s "$work/picture.jpg")
		nearest=$((size > ours ? size - ours : ours - size))
		if [ -z "$best" ] || [ "$nearest" -lt "${best% *}" ]; then
			best="$nearest $q"
		fi
	done
	q=${best#* }
}

# ---- all of it ----

say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }

for size in "${sizes[@]}"; do
	pair=0 q=0 scene=still
	screen "$size" "$scene"
	say "$size $scene"
	measure ours >>"$results"
	stop "$scene_pid" "$x_pid"
	for scene in "${scenes[@]}"; do
		screen "$size" "$scene"
		pair=0
		line=$(measure ours)
		match_quality "$(jq '.bytes / .frames | floor' <<<"$line")"
		for ((pair = 1; pair <= pairs; pair++)); do
			order='ours theirs'
			[ $((pair % 2)) = 1 ] || order='theirs ours'
			say "$size $scene $pair, ffmpeg with -q:v $q"
			for who in $order; do
				measure "$who" >>"$results"
			done
		done
		stop "$scene_pid" "$x_pid"
	done
done
jq -rs -f bench/capture.jq "$results" | tee "$build/bench/capture.md"
