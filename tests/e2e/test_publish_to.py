"""publish --to duckdb, postgres and synapse: a real PostgreSQL, started here on a free port, and a parser of T-SQL."""

import csv
import io
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable, write_deltalake
from program import ROOT, Running, run_voxlake
from tables import ARCHIVES, FEATURES, SPEAKERS, UTTERANCES, read

MAKER = Path(os.environ.get("BUILD", ROOT / "build")).resolve() / "lake_table_maker"


def install(group):
    done = subprocess.run([ROOT / "setup/install.sh", group], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{group} cannot be installed here: {done.stderr.strip()[-300:]}")


class Server:
    """A PostgreSQL on 127.0.0.1 alone, with a password. It does not run as root: where we are root, as `postgres`."""

    def __init__(self, folder):
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            pytest.skip("there is no PostgreSQL server here")
        self.folder, self.programs = folder, programs[-1]
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        (folder / "password").write_text("pass'word\n")
        for path in (folder, folder / "password"):
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        self._run(
            "initdb", "-D", folder / "data", "-U", "voxlake", "-A", "scram-sha-256", "--pwfile", folder / "password"
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
        self.environment = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGUSER": "voxlake",
            "PGDATABASE": "postgres",
            "PGPASSWORD": "pass'word",
        }

    def _run(self, program, *arguments):
        done = subprocess.run(
            [self.programs / program, *map(str, arguments)],
            capture_output=program != "pg_ctl",
            stdout=subprocess.DEVNULL if program == "pg_ctl" else None,
            text=True,
            cwd=self.folder,
            user=self.owner.pw_uid if os.geteuid() == 0 else None,
            group=self.owner.pw_gid if os.geteuid() == 0 else None,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, done.stderr

    def ask(self, sql):
        command = [self.programs / "psql", "-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **self.environment})
        assert done.returncode == 0, done.stderr
        return [tuple(row) for row in csv.reader(io.StringIO(done.stdout))]

    def stop(self):
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def server():
    install("postgres")
    folder = Path(tempfile.mkdtemp(prefix="voxlake-postgres-"))
    try:
        running = Server(folder)
        yield running
        running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lake(small_lake, tmp_path):
    return shutil.copytree(small_lake.folder, tmp_path / "lake")


def publish(lake, *arguments, environment=None):
    return run_voxlake("publish", "--lake", lake, *arguments, environment=environment)


def to_postgres(lake, server, *arguments):
    outcome = publish(lake, "--to", "postgres", *arguments, environment=server.environment)
    assert outcome.code == 0, outcome.text
    return outcome.stdout


def test_postgres_holds_every_row_and_value(lake, server):
    told = to_postgres(lake, server, "--schema", "whole")
    assert "there already" not in told
    clips = read(lake, UTTERANCES)
    assert server.ask("SELECT count(*), sum(samples) FROM whole.utterances") == [
        (str(len(clips)), str(clips["samples"].sum()))
    ]
    first = clips.sort("utterance_id").row(0, named=True)
    columns = "utterance_id, prompt, source_rate, seconds::text, is_silent, array_length(signal, 1), signal[7]::float8"
    (there,) = server.ask(f'SELECT {columns} FROM whole.utterances ORDER BY utterance_id COLLATE "C" LIMIT 1')
    assert there[:3] == (first["utterance_id"], first["prompt"] or "", str(first["source_rate"]))
    assert float(there[3]) == first["seconds"]
    assert there[4] == ("t" if first["is_silent"] else "f")
    assert int(there[5]) == len(first["signal"])
    assert float(there[6]) == first["signal"][6]
    windows = read(lake, FEATURES)
    sums = server.ask(
        'SELECT count(*), count(rms_mean), sum(rms_mean::float8), max("window") FROM whole.features_spectral'
    )[0]
    assert sums[:2] == (str(len(windows)), str(windows["rms_mean"].count()))
    assert float(sums[2]) == pytest.approx(windows["rms_mean"].cast(float).sum())
    copied = server.ask("SELECT extract(epoch FROM max(copied_at)) FROM whole.archives")[0][0]
    assert float(copied) == pytest.approx(read(lake, ARCHIVES)["copied_at"].max().timestamp(), abs=1e-6)
    assert "silver/speakers version" in server.ask("SELECT obj_description('whole.speakers'::regclass)")[0][0]


def test_a_version_that_is_there_is_not_loaded_again_and_views_on_it_stay(lake, server):
    to_postgres(lake, server, "--schema", "twice", "--tables", "speakers")
    server.ask("CREATE VIEW twice.mine AS SELECT count(*) AS n FROM twice.speakers; SELECT 1")
    assert "there already" in to_postgres(lake, server, "--schema", "twice", "--tables", "silver/speakers")
    path = str(lake / SPEAKERS)
    write_deltalake(path, DeltaTable(path).to_pyarrow_table().slice(0, 1), mode="append")
    before = int(server.ask("SELECT n FROM twice.mine")[0][0])
    assert "there already" not in to_postgres(lake, server, "--schema", "twice", "--tables", "speakers")
    assert server.ask("SELECT n FROM twice.mine") == [(str(before + 1),)]


def test_readers_see_a_table_as_before_or_as_after(lake, server):
    to_postgres(lake, server, "--schema", "atomic", "--tables", "utterances")
    path = str(lake / UTTERANCES)
    whole = DeltaTable(path).to_pyarrow_table()
    for _ in range(3):
        write_deltalake(path, whole, mode="append")
    running = Running(
        ["publish", "--lake", lake, "--to", "postgres", "--schema", "atomic", "--tables", "utterances"],
        environment=server.environment,
    )
    seen = set()
    while running.process.poll() is None:
        seen.add(int(server.ask("SELECT count(*) FROM atomic.utterances")[0][0]))
        time.sleep(0.1)
    assert running.wait().code == 0
    assert seen <= {whole.num_rows, 4 * whole.num_rows}
    assert server.ask("SELECT count(*) FROM atomic.utterances") == [(str(4 * whole.num_rows),)]


def test_a_publish_that_is_killed_leaves_what_was_there(lake, server):
    to_postgres(lake, server, "--schema", "killed", "--tables", "speakers")
    path = str(lake / SPEAKERS)
    write_deltalake(path, DeltaTable(path).to_pyarrow_table(), mode="append")
    before = server.ask("SELECT count(*) FROM killed.speakers")
    running = Running(
        ["publish", "--lake", lake, "--to", "postgres", "--schema", "killed"], environment=server.environment
    )
    time.sleep(0.15)
    running.process.kill()
    running.wait()
    assert server.ask("SELECT count(*) FROM killed.speakers") in (before, [(str(2 * int(before[0][0])),)])
    to_postgres(lake, server, "--schema", "killed")
    assert server.ask("SELECT count(*) FROM killed.speakers") == [(str(2 * int(before[0][0])),)]


def test_a_table_too_wide_for_postgres_has_its_features_in_an_array(server, tmp_path):
    subprocess.run([MAKER, "wide", tmp_path], check=True)
    to_postgres(tmp_path, server, "--schema", "wide", "--tables", "features_wide")
    place = "(SELECT place FROM wide.features_wide_columns WHERE name = 'feature_4289_mean')"
    rows = server.ask(f"SELECT coalesce(features[{place}]::text, 'null') FROM wide.features_wide ORDER BY \"window\"")
    assert [row[0] for row in rows] == ["null" if r == 7 else str(r + 9 + 4289) for r in range(20)]
    assert server.ask("SELECT min(array_length(features, 1)), count(*) FROM wide.features_wide") == [("4290", "20")]


def test_a_wrong_password_is_told_without_it(lake, server):
    outcome = publish(lake, "--to", "postgres", environment={**server.environment, "PGPASSWORD": "sesame-7731"})
    assert outcome.code == 1
    assert "authentication failed" in outcome.stderr
    assert "sesame-7731" not in outcome.text
    assert publish(lake, "--to", "postgres", "--tables", "nothing", environment=server.environment).code == 1


def test_duckdb_gets_tables_of_its_own(lake, tmp_path):
    file = tmp_path / "copy.duckdb"
    outcome = publish(lake, "--to", "duckdb", "--output", file, "--tables", "utterances,speakers")
    assert outcome.code == 0, outcome.text
    clips = len(read(lake, UTTERANCES))
    shutil.rmtree(lake)
    with duckdb.connect(str(file), read_only=True) as connection:
        assert {row[0] for row in connection.sql("SHOW TABLES").fetchall()} == {"utterances", "speakers"}
        assert connection.sql("SELECT count(*), count(split) FROM utterances").fetchone() == (clips, clips)
    assert publish(lake, "--to", "duckdb").code == 2


def parsed(script, folder):
    """Whether sqlfluff's T-SQL parser reads all of it."""
    (folder / ".sqlfluff").write_text("[sqlfluff]\nlarge_file_skip_byte_limit = 0\n")
    file = folder / "script.sql"
    file.write_text(script)
    command = [ROOT / ".deps/tsql/bin/sqlfluff", "parse", "--dialect", "tsql", "--format", "yaml", file]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return done.returncode == 0 and "unparsable" not in done.stdout


def test_the_t_sql_for_synapse_parses_and_names_every_table(lake, tmp_path):
    install("tsql")
    outcome = publish(lake, "--to", "synapse", "--location", "https://account.dfs.core.windows.net/")
    assert outcome.code == 0, outcome.text
    script = outcome.stdout
    assert parsed(script, tmp_path)
    assert not parsed(script + "CREATE OR ALTER VIEW SELECT;", tmp_path)
    assert "WITH IDENTITY = 'Managed Identity'" in script
    assert "LOCATION = 'https://account.dfs.core.windows.net/silver'" in script
    assert "CREATE OR ALTER VIEW [dbo].[utterances]" in script
    assert "BULK 'features/spectral', DATA_SOURCE = 'voxlake_gold', FORMAT = 'DELTA'" in script
    for column in ("[samples] BIGINT", "[peak] REAL", "[seconds] FLOAT", "[is_silent] BIT", "[signal] VARCHAR(MAX)"):
        assert column in script
    created = [line for line in script.splitlines() if line.strip().startswith("CREATE ")]
    guarded = script.count("IF NOT EXISTS (SELECT * FROM sys.")
    assert guarded + script.count("CREATE OR ALTER VIEW") == len(created)
    assert publish(lake, "--to", "synapse").code == 2  # a folder's place in Azure is not known


def test_a_wide_table_has_several_views_in_synapse(tmp_path):
    install("tsql")
    subprocess.run([MAKER, "wide", tmp_path], check=True)
    script = publish(tmp_path, "--to", "synapse", "--location", "https://a.dfs.core.windows.net").stdout
    views = script.split("CREATE OR ALTER VIEW ")[1:]
    assert len(views) == 5
    assert all("[utterance_id]" in view and view.count("\n    [") <= 1024 for view in views)
    assert sum(view.count("] REAL") for view in views) == 4290
    assert parsed(views[0].join(["CREATE OR ALTER VIEW ", ""]), tmp_path)
