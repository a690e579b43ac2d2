"""The report page in real Chromium: made-up lakes of every shape are drawn whole, with no error and no request."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", ROOT / "build"))
KINDS = ["full", "large", "one-gender", "empty"]


@pytest.fixture(scope="module", params=KINDS)
def page(request, tmp_path_factory):
    program = BUILD / "made_up_report"
    assert program.exists(), f"{program} is not there: build it first, or name the build folder in BUILD"
    path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    path.write_bytes(subprocess.run([program, request.param], check=True, capture_output=True, timeout=60).stdout)
    return path


def check(path: Path, pictures: Path) -> list[dict]:
    assert shutil.which("node"), "Node.js is not there: run setup/install.sh test"
    run = subprocess.run(
        ["node", ROOT / "tests/report/check_page.mjs", path, pictures], capture_output=True, text=True, timeout=180
    )
    assert run.stdout, run.stderr
    return json.loads(run.stdout)


def test_page_is_drawn_whole_in_light_dark_and_on_a_phone(page, tmp_path):
    results = check(page, tmp_path)
    assert [result["setting"] for result in results] == ["light", "dark", "phone"]
    for result in results:
        assert result["wrong"] == [], result["setting"]
        assert result["figures"] >= 16
        assert (tmp_path / f"{result['setting']}.png").stat().st_size > 20_000


def test_page_names_no_address_to_load_from(page):
    text = page.read_text()
    for loading in ("<script src", "<link rel=stylesheet", '<link rel="stylesheet"', "@import", "<iframe", "<img "):
        # The made-up rejects hold such words as data, where `<` is escaped.
        assert loading not in text


def test_checker_finds_a_page_that_fails(tmp_path):
    """The checker itself is worth something only if it can say no."""
    path = tmp_path / "broken.html"
    path.write_text(
        "<!doctype html><body><figure><div class='figure' id='f' style='height:50px'>"
        "<svg width=50 height=50></svg></div></figure>"
        "<img src='http://127.0.0.1:9/x.png'><div style='width:3000px'>wide</div>"
        "<script>window.voxlakeReport = {drawn: 0, expected: 1, errors: ['f: no']}; throw new Error('boom');</script>"
    )
    wrong = "\n".join(check(path, tmp_path)[0]["wrong"])
    complaints = ["boom", "not drawn", "no mark", "no caption", "asked for http://127.0.0.1:9/", "sideways", "f: no"]
    for complaint in [*complaints, "0 of 1"]:
        assert complaint in wrong
