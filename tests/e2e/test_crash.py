"""kill -9 at any moment, run again: the lake ends as if nothing had happened."""

import os
import random
import shutil
import signal
import time

import pytest
from program import Running, run_voxlake
from sample_corpus import part_of
from tables import all_rows

# Two kills each, at random moments over a whole run. For a quarter of an hour: TEST_KILLS=200 tests/run -k
# "test_crash and killed_run".
TRIALS = int(os.environ.get("TEST_KILLS", 20)) // 2
# Small batches, so that there is something to be interrupted.
SETTINGS = ["--tables-file-mb", "1", "--tables-row-group-mb", "1"]


# Few archives, since they are run thirty times; more than one commit of each table.
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
def undisturbed(program, sample, web, tmp_path_factory):
    site = web(part_of(sample, tmp_path_factory.mktemp("few"), NAMES).folder)
    lake = tmp_path_factory.mktemp("whole") / "lake"
    arguments = ["run", "--corpus", site, "--name", "sample", *SETTINGS]
    outcome = run_voxlake(*arguments, "--lake", lake)
    assert outcome.code in (0, 3), outcome.text
    return arguments, outcome, all_rows(lake)


@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_killed_run_is_made_good_by_the_next(undisturbed, tmp_path, trial):
    arguments, whole, expected = undisturbed
    lake = tmp_path / "lake"
    draw = random.Random(f"kill {trial}")
    kills = 0
    while kills < 2:
        running = Running([*arguments, "--lake", lake])
        moment = draw.uniform(0, whole.seconds)
        time.sleep(moment)
        running.send(signal.SIGKILL)
        killed = running.wait()
        if killed.code != 137:  # it was done before: that counts for nothing
            assert killed.code == whole.code, killed.text
            shutil.rmtree(lake)
            continue
        kills += 1
        all_rows(lake)  # what is visible can be read at any moment
    final = run_voxlake(*arguments, "--lake", lake)
    assert final.code == whole.code, final.text
    found = all_rows(lake)
    for table in expected:
        assert found[table] == expected[table], f"{table}: {len(found[table])} rows, not {len(expected[table])}"
    assert set(found) == set(expected)
    assert not list(lake.rglob(".tmp-*")), "files in the making were left behind"
    shutil.rmtree(lake)


def test_two_runs_at_once_do_not_mix(program, undisturbed, tmp_path):
    arguments, whole, expected = undisturbed
    lake = tmp_path / "lake"
    first = Running([*arguments, "--lake", lake])
    time.sleep(whole.seconds / 3)
    second = run_voxlake(*arguments, "--lake", lake)
    outcome = first.wait()
    assert outcome.code == whole.code, outcome.text
    assert second.code in (1, whole.code), second.text
    if second.code == 1:
        assert "another" in second.stderr.lower() or "lock" in second.stderr.lower()
    assert all_rows(lake) == expected
