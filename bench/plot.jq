# SPDX-License-Identifier: MIT
# What bench/plot.gp draws, as blocks of lines, one block a server and I/O: over frame sizes at 1,000
# viewers, or over viewers with frames of 8 KB.
#	x, frames a second at saturation, latency p50 and p99 (ms), µs of the whole core per viewer and frame

def wanted: if $what == "bytes" then .viewers == 1000 else .frame_bytes == 8192 end;
def x: if $what == "bytes" then .frame_bytes / 1024 else .viewers end;

def median: sort | if length == 0 then "NaN" else (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;

map(select((.failed | not) and wanted)) as $all
| ["floor uring", "relay uring", "floor epoll", "relay epoll"][] as $name
| ($name | split(" ")) as [$server, $io]
| "\"\($name)\"",
  ($all | map(select(.server == $server and .wish == $io)) | group_by(x)[]
	| map(select(.part == "saturation")) as $full | (map(select(.part == "rate")) | first) as $rate
	| select(($full | length > 0) or $rate)
	| [(.[0] | x), ($full | map(.saturation.frames_a_second) | median),
	   (if $rate then $rate.latency_us.p50 / 1000, $rate.latency_us.p99 / 1000, $rate.cpu.pinned.us_per_viewer_and_frame
	    else "NaN", "NaN", "NaN" end)] | map(tostring) | join("\t")),
  "", ""
