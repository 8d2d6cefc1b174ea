"""Keeping files: in a folder; another gateway is another class with `save` and `path`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from domain.errors import Refusal


class FileTooLargeError(Refusal):
    """A file is larger than it may be."""

    code = "FILE_TOO_LARGE"

    def __init__(self, size_max: int) -> None:
        super().__init__(f"The file is larger than {size_max:,} bytes, which is as large as it may be.")


class FileFolder:
    """Keeps files in a folder that its owner alone can read, under keys that are ours, such as merchants/7/0a1b."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, key: str, chunks: AsyncIterator[bytes], *, size_max: int) -> int:
        """Write a file beside its place and move it there when it is complete; gives its size in bytes.

        Raises FileTooLargeError, and leaves nothing then.
        """
        path = self.path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.new")
        size = 0
        try:
            unfinished.touch(mode=0o600)
            with unfinished.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > size_max:
                        raise FileTooLargeError(size_max)
                    await asyncio.to_thread(file.write, chunk)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return size

    def path(self, key: str) -> Path:
        """Say where a file stands."""
        return self._folder / key
