# Everything a person does here has a verb; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
BUILD ?= build
NINJA = cmake --build
CTEST = ctest --output-on-failure -j $(JOBS)
# Tests of whole programs wait more than they compute.
TEST_JOBS ?= $(shell expr $(JOBS) + 2)
PROGRAMS = instanced instancectl cloudsim
# Where ccache is installed, a checkout in another folder finds what this one compiled.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: help setup build run test e2e sim proof bench lint format asan tsan fuzz coverage image sbom
.PHONY: install clean
.PHONY: setup-tools configure apiserver

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the Debian packages that build, run and test need
	@cmake/setup.sh cmake/packages.txt

setup-tools: setup
	@cmake/setup.sh cmake/packages-tools.txt

configure: setup
	@mkdir -p $(BUILD)
	@cmake --preset release -B $(BUILD) >$(BUILD)/configure.log 2>&1 || { cat $(BUILD)/configure.log; exit 1; }

build: configure ## build instanced, instancectl and cloudsim into build/bin
	@$(NINJA) $(BUILD) -j $(JOBS) --target $(PROGRAMS)

run: build ## start simulated clouds and the daemon on deploy/samples (ONCE=1: exit when settled)
	@deploy/demo/run.sh

# kube-apiserver and etcd, once from Debian's source, kept in ~/.cache/instanced. Before `configure`
# where tests are to run: kubectl, which it brings, is what CMake looks for.
apiserver: setup
	@tests/e2e_kube/assets.sh >/dev/null 2>&1 || cmake/setup.sh cmake/packages-kube.txt
	@command -v kubectl >/dev/null || cmake/setup.sh cmake/packages-kubectl.txt
	@tests/e2e_kube/assets.sh --build >/dev/null

test: apiserver configure ## build and run every test but the hours-long ones and the longer ones of e2e
	@$(NINJA) $(BUILD) -j $(JOBS)
	@cd $(BUILD) && $(CTEST) -j $(TEST_JOBS) -LE proof

sim: configure ## simulate SEEDS worlds (default 1000) from FIRST on, JOBS at a time
	@$(NINJA) $(BUILD) -j $(JOBS) --target simulation
	@$(BUILD)/bin/simulation --seeds $${SEEDS:-1000} --first $${FIRST:-1} --jobs $(JOBS)

e2e: apiserver configure ## every test of the operator on a real Kubernetes API server
	@$(NINJA) $(BUILD) -j $(JOBS)
	@cd $(BUILD) && $(CTEST) -L kube

proof: configure setup-tools ## run what takes hours; figures go to docs/reliability.md (PARTS="seeds kills")
	@JOBS=$(JOBS) tests/proof/run.sh $(BUILD)

bench: build ## print the table of figures, and write it as JSON (build/bench/bench.json)
	@cmake --preset release -B $(BUILD) -DINSTANCED_BENCH=ON >/dev/null
	@$(NINJA) $(BUILD) -j $(JOBS) --target benches
	@tests/bench/run.sh $(BUILD)/bin

lint: setup-tools configure ## check format, clang-tidy, shellcheck and the layout (TIDY=changed|all|none)
	@.ci/lint

format: setup-tools ## rewrite the sources in the house format
	@git ls-files '*.h' '*.cc' | xargs clang-format-19 -i

asan: setup-tools ## build and run the unit tests under address and undefined-behaviour sanitizers
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS)
	@cd build-asan && LSAN_OPTIONS="suppressions=$(CURDIR)/cmake/sanitizers/leaks.txt" $(CTEST) -L unit -LE no-asan
	@cmake --preset asan-clang >/dev/null
	@cmake --build --preset asan-clang -j $(JOBS)
	@build-asan-clang/bin/task_test --gtest_brief=1

tsan: setup ## build and run the unit tests that start threads under the thread sanitizer
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan -j $(JOBS)
	@cd build-tsan && TSAN_OPTIONS="ignore_noninstrumented_modules=1 \
		suppressions=$(CURDIR)/cmake/sanitizers/races.txt $$TSAN_OPTIONS" $(CTEST) -L threads -LE no-tsan

fuzz: setup-tools ## fuzz the parsers for a short while (FUZZ_SECONDS per target, default 20)
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz -j $(JOBS)
	@cd build-fuzz && $(CTEST) -L fuzz

coverage: setup-tools ## report line coverage of the unit tests
	@cmake --preset coverage >/dev/null
	@cmake --build --preset coverage -j $(JOBS)
	@cd build-coverage && $(CTEST) -L unit
	@gcovr -r . --object-directory build-coverage -f 'api/' -f 'controller/' -s -j $(JOBS)

image: ## build the container image instanced:VERSION (ENGINE=podman for another engine)
	@version=$$(sed -n 's/^project(instanced VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt); \
	$${ENGINE:-docker} build -t instanced:$$version --build-arg VERSION=$$version \
	  --build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) .

sbom: build ## write the bill of materials of the programs (build/sbom.cdx.json, CycloneDX)
	@cmake/sbom.sh $(BUILD) $$(sed -n 's/^project(instanced VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt) \
	  $(BUILD)/bin/instanced $(BUILD)/bin/instancectl >$(BUILD)/sbom.cdx.json
	@echo $(BUILD)/sbom.cdx.json

install: build ## install the programs under PREFIX (default /usr/local; DESTDIR is honoured)
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove every build tree
	@rm -rf build build-alone build-asan build-asan-clang build-thread-safety build-tsan build-fuzz build-coverage
