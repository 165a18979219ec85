"""A daemon and its operator: a paced paper run asked by the command line, by a crowd, by a page."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from adapters.operator_api.client import Client, Target, of_run
from tests.command import Files, ended, market_on_disk, quantum_trader, started

pytestmark = pytest.mark.integration

CROWD = 1_000
CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
# A browser is a process of the system's own; it is only needed where the page is looked at.
BROWSER = pytest.mark.skipif(
    not (CHROMIUM.exists() and DRIVER.exists()), reason="there is no Chromium with its driver"
)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1280,1000",
)  # fmt: skip


class Daemon(NamedTuple):
    """A run that is under way."""

    process: "subprocess.Popen[str]"
    run_dir: Path
    state_dir: Path

    @property
    def client(self) -> Client:
        return Client(of_run(self.run_dir))

    @property
    def public(self) -> Target:
        """Its address on the network, without the socket that is reserved."""
        return of_run(self.run_dir)._replace(socket_path=None)

    def audit(self) -> str:
        return "".join(path.read_text() for path in (self.run_dir / "audit").glob("*.jsonl"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return market_on_disk(tmp_path_factory.mktemp("market"))


@pytest.fixture
def daemon(files: Files, tmp_path: Path) -> Iterator[Daemon]:
    run_dir = tmp_path / "run"
    process = started(
        [*files.paper, "--pace=0.05", f"--run-dir={run_dir}"], {"QT_STATE_DIR": str(tmp_path)}
    )
    until = time.monotonic() + 60
    while not (run_dir / "api.json").exists():
        assert process.poll() is None, ended(process).err
        assert time.monotonic() < until
        time.sleep(0.05)
    one = Daemon(process, run_dir, tmp_path)
    while not one.client.get("status")["at_ms"]:
        time.sleep(0.05)
    try:
        yield one
    finally:
        process.kill()
        process.communicate()


def test_the_command_line_is_a_client_and_what_it_did_is_audited_and_replayed(
    daemon: Daemon,
) -> None:
    where = ("--json", "--run", daemon.run_dir)
    assert quantum_trader("status", *where).json["ess_mode"] == "NORMAL"
    for command in ("positions", "orders", "trades", "decisions", "voters"):
        assert "items" in quantum_trader(command, *where).json
    paused = quantum_trader("pause", "--reason=lunch", "--minutes=10", *where).json
    assert (paused["heard"], paused["entries"]) == (True, False)
    assert quantum_trader("unpause", "--reason=back", *where).json["entries"] is True
    assert quantum_trader("release", "--reason=x", *where).code == 2
    assert quantum_trader("flatten", "--reason=tidy", *where).code == 0
    assert quantum_trader("halt", *where).json["mode"] == "EMERGENCY"
    released = quantum_trader("release", "--reason=drill over", *where).json
    assert released["mode"] in ("EMERGENCY", "PROTECTIVE")

    daemon.process.send_signal(signal.SIGTERM)
    assert ended(daemon.process).code == 0
    audit = daemon.audit()
    for action, reason in (
        ("pause", "lunch"),
        ("halt", "no reason was given"),
        ("unpause", "back"),
    ):
        assert f'"action":"{action}"' in audit.replace(" ", "")
        assert reason in audit
    replayed = quantum_trader("replay", daemon.run_dir, "--json")
    assert replayed.code == 0, replayed
    assert quantum_trader("status", *where).code == 1
    assert not (daemon.run_dir / "api.token").exists()


@pytest.mark.parametrize("reserved", [True, False], ids=["reserved socket", "network"])
def test_b32_a_halt_succeeds_while_a_thousand_other_connections_hold_the_server(
    daemon: Daemon,
    reserved: bool,  # noqa: FBT001 - by which way
) -> None:
    where = urlsplit(daemon.public.url)
    held = [socket.create_connection((where.hostname, where.port)) for _ in range(CROWD)]
    try:
        for number, one in enumerate(held):
            if number % 2:
                try:
                    one.send(b"GET /api/v1/status HTTP/1.1\r\nHost: ")
                except OSError:
                    continue  # it had to make room already
        began = time.monotonic()
        client = daemon.client if reserved else Client(daemon.public)
        outcome = client.post("halt", reason="crowd")
        took = time.monotonic() - began
    finally:
        for one in held:
            one.close()
    sys.stdout.write(f"a halt took {1000 * took:.1f} ms beside {CROWD} connections\n")
    assert (outcome["heard"], outcome["mode"]) == (True, "EMERGENCY")
    assert took < 5


def test_tokens_are_kept_as_hashes_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.environ.get("QT_STATE_DIR")
    os.environ["QT_STATE_DIR"] = str(tmp_path)
    try:
        made = quantum_trader("token", "create", "ann", "--role=trip-only", "--json").json
        assert quantum_trader("token", "create", "ann").code == 2
        assert quantum_trader("token", "create", "bob", "--role=god").code == 2
        (file,) = tmp_path.glob("*.json")
        assert file.stat().st_mode & 0o777 == 0o600
        assert made["token"] not in file.read_text()
        listed = quantum_trader("token", "list", "--json").json
        assert [one["name"] for one in listed["tokens"]] == ["ann"]
        assert quantum_trader("token", "revoke", "ann").code == 0
        assert quantum_trader("token", "revoke", "ann").code == 2
    finally:
        os.environ.pop("QT_STATE_DIR")
        if before is not None:
            os.environ["QT_STATE_DIR"] = before


@BROWSER
def test_the_page_shows_what_the_interface_says_and_its_button_halts(daemon: Daemon) -> None:
    with tempfile.TemporaryDirectory() as profile:
        browser = _browser(profile)
        try:
            _look(browser, daemon)
        finally:
            browser.quit()


def _browser(profile: str) -> Any:  # noqa: ANN401 - the library's own
    from selenium import webdriver  # noqa: PLC0415 - only where there is a browser
    from selenium.webdriver.chrome.options import Options  # noqa: PLC0415 - see above
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415 - see above

    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(str(DRIVER)))


def _look(browser: Any, daemon: Daemon) -> None:  # noqa: ANN401 - see above
    browser.get(daemon.public.url)
    browser.find_element("id", "token").send_keys(daemon.public.token)
    browser.find_element("css selector", "#sign-in button").click()
    _until(lambda: browser.find_element("id", "desk").is_displayed())
    for control in browser.find_elements("css selector", "button, input, [role], svg, progress"):
        if control.is_displayed():
            assert control.accessible_name or control.get_attribute("role") == "status"

    browser.find_element("id", "halt").click()
    browser.find_element("id", "reason").send_keys("seen on the page")
    browser.find_element("id", "yes-halt").click()
    _until(lambda: browser.find_element("id", "mode").text == "EMERGENCY")
    status = daemon.client.get("status")
    assert status["ess_mode"] == "EMERGENCY"
    assert status["ess_latched"] == ["operator"]
    _until(lambda: _value(browser, "equity") == f"{daemon.client.get('status')['equity']:,.2f}")
    drawdown = 100 * daemon.client.get("status")["drawdown"]
    _until(lambda: _value(browser, "drawdown").replace("\u00a0", " ") == f"{drawdown:.2f} %")
    names = [one.text for one in browser.find_elements("css selector", "#models .name")]
    assert names == [one["model"] for one in daemon.client.get("models")["items"]]
    assert not [one for one in browser.get_log("browser") if one["level"] == "SEVERE"]
    assert "seen on the page" in json.dumps(_acts(daemon))


def _value(browser: Any, name: str) -> str:  # noqa: ANN401 - see above
    return str(browser.find_element("id", name).text)


def _acts(daemon: Daemon) -> list[str]:
    return [line for line in daemon.audit().splitlines() if "operator.acted" in line]


def _until(true: Any) -> None:  # noqa: ANN401 - a question
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)
