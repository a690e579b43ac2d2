#!/usr/bin/env bash
# clang-format, ruff and hadolint over everything, clang-tidy over the sources that changed since $BASE (all of them without).
set -euo pipefail
cd "$(dirname "$0")/.."
clang-format --dry-run --Werror $(git ls-files '*.h' '*.cc')
.deps/lint/bin/ruff check -q .
.deps/lint/bin/ruff format -q --check .
git ls-files '*Dockerfile' | xargs --no-run-if-empty .deps/lint/bin/hadolint
if [ "${1:-}" != --fast ]; then
  sources=$(git diff --name-only --diff-filter=d "${BASE:-$(git hash-object -t tree /dev/null)}" -- 'src/*.cc' | grep -v _test.cc || true)
  cmake --preset debug >/dev/null  # which names each file's command: the release preset compiles in batches
  [ -z "$sources" ] || printf '%s\n' $sources | xargs -P "$(nproc)" -n 4 clang-tidy -p build-debug --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option 2>/dev/null
fi
echo "lint: clean"
