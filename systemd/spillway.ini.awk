# SPDX-License-Identifier: MIT
# Puts the programs' own tables, as --print-config tells them, into the manual page: awk -f THIS PAGE TABLES
FNR == NR && /^\.\\" The programs' own tables/ { while ((getline line < ARGV[2]) > 0) table(line); finish(); next }
FNR == NR { print }

function finish() {
	if (listed)
		print ".El"
	listed = 0
}

# \(..: mdoc would take a text line's first dot or quote for its own.
function plain(text) {
	gsub(/\\/, "\\e", text)
	return text ~ /^[.']/ ? "\\&" text : text
}

function table(line) {
	if (line ~ /^;?\[/) {
		finish()
		sub(/^;/, "", line)
		sub(/ [^ ]*\]$/, " NAME]", line)
		print ".Ss " line
		return
	}
	if (line ~ /^# /) {
		help = help (help == "" ? "" : "\n") plain(substr(line, 3))
	} else if (line ~ /^;?[a-z]/) {
		if (!listed)
			print ".Bl -tag -width Ds"
		listed = 1
		sub(/^;/, "", line)
		print ".It Li \"" plain(line) "\""
		print help (help ~ /\)$/ ? "" : ".")
		help = ""
	}
}
