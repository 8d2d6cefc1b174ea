"""The ledger ..."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain import ledger as rules
from domain.ledger import AccountKind, InsufficientBalanceError, LedgerError, Posting, Reference
from models.database import Database
from services import ledger

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAYMENTS = rules.platform(AccountKind.PAYMENTS, "USD")
PAYABLE = rules.merchant(AccountKind.MERCHANT_PAYABLE, "USD", 7)
CREDIT = rules.customer(AccountKind.STORE_CREDIT, "USD", 1)
OTHER = rules.customer(AccountKind.STORE_CREDIT, "USD", 2)
EXPENSE = rules.platform(AccountKind.PLATFORM_EXPENSE, "USD")


async def posting(database: Database, reference: int, *postings: Posting, **options: Any) -> ledger.Posted:
    async with database.transaction() as session:
        return await ledger.post(
            session,
            reason="TESTED",
            reference=Reference("ORDER", reference),
            postings=postings,
            now=NOW,
            **options,
        )


def gift(amount: int, account: rules.Account = CREDIT) -> tuple[Posting, ...]:
    return tuple(rules.move(amount, source=EXPENSE, target=account))


async def balances(database: Database, *accounts: rules.Account) -> list[int]:
    async with database.transaction() as session:
        return [await ledger.balance(session, account) for account in accounts]


async def test_keeps_balances_that_cannot_go_below_zero_and_sums_the_others(
    database: Database, connection: asyncpg.Connection
) -> None:
    await posting(database, 1, Posting(PAYMENTS, -1000), Posting(PAYABLE, 900), Posting(CREDIT, 100))
    await posting(database, 2, Posting(CREDIT, -30), Posting(PAYABLE, 30))
    assert await balances(database, PAYMENTS, PAYABLE, CREDIT, OTHER) == [-1000, 930, 70, 0]
    kept = await connection.fetch("SELECT kind, balance FROM ledger_accounts ORDER BY kind")
    assert [tuple(row) for row in kept] == [("MERCHANT_PAYABLE", None), ("PAYMENTS", None), ("STORE_CREDIT", 70)]


async def test_says_how_much_there_is_when_more_is_wanted_and_changes_nothing(
    database: Database, connection: asyncpg.Connection
) -> None:
    await posting(database, 1, *gift(50))
    with pytest.raises(InsufficientBalanceError) as refused:
        await posting(database, 2, Posting(CREDIT, -51), Posting(EXPENSE, 51))
    assert (refused.value.available, refused.value.wanted) == (50, 51)
    assert await balances(database, CREDIT, EXPENSE) == [50, -50]
    assert await connection.fetchval("SELECT count(*) FROM ledger_transactions") == 1


async def test_posts_once_what_happens_once(database: Database) -> None:
    first = await posting(database, 1, *gift(50))
    again = await posting(database, 1, *gift(50))
    assert (again.id, first.replayed, again.replayed) == (first.id, False, True)
    with pytest.raises(ledger.LedgerConflictError):
        await posting(database, 1, *gift(51))
    assert await balances(database, CREDIT) == [50]


async def test_posts_again_what_may_happen_again(database: Database) -> None:
    for _ in range(2):
        await posting(database, 1, *gift(50), once=False)
    assert await balances(database, CREDIT) == [100]


async def test_posts_once_for_twenty_who_ask_at_once(database: Database) -> None:
    posted = await asyncio.gather(*(posting(database, 1, *gift(50)) for _ in range(20)))
    assert len({each.id for each in posted}) == 1
    assert [each.replayed for each in posted].count(False) == 1
    assert await balances(database, CREDIT) == [50]


async def test_lets_no_more_be_taken_at_once_than_there_is(database: Database) -> None:
    await posting(database, 0, *gift(100))
    taken = await asyncio.gather(
        *(posting(database, number, Posting(CREDIT, -30), Posting(EXPENSE, 30)) for number in range(1, 11)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in taken) == ["InsufficientBalanceError"] * 7 + ["Posted"] * 3
    assert await balances(database, CREDIT, EXPENSE) == [10, -10]


async def test_does_not_deadlock_when_accounts_are_named_in_any_order(database: Database) -> None:
    await posting(database, 0, *gift(1000, CREDIT))
    await posting(database, 1, *gift(1000, OTHER))
    await asyncio.gather(
        *(
            posting(database, 10 + number, Posting(source, -1), Posting(target, 1))
            for number in range(100)
            for source, target in [(CREDIT, OTHER) if number % 2 else (OTHER, CREDIT)]
        )
    )
    assert await balances(database, CREDIT, OTHER) == [1000, 1000]


async def test_lets_nobody_wait_for_an_account_that_all_post_to(database: Database) -> None:
    await posting(database, 1, Posting(PAYMENTS, -1), Posting(PAYABLE, 1))
    async with database.transaction() as session:
        await ledger.post(
            session,
            reason="TESTED",
            reference=Reference("ORDER", 2),
            postings=[Posting(PAYMENTS, -10), Posting(PAYABLE, 10)],
            now=NOW,
        )
        async with asyncio.timeout(5):  # while the first has not committed
            await posting(database, 3, Posting(PAYMENTS, -100), Posting(PAYABLE, 100))
    assert await balances(database, PAYMENTS, PAYABLE) == [-111, 111]


async def test_refuses_what_does_not_balance_before_it_asks_the_database(database: Database) -> None:
    with pytest.raises(LedgerError):
        await posting(database, 1, Posting(CREDIT, 1))


async def test_makes_an_account_once_for_all_who_need_it_at_once(
    database: Database, connection: asyncpg.Connection
) -> None:
    await asyncio.gather(*(posting(database, number, *gift(1)) for number in range(20)))
    assert await connection.fetchval("SELECT count(*) FROM ledger_accounts") == 2
    assert await balances(database, CREDIT) == [20]


# One transaction of 100 to a customer's credit, which the cases below try to spoil.
_POSTED = """
WITH accounts AS (
    INSERT INTO ledger_accounts (kind, currency, owner_type, owner_id)
    VALUES ('STORE_CREDIT', 'USD', 'CUSTOMER', 1), ('PLATFORM_EXPENSE', 'USD', 'PLATFORM', 1) RETURNING id, kind
), made AS (
    INSERT INTO ledger_transactions (reason, reference_type, reference_id, once, occurred_at)
    VALUES ('GIVEN', 'ORDER', 1, true, now()) RETURNING id
)
INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)
SELECT made.id, accounts.id, 'USD', CASE kind WHEN 'STORE_CREDIT' THEN 100 ELSE -100 END FROM made, accounts
"""
_WORDS = {
    "NEW": """
        WITH made AS (
            INSERT INTO ledger_transactions (reason, reference_type, reference_id, once, occurred_at)
            VALUES ('SPOILT', 'ORDER', 2, true, now()) RETURNING id
        )""",
    "POST": "INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)",
    "CREDIT": "(SELECT id FROM ledger_accounts WHERE kind = 'STORE_CREDIT')",
    "EXPENSE": "(SELECT id FROM ledger_accounts WHERE kind = 'PLATFORM_EXPENSE')",
}


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("ck_ledger_postings_append_only", "UPDATE ledger_postings SET amount = amount * 2"),
        ("ck_ledger_postings_append_only", "DELETE FROM ledger_postings"),
        ("ck_ledger_postings_append_only", "TRUNCATE ledger_postings"),
        ("ck_ledger_postings_append_only", "TRUNCATE ledger_accounts, ledger_postings, points_lots CASCADE"),
        ("ck_ledger_transactions_append_only", "UPDATE ledger_transactions SET reason = 'OTHER'"),
        ("ck_ledger_transactions_append_only", "DELETE FROM ledger_transactions"),
        ("ck_ledger_accounts_by_postings", "UPDATE ledger_accounts SET balance = 1000 WHERE balance IS NOT NULL"),
        ("ck_ledger_accounts_by_postings", "UPDATE ledger_accounts SET owner_id = 2"),
        ("fk_ledger_postings_account_id_currency", "DELETE FROM ledger_accounts"),
        ("ck_ledger_postings_balanced", "NEW POST SELECT id, CREDIT, 'USD', 1 FROM made"),
        (
            "ck_ledger_postings_balanced",
            """NEW POST SELECT id, account, 'USD', amount
               FROM made, (VALUES (CREDIT, 2), (EXPENSE, -1)) AS wrong (account, amount)""",
        ),
        ("ck_ledger_transactions_posted", "NEW SELECT FROM made"),
        (
            "ck_ledger_postings_closed",
            """POST SELECT id, account, 'USD', amount
               FROM ledger_transactions, (VALUES (CREDIT, 1), (EXPENSE, -1)) AS late (account, amount)""",
        ),
        (
            "ck_ledger_accounts_balance",
            """NEW POST SELECT id, account, 'USD', amount
               FROM made, (VALUES (CREDIT, -101), (EXPENSE, 101)) AS wrong (account, amount)""",
        ),
        ("ck_ledger_postings_amount", "NEW POST SELECT id, CREDIT, 'USD', 0 FROM made"),
        ("fk_ledger_postings_account_id_currency", "NEW POST SELECT id, CREDIT, 'EUR', 5 FROM made"),
        (
            "uq_ledger_transactions_once",
            """INSERT INTO ledger_transactions (reason, reference_type, reference_id, once, occurred_at)
               VALUES ('GIVEN', 'ORDER', 1, true, now())""",
        ),
    ],
)
async def test_is_kept_by_the_database_from(connection: asyncpg.Connection, constraint: str, statement: str) -> None:
    await connection.execute(_POSTED)
    tables = ("ledger_accounts", "ledger_transactions", "ledger_postings")
    before = [await connection.fetch(f"TABLE {table}") for table in tables]
    for word, meaning in _WORDS.items():
        statement = statement.replace(word, meaning)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await connection.execute(statement)
    assert caught.value.constraint_name == constraint
    assert [await connection.fetch(f"TABLE {table}") for table in tables] == before


async def test_opens_accounts_empty_whatever_is_said(connection: asyncpg.Connection) -> None:
    await connection.execute(
        """INSERT INTO ledger_accounts (kind, currency, owner_type, owner_id, balance)
           VALUES ('STORE_CREDIT', 'USD', 'CUSTOMER', 1, 500), ('PAYMENTS', 'USD', 'PLATFORM', 1, 500)"""
    )
    opened = await connection.fetch("SELECT balance FROM ledger_accounts ORDER BY kind DESC")
    assert [row["balance"] for row in opened] == [0, None]
