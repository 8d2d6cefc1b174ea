"""The price of a cart ..."""

from typing import Any

import asyncpg
import pytest

from domain.promotions import (
    Combining,
    Conditions,
    FixedSum,
    Gift,
    Percentage,
    Promotion,
    Scope,
)
from resolvers import promotions
from tests.factories import cart_terms, catalogue, club, people
from tests.factories import promotions as kept
from tests.factories.small_shop import SmallShop
from tests.graph.carts import BONN, line, money, send
from tests.graph.conftest import Api

USD = frozenset({"USD"})


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[Promotion]:
    """The promotions that there are for every cart; what the test puts in."""
    there: list[Promotion] = []

    async def for_carts(carts: Any, context: Any, **_: Any) -> list[list[Promotion]]:
        del context
        return [list(there) for _ in carts]

    monkeypatch.setattr(promotions, "for_carts", for_carts)
    return there


async def test_adds_up_from_five_sums_with_points_in_the_discount(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    await cart_terms.method(connection, 590)
    await cart_terms.region(connection, "US", {"standard": 1000}, inclusive=False, is_default=True)
    await cart_terms.rates(connection)
    customer = await people.customer(connection)
    await club.points(connection, customer.customer_id or 0, 1200)
    await connection.execute(
        """INSERT INTO membership_levels (name, currency, threshold, discount_bp, points_multiplier_bp)
           VALUES ('Bronze', 'USD', 0, 500, 20000)"""
    )
    api.context.viewer = customer
    cart = (await send(api, "CartCreate", lines=[line(shop.small, 2)]))["cart"]
    answer = (await send(api, "CartPointsSet", cartId=cart["id"], points=5000))["cart"]
    # 5 % of 59.80 is 2.99; 10 % tax on 56.81 is 5.681; 1,200 points are worth 12.00.
    assert answer["cost"] == {
        "subtotal": money("59.80"),
        "discount": money("14.99"),
        "shipping": money("0.00"),
        "tax": money("5.68"),
        "total": money("50.49"),
    }
    assert [(step["kind"], step["amount"]["amount"]) for step in answer["priceTrace"]] == [
        ("BASE", "59.80"),
        ("LEVEL", "-2.99"),
        ("TAX", "5.68"),
        ("POINTS", "-12.00"),
        ("TAX", "0.00"),
    ]
    assert [each["message"] for each in answer["problems"]] == [
        "1200 of 5000 points are used: worth 12.00; 5000 were asked for, 1200 are there",
        "say where it shall be sent, by cartDeliverySet",
    ]
    more = await api.data(
        """query ($id: ID!) { cart(id: $id) {
            pointsAsked pointsUsed pointsEarned cost { points { amount } taxIncluded }
            lines { nodes { discount { amount } discountedTotal { amount } tax { amount } pointsEarned } }
            merchants { merchant { name } pointsUsed pointsEarned cost { total { amount } discount { amount } } }
        } }""",
        id=cart["id"],
    )
    # Two points for each unit of what is paid in money, 56.81 - 12.00.
    assert more["cart"] == {
        "pointsAsked": 5000,
        "pointsUsed": 1200,
        "pointsEarned": 89,
        "cost": {"points": {"amount": "12.00"}, "taxIncluded": False},
        "lines": {
            "nodes": [
                {
                    "discount": {"amount": "2.99"},
                    "discountedTotal": {"amount": "56.81"},
                    "tax": {"amount": "5.68"},
                    "pointsEarned": 89,
                }
            ]
        },
        "merchants": [
            {
                "merchant": {"name": "Ada's Lamps"},
                "pointsUsed": 1200,
                "pointsEarned": 89,
                "cost": {"total": {"amount": "50.49"}, "discount": {"amount": "14.99"}},
            }
        ],
    }


async def test_uses_no_points_of_a_guest_and_says_so(api: Api, shop: SmallShop) -> None:
    cart = (await send(api, "CartCreate", lines=[line(shop.small)]))["cart"]
    answer = (await send(api, "CartPointsSet", cartId=cart["id"], points=100))["cart"]
    assert answer["problems"][0] == {
        "code": "POINTS_REDUCED",
        "message": "100 points were asked for: sign in to use points",
        "lineId": None,
    }
    assert answer["cost"]["total"] == money("29.90")


async def test_tells_what_becomes_of_each_coupon(api: Api, shop: SmallShop, offered: list[Promotion]) -> None:
    offered += [
        Promotion(1, "Ten off", FixedSum(1000), code="TEN", conditions=Conditions(currencies=USD, minimum_spend=7180)),
        Promotion(2, "A tenth", Percentage(1000), code="TENTH"),
        Promotion(3, "Wallet", Percentage(2000), code="MINE", combining=Combining(exclusive=True)),
        Promotion(4, "Lamps", Percentage(100), scope=Scope(category_ids=frozenset({shop.home}))),
        Promotion(5, "Office", Percentage(9000), scope=Scope(category_ids=frozenset({shop.office}))),
    ]
    cart = (await send(api, "CartCreate", lines=[line(shop.small, 2)]))["cart"]
    answer = (await send(api, "CartCouponsSet", cartId=cart["id"], codes=["ten", "tenth", "gone"]))["cart"]
    # The automatic percent comes first, on goods; a tenth of what it leaves, 59.20, is 5.92.
    assert answer["cost"]["discount"] == money("6.52")
    assert [
        (step["kind"], step["label"], step["amount"]["amount"], step["applied"], step["reason"])
        for step in answer["priceTrace"]
    ] == [
        ("BASE", "Lamp, S", "59.80", True, "2 at 29.90"),
        ("PROMOTION", "Lamps", "-0.60", True, "1 % of 59.80, rounded half up"),
        ("PROMOTION", "Office", "0.00", False, "only for other products"),
        ("COUPON", "Ten off (TEN)", "0.00", False, "12.00 more"),
        ("COUPON", "A tenth (TENTH)", "-5.92", True, "10 % of 59.20"),
        ("COUPON", "GONE", "0.00", False, "there is no such coupon, or it is not for you"),
    ]
    assert [each["message"] for each in answer["problems"] if each["code"] == "COUPON_REJECTED"] == [
        "GONE: there is no such coupon, or it is not for you",
        "TEN: 12.00 more",
    ]
    query = """query ($id: ID!) { cart(id: $id) {
        coupons { code label applied amount { amount } reason missing { code amount { amount } } }
        couponAdvice { exhaustive best { codes total { amount } saves { amount } } runnerUp { codes }
            coupons { code fits saves { amount } besideBest } } } }"""
    assert (await api.data(query, id=cart["id"]))["cart"] == {
        "coupons": [
            {
                "code": "TEN",
                "label": "Ten off",
                "applied": False,
                "amount": {"amount": "0.00"},
                "reason": "12.00 more",
                "missing": [{"code": "MINIMUM_SPEND", "amount": {"amount": "12.00"}}],
            },
            {
                "code": "TENTH",
                "label": "A tenth",
                "applied": True,
                "amount": {"amount": "5.92"},
                "reason": None,
                "missing": [],
            },
            {
                "code": "GONE",
                "label": None,
                "applied": False,
                "amount": {"amount": "0.00"},
                "reason": "there is no such coupon, or it is not for you",
                "missing": [],
            },
        ],
        "couponAdvice": {
            "exhaustive": True,
            # An exclusive fifth of 59.80 is 11.96: 0.60 of the automatic one is lost.
            "best": {"codes": ["MINE"], "total": {"amount": "47.84"}, "saves": {"amount": "11.36"}},
            "runnerUp": {"codes": ["TENTH"]},
            "coupons": [
                {"code": "TEN", "fits": False, "saves": {"amount": "0.00"}, "besideBest": None},
                {
                    "code": "TENTH",
                    "fits": True,
                    "saves": {"amount": "5.92"},
                    "besideBest": "cannot be combined with Wallet (MINE)",
                },
                {"code": "MINE", "fits": True, "saves": {"amount": "11.36"}, "besideBest": None},
            ],
        },
    }


async def test_takes_kept_promotions_codes_and_what_is_in_the_wallet(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    customer, other = await people.customer(connection), await people.customer(connection)
    await kept.promotion(connection, title="A tenth of lamps", category_ids=[shop.home])
    named = await kept.promotion(connection, title="A fifth", percent_bp=2_000, method="CODE")
    await kept.code(connection, named, "FIFTH")
    for_some = await kept.promotion(connection, title="For friends", method="CODE", segments=["friends"])
    await kept.code(connection, for_some, "FRIENDS")
    theirs = await kept.claimed(connection, await kept.promotion(connection, method="CLAIM"), other.customer_id or 0)
    half = await kept.promotion(connection, title="Half", percent_bp=5_000, method="CLAIM")
    mine = await kept.claimed(connection, half, customer.customer_id or 0)
    api.context.viewer = customer
    cart = (await send(api, "CartCreate", lines=[line(shop.small, 2)]))["cart"]
    answer = (await send(api, "CartCouponsSet", cartId=cart["id"], codes=["fifth", "friends", theirs]))["cart"]
    # 59.80 less 5.98 is 53.82, of which a fifth is 10.76.
    assert answer["cost"]["discount"] == money("16.74")
    assert [each["message"] for each in answer["problems"] if each["code"] == "COUPON_REJECTED"] == [
        "FRIENDS: there is no such coupon, or it is not for you",
        f"{theirs}: there is no such coupon, or it is not for you",
    ]
    query = """query ($id: ID!) { cart(id: $id) { couponAdvice {
        best { codes total { amount } } coupons { code fits saves { amount } } } } }"""
    advice = (await api.data(query, id=cart["id"]))["cart"]["couponAdvice"]
    # Half of 53.82 is 26.91, and a fifth of the rest 5.38; in the other order likewise.
    assert advice == {
        "best": {"codes": ["FIFTH", mine], "total": {"amount": "21.53"}},
        "coupons": [
            {"code": "FIFTH", "fits": True, "saves": {"amount": "10.76"}},
            {"code": mine, "fits": True, "saves": {"amount": "26.91"}},
        ],
    }
    await catalogue.insert(connection, "customer_segments", customer_id=customer.customer_id, segment="friends")
    invited = (await send(api, "CartPointsSet", cartId=cart["id"], points=0))["cart"]
    assert invited["cost"]["discount"] == money("21.05")


async def test_is_less_for_goods_of_a_collection(
    api: Api, shop: SmallShop, offered: list[Promotion], connection: asyncpg.Connection
) -> None:
    def condition(field: str, operator: str, value: object) -> dict[str, Any]:
        return {"field": field, "is": operator, "value": value}

    both = [
        condition("category", "one_of", ["home"]),
        condition("merchant", "equals", "ada"),
        condition("price", "at_most", 2990),
        condition("rating", "at_least", 4.25),
        condition("available", "equals", value=True),
        condition("attributes.colour", "equals", "Blue"),
        condition("attributes.height", "one_of", ["40.5"]),
        condition("attributes.dimmable", "equals", "true"),
    ]
    there = await catalogue.insert(connection, "collections", slug="c", name="C", rule={"all": both})
    gone = await catalogue.insert(connection, "collections", slug="d", name="D", rule={"not": both[0]})
    # What the collection itself shows is what its promotion is for.
    shown = await api.data('{ collection(slug: "c") { products { nodes { slug } } } }')
    assert shown["collection"]["products"]["nodes"] == [{"slug": "lamp"}]
    for key, row in ((1, there), (2, gone)):
        scope = Scope(collection_ids=frozenset({row["id"]}))
        offered.append(Promotion(key, f"Collection {key}", Percentage(1000), scope=scope))
    answer = await send(api, "CartCreate", lines=[line(shop.small, 2)])
    assert [(step["label"], step["amount"]["amount"], step["applied"]) for step in answer["cart"]["priceTrace"]] == [
        ("Lamp, S", "59.80", True),
        ("Collection 1", "-5.98", True),
        ("Collection 2", "0.00", False),
    ]


async def test_comes_with_gifts(
    api: Api, shop: SmallShop, offered: list[Promotion], connection: asyncpg.Connection
) -> None:
    bulb = await catalogue.variant(connection, shop.lamp, sku="BULB", prices={"USD": 500})
    offered.append(
        Promotion(
            1,
            "A bulb for each lamp",
            Gift(bulb, shop.ada, "Bulb", 500, available=3),
            conditions=Conditions(currencies=USD),
        )
    )
    cart = (await send(api, "CartCreate", lines=[line(shop.small)]))["cart"]
    query = """query ($id: ID!) { cart(id: $id) { cost { total { amount } }
        gifts { variant { sku } quantity label worth { amount } } } }"""
    assert (await api.data(query, id=cart["id"]))["cart"] == {
        "cost": {"total": {"amount": "29.90"}},
        "gifts": [
            {"variant": {"sku": "BULB"}, "quantity": 1, "label": "A bulb for each lamp", "worth": {"amount": "5.00"}}
        ],
    }


async def test_has_a_part_for_each_merchant_with_its_own_delivery(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    bob = await catalogue.product(connection, shop.bob, name="Desk")
    desk = await catalogue.variant(connection, bob, prices={"USD": 10000})
    await catalogue.stock(connection, desk, await catalogue.warehouse(connection, shop.bob), 1)
    await cart_terms.method(connection, 590)
    await cart_terms.method(connection, 1490, code="express", label="Express")
    await cart_terms.method(connection, 4900, merchant_id=shop.bob, label="By truck", countries=["DE"])
    cart = (await send(api, "CartCreate", lines=[line(shop.small), line(desk)]))["cart"]
    given = {"cartId": cart["id"], "email": "ada@example.com", "address": BONN}
    answer = (await send(api, "CartDeliverySet", **given, method="standard"))["cart"]
    assert answer["cost"]["shipping"] == money("54.90")
    assert answer["deliveryOptions"] == [
        {"code": "standard", "label": "Standard", "price": money("54.90")},
        {"code": "express", "label": "Express", "price": money("29.80")},
    ]
    query = """query ($id: ID!) { cart(id: $id) { merchants { merchant { slug } delivery { code price { amount } }
        deliveryOptions { code price { amount } } cost { total { amount } } } } }"""
    mixed = """mutation ($id: ID!, $address: AddressInput!, $bob: ID!) { cartDeliverySet(input: { cartId: $id,
        email: "a@example.com", address: $address, method: "standard",
        merchants: [{ merchantId: $bob, method: "express" }] }) { userErrors { code } } }"""
    bob_id = (await api.data('{ merchant(slug: "bob") { id } }'))["merchant"]["id"]
    assert (await api.data(mixed, id=cart["id"], address=BONN, bob=bob_id))["cartDeliverySet"]["userErrors"] == []
    parts = (await api.data(query, id=cart["id"]))["cart"]["merchants"]
    assert [(part["merchant"]["slug"], part["delivery"], part["cost"]["total"]["amount"]) for part in parts] == [
        ("ada", {"code": "standard", "price": {"amount": "5.90"}}, "35.80"),
        ("bob", {"code": "express", "price": {"amount": "14.90"}}, "114.90"),
    ]
    french = {**given, "address": {**BONN, "country": "FR"}}
    answer = (await send(api, "CartDeliverySet", **french, method="standard"))["cart"]
    assert [each["message"] for each in answer["problems"]] == ["Desk is not sent to FR by standard; choose express"]
    assert answer["cost"]["shipping"] == money("5.90")
