"""Two real processes that want the same account."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.persistence.authority import held_account
from application.errors import BadInput

pytestmark = pytest.mark.integration

HOLDER = """
import sys
from pathlib import Path
from adapters.persistence.authority import held_account
with held_account(Path(sys.argv[1]), "venue:main") as epoch:
    print(epoch, flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_by_the_pid_of_the_first_until_that_is_killed(
    tmp_path: Path,
) -> None:
    with held_account(tmp_path, "venue:main") as epoch:
        assert epoch == 1
    arguments = [sys.executable, "-c", HOLDER, str(tmp_path)]
    holder = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"2\n"
        with (
            pytest.raises(BadInput, match=f"another process \\(pid {holder.pid}\\) acts for it"),
            held_account(tmp_path, "venue:main"),
        ):
            pass
        with held_account(tmp_path, "venue:other") as other:
            assert other == 1
    finally:
        holder.kill()
        holder.communicate()
    with held_account(tmp_path, "venue:main") as epoch:
        assert epoch == 3
        assert str(os.getpid()) in [p.read_text().strip() for p in tmp_path.glob("*main*.lock")]


def test_an_account_is_let_go_of_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), held_account(tmp_path, "venue:main"):
        raise RuntimeError
    with held_account(tmp_path, "venue:main") as epoch:
        assert epoch == 2
