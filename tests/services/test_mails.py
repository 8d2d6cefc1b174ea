"""A mail ..."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from stat import S_IMODE
from typing import Any

import asyncpg
import pytest

from models.database import Database, counting
from services import email_tokens, mail_texts, mails
from services.gateways.mail import MailFolder, Message

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEY = "a key for tests, which is long enough"


class Broken:
    """A gateway that cannot send, as often as it is told."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("no route")
        self.sent.append(message)


async def request(database: Database, *, recipient: str = "ada@example.com", **facts: Any) -> None:
    async with database.transaction() as session:
        await mails.request(
            session, template="reset_password", recipient=recipient, account_id=None, now=NOW, facts=facts
        )


async def test_is_written_to_the_folder_with_its_token(database: Database, tmp_path: Path) -> None:
    await request(database, purpose="RESET", token_id=7)
    assert await mails.send_due(database, MailFolder(tmp_path / "mails"), key=KEY, now=NOW) == 1
    assert await mails.send_due(database, MailFolder(tmp_path / "mails"), key=KEY, now=NOW) == 0
    (path,) = (tmp_path / "mails").iterdir()
    assert S_IMODE(path.stat().st_mode) == 0o600
    mail = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    assert (mail["To"], mail["Subject"]) == ("ada@example.com", "Your new password")
    token = re.search(r"^7\.\S+", mail.get_content(), re.MULTILINE)
    assert token is not None
    assert email_tokens.read(KEY, purpose="RESET", text=token[0]) == 7


async def test_is_not_sent_when_its_transaction_is_rolled_back(database: Database) -> None:
    async def fail_after_all() -> None:
        async with database.transaction() as session:
            await mails.request(session, template="password_changed", recipient="a@b", account_id=None, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_all()
    assert await mails.send_due(database, Broken(0), key=KEY, now=NOW) == 0


async def test_that_is_not_due_costs_the_worker_one_statement(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "transaction", None)  # it opens none
    count = counting()
    assert await mails.send_due(database, Broken(0), key=KEY, now=NOW) == 0
    assert count.value == 1


async def test_is_tried_again_until_it_is_sent(database: Database) -> None:
    await request(database, purpose="RESET", token_id=7)
    gateway = Broken(2)
    for minutes, due in ((0, 1), (0, 0), (1, 1), (2, 1), (30, 0)):
        assert await mails.send_due(database, gateway, key=KEY, now=NOW + timedelta(minutes=minutes)) == due
    assert len(gateway.sent) == 1


async def test_is_given_up_after_ten_attempts(database: Database) -> None:
    await request(database, purpose="RESET", token_id=7)
    gateway = Broken(100)
    tried = [await mails.send_due(database, gateway, key=KEY, now=NOW + timedelta(hours=hour)) for hour in range(15)]
    assert tried == [1] * 10 + [0] * 5


async def test_is_sent_by_one_worker_alone(database: Database) -> None:
    for number in range(30):
        await request(database, recipient=f"{number}@example.com", purpose="RESET", token_id=number)
    gateway = Broken(0)
    await asyncio.gather(*(mails.send_due(database, gateway, key=KEY, now=NOW) for _ in range(4)))
    assert len({message.number for message in gateway.sent}) == len(gateway.sent) == 30


async def test_holds_no_token_in_the_database(database: Database, connection: asyncpg.Connection) -> None:
    await request(database, purpose="RESET", token_id=7)
    row = await connection.fetchrow("SELECT mails::text FROM mails")
    assert email_tokens.text_of(KEY, purpose="RESET", token_id=7).partition(".")[2] not in row[0]


def test_has_a_text_for_each_template() -> None:
    for name, (subject, body) in mail_texts.TEMPLATES.items():
        assert subject.strip(), name
        assert body.startswith("Hello"), name
