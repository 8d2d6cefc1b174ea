"""Sending mail: into a folder in development; another gateway is another class with `send`."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A mail in plain text; `number` is its own, the same when it is sent again."""

    number: int
    recipient: str
    subject: str
    body: str


class MailGateway(Protocol):
    """Sends mails."""

    async def send(self, message: Message) -> None:
        """Send a mail, or raise OSError; the same one again does no harm."""


class MailFolder:
    """Puts mails into a folder, readable by its owner alone, and says in the log that they are there.

    The log names no token: logs are read by more people than mails.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: Message) -> None:
        """Write a mail to `<number>.eml`, over what stands there already."""
        await asyncio.to_thread(self._write, message)
        _log.info("mail_written", recipient=message.recipient, subject=message.subject, number=message.number)

    def _write(self, message: Message) -> None:
        mail = EmailMessage(policy=SMTP)
        mail["Message-ID"] = f"<{message.number}@souk>"
        mail["From"] = "Souk <shop@souk.invalid>"
        mail["To"] = message.recipient
        mail["Subject"] = message.subject
        mail.set_content(message.body, cte="8bit")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f".{message.number}.new"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(mail.as_bytes())
        unfinished.rename(self._folder / f"{message.number:06d}.eml")
