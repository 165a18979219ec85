"""A disk that can be filled, and who fills it."""

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, size_bytes: int) -> Iterator[Path]:
    """Mount a disk of *size_bytes* at *place*; skip the test where that cannot be done."""
    place.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a disk to be filled")
    words = [mount, "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(place)]
    told = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        pytest.skip(f"a disk to be filled cannot be mounted here: {told.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run([unmount, "--lazy", str(place)], check=True)  # noqa: S603


class Filler:
    """Another program that takes every byte of a disk, again and again, until it is ended."""

    def __init__(self, folder: Path) -> None:
        """Fill the disk of *folder* with one file."""
        self._path = folder / "filler"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._fill)
        self._thread.start()

    def _fill(self) -> None:
        chunk = bytes(1 << 20)
        with self._path.open("wb", buffering=0) as file:
            while not self._over.is_set():
                try:
                    file.write(chunk)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    self._over.wait(0.005)

    def end(self) -> None:
        """Give the room back."""
        self._over.set()
        self._thread.join()
        self._path.unlink(missing_ok=True)
