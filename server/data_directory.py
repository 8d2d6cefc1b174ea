"""The directory that holds what `souk up` keeps: the engines' data, their passwords and logs, and who runs it now."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server.children import end_orphan
from server.failures import Failure


class DataDirectoryError(Failure):
    """The data directory cannot be used; the message says why and what to do."""


class DataDirectory:
    """A data directory by its path; `hold` it before anything in it is started or written."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.logs = self.path / "logs"
        self.pids = self.path / "pids"
        self.demo_accounts = self.path / "demo-accounts.json"
        self._engines = self.path / "engines.json"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Make the directory, keep others from using it at the same time, and end what a killed run left behind.

        Raises DataDirectoryError if it is in use or cannot be written.
        """
        try:
            for directory in (self.path, self.logs, self.pids):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError(
                f"The data directory {self.path} cannot be written ({error.strerror}): choose another with --data-dir."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise DataDirectoryError(
                f"The data directory {self.path} is in use by another `souk up`:"
                " stop that one, or choose another directory with --data-dir."
            ) from None
        try:
            self._engines.unlink(missing_ok=True)
            for pid_file in self.pids.iterdir():
                end_orphan(pid_file, sign=str(self.path))
            yield
        finally:
            self._engines.unlink(missing_ok=True)
            os.close(lock)

    def secret(self, name: str) -> Path:
        """Return the file that holds the secret `name`, made at the first call and readable by its owner alone."""
        path = self.path / name
        if not path.exists():
            unfinished = self.path / f".{name}.{secrets.token_hex(4)}"
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32))
            try:
                with suppress(FileExistsError):  # another process was first: its secret is the one
                    os.link(unfinished, path)
            finally:
                unfinished.unlink()
        return path

    def secret_key(self) -> str:
        """Return the key that signs tokens, made at the first call. Raises DataDirectoryError if it cannot be kept."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self.secret("secret-key").read_text(encoding="ascii")
        except OSError as error:
            raise DataDirectoryError(
                f"The key that signs tokens cannot be kept in {self.path} ({error.strerror}): set SOUK_SECRET_KEY, or"
                " choose another directory with --data-dir."
            ) from None

    def announce(self, addresses: dict[str, str]) -> None:
        """Write down the running engines' addresses, keys included, for other commands; readable by us alone."""
        unfinished = self._engines.with_suffix(".new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(addresses, file, indent=2)
        unfinished.rename(self._engines)  # at once: others read it at any moment

    def known_demo_accounts(self) -> list[dict[str, str]]:
        """Return the demo accounts that were written down here, or none."""
        try:
            known: list[dict[str, str]] = json.loads(self.demo_accounts.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return []
        return known

    def write_demo_accounts(self, accounts: list[dict[str, str]]) -> None:
        """Write down the demo accounts with their passwords, readable by us alone."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.demo_accounts.touch(mode=0o600)
        self.demo_accounts.chmod(0o600)
        self.demo_accounts.write_text(json.dumps(accounts, indent=2) + "\n", encoding="utf-8")

    def running_engines(self) -> dict[str, str]:
        """Return the addresses that a `souk up` running here has announced, or nothing."""
        try:
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return {}
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            # Somebody holds the directory, so what is announced is alive.
            try:
                addresses: dict[str, str] = json.loads(self._engines.read_text(encoding="utf-8"))
            except FileNotFoundError:
                return {}
            return addresses
        finally:
            os.close(lock)
        return {}
