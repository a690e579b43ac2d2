"""How the program treats its user: help, settings, exit codes, interruption."""

import json
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hostile_server import HostileServer
from lakes import make_lake
from program import Running, run_voxlake
from tables import all_rows, versions


def test_version_and_help_are_there_without_a_lake(program, tmp_path):
    assert re.fullmatch(r"voxlake \d+\.\d+\.\d+\S*\n", run_voxlake("--version").stdout)
    outcome = run_voxlake("--help", cwd=tmp_path)
    assert outcome.code == 0
    for command in (
        "run",
        "discover",
        "copy",
        "decode",
        "features",
        "dataset",
        "publish",
        "report",
        "status",
        "sql",
        "doctor",
        "explain",
    ):
        assert re.search(rf"^\s+{command}\b", outcome.stdout, re.MULTILINE), command
    run_help = run_voxlake("run", "--help").stdout
    for flag in (
        "--corpus",
        "--lake",
        "--features",
        "--until",
        "--limit",
        "--threads",
        "--config",
        "--dry-run",
        "--log",
    ):
        assert flag in run_help, flag
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run", "--no-such-flag"],
        ["run", "--limit", "many"],
        ["run", "--until", "never"],
        ["run", "--limit", "-1"],
    ],
)
def test_wrong_usage_is_exit_2_with_a_word_of_advice(program, tmp_path, arguments):
    outcome = run_voxlake(*arguments, cwd=tmp_path)
    assert outcome.code == 2, outcome.text
    assert outcome.stderr.strip()
    assert not list(tmp_path.iterdir())


def test_an_unknown_key_names_the_nearest_known_one(program, tmp_path):
    (tmp_path / "voxlake.toml").write_text("[copy]\nconections = 4\n")
    outcome = run_voxlake("explain", cwd=tmp_path)
    assert outcome.code == 2, outcome.text
    assert "copy.conections" in outcome.stderr
    assert "copy.connections" in outcome.stderr
    outcome = run_voxlake("explain", environment={"VOXLAKE_COPY_CONECTIONS": "4"})
    assert outcome.code == 2, outcome.text
    assert "VOXLAKE_COPY_CONNECTIONS" in outcome.stderr


def test_an_unknown_feature_set_names_the_known_ones(program, small, tmp_path):
    outcome = run_voxlake("run", "--corpus", small.folder, "--lake", tmp_path / "lake", "--features", "spectal")
    assert outcome.code in (1, 2), outcome.text
    assert "spectral" in outcome.stderr
    assert not (tmp_path / "lake").exists() or not list((tmp_path / "lake").rglob("*.parquet"))


def test_explain_tells_each_value_and_where_it_came_from(program, tmp_path):
    (tmp_path / "mine.toml").write_text("[features]\nhop_seconds = 0.5\n[copy]\nconnections = 3\n")
    arguments = ["explain", "--json", "--config", tmp_path / "mine.toml", "--copy-connections", "5"]
    outcome = run_voxlake(*arguments, environment={"VOXLAKE_FEATURES_HOP_SECONDS": "0.25", "VOXLAKE_LIMIT": "7"})
    assert outcome.code == 0, outcome.text
    rows = {row["key"]: (row["value"], row["source"]) for row in json.loads(outcome.stdout)}
    assert rows["copy.connections"] == ("5", "flag")
    assert rows["features.hop_seconds"] == ("0.25", "environment")
    assert rows["limit"] == ("7", "environment")
    assert rows["features.window_seconds"][1] == "default"
    plain = run_voxlake(*[a for a in arguments if a != "--json"]).stdout
    assert re.search(r"features\.hop_seconds\s+= 0\.5\s+# file .*mine\.toml", plain)


def test_secrets_in_a_corpus_url_are_never_shown(program, tmp_path):
    url = "http://user:s3cretword@127.0.0.1:9/corpus/"
    for command in ("run", "explain", "doctor", "discover"):
        outcome = run_voxlake(command, "--corpus", url, "--lake", tmp_path / "lake", "--copy-attempts", "1")
        assert "s3cretword" not in outcome.stdout + outcome.stderr, command


def test_dry_run_tells_the_plan_and_changes_nothing(program, small, web, tmp_path):
    site = web(small.folder)
    outcome = run_voxlake("run", "--corpus", site, "--lake", tmp_path / "lake", "--dry-run")
    assert outcome.code == 0, outcome.text
    assert re.search(rf"\b{len(small.archives)} archives", outcome.stdout)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [request for request in site.requests() if request["path"].endswith(".tgz")]


def test_dry_run_on_a_finished_lake_finds_nothing_to_decode(small_lake):
    before = versions(small_lake.folder)
    outcome = run_voxlake(
        "run", "--corpus", small_lake.url, "--name", "sample", "--lake", small_lake.folder, "--dry-run"
    )
    assert re.search(r"decode\s+0 archives", outcome.stdout), outcome.text
    assert versions(small_lake.folder) == before


def test_status_counts_the_tables(small_lake):
    outcome = run_voxlake("status", "--lake", small_lake.folder, "--name", "sample", "--json")
    assert outcome.code == 0, outcome.text
    answer = json.loads(outcome.stdout)
    rows = {table["table"]: table["rows"] for table in answer["tables"]}
    assert rows["silver/utterances"] == small_lake.corpus.clips
    assert (answer["archives_to_decode"], answer["archives_to_describe"]) == (0, 0)
    plain = run_voxlake("status", "--lake", small_lake.folder, "--name", "sample").stdout
    assert "silver/utterances" in plain


def test_status_of_no_lake_tells_how_to_begin_and_makes_none(program, tmp_path):
    outcome = run_voxlake("status", "--lake", tmp_path / "none")
    assert outcome.code == 0, outcome.text
    assert "voxlake run" in outcome.stdout
    assert not (tmp_path / "none").exists()


def test_doctor_finds_a_ready_machine_ready(program, small, tmp_path):
    outcome = run_voxlake("doctor", "--corpus", small.folder, "--lake", tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    assert "BAD" not in outcome.stdout
    assert "libcurl is there" in outcome.stdout
    assert not (tmp_path / "lake").exists()
    (tmp_path / "file").write_text("")
    outcome = run_voxlake("doctor", "--corpus", tmp_path / "nowhere", "--lake", tmp_path / "file")
    assert outcome.code == 1, outcome.text


def test_summary_tells_counts_rejects_memory_and_the_report(small_lake):
    text = small_lake.outcome.stdout
    windows = sum(1 for _ in all_rows(small_lake.folder)["gold/features/spectral"])
    for name, number in (
        ("archives", len(small_lake.corpus.archives)),
        ("clips", small_lake.corpus.clips),
        ("windows", windows),
    ):
        assert re.search(rf"^{name}\s+{number:,}$".replace(",", "[,. ]?"), text, re.MULTILINE), (name, number, text)
    assert re.search(r"^rejects\s+\d+ \(.*truncated_audio", text, re.MULTILINE)
    assert re.search(r"^memory\s+\d", text, re.MULTILINE)
    assert re.search(r"^report\s+\S*report\.html$", text, re.MULTILINE)


def test_exit_is_3_where_something_was_refused_and_0_where_nothing_was(program, sample, web, small_lake, tmp_path):
    from sample_corpus import part_of

    assert small_lake.outcome.code == 3
    clean = part_of(
        sample, tmp_path / "site", ["oldmill-20070419-tsc", "larkspur_jo-20080112-kde", "willowherb-20091130-cgz"]
    )
    assert make_lake(tmp_path / "lake", clean, web(clean.folder)).outcome.code == 0


def test_json_log_is_an_object_a_line_on_stderr(program, small, web, tmp_path):
    outcome = run_voxlake(
        "run", "--corpus", web(small.folder), "--lake", tmp_path / "lake", "--log", "json", "--until", "decode"
    )
    assert outcome.code in (0, 3), outcome.text
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert len(lines) >= 3
    assert json.loads(outcome.stdout)["clips"] == small.clips


def test_progress_off_a_terminal_is_plain_lines(small_lake):
    assert "\x1b" not in small_lake.outcome.stderr
    assert "\r" not in small_lake.outcome.stderr


def interrupt(running: Running):
    """How it ended after a Ctrl-C, and after how many seconds."""
    sent = time.monotonic()
    running.send(signal.SIGINT)
    return running.wait(), time.monotonic() - sent


@pytest.mark.parametrize("moment", [0.15, 0.5, 0.8])
def test_ctrl_c_stops_within_a_second_and_the_next_run_goes_on(small_lake, tmp_path, moment):
    lake = tmp_path / "lake"
    arguments = ["run", "--corpus", small_lake.url, "--name", "sample", "--lake", lake]
    later, seconds = moment * small_lake.outcome.seconds, []
    for _ in range(10):
        shutil.rmtree(lake, ignore_errors=True)
        running = Running(arguments)
        running.wait_until(lake.exists)
        time.sleep(later)
        outcome, took = interrupt(running)
        assert outcome.code in (130, small_lake.outcome.code), outcome.text
        if outcome.code != 130:  # it was at its end already
            later /= 2
            continue
        seconds.append(took)
        if took < 1 or len(seconds) == 3:  # a machine that is busy with something else proves nothing
            break
    assert min(seconds) < 1, seconds
    assert outcome.stderr.strip()
    assert run_voxlake(*arguments).code == small_lake.outcome.code
    assert all_rows(lake) == all_rows(small_lake.folder)


def test_ctrl_c_stops_a_run_that_waits_for_a_silent_server(program, tmp_path):
    seconds = []
    while not seconds or (seconds[-1] >= 1 and len(seconds) < 3):
        silent = HostileServer()
        silent.scripts["/"] = lambda exchange: exchange.stall(60)
        running = Running(["run", "--corpus", silent.url, "--lake", tmp_path / "lake"])
        running.wait_until(lambda silent=silent: silent.asked)
        outcome, took = interrupt(running)
        silent.stop()
        assert outcome.code == 130, outcome.text
        seconds.append(took)
    assert min(seconds) < 1, seconds


@pytest.mark.parametrize("command", [["--help"], ["status"], ["table", "show", "silver/rejects", "--json"]])
def test_output_that_cannot_be_written_is_an_error(program, small_lake, command):
    where = [] if command == ["--help"] else ["--lake", small_lake.folder]
    with Path("/dev/full").open("w") as full:
        pipes = {"stdout": full, "stderr": subprocess.PIPE, "text": True}
        done = subprocess.run([program, *command, *where], **pipes)
    assert done.returncode == 1, done.stderr
    assert "could not be written: No space left on device" in done.stderr


def test_a_reader_who_leaves_is_no_error(program, small_lake):
    more_than_a_buffer = ["table", "show", "gold/features/spectral", "--json", "--lake", small_lake.folder]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([program, *more_than_a_buffer], **pipes) as process:
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 0
