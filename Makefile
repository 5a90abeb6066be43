# SPDX-License-Identifier: MIT
# Spillway. `make help` lists the targets. Everything that is built lands in $(BUILD).
#
#	BUILD=DIR	build there
#	CC=clang	with this compiler
#	WERROR=1	warnings are errors
#	SAN=thread	with these sanitizers: address,undefined or thread
#	COVER=1		count what runs, for gcov
#	V=1		show the commands

VERSION := 0.1.0
BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
DESTDIR ?=

# ---- flags -----------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wvla -Wwrite-strings -Wcast-qual -Wformat=2 \
	-Wimplicit-fallthrough
HARDEN := -fstack-protector-strong -fPIE
OPTIMIZE ?= -O2 -g
ifeq ($(SAN),)
HARDEN += -D_FORTIFY_SOURCE=2
else
OPTIMIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
endif
ifneq ($(COVER),)
OPTIMIZE := -O0 -g --coverage
HARDEN   := -fPIE
endif

CFLAGS  ?=
LDFLAGS ?=
ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -DSPILLWAY_VERSION='"$(VERSION)"' -I. $(OPTIMIZE) $(WARN) \
	$(if $(WERROR),-Werror) $(HARDEN) -pthread $(CFLAGS)
ALL_LDFLAGS = $(OPTIMIZE) -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread $(LDFLAGS)

# As many jobs as processors, where nobody said -j. (A make that was started by make is told.)
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

# ---- what is built from what -------------------------------------------------------------------
# Each folder but for its main.c is an archive; programs and tests link the archives they need.

PROGRAMS = $(foreach p,spillway-relay spillway-capture spillway-chat spillway spillway-bench,$(if $(wildcard $(FOLDER_$(p))/main.c),$(p)))
FOLDER_spillway-relay   := relay
FOLDER_spillway-capture := capture
FOLDER_spillway-chat    := chat
FOLDER_spillway         := viewer
FOLDER_spillway-bench   := bench
FOLDERS := common relay capture chat viewer bench
# Another folder's archive, of which it takes what is pure.
ARCHIVE_spillway-bench := capture

LIBS_common  := -luring -linih -ljansson -lsodium -lcrypto -lsystemd
LIBS_chat    := -lsqlite3 -lsodium
LIBS_capture := -lavformat -lavcodec -lswscale -lavutil -lturbojpeg -lv4l2 -lxcb -lxcb-composite \
	-lxcb-damage -lxcb-randr -lxcb-shm -lxcb-xfixes -lxcb-xinput -lm
LIBS_viewer  := -lavformat -lavcodec -lavutil -lturbojpeg -lncursesw -ltinfo -lm
LIBS_bench   := -lturbojpeg -lxcb -lm

sources   = $(filter-out $(1)/main.c,$(wildcard $(1)/*.c))
objects   = $(patsubst %.c,$(BUILD)/%.o,$(1))
archive   = $(patsubst %,$(BUILD)/lib%.a,$(1))

# tests/FOLDER_MODULE.c is a cmocka binary of one module; tests/it_*.c start the real programs;
# tests/fuzz_*.c are fuzz targets, which replay tests/corpus/NAME without a fuzzer.
UNIT_TESTS := $(patsubst tests/%.c,%,$(foreach folder,$(FOLDERS),$(wildcard tests/$(folder)_*.c)))
IT_TESTS   := $(patsubst tests/%.c,%,$(wildcard tests/it_*.c))
FUZZ       := $(patsubst tests/%.c,%,$(wildcard tests/fuzz_*.c))
HARNESS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/harness*.c))

LDFLAGS_it_screen := -lxcb-xtest
LDFLAGS_relay_auth := -Wl,--wrap=sodium_memcmp,--wrap=memcmp,--wrap=strcmp,--wrap=strncmp
OBJECTS_common_options := $(BUILD)/tests/options_program.o
OBJECTS_capture_reload := $(BUILD)/tests/reload_table.o
OBJECTS_chat_reload := $(BUILD)/tests/reload_table.o
OBJECTS_relay_reload := $(BUILD)/tests/reload_table.o
OBJECTS_common_options_print := $(OBJECTS_common_options)
OBJECTS_capture_uplink := $(BUILD)/tests/scripted_relay.o $(BUILD)/tests/scripted_agent.o
OBJECTS_capture_uplink_records := $(OBJECTS_capture_uplink)
OBJECTS_capture_dialer := $(BUILD)/tests/scripted_relay.o
LDFLAGS_it_chat_errands := -lsqlite3
LDFLAGS_it_chat_history := -lsqlite3
LDFLAGS_it_chat_rights := -lsqlite3 -lsodium
LDFLAGS_it_chat_audit := -lsqlite3

OBJECTS_it_soak := $(patsubst %,$(BUILD)/tests/%.o,churn churn_relay churn_chat gauge)

# Time is put forward there.
LDFLAGS_viewer_link := -Wl,--wrap=io_now_us,--wrap=io_timer
OBJECTS_viewer_device_list := $(BUILD)/tests/e2e_vectors.o
OBJECTS_viewer_envelope := $(BUILD)/tests/e2e_vectors.o
OBJECTS_viewer_session := $(BUILD)/tests/fake_relay.o $(BUILD)/tests/watcher.o

# The relay on a simulated network; what it replaces besides, the sources name (tests/sim_libc.h).
SIM_SOURCES       := $(wildcard tests/sim*.c)
OBJECTS_relay_sim := $(patsubst %.c,$(BUILD)/%.o,$(SIM_SOURCES))
LDFLAGS_relay_sim := -lm $(if $(SIM_SOURCES),$(shell sed -n 's/.*"__wrap_\([a-z_]*\)".*/-Wl,--wrap=\1/p' $(SIM_SOURCES)))

# A folder for the chat's store; a disk that loses power, beneath SQLite.
OBJECTS_chat_store := $(BUILD)/tests/data_folder.o
OBJECTS_chat_schema := $(BUILD)/tests/data_folder.o
OBJECTS_chat_announcements := $(BUILD)/tests/data_folder.o
OBJECTS_chat_roster := $(BUILD)/tests/data_folder.o
OBJECTS_chat_metadata := $(BUILD)/tests/data_folder.o
OBJECTS_chat_crash := $(BUILD)/tests/disk.o

TEST_BINARIES = $(UNIT_TESTS:%=$(BUILD)/tests/%) $(FUZZ:%=$(BUILD)/tests/%) $(IT_TESTS:%=$(BUILD)/tests/%)

C_FILES := $(wildcard $(FOLDERS:%=%/*.[ch]) tests/*.[ch] tests/vm/*.c)
SCRIPTS := .ci/run debian/build $(wildcard debian/*.postinst debian/*.prerm debian/*.postrm) $(wildcard bench/*.sh bench/peers/*) tests/demo tests/install-deps tests/layers tests/packages tests/run \
	tests/vm/all tests/vm/build-image tests/vm/run $(wildcard tests/vm/*.sh)
MANUALS := $(wildcard $(FOLDERS:%=%/*.[1578]))

# ---- targets that people use -------------------------------------------------------------------

.DEFAULT_GOAL := all
.PHONY: all deps demo test check-san soak fuzz cover bench bench-capture bench-chat bench-latency bench-link \
	bench-peers lint fmt layers man-lint install uninstall deb clean help

all: $(PROGRAMS:%=$(BUILD)/%) ## build the programs

# These work on a fresh machine: what they need is installed before anything is compiled.
NEEDS_deps      := build
NEEDS_demo      := build demo
NEEDS_test      := build test
NEEDS_check-san := build test
NEEDS_soak      := build test
NEEDS_bench     := build bench
NEEDS_test-vm   := build deb vm
NEEDS_cover     := build test cover
NEEDS_fuzz      := build clang
NEEDS_bench-capture := build capture
NEEDS_bench-chat := build chatters
NEEDS_bench-peers := build peers
NEEDS_bench-latency := build screen
NEEDS_deb       := build deb
NEEDS_test-deb  := build deb
NEEDS_lint      := build clang lint
NEEDS_man-lint  := manuals
NEEDS := $(sort $(foreach goal,$(MAKECMDGOALS),$(NEEDS_$(goal))))
FIRST := $(if $(NEEDS),deps)

deps: ## install the Debian packages that building needs
	@tests/install-deps $(NEEDS)

demo: deps all ## run a relay with streams of all kinds here; PORT=7070, VIDEO=FILE
	@BUILD=$(BUILD) tests/demo

test: deps layers man-lint all $(TEST_BINARIES) ## run all tests
	@BUILD=$(BUILD) tests/run $(TEST_BINARIES)

# Not part of `make test`: it downloads a kernel, needs root, and takes minutes.
.PHONY: test-vm
VM_TESTS ?= webcam deploy
VM_TOOLS := feed crowd hold
test-vm: deps all deb $(VM_TOOLS:%=$(BUILD)/tests/vm/%) ## test webcams, and the packages under systemd, in a virtual machine; VM_TESTS="webcam deploy"
	@tests/vm/build-image $(BUILD)/vm/image
	@BUILD=$(BUILD) tests/vm/all $(VM_TESTS)

# The sessions of `spillway watch`, and the agent's strip.
$(VM_TOOLS:%=$(BUILD)/tests/vm/%): $(BUILD)/tests/vm/%: $(BUILD)/tests/vm/%.o $(call archive,viewer) $(call archive,capture) $(call archive,common)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lturbojpeg -lm $(LIBS_common)

.PHONY: test-deb
test-deb: deb ## build the Debian packages, and install, upgrade and purge them in a throw-away layer
	@tests/packages $(BUILD)/deb

# The same without what only a fresh machine needs, for a build of another kind.
.PHONY: run-tests test-binaries
test-binaries: all $(TEST_BINARIES)
run-tests: test-binaries
	@BUILD=$(BUILD) tests/run $(TEST_BINARIES)

check-san: deps ## run all tests under ASan and UBSan, then under TSan
	@IT_JOBS=2 TEST_TIMEOUT=900 $(MAKE) BUILD=build-asan SAN=address,undefined run-tests
	@IT_JOBS=2 TEST_TIMEOUT=900 TSAN_OPTIONS='suppressions=$(CURDIR)/tests/tsan.supp' \
		$(MAKE) BUILD=build-tsan SAN=thread run-tests

SEEDS   ?= 20000
MINUTES ?= 30
soak: deps all $(BUILD)/tests/relay_sim $(BUILD)/tests/it_soak ## try SEEDS=20000 seeds of the simulated network, then the programs for MINUTES=30; 0 leaves one out
	@[ $(SEEDS) = 0 ] || $(BUILD)/tests/relay_sim --soak $(SEEDS)
	@[ $(MINUTES) = 0 ] || SOAK_MINUTES=$(MINUTES) $(BUILD)/tests/it_soak

FUZZ_SECONDS ?= 60
fuzz: deps ## let each parser be fuzzed for FUZZ_SECONDS=60
	@$(MAKE) BUILD=build-fuzz CC=clang SAN=fuzzer-no-link,address,undefined fuzzers
	@for name in $(FUZZ:fuzz_%=%); do \
		mkdir -p build-fuzz/found/$$name; \
		build-fuzz/fuzzers/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-print_final_stats=1 -artifact_prefix=build-fuzz/$$name- \
			build-fuzz/found/$$name tests/corpus/$$name >build-fuzz/$$name.log 2>&1 || \
			{ cat build-fuzz/$$name.log; exit 1; }; \
		sed -n "s/^stat::number_of_executed_units:/fuzz_$$name: inputs tried:/p" build-fuzz/$$name.log; \
	done
.PHONY: fuzzers
fuzzers: $(FUZZ:%=$(BUILD)/fuzzers/%)

cover: deps ## say which lines the tests run
	@rm -rf build-cover
	@$(MAKE) BUILD=build-cover COVER=1 run-tests
	@gcovr --root . --object-directory build-cover --exclude tests/ --exclude bench/ --sort-percentage

bench: deps all ## measure the relay and the floor, some 12 minutes; FULL=1, BENCH_SECONDS=5
	@BUILD=$(BUILD) bench/matrix.sh

LINK_SECONDS ?= 60
bench-link: all ## measure a viewer on a slow link, near and far, for LINK_SECONDS=60 each; as root
	@BUILD=$(BUILD) bench/link.sh -s $(LINK_SECONDS) -t

bench-latency: deps all ## measure from a change on a screen to a viewer, two minutes
	@BUILD=$(BUILD) bench/latency.sh

bench-peers: deps all ## measure the relay beside other servers of Debian's, on CPUs 0 and 1
	@BUILD=$(BUILD) bench/peers.sh

bench-chat: deps all ## measure the chat beside a bare loop, ngIRCd and InspIRCd, on CPUs 0 and 1, some 4 minutes
	@BUILD=$(BUILD) bench/chat.sh

bench-capture: deps all ## measure the agent beside ffmpeg on an X display, about 4 minutes
	@BUILD=$(BUILD) bench/capture.sh

lint: lint-format lint-scripts lint-gcc lint-clang ## look for what compilers and tools complain about
.PHONY: lint-format lint-scripts lint-gcc lint-clang
lint-format: | $(FIRST)
	@clang-format --dry-run -Werror $(C_FILES)
lint-scripts: | $(FIRST)
	@shellcheck $(SCRIPTS)
lint-gcc: | $(FIRST)
	@$(MAKE) BUILD=build-lint-gcc CC=gcc WERROR=1 test-binaries
lint-clang: | $(FIRST)
	@$(MAKE) BUILD=build-lint-clang CC=clang WERROR=1 test-binaries tidy

fmt: ## lay the code out as .clang-format says
	@clang-format -i $(C_FILES)

layers: $(FIRST) ## check that folders depend one way, and headers stand alone
	@CC='$(CC)' tests/layers $(FOLDERS) tests

man-lint: $(FIRST) ## check the manual pages
	@mandoc -T lint -W warning $(MANUALS) | { ! grep .; }

# ---- installing ----------------------------------------------------------------------------------

INSTALLED         := spillway-relay spillway-capture spillway-chat spillway
INSTALLED_MANUALS := $(filter-out bench/% common/spillway.ini.5,$(MANUALS)) $(BUILD)/spillway.ini.5
INSTALLED_DOCUMENTS := doc/security.md doc/sizing.md doc/grafana.json
USER_UNITS        := systemd/spillway-screen.service
UNITS             := $(filter-out $(USER_UNITS),$(wildcard systemd/*.service systemd/*.socket systemd/*.target))

UNIT_DIR      ?= $(PREFIX)/lib/systemd/system
USER_UNIT_DIR ?= $(PREFIX)/lib/systemd/user
ETC := $(DESTDIR)/etc/spillway
BIN := $(DESTDIR)$(PREFIX)/bin
MAN := $(DESTDIR)$(PREFIX)/share/man
DOC := $(DESTDIR)$(PREFIX)/share/doc/spillway

# FILE=PLACE
manual_place  = $(1)=$(MAN)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
PLACED_FILES  = $(foreach m,$(INSTALLED_MANUALS),$(call manual_place,$(m))) $(BUILD)/spillway.ini=$(DOC)/spillway.ini \
	$(foreach d,$(INSTALLED_DOCUMENTS),$(d)=$(DOC)/$(notdir $(d)))
PLACED_UNITS  = $(foreach u,$(UNITS),$(u)=$(DESTDIR)$(UNIT_DIR)/$(notdir $(u))) \
	$(foreach u,$(USER_UNITS),$(u)=$(DESTDIR)$(USER_UNIT_DIR)/$(notdir $(u))) \
	systemd/sysusers.conf=$(DESTDIR)$(PREFIX)/lib/sysusers.d/spillway.conf \
	systemd/tmpfiles.conf=$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/spillway.conf
place_of      = $(lastword $(subst =, ,$(1)))

# What the packaged configuration sets; all else stands in it as a comment.
CONFIGURED := spillway-relay spillway-capture spillway-chat
PACKAGED_spillway-relay := --listen localhost:7070 --publish key
PACKAGED_spillway-chat  := --listen localhost:6667

$(BUILD)/spillway.ini: systemd/spillway.ini.head $(CONFIGURED:%=$(BUILD)/%)
	$(call say,INI,$@)
	@{ cat $< $(foreach p,$(CONFIGURED),&& printf '\n# ---- $(p) ----\n\n' && \
		$(BUILD)/$(p) --config /dev/null $(PACKAGED_$(p)) --print-config); } >$@.new
	@mv $@.new $@

# The manual page of the file, with the same tables in it.
$(BUILD)/spillway.ini.5: common/spillway.ini.5 systemd/spillway.ini.awk $(CONFIGURED:%=$(BUILD)/%)
	$(call say,MAN,$@)
	@{ : $(foreach p,$(CONFIGURED),&& $(BUILD)/$(p) --config /dev/null --print-config); } >$@.tables
	@awk -f systemd/spillway.ini.awk $< $@.tables >$@.new
	@mv $@.new $@ && rm $@.tables

install: all $(BUILD)/spillway.ini $(BUILD)/spillway.ini.5 ## install all but spillway-bench; PREFIX=/usr/local, DESTDIR=
	@install -d $(BIN) $(ETC)
	@install -m 755 $(INSTALLED:%=$(BUILD)/%) $(BIN)/
	@for pair in $(PLACED_FILES); do install -D -m 644 $${pair%%=*} $${pair#*=} || exit; done
	@for pair in $(PLACED_UNITS); do \
		install -d $$(dirname $${pair#*=}) && sed 's,/usr/bin/,$(PREFIX)/bin/,' $${pair%%=*} >$${pair#*=} && \
		chmod 644 $${pair#*=} || exit; \
	done
	@[ -e $(ETC)/spillway.ini ] || install -m 644 $(BUILD)/spillway.ini $(ETC)/

# A configuration that somebody has changed stays.
uninstall: ## remove what `make install` put there
	@! cmp -s $(DOC)/spillway.ini $(ETC)/spillway.ini || rm -f $(ETC)/spillway.ini
	@rm -f $(INSTALLED:%=$(BIN)/%) $(foreach pair,$(PLACED_FILES) $(PLACED_UNITS),$(call place_of,$(pair)))
	@rmdir $(DOC) $(ETC) 2>/dev/null || true

deb: deps ## build Debian packages, into build/deb
	@debian/build $(BUILD)/deb $(VERSION)

clean: ## remove all that was built
	@rm -rf $(BUILD) build-asan build-tsan build-fuzz build-cover build-lint-gcc build-lint-clang

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

# ---- rules ---------------------------------------------------------------------------------------

Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

$(BUILD)/%.o: %.c $(BUILD)/.flags | $(FIRST)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Objects are built again when the flags change.
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(subst ','\'',$(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $@ || \
		printf '%s\n' '$(CC) $(subst ','\'',$(ALL_CFLAGS) $(ALL_LDFLAGS))' > $@
.PHONY: FORCE
FORCE:

define folder_rules
$(call archive,$(1)): $(call objects,$(call sources,$(1)))
	$$(call say,AR,$$@)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(eval $(call folder_rules,$(folder))))

define program_rules
$(BUILD)/$(1): $(BUILD)/$(FOLDER_$(1))/main.o $(call archive,$(FOLDER_$(1)) $(ARCHIVE_$(1)) common)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $(LIBS_$(FOLDER_$(1))) $(LIBS_common)
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rules,$(program))))

$(BUILD)/relay/page.o: relay/page.html

# A test of folder F links F's archive and common's.
define unit_rules
$(BUILD)/tests/$(1): $(BUILD)/tests/$(1).o $(OBJECTS_$(1)) $(call archive,$(firstword $(subst _, ,$(1)))) $(call archive,common)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ -lcmocka $(LDFLAGS_$(1)) $(LIBS_$(firstword $(subst _, ,$(1)))) $(LIBS_common)
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call unit_rules,$(test))))

# capture's, for reading the frame's number out of a picture; bench's, for showing one on a screen.
$(IT_TESTS:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(HARNESS) $(call archive,bench) $(call archive,capture) $(call archive,common)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(LDFLAGS_$(@F)) $(LIBS_capture) $(LIBS_common)

$(BUILD)/tests/it_soak: $(OBJECTS_it_soak)

# Checked as it is installed.
$(BUILD)/tests/it_config: | $(BUILD)/spillway.ini $(BUILD)/spillway.ini.5

# Preloaded into the agent, which is sanitized or not.
$(BUILD)/tests/it_webcam: | $(BUILD)/tests/fake_v4l2.so
$(BUILD)/tests/it_video_kinds: | $(BUILD)/tests/fake_avformat.so
$(BUILD)/tests/fake_%.so: tests/fake_%.c $(BUILD)/.flags | $(FIRST)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O2 -g $(WARN) $(if $(WERROR),-Werror) -shared -fPIC -o $@ $<

# Of capture's, chat's and viewer's archives they take only what is pure, so none of their libraries.
$(FUZZ:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/replay.o $(call archive,capture) $(call archive,chat) $(call archive,viewer) $(call archive,common)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS_common)

$(FUZZ:%=$(BUILD)/fuzzers/%): $(BUILD)/fuzzers/%: $(BUILD)/tests/%.o $(call archive,capture) $(call archive,chat) $(call archive,viewer) $(call archive,common)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS_common)

# clang-tidy looks at a file again when its object was built again.
.PHONY: tidy
tidy: $(patsubst %.c,$(BUILD)/%.tidy,$(filter %.c,$(C_FILES)))
$(BUILD)/%.tidy: $(BUILD)/%.o .clang-tidy tests/.clang-tidy
	$(call say,TIDY,$*.c)
	$(Q)clang-tidy --quiet $*.c -- $(ALL_CFLAGS) 2>$@.err || { grep -v 'warnings* generated' $@.err; exit 1; }
	@mv $@.err $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
