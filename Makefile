# SPDX-License-Identifier: MIT
# Spillway. `make help` lists the targets. Everything that is built lands in $(BUILD).

VERSION := 0.1.0
BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local

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
endif

CFLAGS  ?=
LDFLAGS ?=
ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -DSPILLWAY_VERSION='"$(VERSION)"' -I. $(OPTIMIZE) $(WARN) \
	$(if $(WERROR),-Werror) $(HARDEN) -pthread $(CFLAGS)
ALL_LDFLAGS = $(OPTIMIZE) -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread $(LDFLAGS)

# ---- what is built from what -------------------------------------------------------------------
# Each folder but for its main.c is an archive; programs and tests link the archives they need.

PROGRAMS = $(foreach p,spillway-relay spillway-capture spillway spillway-bench,$(if $(wildcard $(FOLDER_$(p))/main.c),$(p)))
FOLDER_spillway-relay   := relay
FOLDER_spillway-capture := capture
FOLDER_spillway         := viewer
FOLDER_spillway-bench   := bench
FOLDERS := common relay capture viewer bench

LIBS_common  := -luring -linih -ljansson -lsodium
LIBS_relay   :=
LIBS_capture := -lavformat -lavcodec -lswscale -lavutil -lturbojpeg -lm
LIBS_viewer  := -lavformat -lavcodec -lavutil -lturbojpeg -lm
LIBS_bench   := -lturbojpeg -lm

sources   = $(filter-out $(1)/main.c,$(wildcard $(1)/*.c))
objects   = $(patsubst %.c,$(BUILD)/%.o,$(1))
archive   = $(BUILD)/lib$(1).a

# ---- targets that people use -------------------------------------------------------------------

.DEFAULT_GOAL := all
.PHONY: all help
all: $(PROGRAMS:%=$(BUILD)/%) ## build the programs into build/

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

# ---- rules ---------------------------------------------------------------------------------------

$(BUILD)/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Objects are built again when the flags change.
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(subst ','\'',$(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $@ || \
		printf '%s\n' '$(CC) $(subst ','\'',$(ALL_CFLAGS) $(ALL_LDFLAGS))' > $@
.PHONY: FORCE
FORCE:

define folder_rules
$(call archive,$(1)): $(call objects,$(call sources,$(1)))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(eval $(call folder_rules,$(folder))))

define program_rules
$(BUILD)/$(1): $(BUILD)/$(FOLDER_$(1))/main.o $(call archive,$(FOLDER_$(1))) $(call archive,common)
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $(LIBS_$(FOLDER_$(1))) $(LIBS_common)
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rules,$(program))))

$(BUILD)/relay/page.o: relay/page.html

# ---- tests ---------------------------------------------------------------------------------------
# tests/FOLDER_MODULE.c is a cmocka binary of one module; tests/it_*.c start the real programs;
# tests/fuzz_*.c are fuzz targets, which replay tests/corpus/NAME without a fuzzer.

UNIT_TESTS := $(patsubst tests/%.c,%,$(foreach folder,$(FOLDERS),$(wildcard tests/$(folder)_*.c)))
IT_TESTS   := $(patsubst tests/%.c,%,$(wildcard tests/it_*.c))
FUZZ       := $(patsubst tests/%.c,%,$(wildcard tests/fuzz_*.c))
TEST_BINARIES = $(UNIT_TESTS:%=$(BUILD)/tests/%) $(IT_TESTS:%=$(BUILD)/tests/%) $(FUZZ:%=$(BUILD)/tests/%)

HARNESS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/harness*.c))

# A test of folder F links F's archive and common's.
define unit_rules
$(BUILD)/tests/$(1): $(BUILD)/tests/$(1).o $(call archive,$(firstword $(subst _, ,$(1)))) $(call archive,common)
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ -lcmocka $(LIBS_$(firstword $(subst _, ,$(1)))) $(LIBS_common)
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call unit_rules,$(test))))

$(IT_TESTS:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(HARNESS) $(call archive,common)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka -lturbojpeg $(LIBS_common)

$(FUZZ:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/replay.o $(call archive,common)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS_common)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
