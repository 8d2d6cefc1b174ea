"""Whom Postgres runs as when we are root: it refuses to run as root itself."""

import os
import pwd
import stat
from pathlib import Path

import structlog

from server.children import Account

_log = structlog.get_logger()


def unprivileged() -> Account | None:
    """Return the account for a child that must not be root, or None when we are not root ourselves.

    It is one that the machine has already; no user is created. Raises RuntimeError if it has none.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise RuntimeError("Postgres does not run as root and this machine has no user `postgres` or `nobody`: add one.")


def open_way(path: Path) -> None:
    """Let other users pass through the directories above `path` (the bit o+x alone: they still cannot list or read).

    Needed only where a clone lies in a closed home such as /root; each directory that is changed is logged.
    """
    for directory in path.parents:
        mode = stat.S_IMODE(directory.stat().st_mode)
        if not mode & stat.S_IXOTH:
            _log.warning("directory_opened", directory=str(directory), right="o+x", reason="Postgres is not root")
            directory.chmod(mode | stat.S_IXOTH)


def make_readable(tree: Path) -> None:
    """Let other users read the files under `tree` as their owner can, should a strict umask have closed them."""
    if (tree.stat().st_mode & 0o005) == 0o005:  # noqa: PLR2004 - o+rx, in the notation of chmod
        return
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & 0o500) >> 6)


def own(tree: Path, account: Account) -> None:
    """Give `tree` to `account` unless it has it already."""
    if tree.stat().st_uid == account.uid:
        return
    for path in (tree, *tree.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
