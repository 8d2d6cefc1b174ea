"""The ledger: what moves points, gift cards, store credit, coupon funds, and what is owed, moves here.

Accounts that keep a balance are locked in one order, by id. Whoever posts more than once in a transaction, to more
than one such account, locks them all first: `lock`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Text, any_, bindparam, column, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger
from domain.ledger import Account, AccountKind, InsufficientBalanceError, LedgerError, OwnerType, Posting, Reference
from models.ledger import LedgerAccount, LedgerPosting, LedgerTransaction
from models.recordsets import written
from models.transactions import driver_of


class LedgerConflictError(LedgerError):
    """Something that happens once was posted before, with other amounts."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A ledger transaction's id; `replayed` when it had been posted before and nothing was written now."""

    id: int
    replayed: bool


_IDENTITY = tuple_(LedgerAccount.kind, LedgerAccount.currency, LedgerAccount.owner_type, LedgerAccount.owner_id)


def _identities(name: str) -> ColumnElement[bool]:
    """Hold accounts to those of the parameters `kinds`, `currencies`, `owner_types`, `owner_ids`, side by side."""
    texts = [bindparam(f"{name}_{part}", type_=ARRAY(Text)) for part in ("kinds", "currencies", "owner_types")]
    ids = bindparam(f"{name}_owner_ids", type_=ARRAY(BigInteger))
    wanted = (
        func.unnest(*texts, ids)
        .table_valued(
            column("kind", Text), column("currency", Text), column("owner_type", Text), column("owner_id", BigInteger)
        )
        .render_derived(name="wanted")
    )
    return _IDENTITY.in_(select(*wanted.c))


_FOUND = select(
    LedgerAccount.id,
    LedgerAccount.kind,
    LedgerAccount.currency,
    LedgerAccount.owner_type,
    LedgerAccount.owner_id,
).where(_identities("a"))
_LOCKED = (
    select(LedgerAccount.id, LedgerAccount.balance)
    .where(LedgerAccount.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    .order_by(LedgerAccount.id)
    .with_for_update(key_share=True)
)


async def post(
    session: AsyncSession,
    *,
    reason: str,
    reference: Reference,
    postings: Sequence[Posting],
    now: datetime,
    once: bool = True,
    note: str | None = None,
) -> Posted:
    """Post a transaction: all its postings, or nothing.

    With `once`, the same reason about the same reference is posted at most once: a second time, also at the same time,
    gives the first one's id; with other postings it raises LedgerConflictError. Raises InsufficientBalanceError when
    an account would go below zero, LedgerError for postings that can never be.
    """
    ledger.check_name(reason)
    merged = ledger.balanced(postings)
    ids = await _ids(session, [posting.account for posting in merged])
    balances = await _lock(session, ids)
    transaction_id = await _insert(session, reason=reason, reference=reference, now=now, once=once, note=note)
    if transaction_id is None:
        return await _replayed(session, reason=reason, reference=reference, wanted=merged, ids=ids)
    for posting in merged:
        available = balances.get(ids[posting.account])
        if available is not None and available + posting.amount < 0:
            raise InsufficientBalanceError(posting.account, available=available, wanted=-posting.amount)
    await session.execute(
        insert(LedgerPosting),
        [
            {
                "transaction_id": transaction_id,
                "account_id": ids[posting.account],
                "currency": posting.account.currency,
                "amount": posting.amount,
            }
            for posting in merged
        ],
    )
    return Posted(transaction_id, replayed=False)


class Entry(NamedTuple):
    """A transaction that happens once, as `post_all` takes many; `at` is when, if that is not now."""

    reason: str
    reference: Reference
    postings: Sequence[Posting]
    at: datetime | None = None


_POST_ALL: Final = """
    WITH given AS (
        SELECT * FROM json_to_recordset($1::text::json) AS given (
            number bigint, reason text, reference_type text, reference_id bigint, reference_part text,
            reference_number text, occurred_at timestamptz
        )
    ), posted AS (
        SELECT posted.number, posted.amount, accounts.id, accounts.currency
        FROM json_to_recordset($2::text::json)
            AS posted (number bigint, kind text, currency text, owner_type text, owner_id bigint, amount bigint)
        JOIN ledger_accounts AS accounts USING (kind, currency, owner_type, owner_id)
        WHERE accounts.balance IS NULL
    ), made AS (
        INSERT INTO ledger_transactions
            (reason, reference_type, reference_id, reference_part, reference_number, once, occurred_at)
        SELECT reason, reference_type, reference_id, reference_part, reference_number, true, occurred_at FROM given
        WHERE (SELECT count(*) FROM posted) = $3::bigint
        RETURNING id, reason, reference_type, reference_id, reference_part
    ), postings AS (
        INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)
        SELECT made.id, posted.id, posted.currency, posted.amount FROM posted
        JOIN given USING (number) JOIN made USING (reason, reference_type, reference_id, reference_part)
    )
    SELECT count(*) FROM made
"""


_KEY: Final = ("kind", "currency", "owner_type", "owner_id")
"""The columns of `Account.key`."""


def referring(reference: Reference) -> dict[str, Any]:
    """Write the columns by which a transaction refers to something."""
    return {
        "reference_type": reference.type,
        "reference_id": reference.id,
        "reference_part": reference.part,
        "reference_number": reference.number,
    }


async def post_all(session: AsyncSession, entries: Sequence[Entry], *, now: datetime) -> None:
    """Post transactions between accounts that keep no balance, each once, with one statement for all of them.

    Whoever calls knows that none of them was posted before: a second time breaks a constraint. Raises LedgerError for
    postings that can never be, and for an account that keeps a balance.
    """
    merged = [ledger.balanced(entry.postings) for entry in entries]
    if not entries:
        return
    accounts = list(dict.fromkeys(posting.account for postings in merged for posting in postings))
    if any(account.kind in ledger.BOUNDED for account in accounts):
        raise LedgerError("accounts that keep a balance are posted to one transaction after the other")
    given = [
        {
            "number": number,
            "reason": ledger.check_name(entry.reason),
            **referring(entry.reference),
            "occurred_at": entry.at or now,
        }
        for number, entry in enumerate(entries)
    ]
    posted = [
        {**dict(zip(_KEY, posting.account.key, strict=True)), "number": number, "amount": posting.amount}
        for number, postings in enumerate(merged)
        for posting in postings
    ]
    arguments = (written(given), written(posted), len(posted))
    driver = driver_of(session)
    if not await driver.fetchval(_POST_ALL, *arguments):
        await _ids(session, accounts)  # some of them have never been posted to
        await driver.fetchval(_POST_ALL, *arguments)


async def lock(session: AsyncSession, accounts: Iterable[Account]) -> dict[Account, int]:
    """Lock accounts that keep a balance, in the order of their ids, until the transaction ends; give their balances.

    Accounts that do not exist yet are made. Those that keep no balance are passed over.
    """
    ids = await _ids(session, [account for account in accounts if account.kind in ledger.BOUNDED])
    balances = await _lock(session, ids)
    return {account: balances[account_id] for account, account_id in ids.items()}


async def open_all(session: AsyncSession, accounts: Sequence[Account]) -> None:
    """Make the accounts that do not exist yet."""
    await _ids(session, accounts)


async def balance(session: AsyncSession, account: Account) -> int:
    """Give an account's balance now, without locking it; of an account that keeps none, the sum of its postings."""
    found = (await session.execute(_FOUND, _parameters([account]))).first()
    if found is None:
        return 0
    if account.kind in ledger.BOUNDED:
        kept = await session.scalar(select(LedgerAccount.balance).where(LedgerAccount.id == found.id))
        return int(kept or 0)
    total = await session.scalar(
        select(func.coalesce(func.sum(LedgerPosting.amount), 0)).where(LedgerPosting.account_id == found.id)
    )
    return int(total or 0)


def _parameters(accounts: Sequence[Account]) -> dict[str, list[object]]:
    keys = [account.key for account in accounts]
    names = ("kinds", "currencies", "owner_types", "owner_ids")
    return {f"a_{name}": [key[at] for key in keys] for at, name in enumerate(names)}


async def _ids(session: AsyncSession, accounts: Sequence[Account]) -> dict[Account, int]:
    """Find the accounts' ids, and make those that do not exist: in one order, or two makers wait for each other."""
    found = await _find(session, accounts)
    missing = sorted({account for account in accounts if account not in found}, key=lambda account: account.key)
    if missing:
        await session.execute(
            upsert(LedgerAccount).on_conflict_do_nothing(),
            [dict(zip(_KEY, account.key, strict=True)) for account in missing],
        )
        found |= await _find(session, missing)
    return found


async def _find(session: AsyncSession, accounts: Sequence[Account]) -> dict[Account, int]:
    rows = await session.execute(_FOUND, _parameters(accounts))
    return {
        Account(AccountKind(row.kind), row.currency, OwnerType(row.owner_type), row.owner_id): row.id for row in rows
    }


async def _lock(session: AsyncSession, ids: Mapping[Account, int]) -> dict[int, int]:
    bounded = [account_id for account, account_id in ids.items() if account.kind in ledger.BOUNDED]
    if not bounded:
        return {}
    return {row.id: row.balance for row in await session.execute(_LOCKED, {"ids": bounded})}


async def _insert(
    session: AsyncSession, *, reason: str, reference: Reference, now: datetime, once: bool, note: str | None
) -> int | None:
    """Write the transaction's row; None when it is one of those that happen once, and has."""
    made: int | None = await session.scalar(
        upsert(LedgerTransaction).on_conflict_do_nothing().returning(LedgerTransaction.id),
        {
            "reason": reason,
            **referring(reference),
            "note": note,
            "once": once,
            "occurred_at": now,
        },
    )
    return made


async def _replayed(
    session: AsyncSession, *, reason: str, reference: Reference, wanted: Sequence[Posting], ids: Mapping[Account, int]
) -> Posted:
    transaction_id = await find(session, reason=reason, reference=reference)
    if transaction_id is None:  # a conflict without a row can be no other than one that we cannot see
        raise LedgerConflictError(
            f"{reason} of {reference.type} {reference.id} was posted by a transaction unseen here"
        )
    posted = await session.execute(
        select(LedgerPosting.account_id, LedgerPosting.amount).where(LedgerPosting.transaction_id == transaction_id)
    )
    if {(row.account_id, row.amount) for row in posted} != {(ids[each.account], each.amount) for each in wanted}:
        raise LedgerConflictError(
            f"{reason} of {reference.type} {reference.id} was posted before with other amounts; it happens once"
        )
    return Posted(transaction_id, replayed=True)


async def find(session: AsyncSession, *, reason: str, reference: Reference) -> int | None:
    """Find the transaction of something that happens once; None if it has not."""
    found: int | None = await session.scalar(
        select(LedgerTransaction.id).where(
            LedgerTransaction.once,
            LedgerTransaction.reason == reason,
            LedgerTransaction.reference_type == reference.type,
            LedgerTransaction.reference_id == reference.id,
            LedgerTransaction.reference_part == reference.part,
        )
    )
    return found


async def moved(session: AsyncSession, transaction_id: int) -> int:
    """Say how much a transaction moved: the sum of what its accounts got."""
    amounts = await session.scalars(
        select(LedgerPosting.amount).where(LedgerPosting.transaction_id == transaction_id, LedgerPosting.amount > 0)
    )
    return sum(amounts)
