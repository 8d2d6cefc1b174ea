"""A child process ..."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from server.children import end_orphan


def test_that_has_died_is_waited_for_until_its_number_is_free(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has buried it
    pid_file = tmp_path / "dead"
    pid_file.write_text(str(dead.pid))
    burial = threading.Timer(0.5, dead.wait)
    burial.start()
    end_orphan(pid_file, sign=str(tmp_path))
    assert not psutil.pid_exists(dead.pid)
    assert not pid_file.exists()
    burial.join()


def test_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        pid_file = tmp_path / "stranger"
        pid_file.write_text(str(stranger.pid))
        end_orphan(pid_file, sign=str(tmp_path))
        assert stranger.poll() is None
        assert not pid_file.exists()
        stranger.communicate(b"\n")
