"""A lake in Azure storage, against Azurite: the rows of a folder, whatever the credential, and after every mishap."""

import http.server
import json
import os
import random
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import polars
import pytest
from deltalake import DeltaTable
from program import PROGRAM, Running, run_voxlake
from sample_corpus import part_of
from tables import ALL, all_rows, rows_of

sys.path.insert(0, str(Path(__file__).resolve().parent))

from azurite import ACCOUNT, KEY, LAKE, Azurite, azure_path, fake_az, make_certificate, signature, token  # noqa: E402

MAKER = PROGRAM.parent / "lake_table_maker"
SETTINGS = ["--tables-file-mb", "1", "--tables-row-group-mb", "1"]
NAMES = [
    "briefly-20140101-sht",
    "june-20180412-ybq",
    "kestrel-20100105-rta",
    "kestrel-20100107-zze",
    "mixedbag-20150101-bad",
    "snapped-20150606-cut",
    "widebill-20130809-wid",
]


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    emulator = Azurite(tmp_path_factory.mktemp("azurite"))
    yield emulator
    emulator.stop()


@pytest.fixture(scope="module")
def corpus(sample, web, tmp_path_factory):
    return web(part_of(sample, tmp_path_factory.mktemp("few"), NAMES).folder)


@pytest.fixture(scope="module")
def folder_lake(program, corpus, tmp_path_factory):
    lake = tmp_path_factory.mktemp("folder") / "lake"
    outcome = run_voxlake("run", "--corpus", corpus, "--name", "sample", "--lake", lake, *SETTINGS)
    assert outcome.code == 3, outcome.text
    return lake


@pytest.fixture(scope="module")
def arguments(corpus):
    return ["run", "--corpus", corpus, "--name", "sample", *SETTINGS]


@pytest.fixture(scope="module")
def azure_lake(program, azurite, arguments):
    """The lake with a container for each layer."""
    outcome = run_voxlake(*arguments, "--lake", LAKE, environment=azurite.environment())
    assert outcome.code == 3, outcome.text
    return outcome


def table(azurite: Azurite, path: str) -> DeltaTable:
    return DeltaTable(path, storage_options=azurite.storage_options())


def azure_rows(azurite: Azurite, path_of=azure_path) -> dict[str, list[str]]:
    """Every table, read by delta-rs."""
    return {name: rows_of(polars.from_arrow(table(azurite, path_of(name)).to_pyarrow_table())) for name in ALL}


def in_container(container: str):
    return lambda name: f"abfss://{container}@{ACCOUNT}.dfs.core.windows.net/{name}"


def test_a_run_gives_the_rows_that_it_gives_in_a_folder(azurite, azure_lake, folder_lake):
    found, expected = azure_rows(azurite), all_rows(folder_lake)
    for name in ALL:
        assert found[name] == expected[name], f"{name}: {len(found[name])} rows, not {len(expected[name])}"


def test_polars_reads_it(azurite, azure_lake, folder_lake):
    frame = polars.read_delta(azure_path("gold/dataset/spectral"), storage_options=azurite.storage_options())
    assert len(frame) == len(all_rows(folder_lake)["gold/dataset/spectral"])


def test_a_second_run_does_nothing(azurite, azure_lake, arguments):
    before = {name: table(azurite, azure_path(name)).version() for name in ALL}
    outcome = run_voxlake(*arguments, "--lake", LAKE, environment=azurite.environment())
    assert outcome.code == 3, outcome.text
    assert {name: table(azurite, azure_path(name)).version() for name in ALL} == before


def test_every_stage_and_question_works_there(azurite, azure_lake, folder_lake, corpus):
    def ask(*words, lake=LAKE):
        outcome = run_voxlake(*words, "--lake", lake, environment=azurite.environment())
        assert outcome.code in (0, 3), outcome.text
        return outcome.stdout

    ask("discover", "--corpus", corpus, "--name", "sample")
    for stage in ("copy", "decode", "features", "dataset", "publish", "report"):
        ask(stage)
    tables = {row["table"]: row["rows"] for row in json.loads(ask("status", "--json"))["tables"]}
    assert tables == {
        row["table"]: row["rows"] for row in json.loads(ask("status", "--json", lake=folder_lake))["tables"]
    }
    assert f"ok    the lake {LAKE} can be written" in ask("doctor", "--corpus", corpus)
    assert "silver/utterances" in ask("table", "show")
    assert "CREATE TABLE" in ask("table", "history", "archives")
    ask("table", "optimize", "utterances")
    assert "would remove" in ask("table", "vacuum", "utterances", "--dry-run", "--retention-days", "0", "--force")


QUESTIONS = [
    "SELECT gender, split, count(*) AS windows FROM features GROUP BY ALL ORDER BY ALL",
    "SELECT count(*) AS n FROM utterances",
    "SELECT utterance_id, len(signal) AS n, signal[1:3] AS s FROM utterances WHERE NOT is_silent ORDER BY 1 LIMIT 5",
    "SELECT archive, bytes, sha256, copied_at IS NOT NULL AS dated FROM archives ORDER BY 1",
    "SELECT f.speaker, round(avg(u.seconds), 3) AS s FROM features f JOIN utterances u USING (utterance_id) "
    "GROUP BY 1 ORDER BY 1",
    "SELECT * REPLACE (round(seconds, 6) AS seconds) FROM clips_by_split",
    "SELECT utterance_id FROM utterances WHERE speaker = 'kestrel' AND seconds > 0.5 ORDER BY 1",
    "SELECT archive, count(*) AS n FROM features WHERE archive IN ('widebill-20130809-wid', 'nobody') GROUP BY ALL",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_sql_answers_as_over_a_folder(azurite, azure_lake, folder_lake, question):
    answers = [
        run_voxlake("sql", question, "--format", "json", "--lake", lake, environment=azurite.environment())
        for lake in (LAKE, folder_lake)
    ]
    assert answers[0].code == 0, answers[0].text
    assert json.loads(answers[0].stdout) == json.loads(answers[1].stdout)
    assert json.loads(answers[0].stdout)


def test_a_query_costs_what_it_costs_over_a_folder(azurite, azure_lake, folder_lake):
    question = "SELECT gender, avg(seconds) FROM utterances WHERE speaker > 'k' GROUP BY 1"
    costs = [
        run_voxlake("sql", "--cost", question, "--format", "json", "--lake", lake, environment=azurite.environment())
        for lake in (LAKE, folder_lake)
    ]
    scans = [[scan["columns"] for scan in json.loads(cost.stdout)["scans"]] for cost in costs]
    assert scans[0] == scans[1] and scans[0], costs[0].text
    assert json.loads(costs[0].stdout)["bytes"] > 0


def test_tables_are_loaded_from_there(azurite, azure_lake, folder_lake, tmp_path):
    for name, lake in (("azure", LAKE), ("folder", folder_lake)):
        copy = ["publish", "--to", "duckdb", "--output", tmp_path / f"{name}.duckdb", "--tables", "utterances,speakers"]
        outcome = run_voxlake(*copy, "--lake", lake, environment=azurite.environment())
        assert outcome.code == 0, outcome.text
    with duckdb.connect(str(tmp_path / "azure.duckdb"), read_only=True) as connection:
        connection.execute(f"ATTACH '{tmp_path / 'folder.duckdb'}' AS folder (READ_ONLY)")
        differ = "(SELECT * FROM main.{0} EXCEPT SELECT * FROM folder.main.{0})"
        for loaded in ("utterances", "speakers"):
            assert connection.execute(f"SELECT count(*) FROM {differ.format(loaded)}").fetchone() == (0,)
            assert connection.execute(f"SELECT count(*) FROM main.{loaded}").fetchone()[0] > 0
    script = run_voxlake("publish", "--to", "synapse", "--lake", LAKE, environment=azurite.environment())
    assert script.code == 0, script.text
    assert f"https://{ACCOUNT}.dfs.core.windows.net" in script.stdout


def test_a_table_is_dropped(azurite, azure_lake):
    lake = f"abfss://dropped@{ACCOUNT}.dfs.core.windows.net/team"
    storage = {**os.environ, "AZURITE_ENDPOINT": azurite.endpoint, "AZURE_STORAGE_KEY": KEY}
    for what in ("make", "wide"):
        subprocess.run([MAKER, what, lake], env=storage, check=True, stdout=subprocess.DEVNULL)
    drop = ["table", "drop", "features/wide", "--lake", lake]
    assert run_voxlake(*drop, environment=azurite.environment()).code == 2
    dropped = run_voxlake(*drop, "--force", environment=azurite.environment())
    assert dropped.code == 0, dropped.text
    shown = run_voxlake("table", "show", "--json", "--lake", lake, environment=azurite.environment())
    assert [row["table"] for row in json.loads(shown.stdout)] == ["silver/utterances"]


def test_what_is_published_names_the_files_for_duckdb(azurite, azure_lake):
    storage = {**os.environ, "AZURITE_ENDPOINT": azurite.endpoint, "AZURE_STORAGE_KEY": KEY}
    script = subprocess.run(
        [MAKER, "cat", LAKE, "warehouse.sql"], env=storage, capture_output=True, text=True, check=True
    )
    assert re.search(
        r"read_parquet\(\['abfss://devstoreaccount1\.dfs\.core\.windows\.net/silver/utterances/part-", script.stdout
    )
    assert "voxlake_scan" not in script.stdout
    page = subprocess.run([MAKER, "cat", LAKE, "report.html"], env=storage, capture_output=True, text=True, check=True)
    assert page.stdout.startswith("<!doctype html>") and KEY not in page.stdout


@pytest.mark.parametrize("trial", range(2))
def test_a_killed_run_is_made_good_by_the_next(azurite, arguments, folder_lake, trial):
    lake = f"abfss://killed{trial}@{ACCOUNT}.dfs.core.windows.net/deep/lake"
    running = Running([*arguments, "--lake", lake], environment=azurite.environment())
    time.sleep(random.Random(f"azure {trial}").uniform(0.5, 3))
    running.send(signal.SIGKILL)
    assert running.wait().code in (137, 3)
    final = run_voxlake(*arguments, "--lake", lake, environment=azurite.environment())
    assert final.code == 3, final.text
    assert azure_rows(azurite, lambda name: f"{lake}/{name}") == all_rows(folder_lake)


def test_a_second_run_beside_a_first_is_kept_off(azurite, arguments):
    lake = f"abfss://contested@{ACCOUNT}.dfs.core.windows.net"
    first = Running([*arguments, "--lake", lake], environment=azurite.environment())
    second = Running([*arguments, "--lake", lake], environment=azurite.environment())
    codes = sorted([first.wait().code, second.wait().code])
    # The second waits as long as a dead holder's lease would last: it may come to its turn.
    assert codes in ([1, 3], [3, 3])


def test_four_processes_that_append_lose_and_duplicate_nothing(azurite):
    writers, commits = 4, 200
    lake = f"abfss://appended@{ACCOUNT}.dfs.core.windows.net"
    storage = {**os.environ, "AZURITE_ENDPOINT": azurite.endpoint, "AZURE_STORAGE_KEY": KEY}
    running = [
        subprocess.Popen([MAKER, "append", lake, str(writer), str(commits)], env=storage) for writer in range(writers)
    ]
    assert [process.wait() for process in running] == [0] * writers
    speakers = table(azurite, in_container("appended")("silver/speakers"))
    expected = sorted(f"{writer}/{i}" for writer in range(writers) for i in range(commits))
    assert sorted(speakers.to_pyarrow_table(columns=["speaker"]).column(0).to_pylist()) == expected
    assert speakers.version() == writers * commits


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """The emulator over https, which takes tokens too."""
    emulator = Azurite(tmp_path_factory.mktemp("secure"), secure=True)
    yield emulator
    emulator.stop()


def run_and_count(arguments, environment, container):
    lake = f"abfss://{container}@{ACCOUNT}.dfs.core.windows.net"
    outcome = run_voxlake(*arguments, "--lake", lake, environment=environment)
    assert outcome.code == 3, outcome.text
    answer = run_voxlake(
        "sql", "SELECT count(*) AS n FROM dataset", "--format", "json", "--lake", lake, environment=environment
    )
    assert answer.code == 0, answer.text
    return json.loads(answer.stdout)[0]["n"]


def test_a_run_by_signature(secure, arguments, folder_lake):
    environment = secure.environment(VOXLAKE_AZURE_SAS=signature(), VOXLAKE_AZURE_CREDENTIAL="sas")
    del environment["VOXLAKE_AZURE_ACCOUNT_KEY"]
    assert run_and_count(arguments, environment, "signed") == len(all_rows(folder_lake)["gold/dataset/spectral"])


def test_a_run_by_token(secure, arguments, folder_lake, tmp_path):
    answer = json.dumps({"accessToken": token(), "expires_on": int(time.time()) + 3600})
    environment = secure.environment(**fake_az(tmp_path, answer))
    del environment["VOXLAKE_AZURE_ACCOUNT_KEY"]
    assert run_and_count(arguments, environment, "tokened") == len(all_rows(folder_lake)["gold/dataset/spectral"])


@pytest.fixture
def vault(tmp_path):
    """A Key Vault over https with one secret, the storage account's key, for a token for vaults."""
    certificate, key = make_certificate(tmp_path)
    expected = token("https://vault.azure.net")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.headers["Authorization"] == f"Bearer {expected}"
            found = self.path == "/secrets/lake-key?api-version=7.4"
            body = json.dumps({"value": KEY, "id": "x", "attributes": {"enabled": True}}) if good and found else "{}"
            self.send_response(401 if not good else 200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer = json.dumps({"accessToken": expected, "expires_on": int(time.time()) + 3600})
    address = f"https://127.0.0.1:{server.server_port}"
    yield {
        "VOXLAKE_AZURE_VAULT_ENDPOINT": address,
        "VOXLAKE_AZURE_CA_FILE": str(certificate),
        **fake_az(tmp_path, answer),
    }
    server.shutdown()
    server.server_close()


def test_the_account_key_may_be_in_a_vault(azurite, azure_lake, vault):
    environment = azurite.environment(VOXLAKE_AZURE_ACCOUNT_KEY="keyvault://my-vault/lake-key", **vault)
    outcome = run_voxlake("status", "--lake", LAKE, environment=environment)
    assert outcome.code == 0, outcome.text
    assert "silver/utterances" in outcome.stdout
    environment["VOXLAKE_AZURE_ACCOUNT_KEY"] = "keyvault://my-vault/another"
    outcome = run_voxlake("status", "--lake", LAKE, environment=environment)
    assert outcome.code == 1 and "keyvault://my-vault/another: the vault answered 404" in outcome.stderr, outcome.text


def test_a_secret_is_nowhere_to_be_seen(azurite, azure_lake, vault):
    environment = azurite.environment()
    texts = [azure_lake.stdout, azure_lake.stderr]
    for words in (
        ["explain"],
        ["explain", "--json"],
        ["azure", "whoami"],
        ["doctor", "--lake", LAKE],
        ["status", "--lake", LAKE],
    ):
        outcome = run_voxlake(*words, environment=environment)
        texts += [outcome.stdout, outcome.stderr]
    environment["VOXLAKE_AZURE_ACCOUNT_KEY"] = KEY.replace("Eby8", "Eby9")
    wrong = run_voxlake("status", "--lake", LAKE, environment=environment)
    assert wrong.code == 1 and "403" in wrong.stderr, wrong.text
    refused = run_voxlake("status", "--lake", LAKE, "--azure-account-key", KEY, environment=azurite.environment())
    assert refused.code == 2 and "VOXLAKE_AZURE_ACCOUNT_KEY" in refused.stderr, refused.text
    texts += [wrong.stdout, wrong.stderr, refused.stdout, refused.stderr]
    assert not [text for text in texts if "K1SZFPTOtr" in text]
    assert "azure.account_key" in texts[2] and "***" in texts[2]


def test_whoami_says_who_and_why_not_others(tmp_path):
    answer = json.dumps({"accessToken": token(), "expires_on": int(time.time()) + 3600})
    environment = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1", **fake_az(tmp_path, answer)}
    outcome = run_voxlake("azure", "whoami", "--json", environment=environment)
    assert outcome.code == 0, outcome.text
    told = json.loads(outcome.stdout)
    assert told["credential"] == "Azure CLI"
    assert told["name"] == "engineer@contoso.example"
    assert told["object"] == "23657296-5cd5-45b0-a809-d972a7f4dfe1"
    assert set(told["not_used"]) == {
        "service principal (secret)",
        "workload identity",
        "managed identity (App Service)",
        "managed identity (machine)",
    }
    nobody = run_voxlake("azure", "whoami", environment={**environment, "PATH": "/nowhere"})
    assert nobody.code == 2 and "there is no `az` on the PATH" in nobody.stderr, nobody.text
