# SPDX-License-Identifier: MIT
# The results of bench/capture.sh as tables in Markdown.

def fixed($digits): . * pow(10; $digits) | round / pow(10; $digits) | tostring;
def row: "| " + join(" | ") + " |";
def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
def of($who): map(select(.who == $who));
def cost: .cpu_us / .frames;
def kb: map(.bytes / .frames / 1000) | median | fixed(0);
def rate: map(.frames / .seconds) | median | fixed(1);

"CPU of the process for each frame; medians",
"",
(["screen", "scene", "pairs", "ours, µs", "ffmpeg, µs", "ours / ffmpeg", "from to", "KB a frame", "frames/s", "-q:v"] | row),
([range(10) | "---"] | row),
(map(select(.scene != "still")) | group_by([.size, .scene])[]
	| of("ours") as $ours | of("theirs") as $theirs
	| [group_by(.pair)[] | (of("ours")[0] | cost) / (of("theirs")[0] | cost)] as $ratios
	| [.[0].size, .[0].scene, ($ratios | length | tostring), ($ours | map(cost) | median | fixed(0)),
	   ($theirs | map(cost) | median | fixed(0)), ($ratios | median | fixed(2)),
	   ($ratios | min | fixed(2)) + " " + ($ratios | max | fixed(2)), ($ours | kb) + ", " + ($theirs | kb),
	   ($ours | rate) + ", " + ($theirs | rate), ($theirs[0].q | tostring)] | row),
"",
(map(select(.scene == "still"))[] | "A screen of \(.size) that stands still: \(.cpu_us / .seconds / 10000 | fixed(3)) % of a core.")
