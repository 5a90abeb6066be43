#!/bin/bash
# SPDX-License-Identifier: MIT
# In the virtual machine: the packages on a plain Debian, from installing them to purging them, as an
# administrator meets them.
# shellcheck disable=SC2317 # functions are called by check and until_true
part=deploy
# shellcheck source=tests/vm/lib.sh
. ./lib.sh
VIEWERS=200
packages=(spillway-common spillway-relay spillway-chat spillway-capture spillway-tools)
key=/etc/spillway/agent.key
pipe=/tmp/ann.pipe # the host's folder can't have any

# ---- asking ----------------------------------------------------------------------------------------

traces() {
	find /etc /lib/systemd /run /usr /var -name '*spillway*' -not -path '/run/systemd/*' 2>/dev/null | sort
	grep -l -r spillway /etc /var/lib/systemd 2>/dev/null | grep -v -e '-$' | sort # passwd- is passwd's backup
	true
}
no_lines() { ! grep .; }
running() { systemctl --quiet is-active "$@"; }
not_running() { ! running "$1"; }
property() { systemctl show --value --property "$2" "$1"; }
main_pid() { property "spillway-$1.service" MainPID; }
is_another() { # NAME PID: it runs, and as another process
	running "spillway-$1.service" && [ "$(main_pid "$1")" != "$2" ]
}
said() { journalctl --quiet --unit "spillway-$1" --no-pager | grep -q "$2"; }
nothing_to_warn_of() { # UNIT...
	journalctl --quiet --no-pager -p warning "${@/#/--unit=}" | no_lines
}
status_says() { systemctl status --no-pager "spillway-$1" | grep "Status: .*$2"; }
as() { # USER COMMAND...
	runuser --user "$@"
}
answers() { # PATH STATUS, the relay by HTTP
	local line=nothing
	{
		printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&4
		read -r -t 5 line <&4
	} 4<>/dev/tcp/127.0.0.1/7070
	echo "$line"
	[[ $line == *" $2 "* ]]
}
viewer_ids() { spillway stat --json | grep -o '"id":[0-9]*' | sort; }
frames() { # STREAM N
	spillway watch --frames "$2" --out pictures.mjpg "localhost/$1" &&
		[ "$(head -c2 pictures.mjpg | od -An -tx1)" = " ff d8" ] && [ "$(tail -c2 pictures.mjpg | od -An -tx1)" = " ff d9" ]
}

unit_says() { property "$1.service" Description | grep "$2"; }

# ---- many viewers ----------------------------------------------------------------------------------

gather() {
	./crowd "$VIEWERS" localhost/test >crowd.log 2>&1 &
	crowd=$!
	until_true grep 'all here' crowd.log
}
# Does something to the relay, and waits for everybody.
all_come_back() { # WHAT COMMAND...
	local what=$1 before
	shift
	before=$(grep -c 'all back' crowd.log)
	kill -HUP "$crowd"
	"$@" || return 1
	until_true eval "[ \$(grep -c 'all back' crowd.log) -gt $before ]" || { cat crowd.log; return 1; }
	say "$what, $VIEWERS viewers and a publisher: $(grep 'all back' crowd.log | tail -n 1)" >>figures.log
}
# All that was seen, by any of them, must have been right.
disperse() {
	kill -TERM "$crowd"
	wait "$crowd" || { tail -n 1 crowd.log; return 1; }
}

# ---- people in a room ------------------------------------------------------------------------------

# ann stays; what she types comes by a pipe.
ann_comes() {
	mkfifo "$pipe"
	as ann -- spillway chat localhost --nick ann --room test <"$pipe" >ann.log 2>&1 &
	ann=$!
	exec 5>"$pipe"
	until_true grep '#test join ann' ann.log
}
bob_says() { echo "$1" | spillway chat localhost --nick bob --room test; }
ann_reads() { until_true grep "$1" ann.log; }

# ---- installed -------------------------------------------------------------------------------------

is_quiet() {
	systemctl list-units --all --no-legend --plain 'spillway*' | awk '$3 == "active"' | no_lines &&
		find /etc/systemd -name '*spillway*' | no_lines && ! pgrep spillway
}
has_places() {
	local path want have
	id spillway && getent group spillway || return 1
	while read -r path want; do
		have=$(stat -c '%a %U %G' "$path")
		[ "$have" = "$want" ] || { echo "$path: $have, not $want"; return 1; }
	done <<-'TABLE'
		/etc/spillway 755 root root
		/etc/spillway/spillway.ini 644 root root
		/run/spillway 755 spillway spillway
	TABLE
}

install_them() {
	traces >traces.before
	check "the packages can be installed" dpkg -i "${debs[@]}"
	check "nothing is enabled or started" is_quiet
	check "user, group and folders are there" has_places
	check "the configuration is all right" spillway-relay --check-config
	useradd ann
	usermod -a -G spillway ann
	useradd -m bob
}

configure() {
	(umask 077 && spillway key new --add >"$key") && chown spillway: "$key"
	cat >>/etc/spillway/spillway.ini <<-INI
		[capture test]
		source = test:
		size = 320x180
		fps = 4
		rendition = none
		url = localhost/test
		key-file = $key
		[capture cam]
		source = v4l2:/dev/video0
		size = 320x180
		fps = 10
		rendition = none
		url = localhost/cam
		key-file = $key
	INI
}

start_by_sockets() {
	check "the target starts" systemctl start spillway.target
	check "with it the sockets" running spillway-relay.socket spillway-chat.socket
	check "but not the relay" not_running spillway-relay.service
	check "nor the chat" not_running spillway-chat.service
	check "the first connection starts the relay" answers /healthz 200
	check "it runs" running spillway-relay.service
	check "the control socket is the group's" test "$(stat -c '%a %G' /run/spillway/relay.sock)" = "660 spillway"
	check "the relay is on io_uring" said relay 'listening on .*(io_uring'
}

# ---- used ------------------------------------------------------------------------------------------

is_refused() { ! SPILLWAY_KEY=$1 spillway-capture --source test: localhost/other; }
stranger_is_refused() { ! as bob -- spillway stat; }

use_it() {
	check "nobody publishes without a key" is_refused ''
	check "nor with a wrong one" is_refused "$(spillway key new | tail -n 1)"
	check "an agent starts" systemctl start spillway-capture@test
	check "its stream comes" frames test 20
	if modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0 2>modprobe.log; then
		until_true test -e /dev/video0
		check "an agent with a webcam starts" systemctl start spillway-capture@cam
		check "its stream comes, too" frames cam 20
		check "its status says what it does" status_says capture@cam cam
		systemctl stop spillway-capture@cam
	else
		say "no webcam here: $(cat modprobe.log)"
	fi
	check "who is in the group sees it" as ann -- spillway stat
	check "others don't" stranger_is_refused
	check "ann enters a room, which starts the chat" ann_comes
	check "the chat is on io_uring" said chat 'listening on .*(io_uring'
	check "bob speaks" bob_says "We begin at nine."
	check "ann reads it" ann_reads "We begin at nine."
	check "as many viewers as there shall be" gather
	check "the status line says so" until_true status_says relay "streams: 1, viewers: $VIEWERS"
	check "that of the chat, too" until_true status_says chat "clients: 1, rooms: 1"
}

keeps_everybody() { # NAME
	local before after
	before=$(viewer_ids)
	systemctl reload "spillway-$1" && after=$(viewer_ids) && [ -n "$before" ] && diff <(echo "$before") <(echo "$after")
}

reload_it() {
	check "a reload keeps all viewers" keeps_everybody relay
	check "and it is said" until_true said relay 'configuration'
	check "a reload of the chat keeps it running" systemctl reload spillway-chat
	bob_says "Are you still there?" >/dev/null
	check "and those who are in it" ann_reads "Are you still there"
	check "ann has lost nothing" eval '! grep lost ann.log'
	check "the journal has nothing to warn of" nothing_to_warn_of 'spillway*'
}

# ---- restarted, broken -------------------------------------------------------------------------------

returns() { # NAME HOW...: what is done to it, and it is back as another process
	local name=$1 pid
	pid=$(main_pid "$name")
	shift
	"$@" && until_true is_another "$name" "$pid"
}
kill_it() { kill -9 "$(main_pid "$1")"; }
history_has() {
	echo "Was there something?" | spillway chat localhost --nick carl --room test --history 10 | tee history.log | grep "$1" ||
		{ cat history.log; return 1; }
}
ann_is_there() { spillway stat --json | grep '"nick":"ann"'; }

restart_them() {
	check "after a restart all viewers come back" all_come_back restart systemctl restart spillway-relay
	bob_says "Before the restart." >/dev/null
	check "the chat restarts" systemctl restart spillway-chat
	check "ann comes back" until_true ann_is_there
	# An agent says that it has lost its relay.
	check "there is nothing to warn of in it" nothing_to_warn_of spillway-relay spillway-chat
	check "what was said is still there" history_has "Before the restart."
}
kill_them() {
	check "after kill -9 all viewers come back" all_come_back "kill -9" returns relay kill_it relay
	check "an agent comes back after kill -9" returns capture@test kill_it capture@test
	check "and its stream" frames test 5
	bob_says "Before the end." >/dev/null
	check "the chat comes back after kill -9" returns chat kill_it chat
	check "and what was said" history_has "Before the end."
	check "and ann" until_true ann_is_there
}

# ---- stuck -------------------------------------------------------------------------------------------

stop_both() {
	local relay chat
	relay=$(main_pid relay) chat=$(main_pid chat)
	kill -STOP "$relay" "$chat"
	until_true is_another relay "$relay" && until_true is_another chat "$chat"
}
second_worker() { # the relay's thread that isn't its first
	local pid task
	pid=$(main_pid relay)
	for task in /proc/"$pid"/task/*; do
		[ "${task##*/}" = "$pid" ] || [ "$(cat "$task/comm")" != spillway-relay ] || echo "${task##*/}"
	done | head -n 1
}
hold_one() {
	local thread pid holder
	pid=$(main_pid relay)
	thread=$(second_worker)
	[ -n "$thread" ] || { echo "there is no second worker"; return 1; }
	./hold "$thread" >hold.log 2>&1 &
	holder=$!
	until_true answers /healthz 503 || { cat hold.log; return 1; }
	until_true is_another relay "$pid" && wait "$holder"
}

watch_the_watchdog() {
	check "stopped processes are killed and return" stop_both
	check "the journal says why the relay's was" said relay 'Watchdog timeout'
	check "and the chat's" said chat 'Watchdog timeout'
	check "so it is when one worker is stuck, and the others aren't" all_come_back "one worker stuck" hold_one
}

# ---- limits ------------------------------------------------------------------------------------------

lift_limit() { rm -r /run/systemd/system/spillway-relay.service.d && systemctl daemon-reload && systemctl restart spillway-relay; }
few_files() {
	local pid
	mkdir -p /run/systemd/system/spillway-relay.service.d
	printf '[Service]\nLimitNOFILE=100\n' >/run/systemd/system/spillway-relay.service.d/limit.conf
	systemctl daemon-reload
	systemctl restart spillway-relay
	pid=$(main_pid relay)
	until_true said relay "can't accept connections" && [ "$(main_pid relay)" = "$pid" ]
}
little_memory() {
	local pid
	pid=$(main_pid relay)
	systemctl set-property --runtime spillway-relay MemoryMax=3M
	until_true said relay 'oom-kill' || return 1
	systemctl set-property --runtime spillway-relay MemoryMax=infinity
	systemctl revert spillway-relay
	until_true is_another relay "$pid"
}
is_enforced() { ! systemd-detect-virt --quiet --container; }

limit_it() {
	check "a limit of descriptors is met and said" few_files
	check "without it all are back" all_come_back "limit of descriptors lifted" lift_limit
	if is_enforced; then
		check "out of memory, it is killed, and returns" all_come_back "out of memory" little_memory
	fi
}

# ---- upgraded, purged --------------------------------------------------------------------------------

upgrade_them() {
	local chat agent
	chat=$(main_pid chat) agent=$(main_pid capture@test)
	check "an upgrade loses nobody" all_come_back upgrade returns relay dpkg -i upgrade/*.deb
	check "systemd knows the new units" unit_says spillway-relay later
	check "the chat runs, as another process" is_another chat "$chat"
	check "so does the agent" is_another capture@test "$agent"
	check "ann is there again" until_true ann_is_there
	check "what was said survives it" history_has "Before the end."
}

user_manager() { as bob -- env XDG_RUNTIME_DIR="/run/user/$(id -u bob)" systemctl --user "$@"; }
show_screen() {
	local home=/home/bob/.config/spillway
	loginctl enable-linger bob
	as bob -- Xvfb :9 -screen 0 320x240x24 -nolisten tcp -extension GLX >xvfb.log 2>&1 &
	display=$!
	as bob -- mkdir -p "$home"
	install -o bob -m 600 "$key" "$home/desk.key"
	printf '[capture screen]\nsource = x11:\nrendition = none\nurl = localhost/desk\nkey-file = %s/desk.key\n' "$home" >"$home/spillway.ini"
	until_true test -e /tmp/.X11-unix/X9 && until_true user_manager is-system-running &&
		user_manager set-environment DISPLAY=:9 && user_manager start spillway-screen &&
		frames desk 1
}
hide_screen() {
	user_manager stop spillway-screen
	loginctl disable-linger bob
	kill "$display"
}

is_purged() {
	traces | diff traces.before - && ! pgrep spillway &&
		systemctl list-units --all --no-legend --plain 'spillway*' | no_lines &&
		no_lines < <(systemctl list-unit-files --no-legend 'spillway*') # which says 1 where there are none
}
purge_them() {
	check "no viewer of all has got a bad frame" disperse
	say "$(tail -n 1 crowd.log)" >>figures.log
	check "units can be enabled" systemctl enable spillway-relay.socket spillway-chat.socket spillway.target spillway-capture@test
	check "running, the packages can be purged" dpkg --purge "${packages[@]}"
	pkill -u ann # who waits for a chat
	wait "$ann"
	check "nothing is left" is_purged
	check "nor the user" eval '! id spillway'
	check "nor the group" eval '! getent group spillway'
}

debs=(debs/*.deb)
install_them
configure
start_by_sockets
use_it
reload_it
restart_them
kill_them
watch_the_watchdog
limit_it
upgrade_them
check "a screen is shown by its user's manager" show_screen
hide_screen
purge_them
cat figures.log
all_well || journalctl --no-pager -u 'spillway*' >journal.log
end
