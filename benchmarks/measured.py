"""Runs one command and says what it cost: `python -m benchmarks.measured COMMAND...`.

A process of its own, importing next to nothing: a child counts the memory of the parent it was
forked from as its own, so the parent must be small.
"""

import json
import os
import sys
import tempfile
import time


def main(command: list[str]) -> None:
    """Print one JSON object: exit code, CPU and wall seconds, peak MB, and what was printed."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        to_file = (os.POSIX_SPAWN_DUP2, output.fileno(), 1)
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=[to_file])
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - began
        output.seek(0)
        printed = output.read().decode("utf-8", "replace")
    json.dump(
        {
            "exit": os.waitstatus_to_exitcode(status),
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "wall_s": wall,
            "peak_mb": usage.ru_maxrss / 1024,
            "printed": printed,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
