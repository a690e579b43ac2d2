#!/usr/bin/env bash
# The main job on the sample corpus: makes the corpus where it is not there, serves it over HTTP on 127.0.0.1, and runs Voxlake on it.
# usage: samples/run-sample.sh [ARGUMENTS OF voxlake run]
# VOXLAKE_LAKE names another lake than ./lake; BUILD another build folder than ./build.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${BUILD:-build}/voxlake
lake=${VOXLAKE_LAKE:-lake}

[ -x "$program" ] || { echo "run-sample: $program is not there: run make build" >&2; exit 1; }
/usr/bin/python3 samples/make_corpus.py samples/corpus

# The server's first line is its address; reading it also waits until it listens.
coproc SERVER { exec /usr/bin/python3 samples/serve.py samples/corpus --port 0; }
server=$SERVER_PID
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
read -r url <&"${SERVER[0]}" || { echo "run-sample: the server of the sample corpus did not start" >&2; exit 1; }

status=0
"$program" run --corpus "$url" --name sample --lake "$lake" "$@" || status=$?
if [ "$status" = 3 ]; then
  echo "Some of the corpus was refused, as it should be: the sample has broken archives and clips on purpose (see silver/rejects)."
  status=0
fi
if [ "$status" = 0 ] && [ -f "$lake/report.html" ]; then
  echo "The report: $(realpath "$lake/report.html")"
fi
exit "$status"
