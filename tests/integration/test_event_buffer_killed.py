"""A real process is killed while it writes to a real folder: what it was promised is there."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from application.ports.event_bus import MishapKind
from tests.architecture.sources import ROOT
from tests.events import Witness, an_alert

pytestmark = pytest.mark.integration

WRITER = """
import sys
from pathlib import Path
from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from tests.events import Witness, an_alert
first, witness = int(sys.argv[2]), Witness()
buffer = DiskBuffer(Folder(Path(sys.argv[1])), witness.alarm, witness.clock, segment_bytes_max=5000)
for number in range(first, first + 1_000_000):
    buffer.append(an_alert(number))
    if number % 7 == 0:
        buffer.drain(lambda events: None, 3)
    print(number, buffer.pending, flush=True)
"""


def test_every_event_promised_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    random, first = Random(9), 0
    for _ in range(4):
        writer = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, "-c", WRITER, str(tmp_path), str(first)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        for _ in range(random.randrange(5, 200)):
            line = writer.stdout.readline()
        writer.kill()
        rest = writer.stdout.read().splitlines()
        writer.wait()
        writer.stdout.close()
        # A last line may itself be cut short by the kill.
        told = [line.split() for line in [line, *rest] if len(line.split()) == 2]
        promised = int(told[-1][0])
        witness = Witness()
        buffer = DiskBuffer(Folder(tmp_path), witness.alarm, witness.clock, segment_bytes_max=5000)
        buffer.append(an_alert(promised))
        found = Witness()
        buffer.drain(found.take, 1_000_000)
        numbers = [int(event.causation_id.partition("-")[2]) for event in found.events]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert promised <= numbers[-1] <= promised + 1
        assert MishapKind.DAMAGED not in witness.kinds
        first = promised + 10
