"""Keeping files: in a folder; another gateway is another class with `received` and `path`."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Refusal


class FileTooLargeError(Refusal):
    """A file is larger than it may be."""

    code = "FILE_TOO_LARGE"

    def __init__(self, size_max: int) -> None:
        super().__init__(f"The file is larger than {size_max:,} bytes, which is as large as it may be.")


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is here and not in its place yet."""

    size: int
    """Bytes."""
    _unfinished: Path
    _path: Path

    def keep(self) -> None:
        """Move it to its place."""
        self._unfinished.rename(self._path)


class FileFolder:
    """Keeps files in a folder that its owner alone can read, under keys that are ours, such as merchants/7/0a1b."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def received(self, key: str, chunks: AsyncIterator[bytes], *, size_max: int) -> AsyncIterator[Received]:
        """Write a file beside its place, for who then keeps it or not; of what is not kept, nothing is left.

        Each that comes for a key is a file of its own until it is kept. Raises FileTooLargeError.
        """
        path = self.path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        size = 0
        try:
            unfinished.touch(mode=0o600)
            with unfinished.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > size_max:
                        raise FileTooLargeError(size_max)
                    await asyncio.to_thread(file.write, chunk)
            yield Received(size, unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Say where a file stands."""
        return self._folder / key
