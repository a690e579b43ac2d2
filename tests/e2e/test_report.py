"""report: one page that opens without a network and draws everything that it promises."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from program import ROOT

PLAYWRIGHT = ROOT / ".deps" / "browser" / "node_modules" / "playwright-core"
PICTURES = ROOT / "build" / "test-pictures"


def open_report(report: Path, picture: str, width: int = 1280) -> dict:
    PICTURES.mkdir(parents=True, exist_ok=True)
    command = ["node", Path(__file__).with_name("open_report.mjs"), PLAYWRIGHT, report, PICTURES / picture, str(width)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def seen(sample_lake) -> dict:
    return open_report(sample_lake.folder / "report.html", "report.png")


def test_opens_without_an_error_and_without_the_network(seen):
    assert seen["errors"] == []
    assert seen["requests"] == []
    assert (PICTURES / "report.png").stat().st_size > 50_000


def test_every_figure_is_drawn(seen):
    figures = seen["figures"]
    assert len(figures) >= 8
    empty = [figure for figure in figures if not figure["drawn"] or figure["width"] < 10 or figure["height"] < 10]
    assert not empty


def test_shows_the_stages_the_labels_and_the_rejects(seen, sample_lake):
    text = seen["text"].lower()
    for word in (
        "discover",
        "copy",
        "decode",
        "features",
        "dataset",
        "male",
        "female",
        "validation",
        "truncated",
        "hz",
    ):
        assert word in text, word


def test_is_one_self_contained_file(sample_lake):
    html = (sample_lake.folder / "report.html").read_text()
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", html)
    assert not re.search(r"@import|url\(\s*['\"]?https?:", html)
    assert len(html) < 15_000_000


def test_fits_a_narrow_screen(sample_lake):
    assert open_report(sample_lake.folder / "report.html", "report-narrow.png", 400)["overflow"] <= 0
