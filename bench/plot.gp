# SPDX-License-Identifier: MIT
# Draws what bench/matrix.sh measured: gnuplot -e "folder='build/bench'; part='rate'" bench/plot.gp
set terminal svg size 960,380 font "sans-serif,12" background "white"
set datafile separator "\t"
set key top right
set grid ytics
set logscale x
set yrange [0:*]
array title[4] = ["floor, io_uring", "relay, io_uring", "floor, epoll", "relay, epoll"]
array colour[4] = ["#9aa5b1", "#0b6e99", "#d3b58d", "#c2571a"]

set output folder."/".part.".svg"
if (part eq "saturation") {
set multiplot layout 1,2 title "One core at saturation: frames to viewers a second"
set xlabel "frame, KB (1,000 viewers)"
set xtics (2, 8, 32, 128)
set xrange [1.5:180]
plot for [i=1:4] folder."/bytes.tsv" index i-1 using 1:2 every ::1 with linespoints pt 7 lw 2 lc rgb colour[i] title title[i]
set xlabel "viewers (frames of 8 KB)"
set xtics ("100" 100, "1,000" 1000, "5,000" 5000, "15,000" 15000)
set xrange [70:22000]
plot for [i=1:4] folder."/viewers.tsv" index i-1 using 1:2 every ::1 with linespoints pt 7 lw 2 lc rgb colour[i] title title[i]
} else {
set multiplot layout 1,2 title "At a rate that needs up to 60 % of the core"
set xlabel "frame, KB (1,000 viewers)"
set ylabel "µs of the core per viewer and frame"
set xtics (2, 8, 32, 128)
set xrange [1.5:180]
plot for [i=1:4] folder."/bytes.tsv" index i-1 using 1:5 every ::1 with linespoints pt 7 lw 2 lc rgb colour[i] title title[i]
set key top left
set xlabel "viewers (frames of 8 KB)"
set ylabel "latency at the 99th percentile, ms"
set xtics ("100" 100, "1,000" 1000, "5,000" 5000, "15,000" 15000)
set xrange [70:22000]
plot for [i=1:4] folder."/viewers.tsv" index i-1 using 1:4 every ::1 with linespoints pt 7 lw 2 lc rgb colour[i] title title[i]
}
unset multiplot
