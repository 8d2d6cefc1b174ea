"""Links by which a file is sent or read, or an invoice is opened, without any other proof.

Each is signed, for one document, and good for ten to twenty minutes.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final, Literal

SLOT_S: Final = 600
"""Links end with the next full ten minutes but one: the same file has the same link for a while."""
PATH: Final = "/files"
Purpose = Literal["read", "send", "attachment-read", "attachment-send", "invoice"]


def path_of(key: str, *, purpose: Purpose, document_id: int, now: datetime) -> str:
    """Write the path of a link."""
    until = (int(now.timestamp()) // SLOT_S + 2) * SLOT_S
    return f"{PATH}/{purpose}/{document_id}.{until}.{_mac(key, purpose, document_id, until)}"


def read(key: str, *, purpose: str, token: str, now: datetime) -> int | None:
    """Read which document a link is for; None if it is none of ours, or its time is over."""
    document_id, until, mac = [*token.split("."), "", ""][:3]
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (document_id, until)):  # noqa: PLR2004 - below 2**63
        return None
    expected = _mac(key, purpose, int(document_id), int(until))
    if not hmac.compare_digest(expected.encode(), mac.encode()) or datetime.fromtimestamp(int(until), UTC) < now:
        return None
    return int(document_id)


def _mac(key: str, purpose: str, document_id: int, until: int) -> str:
    mac = hmac.digest(key.encode(), f"file:{purpose}:{document_id}:{until}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
