"""What is deployed fits the code: names of metrics, sections of the runbook, formats."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.telemetry.catalogue import CATALOGUE
from adapters.telemetry.metric import Kind, Metric
from adapters.telemetry.prometheus import family_of

pytestmark = pytest.mark.integration

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "deploy"
RULES: Final = (DEPLOY / "prometheus/alerts.yml").read_text("utf-8")
DASHBOARD: Final = json.loads((DEPLOY / "grafana/quantum-trader.json").read_text("utf-8"))
NAME: Final = re.compile(r"quantum_trader_\w+")
ENDINGS: Final = ("", "_total", "_bucket", "_sum", "_count")
ALERT: Final = re.compile(r"alert: (\w+)")


def exported() -> set[str]:
    """Return every name that a sample of a metric of the catalogue can have."""
    families = (family_of(Metric(name, Kind.GAUGE)) for name in CATALOGUE)
    return {family + ending for family in families for ending in ENDINGS}


def expressions() -> list[str]:
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize("text", [RULES, json.dumps(DASHBOARD)], ids=["rules", "dashboard"])
def test_every_metric_that_is_named_is_one_that_the_daemon_can_export(text: str) -> None:
    named = set(NAME.findall(text))
    assert len(named) > 15
    assert named - exported() == set()


def test_every_metric_of_the_catalogue_is_recorded_somewhere() -> None:
    source = "\n".join(
        path.read_text("utf-8")
        for package in ("application", "bootstrap", "adapters/telemetry", "adapters/operator_api")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "catalogue.py"
    )
    assert [name for name in CATALOGUE if f'"{name}"' not in source] == []


def test_every_alert_links_a_section_of_the_runbook_and_every_section_is_of_an_alert() -> None:
    sections = re.findall(
        r"^## (\w+)$", (ROOT / "docs/runbook.md").read_text("utf-8"), re.MULTILINE
    )
    assert sections == ALERT.findall(RULES)
    links = re.findall(r"runbook: docs/runbook\.md#(\w+)", RULES)
    assert links == [section.lower() for section in sections]


def test_every_panel_shows_something_and_has_a_place_of_its_own() -> None:
    panels = DASHBOARD["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels) == len({panel["id"] for panel in panels})
    assert all(NAME.search(expression) for expression in expressions())


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_prometheus_takes_rules_and_configuration() -> None:
    promtool = program("promtool")
    for what, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        found = subprocess.run(  # noqa: S603 - the program that was found above
            [promtool, "check", what, DEPLOY / "prometheus" / file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, found.stdout + found.stderr


def test_the_service_manager_takes_the_unit(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    unit = tmp_path / "quantum-trader.service"
    text = (DEPLOY / "systemd/quantum-trader.service").read_text("utf-8")
    unit.write_text(text.replace("/opt/quantum-trader/bin/quantum-trader", "/bin/true"))
    found = subprocess.run(  # noqa: S603 - the program that was found above
        [analyze, "verify", unit], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


@pytest.mark.parametrize(
    "line",
    ["NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "Type=notify",
     "WatchdogSec=10", "LimitCORE=0", "StartLimitBurst=5", "MemoryMax=4G"],
)  # fmt: skip
def test_the_unit_is_hardened(line: str) -> None:
    assert line in (DEPLOY / "systemd/quantum-trader.service").read_text("utf-8").splitlines()
