"""One process a run: a lock is a held lock, and a file left behind is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from application.errors import BadInput
from bootstrap.lock import LOCK, held
from tests.command import ROOT

pytestmark = pytest.mark.integration

HOLDER = """
import sys
from pathlib import Path
from bootstrap.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(run_dir: Path) -> subprocess.Popen[str]:
    """Return a process that holds the lock of *run_dir* until its input ends."""
    process = subprocess.Popen(  # noqa: S603 - this interpreter, no shell
        [sys.executable, "-c", HOLDER, str(run_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def ended(process: subprocess.Popen[str]) -> None:
    process.wait(10)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def test_a_second_process_is_refused_by_name_and_the_first_one_named(tmp_path: Path) -> None:
    process = holder(tmp_path)
    with pytest.raises(BadInput, match=f"pid {process.pid}"), held(tmp_path):
        pytest.fail("two at one run")
    assert process.stdin is not None
    process.stdin.close()
    ended(process)
    with held(tmp_path):
        assert (tmp_path / LOCK).read_text("ascii") == f"{os.getpid()}\n"


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.kill()
    ended(process)
    with held(tmp_path):
        pass


@pytest.mark.parametrize("text", ["", "999999999\n", "not a pid\n"])
def test_a_file_left_behind_locks_nobody_out(text: str, tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text(text, "ascii")
    with held(tmp_path):
        pass


def test_the_lock_is_let_go_when_the_run_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path):
        _ = 1 / 0
    with held(tmp_path):
        pass
