# make run    installs what is needed, builds, and runs the main job on a sample corpus over HTTP
# make test   installs what is needed, builds, and runs every test
# make build  leaves the program at build/voxlake
.PHONY: build run test test-sanitize test-thread bench lint format reference setup clean

BUILD_TYPE ?= release
TARGETS = voxlake

setup:
	@setup/install.sh build

build: setup
	@[ -f build/build.ninja ] || cmake --preset $(BUILD_TYPE) >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
	@rm -f build-configure.log
	@cmake --build build --target $(TARGETS)

run: build
	@setup/install.sh sample
	@samples/run-sample.sh

test: TARGETS = all
test: build
	@setup/install.sh sample test lint
	@setup/lint.sh --fast
	@tests/run

# The unit tests again, with the address and undefined-behaviour sanitizers.
test-sanitize: setup
	@cmake --preset sanitize >/dev/null
	@cmake --build --preset sanitize
	@ctest --test-dir build-sanitize --output-on-failure -j2

# The runner and the downloads under the thread sanitizer.
test-thread: setup
	@cmake --preset thread >/dev/null
	@cmake --build --preset thread --target net_test pipeline_test
	@build-thread/net_test && build-thread/pipeline_test

bench: TARGETS = voxlake corpus_server
bench: build
	@setup/install.sh sample test bench
	@cmake -DVOXLAKE_BENCH=ON build >/dev/null
	@cmake --build build --target features_bench
	@bench/run

lint: setup
	@setup/install.sh lint
	@setup/lint.sh

format:
	@setup/install.sh lint
	@clang-format -i $$(git ls-files '*.h' '*.cc')
	@.deps/lint/bin/ruff format -q .

# docs/reference/ is written by the program itself.
reference: build
	@build/voxlake reference --output docs/reference

clean:
	rm -rf build build-debug build-sanitize build-thread build-fuzz
