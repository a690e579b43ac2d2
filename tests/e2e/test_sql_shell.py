"""voxlake sql without a query: a script from stdin, and a conversation on a terminal; parameters and costs."""

import json
import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest
from program import PROGRAM, plain_environment, run_voxlake
from tables import UTTERANCES, read


def script(lake, text, *arguments):
    command = [PROGRAM, "sql", "--lake", lake, "--format", "csv", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, env=plain_environment())


def test_statements_from_stdin_run_one_after_another(small_lake):
    done = script(small_lake.folder, "SELECT 1 AS a,\n  'x;y' AS b; -- a remark; with a semicolon\nSELECT 2 AS c")
    assert (done.returncode, done.stdout) == (0, "a,b\n1,x;y\nc\n2\n"), done.stderr


def test_a_script_ends_at_its_first_error(small_lake):
    done = script(small_lake.folder, "SELECT 1 AS a; SELEC 2; SELECT 3 AS c;")
    assert done.returncode == 2
    assert done.stdout.split() == ["a", "1"]
    assert "SELEC" in done.stderr


def test_commands_of_the_conversation(small_lake):
    text = (
        ".tables\n.schema speakers\n.param who=male\nSELECT count(*) > 0 AS some FROM speakers WHERE gender = $who;\n"
    )
    done = script(small_lake.folder, text + ".format jsonl\nSELECT 7 AS n;\n.nothing\n")
    assert "silver/utterances, version" in done.stdout
    assert "seconds" in done.stdout and "DOUBLE" in done.stdout
    assert "some\ntrue\n" in done.stdout
    assert '{"n":7}' in done.stdout
    assert done.returncode == 2 and "there is no command .nothing" in done.stderr


def test_parameters_take_the_type_of_what_they_are_compared_with(small_lake):
    frame = read(small_lake.folder, UTTERANCES, ["speaker", "seconds", "source_rate"])
    speaker, least = frame["speaker"][0], 1.5
    expected = len(frame.filter((frame["speaker"] == speaker) & (frame["seconds"] >= least)))
    outcome = run_voxlake(
        *["sql", "SELECT count(*) FROM utterances WHERE speaker = $who AND seconds >= $least AND source_rate > $rate"],
        *["--param", f"who={speaker}", "--param", f"least={least}", "--param", "rate=0"],
        *["--lake", small_lake.folder, "--format", "csv"],
    )
    assert outcome.stdout.split()[-1] == str(expected), outcome.text
    injected = run_voxlake(
        *["sql", "SELECT count(*) FROM utterances WHERE speaker = $who", "--param", "who=' OR 1=1 --"],
        *["--lake", small_lake.folder, "--format", "csv"],
    )
    assert injected.stdout.split()[-1] == "0"
    missing = run_voxlake("sql", "SELECT $x", "--lake", small_lake.folder)
    assert missing.code == 2 and "--param x=VALUE" in missing.stderr
    assert run_voxlake("sql", "SELECT 1", "--param", "x", "--lake", small_lake.folder).code == 2


def test_the_cost_of_a_query_is_told_without_running_it(small_lake):
    asked = ["sql", "--cost", "--lake", small_lake.folder, "--format", "json"]
    whole = json.loads(run_voxlake(*asked, "SELECT * FROM utterances").stdout)
    few = json.loads(run_voxlake(*asked, "SELECT gender, count(*) FROM utterances GROUP BY gender").stdout)
    stored = sum(path.stat().st_size for path in (small_lake.folder / UTTERANCES).glob("*.parquet"))
    scanned = next(scan for scan in whole["scans"] if scan["table"] == UTTERANCES)
    assert 0.5 * stored < scanned["column_bytes"] + scanned["footer_bytes"] <= stored
    assert few["bytes"] < whole["bytes"] / 3
    assert [scan["columns"] for scan in few["scans"] if scan["table"] == UTTERANCES] == [["gender", "speaker"]]
    assert whole["billed_bytes"] >= 10_000_000 and few["billed_bytes"] == 10_000_000
    assert few["price"] == pytest.approx(5e-5)
    text = run_voxlake("sql", "--cost", "SELECT 1", "--rate-per-tb", "7", "--lake", small_lake.folder).stdout
    assert "billed as 10.0 MB: 0.000070 USD at 7 USD a TB" in text


class Terminal:
    """A pseudo-terminal that a voxlake sql runs on."""

    def __init__(self, lake, home):
        environment = plain_environment({"HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8"})
        environment.pop("XDG_STATE_HOME", None)
        # Not pty.fork: Python code after a fork of this process, which has threads, may wait for ever.
        self.file, other_end = pty.openpty()
        command = ["setsid", "--ctty", PROGRAM, "sql", "--lake", lake]
        streams = {"stdin": other_end, "stdout": other_end, "stderr": other_end}
        self.process = subprocess.Popen(command, cwd=home, env=environment, **streams)
        os.close(other_end)
        self.seen = ""

    def wait_for(self, text, seconds=60):
        """Reads until `text` has come since the last wait; gives what came."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, f"no {text!r} in {self.seen!r}"
            if select.select([self.file], [], [], 0.2)[0]:
                self.seen += os.read(self.file, 65536).decode(errors="replace")
        came, self.seen = self.seen.split(text, 1)
        return came + text

    def wait_until_busy(self):
        """Until it has computed for a while: typing and reading take next to nothing."""
        ticks = lambda: int(Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11])  # noqa: E731
        enough = ticks() + 30
        end = time.monotonic() + 60
        while ticks() < enough:
            assert time.monotonic() < end, "it does nothing"
            time.sleep(0.02)

    def type(self, text):
        os.write(self.file, text.encode())

    def end(self):
        """Ctrl-D, once: one that comes before the prompt waits for it."""
        self.type("\x04")
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if select.select([self.file], [], [], 0.2)[0]:  # whoever gives a terminal back waits for its reader
                    os.read(self.file, 65536)
            except OSError:  # the other end is closed
                time.sleep(0.05)
            if self.process.poll() is not None:
                os.close(self.file)
                return self.process.returncode
        self.process.kill()
        self.process.wait()
        raise AssertionError("it did not end")


def test_a_conversation_on_a_terminal(small_lake, tmp_path):
    terminal = Terminal(small_lake.folder, tmp_path)
    terminal.wait_for("voxlake> ")
    terminal.type("SELECT count(*) + 1000 AS answer\n")
    terminal.wait_for("...> ")
    terminal.type("FROM speak\t\t")  # the first Tab goes as far as is certain: speaker or speakers
    terminal.type("s;\n")
    terminal.wait_for("(1 row)")
    terminal.wait_for("voxlake> ")
    terminal.type("SELECT 'half a thought")
    terminal.type("\x03")
    terminal.wait_for("voxlake> ")
    terminal.type("SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1;\n")
    terminal.wait_until_busy()
    terminal.type("\x03")
    terminal.wait_for("broken off")
    terminal.wait_for("voxlake> ")
    terminal.type(".tables\n")
    terminal.wait_for("clips_by_split")
    assert terminal.end() == 0
    history = tmp_path / ".local/state/voxlake/sql_history"
    assert "speakers" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0
    again = Terminal(small_lake.folder, tmp_path)
    again.wait_for("voxlake> ")
    again.type("\x1b[A")  # the last command of the conversation before
    again.wait_for(".tables")
    again.type("\n")
    again.wait_for("clips_by_split")
    assert again.end() == 0


def test_ctrl_c_while_output_waits_for_its_reader(small_lake, tmp_path):
    terminal = Terminal(small_lake.folder, tmp_path)
    terminal.wait_for("voxlake> ")
    terminal.type(".format csv\n")
    terminal.wait_for("voxlake> ")
    terminal.type("SELECT i FROM range(50000) t(i);\n")
    time.sleep(1)  # the terminal holds some kilobytes, and nobody reads them
    terminal.type("\x03")
    time.sleep(0.2)
    terminal.wait_for("voxlake> ")
    terminal.type("SELECT 41 + 1 AS answer;\n")
    terminal.wait_for("\n42\r")
    assert terminal.end() == 0
