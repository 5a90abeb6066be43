#!/bin/bash
# SPDX-License-Identifier: MIT
# In the virtual machine: the real agent and relay with the kernel's cameras, vivid (raw formats, errors
# that it injects, unplugging) and v4l2loopback (JPEG).
# shellcheck disable=SC2317 # functions are called by check and until_true
part=webcam
# shellcheck source=tests/vm/lib.sh
. ./lib.sh
url=127.0.0.1:7070

agent() {
	: >agent.log
	./spillway-capture --log-level debug "$@" 2>>agent.log &
	agent=$!
}
end_agent() { kill "$agent" 2>/dev/null; wait "$agent"; }
frames() { ./spillway watch --frames "$2" --out "$3" "$url/$1"; }
logged() { grep -q "$1" agent.log; }
# A picture of the last size: JPEG from its first to its last bytes.
whole() { [ "$(head -c2 "$1" | od -An -tx1)" = " ff d8" ] && [ "$(tail -c2 "$1" | od -An -tx1)" = " ff d9" ]; }

for program in spillway-relay spillway-capture spillway; do
	# What it lacks, tests/vm/build-image should have installed.
	./$program --version >/dev/null || { say "FAILED: $program can't run here"; exit 1; }
done
./spillway-relay --config /dev/null --listen "$url" --control /tmp/relay.sock 2>relay.log &
relay=$!
modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0
until_true test -e /dev/video0
./spillway-capture --list | tee list.log
check "vivid is listed" grep -q 'v4l2:/dev/video0  vivid' list.log
check "its rates are listed" grep -q 'YUYV  640x360 at ' list.log

agent --source v4l2:/dev/video0 --size 320x180 --fps 15 --camera-control brightness=100 "$url/raw"
check "raw pictures come" frames raw 30 raw.mjpg
check "they are whole" whole raw.mjpg
check "what it was set to is said" logged '320x180 at '
echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
check "unplugging is noticed" until_true logged "it says 'no signal'"
check "pictures come all the same" frames raw 2 none.mjpg
echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
check "plugged in, it is back" until_true logged 'the source is back'
check "and pictures come" frames raw 10 back.mjpg
end_agent
cat agent.log

agent --source v4l2:/dev/video0 --size 320x180 --fps 30 "$url/faulty"
check "pictures come before the errors" frames faulty 5 before.mjpg
for ((i = 0; i < 5; i++)); do
	v4l2-ctl -d /dev/video0 -c inject_v4l2_buf_flag_error=1 || say "FAILED: there is no error to inject"
	sleep 0.2
done
check "pictures come after injected errors" frames faulty 15 after.mjpg
check "they are whole" whole after.mjpg
# All buffers are gone then, and that the queue has an error: it is opened again.
v4l2-ctl -d /dev/video0 -c inject_fatal_streaming_error=1
check "a fatal error of the queue is survived" until_true logged 'the source is back'
check "and pictures come again" frames faulty 10 again.mjpg
end_agent
check "damaged pictures are counted" logged ' [1-9][0-9]* damaged'
cat agent.log

modprobe v4l2loopback devices=1 video_nr=9 || insmod /lib/modules/*/extra/v4l2loopback.ko video_nr=9
until_true test -e /dev/video9
./feed /dev/video9 640 360 picture.jpg >feed.log 2>&1 &
feed=$!
sleep 1
agent --source v4l2:/dev/video9 "$url/jpeg"
check "JPEG comes" frames jpeg 20 jpeg.mjpg
check "it is passed on" logged 'passed on as it is'
for ((i = 0; i < 20; i++)); do cat picture.jpg; done >expected.mjpg
check "byte for byte" cmp expected.mjpg jpeg.mjpg
end_agent
cat agent.log
kill "$feed" "$relay"
wait "$relay"
check "the relay ended well" test $? = 0
end
