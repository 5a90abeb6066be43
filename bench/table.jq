# SPDX-License-Identifier: MIT
# The results of bench/matrix.sh as tables in Markdown. *: other programs used more than 0.1 cores meanwhile.

def kb: if . % 1024 == 0 then "\(. / 1024) KB" else "\(.) B" end;
def fixed($digits): . * pow(10; $digits) | round / pow(10; $digits) | tostring;
def ms: . / 1000 | fixed(1);
def row: "| " + join(" | ") + " |";
def table($title; $head; $rows):
	if ($rows | length) == 0 then empty
	else "", "### " + $title, "", ($head | row), ($head | map("---") | row), ($rows[] | row) end;
def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
def share(condition): (map(select(condition)) | length) / length;
def limit: (if share(.load_was_limit) > 0.5 then " (the load was the limit)" else "" end)
	+ (if share(.cpu.other_cores > 0.1) > 0.5 then "*" else "" end);
def reasons: (.frames.dropped_by_server // {}) | to_entries | map(select(.value > 0) | "\(.key) \(.value)")
	| if length > 0 then join(", ") else "none" end;
def cost: (.cpu.us_per_viewer_and_frame | fixed(2)) + (if .cpu.other_cores > 0.1 then "*" else "" end);
def core_cost: (.cpu.pinned // empty) | .us_per_viewer_and_frame | fixed(2);
def of($server): map(select(.server == $server));
def speed: .saturation.frames_a_second;
def ratio: (of("relay") | first | speed) / (of("floor") | first | speed);
def busy: map(.cpu.pinned.server_core * 100) | median | fixed(1);

map(select(.failed | not)) as $all
| ($all | map(select(.part == "saturation")) | group_by([.frame_bytes, .viewers, .wish])) as $pairs
| table("Saturation of one core, frames to viewers a second; medians";
	["frame", "viewers", "I/O", "floor", "relay", "relay / floor", "of pairs, from to", "core busy, floor and relay"];
	[$pairs[] | of("relay") as $relay | of("floor") as $floor
	| [group_by(.pair)[] | select(length == 2) | ratio] as $ratios | select($ratios | length > 0)
	| [($relay[0].frame_bytes | kb), ($relay[0].viewers | tostring), $relay[0].io,
	   ($floor | map(speed) | median | fixed(0)) + ($floor | limit),
	   ($relay | map(speed) | median | fixed(0)) + ($relay | limit),
	   ($ratios | median | fixed(2)), "\($ratios | length), \($ratios | min | fixed(2)) \($ratios | max | fixed(2))",
	   "\($floor | busy), \($relay | busy) %"]]),
table("At a rate";
	["frame", "viewers", "frames/s", "server", "I/O", "delivered", "dropped", "p50 ms", "p99", "p99.9", "max",
	 "process, µs per viewer and frame", "whole core", "memory per viewer"];
	[$all[] | select(.part == "rate")
	| [(.frame_bytes | kb), (.viewers | tostring), (.fps | tostring), .server, .io, (.frames.delivered | tostring),
	   (.frames.dropped | tostring), (.latency_us | (.p50, .p99, ."p99.9", .max) | ms), cost, core_cost,
	   (.memory.bytes_per_viewer | fixed(0))]]),
table("Healthy viewers beside unwell ones (relay)";
	["frame", "I/O", "healthy", "stalled, connected at the end", "slow", "dropped for healthy", "p50 ms", "p99", "p99.9",
	 "age at slow, p50 ms", "p99", "got of what they could", "drops by reason"];
	[$all[] | select(.part == "unwell")
	| [(.frame_bytes | kb), .io, (.viewers - (.stalled.viewers // 0) - (.slow.viewers // 0) | tostring),
	   (if .stalled then "\(.stalled.viewers), \(.stalled.connected)" else "0" end), (.slow.viewers // 0 | tostring),
	   (.frames.dropped | tostring), (.latency_us | (.p50, .p99, ."p99.9") | ms),
	   (if .slow then (.slow.age_us | (.p50, .p99) | ms), (.slow.share_of_possible | fixed(2)) else "", "", "" end),
	   reasons]]),
table("Many streams (relay, 4,000 viewers)";
	["streams", "frames/s each", "I/O", "dropped", "p50 ms", "p99", "process, µs per viewer and frame", "whole core"];
	[$all[] | select(.part == "streams")
	| [(.streams | tostring), (.fps | tostring), .io, (.frames.dropped | tostring), (.latency_us | (.p50, .p99) | ms),
	   cost, core_cost]]),
table("A newcomer's first frame (relay)";
	["viewers", "frame interval, ms", "I/O", "newcomers", "p50 ms", "p99", "max"];
	[$all[] | select(.part == "joining")
	| [(.viewers | tostring), (1000 / .fps | fixed(0)), .io, (.joining.newcomers | tostring),
	   (.joining.first_frame_us | (.p50, .p99, .max) | ms)]]),
table("Workers, on cores that the load side shares (relay)";
	["workers", "I/O", "frames to viewers a second", "process, µs per viewer and frame", "cores: server, load"];
	[$all[] | select(.part == "workers")
	| [(.workers | tostring), .io, (.saturation.frames_a_second | fixed(0)), cost,
	   "\(.cpu.server_cores | fixed(2)), \(.cpu.load_cores | fixed(2))"]])
