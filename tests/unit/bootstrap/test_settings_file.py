"""The configuration file: between profile and environment, and read strictly."""

from decimal import Decimal
from pathlib import Path

import pytest

from application.errors import BadInput
from bootstrap.settings import load_settings
from bootstrap.settings_text import settings_text
from domain.shared.enums import RunMode

pytestmark = pytest.mark.unit

BOM = "\ufeff"


def test_it_overrides_the_profile_and_is_overridden(tmp_path: Path) -> None:
    path = tmp_path / "qt.toml"
    path.write_text('mode = "paper"\n[account]\ndeposit = 77\n[market]\ndays = 9\n')
    settings = load_settings(RunMode.PAPER, {"market": {"days": 5}}, path)
    assert settings.account.deposit == Decimal(77)
    assert settings.market.days == 5
    assert settings.market.seed == load_settings(RunMode.PAPER).market.seed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[acount]\ndeposit = 1\n", "acount: unknown setting"),
        ("[account]\ndeposits = 1\n", "account.deposits: unknown setting"),
        ("[account]\ndeposit = nan\n", "account.deposit"),
        ("[account]\ndeposit = -1\n", "account.deposit"),
        ('mode = "live"\n', "is for mode 'live', and this command runs paper"),
        ("[account\n", "not a TOML file"),
        ("[account]\ndeposit = 1\ndeposit = 2\n", "not a TOML file"),
        (BOM + "[account]\n", "byte order mark"),
        ("a = " + "[" * 5000, "nested too deeply|not a TOML file"),
    ],
)
def test_what_it_cannot_be_is_said_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "qt.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        load_settings(RunMode.PAPER, None, path)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b"#" * 1_000_001)
    (tmp_path / "latin").write_bytes(b"# \xe9\n")
    for name, said in (
        ("missing", "is no file"),
        (".", "is no file"),
        ("huge", "larger"),
        ("latin", "not UTF-8"),
    ):
        with pytest.raises(BadInput, match=said):
            load_settings(RunMode.PAPER, None, tmp_path / name)


@pytest.mark.parametrize("mode", [RunMode.PAPER, RunMode.BACKTEST])
def test_what_init_writes_changes_nothing_and_every_line_of_it_may_be_used(
    tmp_path: Path, mode: RunMode
) -> None:
    path = tmp_path / "qt.toml"
    path.write_text(settings_text(mode))
    assert load_settings(mode, None, path) == load_settings(mode)
    used = [
        line.removeprefix("# ") if " = " in line and not line.endswith("=") else line
        for line in settings_text(mode).splitlines()
    ]
    path.write_text("\n".join(used))
    assert load_settings(mode, None, path) == load_settings(mode)
