# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the scripts that run in the virtual machine share: checks with a name each, and waiting. Their lines
# begin with $part.
set -uo pipefail
cd /test || exit 1
: "${part:?}"
failed=0

say() { echo "$part: $*"; }
check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@" >check.log 2>&1; then
		say "ok: $name"
	else
		say "FAILED: $name: $(tail -n 3 check.log | tr '\n' ' ')"
		failed=1
	fi
}
until_true() { # for two minutes; what it waits for takes seconds
	local end=$((SECONDS + 120))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "not within two minutes: $*"; return 1; }
		sleep 0.2
	done
}
all_well() { [ $failed = 0 ]; }
end() { exit $failed; }
