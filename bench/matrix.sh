#!/bin/bash
# SPDX-License-Identifier: MIT
# The relay and the floor side by side, in one run: bench/README.md, "The matrix".
#
#	bench/matrix.sh [PART]...	saturation rate unwell streams joining workers; left out: all
#
# FULL=1		all cells instead of a selection
# BENCH_SECONDS=5	the time of each cell, besides warm-up; in saturation 1
# BENCH_PAIRS=5		how often floor and relay are compared in each cell of saturation
# BENCH_LOADS='8K 100'	the cells of saturation and rate: frame sizes and viewers, a line each
# BENCH_PIN=0,1		the server's CPU and the load's
#
# Progress goes to standard error, a table to standard output; into $BUILD/bench go results.json (one
# object a line, one line a cell; parts that weren't run this time keep theirs) and the plots.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
folder=$build/bench
results=$folder/results.json
seconds=${BENCH_SECONDS:-5}
warmup=1
pin=${BENCH_PIN:-0,1}
n_pairs=${BENCH_PAIRS:-5}
full=${FULL:-}
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(saturation rate unwell streams joining workers)
mkdir -p "$folder"
touch "$results"

# ---- one cell ----

# The cell that $server and $io are of: a line of JSON, or nothing where it failed.
measure() { # OPTION...
	"$build/spillway-bench" fanout --json --server "$server" --io "$io" --seconds "$seconds" \
		--warmup "$warmup" "$@" || true
}

n_cells=0
pair=1
cell() { # PART SERVER IO OPTION...
	local part=$1 server=$2 io=$3 line
	shift 3
	n_cells=$((n_cells + 1))
	printf '%s %3d %-10s %-5s %-5s %s\n' "$(date +%T)" "$n_cells" "$part" "$server" "$io" "$*" >&2
	line=$(measure "$@")
	if [ -n "$line" ] && jq -e '.cpu.other_cores > 0.1' <<<"$line" >/dev/null; then
		echo 'other programs disturbed it: once more' >&2
		line=$(printf '%s\n' "$line" "$(measure "$@")" | jq -cs 'min_by(.cpu.other_cores)')
	fi
	[ -n "$line" ] || line=$(jq -cn --arg server "$server" --arg io "$io" --arg options "$*" \
		'{server: $server, io: $io, options: $options, failed: true}')
	jq -c --arg part "$part" --arg wish "$io" --argjson pair "$pair" \
		'{part: $part, wish: $wish, pair: $pair} + .' <<<"$line" >>"$results"
}

one_core=(--pin "$pin" --workers 1)

# Server and io side by side, so that what the machine does otherwise meets both.
beside() { # PART IOS OPTION...
	local part=$1 ios=$2 io server
	shift 2
	for io in $ios; do
		for server in $order; do
			cell "$part" "$server" "$io" "${one_core[@]}" "$@"
		done
	done
}
order='floor relay'

# The machine's own speed changes, for seconds or minutes, by more than what is looked for: many short
# pairs, first one in front, then the other.
pairs_beside() { # as beside
	local pair order seconds=${BENCH_SECONDS:-1} warmup=0 # the trial's frames pass first
	for ((pair = 1; pair <= n_pairs; pair++)); do
		order='floor relay'
		[ $((pair % 2)) = 1 ] || order='relay floor'
		beside "$@"
	done
}

# As many frames a second, up to 30, as keep the core under about 60 %.
fps_for() { # BYTES VIEWERS
	local cost_us
	case $1 in
	2K) cost_us=7 ;; 8K) cost_us=8 ;; 32K) cost_us=10 ;; *) cost_us=30 ;;
	esac
	local fps=$((600000 / ($2 * cost_us)))
	echo $((fps > 30 ? 30 : fps < 1 ? 1 : fps))
}

# ---- the parts ----

if [ -n "$full" ]; then
	loads=$(for bytes in 2K 8K 32K 128K; do for n in 100 1000 5000 15000; do echo "$bytes $n"; done; done)
	ios='uring epoll'
else
	loads=$(printf '%s\n' '2K 1000' '8K 100' '8K 1000' '8K 5000' '8K 15000' '32K 1000' '128K 1000')
	ios=uring
fi
loads=${BENCH_LOADS:-$loads}

part_saturation() {
	local bytes viewers window
	while read -r bytes viewers; do
		# what is on its way lies in the kernel's memory
		window=4
		[ "$bytes $viewers" != '128K 15000' ] || window=2
		pairs_beside saturation "$ios" --saturate --window "$window" --viewers "$viewers" --frame-bytes "$bytes" \
			--fps "$(fps_for "$bytes" "$viewers")" # while viewers come
	done <<<"$loads"
	[ -n "$full${BENCH_LOADS-}" ] || pairs_beside saturation epoll --saturate --viewers 1000 --frame-bytes 8K
}

part_rate() {
	local bytes viewers
	while read -r bytes viewers; do
		beside rate "$ios" --viewers "$viewers" --frame-bytes "$bytes" --fps "$(fps_for "$bytes" "$viewers")"
	done <<<"$loads"
}

unwell() { # IO OPTION...: with 1,000 healthy viewers alone, as many stalled, as many slow
	local io=$1 share
	shift
	for share in '--viewers 1000' '--viewers 2000 --stalled 50' '--viewers 2000 --slow 50'; do
		# shellcheck disable=SC2086 # several words
		cell unwell relay "$io" "${one_core[@]}" $share "$@"
	done
}

part_unwell() {
	local io bytes
	for io in uring epoll; do
		for bytes in ${full:+2K} 8K ${full:+32K 128K}; do
			unwell "$io" --frame-bytes "$bytes" --fps "$(fps_for "$bytes" 2000)"
		done
	done
}

part_streams() {
	local io streams
	for io in $ios; do
		for streams in 1 200; do
			cell streams relay "$io" "${one_core[@]}" --viewers 4000 --streams "$streams" --fps 15
		done
	done
}

part_joining() {
	local io
	for io in $ios; do
		cell joining relay "$io" "${one_core[@]}" --join --viewers 15000 --frame-bytes 2K \
			--fps "$(fps_for 2K 15000)"
	done
}

# Here server and load share the cores.
part_workers() {
	local io workers
	for io in $ios; do
		for workers in 1 2; do
			cell workers relay "$io" --workers "$workers" --saturate --viewers 1000 --frame-bytes 8K
		done
	done
}

# ---- all of it ----

for part in "${parts[@]}"; do
	if ! declare -F "part_$part" >/dev/null; then
		echo "There is no part '$part'." >&2
		exit 2
	fi
	jq -c --arg part "$part" 'select(.part != $part)' "$results" >"$results.new"
	mv "$results.new" "$results"
	"part_$part"
done

jq -rs -f bench/table.jq "$results" | tee "$folder/table.md"
jq -rs -f bench/plot.jq --arg what bytes "$results" >"$folder/bytes.tsv"
jq -rs -f bench/plot.jq --arg what viewers "$results" >"$folder/viewers.tsv"
for part in saturation rate; do
	if jq -es --arg part "$part" 'any(.part == $part and (.failed | not))' "$results" >/dev/null; then
		gnuplot -e "folder='$folder'; part='$part'" bench/plot.gp
	fi
done
