"""Foreign keys, by which deletions and listings look for what points somewhere, ..."""

import asyncpg

UNINDEXED = """
    SELECT format('%s(%s)', conrelid::regclass, (
        SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS of_key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number
    )) AS name
    FROM pg_constraint WHERE contype = 'f' AND NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = conrelid AND indisvalid
            AND (string_to_array(indkey::text, ' ')::int2[])[1:cardinality(conkey)] @> conkey
            AND coalesce(pg_get_expr(indpred, indrelid), '') IN ('', (
                SELECT format('(%I IS NOT NULL)', attname) FROM pg_attribute
                WHERE attrelid = conrelid AND attnum = conkey[1]
            ))
    )
"""
_NO_ACCOUNT = "no account is deleted: it is emptied when its customer is erased"
_NO_MERCHANT = "no merchant is deleted: it is closed"
_NO_PRODUCT = "no product is deleted: it is archived; listings have indexes of what is published"
_BY_PART = "the part alone says which rows they are, and has an index"
_NO_PART = "no part of an order is deleted, and they are looked for by their order"
_FEW = "a shop has a handful of rows"
WITHOUT = {
    "cart_deliveries(merchant_id)": _NO_MERCHANT,
    "collections(merchant_id)": _NO_MERCHANT,
    "commission_rules(category_id)": _FEW,
    "coupon_reservations(coupon_id, promotion_id)": "the coupon alone says which rows they are, and has an index",
    "fulfilments(part_id, order_id, merchant_id)": _BY_PART,
    "invoices(corrects_id)": "no invoice is deleted",
    "invoices(part_id, order_id, merchant_id)": _NO_PART,
    "ledger_postings(account_id, currency)": "the account alone says which rows they are, and has an index",
    "membership_changes(from_level_id)": "no level that somebody had is deleted",
    "membership_changes(to_level_id)": "no level that somebody had is deleted",
    "merchant_invitations(merchant_id)": _NO_MERCHANT,
    "order_entries(merchant_id)": _NO_MERCHANT,
    "order_lines(part_id, order_id, merchant_id)": _BY_PART,
    "points_lots(programme)": "no programme is deleted",
    "points_rates(merchant_id)": _NO_MERCHANT,
    "points_reservations(programme)": "no programme is deleted",
    "refund_lines(part_id, order_id, merchant_id)": _NO_PART,
    "returns(part_id, order_id, merchant_id)": _NO_PART,
    "reviews(product_id)": _NO_PRODUCT,
    "search_pins(product_id)": _NO_PRODUCT,
    "stock_levels(warehouse_id)": "no warehouse is deleted",
    "stock_thresholds(merchant_id)": _NO_MERCHANT,
    "test_provider_refunds(charge)": "it is the provider that tests have",
    "ticket_attachments(account_id)": _NO_ACCOUNT,
    "ticket_attachments(merchant_id)": _NO_MERCHANT,
    "ticket_messages(account_id)": _NO_ACCOUNT,
    "ticket_messages(merchant_id)": _NO_MERCHANT,
    "ticket_steps(account_id)": _NO_ACCOUNT,
    "ticket_steps(merchant_id)": _NO_MERCHANT,
    "tickets(assignee_id)": _NO_ACCOUNT,
    "tickets(order_line_id)": "no line of an order is deleted",
    "variant_prices(variant_id, product_id)": "the variant alone says which rows they are, and has an index",
    "variants(product_id, merchant_id)": "the product alone says which rows they are, and has an index",
}
FIRST_COLUMNS = """
    SELECT DISTINCT format('%s(%s', indrelid::regclass, attname) FROM pg_index
    JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE coalesce(pg_get_expr(indpred, indrelid), '') IN ('', format('(%I IS NOT NULL)', attname))
"""


async def test_have_indexes_unless_nobody_looks(connection: asyncpg.Connection) -> None:
    assert {row["name"] for row in await connection.fetch(UNINDEXED)} == set(WITHOUT)


async def test_have_an_index_of_the_column_that_is_said_to_do(connection: asyncpg.Connection) -> None:
    indexed = {row[0] for row in await connection.fetch(FIRST_COLUMNS)}
    alone = [name for name, reason in WITHOUT.items() if "alone" in reason]
    assert [name for name in alone if name.split(",")[0] not in indexed] == []
