"""Long work through the function app, on a folder and in Azure storage, whatever happens in between."""

import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import polars
import pytest
from deltalake import DeltaTable
from function_lakes import LEASE_SECONDS, AzureLake, FolderLake
from tables import ARCHIVES, FEATURES, REJECTS, UTTERANCES, read, rows_of

NAMED = ["june-20180412-ybq", "kestrel-20100105-rta"]
SHORT = "briefly-20140101-sht"


def table(lake, name: str) -> polars.DataFrame:
    path, options = lake.table(name)
    return polars.from_arrow(DeltaTable(path, storage_options=options).to_pyarrow_table())


def fill_bronze(lake, corpus, names=None) -> None:
    """As Data Factory does: the files, and no rows."""
    for name in names or corpus.archives:
        lake.put(f"bronze/sample/{name}.tgz", (corpus.folder / f"{name}.tgz").read_bytes())


def fill_bronze_with_copies(lake, corpus, count: int) -> None:
    """So many archives that their decoding takes a while."""
    content = (corpus.folder / f"{SHORT}.tgz").read_bytes()
    for number in range(count):
        lake.put(f"bronze/sample/copy{number:03}-20140101-sht.tgz", content)


def done(host, function: str, body: dict | None = None, timeout: float = 120) -> dict:
    """Calls a function and waits for its end."""
    answer = host.call(function, body or {})
    assert answer.status == 202, (answer, host.log())
    told = host.wait_for(answer.json()["id"], timeout)
    assert told["state"] == "done", (told, host.log())
    return told["result"]


def check_flow(host, lake, corpus, expected) -> None:
    found = done(host, "discover")
    assert found["stages"][0]["out"] == len(corpus.archives)
    manifest = json.loads(lake.read("miscellaneous/manifest/manifest.json"))
    assert {row["FileName"] for row in manifest} == {f"{name}.tgz" for name in corpus.archives}
    assert json.loads(lake.read("miscellaneous/manifest/index.json")) == [
        {"FileName": "chunk-0000.json", "Rows": len(corpus.archives)}
    ]
    fill_bronze(lake, corpus)
    done(host, "decode", {"archives": [f"{NAMED[0]}.tgz", NAMED[1]]})
    assert set(table(lake, UTTERANCES)["archive"]) == set(NAMED)
    assert set(table(lake, ARCHIVES)["archive"]) == set(NAMED)
    described = done(host, "features", {"archives": NAMED[:1]})
    assert set(table(lake, FEATURES)["archive"]) == set(NAMED[:1])
    assert described["windows"] > 0
    decoded = done(host, "decode")
    assert decoded["clips"] == len(table(lake, UTTERANCES))
    done(host, "features")
    for name in (UTTERANCES, FEATURES):
        assert rows_of(table(lake, name)) == rows_of(read(expected, name)), name
    assert len(table(lake, REJECTS)) == len(read(expected, REJECTS))
    told = host.call("status", method="GET").json()
    assert told["archives_to_decode"] == told["archives_to_describe"] == 0
    assert {row["table"] for row in told["tables"]} >= {ARCHIVES, UTTERANCES, FEATURES}
    assert not any(stage["ran"] for stage in done(host, "decode")["stages"])


@pytest.mark.parametrize(("contract", "store"), [("wrapped", "folder"), ("forwarded", "azure")])
def test_the_flow_from_page_to_features_gives_what_a_run_gives(
    host_on, functions_azurite, small, small_lake, web, tmp_path, contract, store
):
    lake = FolderLake(tmp_path / "lake") if store == "folder" else AzureLake(functions_azurite, "flow").make()
    host = host_on(lake, contract, corpus=web(small.folder))
    check_flow(host, lake, small, small_lake.folder)


def test_an_azure_lake_with_a_container_for_each_layer_works_too(host_on, functions_azurite, small, web):
    lake = AzureLake(functions_azurite, "")
    host = host_on(lake, corpus=web(small.folder))
    done(host, "discover")
    assert len(json.loads(lake.read("miscellaneous/manifest/manifest.json"))) == len(small.archives)
    operations = json.loads(lake.read("miscellaneous/manifest/corpus.json"))
    assert operations["Corpus"] == "sample"


def test_work_is_accepted_with_an_address_that_tells_its_state(host_on, small, web, tmp_path):
    host = host_on(FolderLake(tmp_path / "lake"), corpus=web(small.folder))
    answer = host.call("discover", {"id": "mine"})
    assert answer.status == 202
    assert answer.headers["Location"] == f"{host.url}/api/status?id=mine" == answer.json()["status_url"]
    assert int(answer.headers["Retry-After"]) > 0
    ended = host.wait_for("mine")
    assert ended["state"] == "done"
    assert host.call("status", method="GET", query="id=mine", key=None).status == 401
    again = host.call("discover", {"id": "mine"})
    assert (again.status, again.json()["state"]) == (200, "done")
    assert host.call("decode", {"id": "mine"}).status == 409


def test_the_weekly_timer_discovers_and_the_host_knows_how_it_went(host_on, small, web, tmp_path):
    lake = FolderLake(tmp_path / "lake")
    host = host_on(lake, corpus=web(small.folder))
    assert host.timer("discover_weekly").status == 200
    assert len(json.loads(lake.read("miscellaneous/manifest/manifest.json"))) == len(small.archives)
    lost = host_on(FolderLake(tmp_path / "other"), corpus="http://127.0.0.1:1/", copy_attempts="1")
    assert lost.timer("discover_weekly").status == 500
    assert "127.0.0.1:1" in lost.log()


def test_a_queues_message_that_is_delivered_twice_is_worked_on_once(host_on, small, web, tmp_path):
    lake = FolderLake(tmp_path / "lake")
    host = host_on(lake, corpus=web(small.folder))
    assert host.queue("work", {"function": "discover"}, "message-1").status == 200
    assert host.queue("work", {"function": "discover"}, "message-1", dequeued=2).status == 200
    assert host.call("status", {"id": "message-1"}).json()["attempt"] == 1
    assert host.queue("work", {"function": "decode", "archives": 7}, "message-2").status == 500


def test_a_queues_message_whose_work_failed_is_worked_on_again_when_it_comes_again(host_on, small, web, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    host = host_on(FolderLake(tmp_path / "lake"), corpus=web(site), copy_attempts="1")
    assert host.queue("work", {"function": "discover"}, "message").status == 500
    assert host.call("status", {"id": "message"}).json()["state"] == "failed"
    (site / "index.html").write_text((small.folder / "index.html").read_text())
    assert host.queue("work", {"function": "discover"}, "message", dequeued=2).status == 200
    assert host.call("status", {"id": "message"}).json()["attempt"] == 2


def test_another_instance_tells_the_state_and_a_restarted_one_too(host_on, small, web, tmp_path):
    lake = FolderLake(tmp_path / "lake")
    site = web(small.folder, ["slow:/:*:1500"])
    first = host_on(lake, corpus=site)
    second = host_on(lake, corpus=site)
    assert first.call("discover", {"id": "shared"}).status == 202
    assert second.wait_for("shared")["state"] == "done"
    first.restart()
    assert first.call("status", {"id": "shared"}).json()["state"] == "done"


@pytest.mark.parametrize(("how", "store"), [(signal.SIGTERM, "folder"), (signal.SIGKILL, "azure")])
def test_work_that_was_broken_off_goes_on_after_a_restart(host_on, functions_azurite, small, tmp_path, how, store):
    name = f"broken-{how.name.lower()}"
    lake = FolderLake(tmp_path / "lake") if store == "folder" else AzureLake(functions_azurite, name).make()
    count = 150  # some two seconds of work
    fill_bronze_with_copies(lake, small, count)
    host = host_on(lake, tables_file_mb="1", tables_row_group_mb="1")
    host.call("decode", {"id": "long"})
    host.call("features", {"id": "next"})
    deadline = time.monotonic() + 60
    while (told := host.call("status", {"id": "long"}).json()).get("progress", {}).get("stage") != "decode" or (
        told["progress"]["finished"] < 3
    ):
        assert told["state"] in ("queued", "running"), told
        assert time.monotonic() < deadline, told
        time.sleep(0.01)
    status = host.stop(how, timeout=60)
    if how == signal.SIGTERM:
        assert status == 130, host.log()
        assert "did not end in time" not in host.log()
        kept = json.loads(lake.read("miscellaneous/operations/long.json"))
        assert kept["state"] == "interrupted"
        assert json.loads(lake.read("miscellaneous/operations/next.json"))["state"] == "interrupted"
    else:
        time.sleep(LEASE_SECONDS + 0.5)
    host.start()
    for identifier in ("long", "next"):
        ended = host.wait_for(identifier)
        assert ended["state"] == "done", (ended, host.log())
        assert ended["attempt"] == 2
    utterances = table(lake, UTTERANCES)
    assert len(set(utterances["archive"])) == count
    assert len(set(utterances["utterance_id"])) == len(utterances)
    assert set(table(lake, FEATURES)["archive"]) == set(utterances["archive"])


def test_callers_that_want_the_same_at_once_get_one_operation(host_on, small, web, tmp_path):
    host = host_on(FolderLake(tmp_path / "lake"), corpus=web(small.folder, ["slow:/:*:1500"]))
    with ThreadPoolExecutor(12) as callers:
        answers = list(callers.map(lambda _: host.call("discover", {}), range(12)))
    assert {answer.status for answer in answers} <= {200, 202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    named = [host.call("discover", {"id": f"mine-{number}"}) for number in range(3)]
    for answer in named:
        assert host.wait_for(answer.json()["id"])["state"] == "done"


def test_work_waits_while_somebody_else_works_on_the_lake(host_on, small, web, tmp_path):
    lake = FolderLake(tmp_path / "lake")
    site = web(small.folder, ["slow:/:*:1500"])
    first = host_on(lake, corpus=site)
    second = host_on(lake, corpus=site)
    fill_bronze(lake, small, NAMED)
    first.call("decode", {"id": "one"})
    second.call("decode", {"id": "two"})
    assert first.wait_for("two")["state"] == second.wait_for("one")["state"] == "done"
    assert len(table(lake, UTTERANCES)) == len(set(table(lake, UTTERANCES)["utterance_id"]))


def test_what_cannot_be_done_fails_with_a_reason(host_on, small, tmp_path):
    lake = FolderLake(tmp_path / "lake")
    host = host_on(lake, corpus="http://127.0.0.1:1/", copy_attempts="1")
    cases = [
        ("discover", {}, "127.0.0.1:1"),
        ("decode", {}, "nothing in bronze/sample"),
        ("features", {}, "there is no lake"),
    ]
    for function, body, reason in cases:
        told = host.wait_for(host.call(function, body).json()["id"])
        assert told["state"] == "failed"
        assert reason in told["error"], told
    fill_bronze(lake, small, NAMED)
    told = host.wait_for(host.call("decode", {"archives": [NAMED[0], "nobody-20200101-xxx"]}).json()["id"])
    assert "1 of 2 archives are not in bronze: nobody-20200101-xxx" in told["error"]
    assert host.call("status", method="GET").json()["archives_to_decode"] == 1


def test_the_state_stays_readable_while_the_program_stops(host_on, small, tmp_path):
    lake = FolderLake(tmp_path / "lake")
    fill_bronze_with_copies(lake, small, 150)
    host = host_on(lake)
    host.call("decode", {"id": "long"})
    while host.call("status", {"id": "long"}).json()["state"] == "queued":
        time.sleep(0.01)
    seen = []

    def ask() -> None:
        try:
            while True:
                seen.append(host.call("status", {"id": "long"}))
        except OSError:
            pass

    asking = threading.Thread(target=ask)
    asking.start()
    assert host.stop() == 130
    asking.join()
    assert {answer.status for answer in seen} <= {202}, host.log()
    assert {answer.json()["state"] for answer in seen} <= {"queued", "running"}
