"""Child processes that end when they are asked to, and at the latest when we do."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

TETHER = Path(__file__).with_name("tether.py")


@dataclass(frozen=True, slots=True)
class Account:
    """The system user a child runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run and how to end it.

    `argv[0]` is an absolute path, `environ` the whole environment (ours if it is None). `log` takes standard output and
    error; without it the child writes to ours. `pid_file` remembers a child for the next start, should we be killed.
    After `stop_signal` it has `stop_timeout_s` seconds before it is killed.
    """

    name: str
    argv: tuple[str, ...]
    pid_file: Path
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    log: Path | None = None
    account: Account | None = None
    descriptors: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 5.0


class Child:
    """A running program, in a session of its own so that a terminal's Ctrl-C reaches only us."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self.pid = process.pid
        self.started_at = time.monotonic()
        self._process = process

    @classmethod
    async def start(cls, program: Program) -> "Child":
        """Start `program`, tied to this process; must be called in the main thread.

        The kernel ties a child to the *thread* that forked it.
        """
        account = program.account
        with contextlib.ExitStack() as stack:
            output = None if program.log is None else stack.enter_context(program.log.open("ab"))
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", str(TETHER), str(int(program.stop_signal)), str(os.getpid())),
                *(("-", "-") if account is None else (str(account.uid), str(account.gid))),
                *program.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=program.environ,
                cwd="/",  # the only directory that every account may enter
                pass_fds=program.descriptors,
                start_new_session=True,
            )
        program.pid_file.write_text(str(process.pid), encoding="ascii")
        return cls(program, process)

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait for the end; return the exit code, negative for a signal."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask the process to end, and kill it if it does not."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), self.program.stop_timeout_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self.program.pid_file.unlink(missing_ok=True)


def end_orphan(pid_file: Path, *, sign: str, timeout_s: float = 5.0) -> None:
    """End the process that `pid_file` remembers if it outlived its parent, and forget it; blocks until it is gone.

    `sign` must occur in its command line: the number may belong to a stranger by now.
    """
    try:
        process = psutil.Process(int(pid_file.read_text(encoding="ascii")))
        command = _command(process)
        if any(sign in argument for argument in command):
            _wait_or_kill(process, timeout_s)
            command = []
        if not command:
            _wait_for_burial(process, timeout_s)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        pass
    pid_file.unlink(missing_ok=True)


def _command(process: psutil.Process) -> list[str]:
    """Return a process's command line; one that has ended, or is about to, has none."""
    try:
        return list(process.cmdline())
    except psutil.ZombieProcess:
        return []


def _wait_for_burial(process: psutil.Process, timeout_s: float) -> None:
    """Wait until the number of a dead process is free again.

    After its parent's death init buries it, a second or two later on a busy machine. Until then Postgres takes the
    number in its lock file for a running server, and does not start.
    """
    deadline = time.monotonic() + timeout_s
    while psutil.pid_exists(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)


def _wait_or_kill(process: psutil.Process, timeout_s: float) -> None:
    try:
        # Its parent's death has already told it to end: give it the time for that.
        process.wait(timeout_s)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(timeout_s)
