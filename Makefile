# Weir's build. `make run` and `make test` are all that a newcomer needs; HACKING.md has a line for each of the other words.
#
#   SAN=address,undefined | thread   a build under these sanitizers, in a folder of its own
#   CC=clang                         another compiler, in a folder of its own too
#   DEV=1                            warnings are errors (so they are for `make test` and in CI)
#   BUILD=DIR                        another place than ./build

.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# As many jobs as there are processors; `make -j1` has the last word.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

BUILD ?= build
SAN ?=

# ---- the compiler

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := $(subst gcc,g++,$(subst clang,clang++,$(CC)))
endif
CLANG := $(findstring clang,$(CC))

COMMA := ,
VARIANT := $(or $(subst $(COMMA),-,$(SAN)),release)$(if $(CLANG),-clang)
OUT := $(BUILD)/$(VARIANT)

# The standard library of C++ is there for simdjson and RocksDB; http-parser comes without a .pc file.
PACKAGES := rocksdb libuv simdjson libssl libcrypto libcurl libseccomp
LIBRARY_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LIBRARIES := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lhttp_parser -lstdc++ -lm
TEST_CFLAGS := $(shell pkg-config --cflags cmocka 2>/dev/null)
TEST_LIBRARIES := $(shell pkg-config --libs cmocka 2>/dev/null)

COMMON := -O2 -g -Wall -Wextra -Wshadow -Wconversion -Wvla -fPIE -pthread -fno-omit-frame-pointer \
	-Isrc $(LIBRARY_CFLAGS) -MMD -MP
LINK := -pie -pthread -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
ifeq ($(SAN),)
COMMON += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
else
COMMON += -fsanitize=$(SAN) -fno-sanitize-recover=all -DENSURE_SLOW
LINK += -fsanitize=$(SAN)
endif
# ensure(!"why") is ours, and snprintf is used because it truncates.
ifneq ($(CLANG),)
COMMON += -Wno-string-conversion
else
COMMON += -Wno-format-truncation
endif
ifneq ($(DEV)$(CI),)
COMMON += -Werror
endif
C_FLAGS = -std=c17 -D_GNU_SOURCE -Wstrict-prototypes $(COMMON) $(CFLAGS)
CXX_FLAGS = -std=c++17 $(COMMON) $(CXXFLAGS)

# ---- what there is to build

C_SOURCES := $(wildcard src/*/*.c src/*/*/*.c)
CXX_SOURCES := $(wildcard src/*/*.cc src/*/*/*.cc)
OBJECTS := $(C_SOURCES:%.c=$(OUT)/%.o) $(CXX_SOURCES:%.cc=$(OUT)/%.o)
MAIN := $(OUT)/src/cmd/main.o
LIBRARY := $(OUT)/libweir.a
WEIR := $(OUT)/weir

# Every tests/**/X_test.c is a program, linked with the other files of its folder; X_test.sh is run as it is. Some files are
# libraries that a test puts before libc or RocksDB. TESTS=tests/unit/base leaves it at one folder.
TESTS ?= $(patsubst %/,%,$(sort $(dir $(wildcard $(foreach depth,tests/*/ tests/*/*/,$(depth)*_test.c $(depth)*_test.sh)))))
TEST_SOURCES := $(wildcard $(addsuffix /*.c,$(TESTS)))
PRELOADED := %/failing_disk.c %/faulty_disk.c %/shifted_clock.c %/recorder.c %/small_database.c
TEST_PRELOADED := $(filter $(PRELOADED),$(TEST_SOURCES))
TEST_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(filter-out $(TEST_PRELOADED),$(TEST_SOURCES)))
TEST_PROGRAMS := $(patsubst %.o,%,$(filter %_test.o,$(TEST_OBJECTS)))
TEST_SCRIPTS := $(wildcard $(addsuffix /*_test.sh,$(TESTS)))

.PHONY: build run test tests bench bench-programs scale sim soak fuzz clean deps clients layers purity gen check format tidy conformance

build: $(WEIR)

# `tools/deps --check` names what is missing, where the compiler would only point at an include.
$(OUT)/.libraries: tools/deps
	@tools/deps --check
	@mkdir -p $(@D) && touch $@

$(OUT)/src/%.o: src/%.c Makefile | $(OUT)/.libraries
	@mkdir -p $(@D)
	@echo "  CC   $@"
	@$(CC) $(C_FLAGS) -include base/banned.h -c -o $@ $<

$(OUT)/src/%.o: src/%.cc Makefile | $(OUT)/.libraries
	@mkdir -p $(@D)
	@echo "  CXX  $@"
	@$(CXX) $(CXX_FLAGS) -c -o $@ $<

$(LIBRARY): $(filter-out $(MAIN),$(OBJECTS))
	@echo "  AR   $@"
	@rm -f $@
	@ar rcs $@ $^

$(WEIR): $(MAIN) $(LIBRARY)
	@echo "  LINK $@"
	@$(CC) $(LINK) -o $@ $^ $(LIBRARIES) $(LDFLAGS)

# ---- tests

# What every folder of tests may use.
SHARED_OBJECTS := $(addprefix $(OUT)/tests/,seen/seen.o sound/sound.o certificates/issuer.o told/told.o)
SHARED := $(OUT)/tests/shared.a

$(SHARED): $(SHARED_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

-include $(SHARED_OBJECTS:.o=.d)

# The made-up worlds of tests/sim are played by a program of its own.
SIMULATE := $(OUT)/sim/simulate

tests: $(WEIR) $(TEST_PROGRAMS) $(TEST_PRELOADED:%.c=$(OUT)/%.so) $(if $(filter tests/sim,$(TESTS)),$(SIMULATE))

$(OUT)/tests/%.o: tests/%.c Makefile | $(OUT)/.libraries
	@mkdir -p $(@D)
	@echo "  CC   $@"
	@$(CC) $(C_FLAGS) -I$(<D) -Itests $(TEST_CFLAGS) -c -o $@ $<

# The replay of recorded histories stands on the scenarios' world, the tests of access control on the wire's; after a crash
# histories must agree as after a scenario, and a store with something of every kind is the one of the tests of fsck. Images
# of a disk are of stores as the tests of the store and those of crashes make them.
BORROWED_access := $(patsubst %.c,$(OUT)/%.o,$(filter-out %_test.c,$(wildcard tests/wire/*.c)))
BORROWED_replay := $(patsubst %.c,$(OUT)/%.o,$(filter-out %_test.c,$(wildcard tests/scenario/*.c)))
BORROWED_crash := $(OUT)/tests/scenario/agreement.o $(addprefix $(OUT)/tests/unit/fsck/,filled.o pairs.o)
BORROWED_images := $(BORROWED_crash) $(addprefix $(OUT)/tests/store/,model.o world.o) \
	$(patsubst %.c,$(OUT)/%.o,$(filter-out %_test.c $(PRELOADED),$(wildcard tests/crash/*.c)))
helpers = $(BORROWED_$(notdir $(patsubst %/,%,$(dir $(1))))) \
	$(filter-out %_test.o,$(foreach object,$(TEST_OBJECTS),$(if $(filter $(dir $(1)),$(dir $(object))),$(object))))

$(TEST_PROGRAMS): %: %.o $$(call helpers,$$*) $(SHARED) $(LIBRARY)
	@echo "  LINK $@"
	@$(CC) $(LINK) -o $@ $^ $(TEST_LIBRARIES) $(LIBRARIES) $(LDFLAGS)

$(OUT)/tests/images/recorder.so: tests/images/record.h

$(OUT)/tests/%.so: tests/%.c Makefile
	@mkdir -p $(@D)
	@echo "  CC   $@"
	@$(CC) -std=c17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -fPIC -shared -pthread -o $@ $< -ldl

# What runs again under the sanitizers: all that is ours alone, and of the programs with threads those where they meet.
ADDRESS_TESTS := $(filter tests/unit/% tests/store tests/wire tests/access tests/scenario tests/replay tests/sim tests/fuzz,$(TESTS))
THREAD_TESTS := $(filter tests/unit/base tests/unit/net tests/unit/service tests/unit/lambda tests/store tests/access tests/scenario,$(TESTS))
ONE_THREAD := %/service_scenario_test %/random_scenario_test %/damage_test %/failing_disk_test %/faults_test %/format_test %/lost_list_test %/remains_test %/rocks_test %/space_test %/stopped_mend_test
programs = $(patsubst %.c,$(BUILD)/$(1)$(if $(CLANG),-clang)/%,$(wildcard $(addsuffix /*_test.c,$(2))))
ADDRESS_PROGRAMS = $(call programs,address-undefined,$(ADDRESS_TESTS))
THREAD_PROGRAMS = $(filter-out $(ONE_THREAD),$(call programs,thread,$(THREAD_TESTS)))

# The slow ones start first, so that no processor waits at the end. The sum of everything is the last line.
# What the programs of these folders saw stands in docs/CONFORMANCE.md, which is compared when all of them run.
SEEN_IN := tests/wire tests/access tests/scenario tests/unit/service
CONFORMANCE := $(if $(filter-out $(TESTS),$(SEEN_IN)),,--then tools/conformance)
TELL_CONFORMANCE := $(if $(CONFORMANCE),true,echo "skip tools/conformance: TESTS leaves some of $(SEEN_IN) out")

ifeq ($(SAN),)
test: clients
	@$(MAKE) DEV=1 tests
	@$(if $(ADDRESS_TESTS),$(MAKE) DEV=1 SAN=address$(COMMA)undefined TESTS="$(ADDRESS_TESTS)" tests)
	@$(if $(THREAD_TESTS),$(MAKE) DEV=1 SAN=thread TESTS="$(THREAD_TESTS)" tests)
	@$(TELL_CONFORMANCE)
	@BUILD=$(BUILD) WEIR=$(WEIR) tests/run tools/layers tools/purity tools/check \
		$(THREAD_PROGRAMS) $(ADDRESS_PROGRAMS) $(TEST_PROGRAMS) $(TEST_SCRIPTS) $(CONFORMANCE)
else
test: clients
	@$(MAKE) DEV=1 tests
	@$(TELL_CONFORMANCE)
	@BUILD=$(BUILD) WEIR=$(WEIR) tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS) $(CONFORMANCE)
endif

conformance:
	@$(MAKE) DEV=1 TESTS="$(SEEN_IN)" tests
	@BUILD=$(BUILD) tests/run $(call programs,release,$(SEEN_IN))
	@BUILD=$(BUILD) tools/conformance --write

# ---- fuzzing: the targets of tests/fuzz under libFuzzer, each for T minutes, from the kept inputs on (tests/fuzz/README.md)

FUZZ_PROGRAM := $(OUT)/tests/fuzz/fuzz

$(FUZZ_PROGRAM): $(filter-out %_test.o,$(patsubst %.c,$(OUT)/%.o,$(wildcard tests/fuzz/*.c))) $(LIBRARY)
	@echo "  LINK $@"
	@$(CXX) $(LINK) -o $@ $^ $(LIBRARIES) $(LDFLAGS)

fuzz:
	@$(MAKE) CC=clang SAN=fuzzer,address,undefined $(BUILD)/fuzzer-address-undefined-clang/tests/fuzz/fuzz
	@FUZZ=$(BUILD)/fuzzer-address-undefined-clang/tests/fuzz/fuzz BUILD=$(BUILD) tools/fuzz $(or $(T),1) $(TARGET)

layers:
	@tools/layers

purity: $(LIBRARY)
	@BUILD=$(BUILD) tools/purity $(OUT)

# ---- measuring (bench/README.md); `bench` writes bench/RESULTS.md, `scale` bench/SCALE.md; the programs run alone as well

BENCH_NAMES := closed_lists disk_limit http_limit signature sleepers slow_clients startup
BENCH_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard bench/*.c))
BENCH_PROGRAMS := $(BENCH_NAMES:%=$(OUT)/bench/%)
BENCH_HELPERS := $(filter-out $(BENCH_PROGRAMS:%=%.o),$(BENCH_OBJECTS))

bench-programs: $(BENCH_PROGRAMS)

bench: $(WEIR) bench-programs
	@BUILD=$(BUILD) bench/run

# SCALE="--full --only open" says how large and what.
scale: $(WEIR) $(OUT)/tests/crash/shifted_clock.so
	@BUILD=$(BUILD) bench/scale $(SCALE)

$(OUT)/bench/%.o: bench/%.c Makefile | $(OUT)/.libraries
	@mkdir -p $(@D)
	@echo "  CC   $@"
	@$(CC) $(C_FLAGS) -Ibench -Itests -c -o $@ $<

$(BENCH_PROGRAMS): %: %.o $(BENCH_HELPERS) $(SHARED) $(LIBRARY)
	@echo "  LINK $@"
	@$(CC) $(LINK) -o $@ $^ $(LIBRARIES) $(LDFLAGS)

# ---- a world in which everything goes wrong: seeds that are played (sim/README.md)

SIM_SOURCES := $(wildcard sim/*.c) $(addprefix tests/scenario/,fold.c agreement.c)
SIM_OBJECTS := $(SIM_SOURCES:%.c=$(OUT)/%.o)
STEPS ?= 2000

sim: $(SIMULATE)
	@$(SIMULATE) $(if $(SEED),--seed $(SEED)) --steps $(STEPS) $(if $(SEED),,--seconds 10)

soak: $(SIMULATE)
	@$(SIMULATE) --seconds 0 --steps $(STEPS)

$(OUT)/sim/%.o: sim/%.c Makefile | $(OUT)/.libraries
	@mkdir -p $(@D)
	@echo "  CC   $@"
	@$(CC) $(C_FLAGS) -Isim -Itests/scenario -c -o $@ $<

$(SIMULATE): $(SIM_OBJECTS) $(LIBRARY)
	@echo "  LINK $@"
	@$(CC) $(LINK) -o $@ $^ $(LIBRARIES) $(LDFLAGS)

# ---- the generated tables of the SWF model, and layout

GENERATED := src/model/shapes.h src/model/operation.h src/model/names.c src/wire/shapes.c

gen:
	@python3 tools/generate_model.py

check:
	@tools/check

FORMATTED = $(filter-out $(GENERATED),$(shell find src tests bench sim -name '*.[ch]' -o -name '*.cc'))

format:
	@clang-format -i $(FORMATTED)

tidy:
	@clang-tidy --quiet $(filter-out $(GENERATED),$(C_SOURCES)) -- -std=c17 -D_GNU_SOURCE -Isrc $(LIBRARY_CFLAGS)

# ---- the rest

deps:
	@tools/deps

clients:
	@tools/deps --clients

# Lambda functions are called where `weir demo --all` has some, unless the environment names another place.
run:
	@tools/deps --build
	@$(MAKE) build
	@WEIR_LAMBDA_ENDPOINT="$${WEIR_LAMBDA_ENDPOINT-http://127.0.0.1:9348}" \
		exec $(WEIR) serve --listen 127.0.0.1:9347 --store rocksdb --data ./data --hints

clean:
	@rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(BORROWED_access:.o=.d) $(BORROWED_replay:.o=.d) $(BORROWED_crash:.o=.d) $(BORROWED_images:.o=.d) $(BENCH_OBJECTS:.o=.d) $(SIM_OBJECTS:.o=.d)
