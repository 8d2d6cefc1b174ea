"""What somebody asks of a promotion, in the API's words, written down as the terms that a row keeps.

Sums are decimal texts in the promotion's one currency, percentages decimal texts ("12.5").
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain import money, percents, promotion_terms
from domain.coupons import Method
from domain.errors import InvalidInput
from domain.money import BASIS_POINTS

_EMPTY: Final[Mapping[str, Any]] = dict.fromkeys(
    (
        "percent_bp",
        "maximum",
        "amount",
        "step_spends",
        "step_saves",
        "buy_quantity",
        "get_quantity",
        "times",
        "gets",
        "gift_variant_id",
        "gift_quantity",
    )
)
_PLAIN: Final = ("starts_at", "ends_at", "claim_from", "claim_until", "valid_days", "total_limit")


def terms(given: Mapping[str, Any], *, merchant_id: int | None) -> dict[str, Any]:
    """Write down what is asked for as terms; `merchant_id` is whose promotion it is, None for the platform's.

    A level is left to be looked up: `level_name`. Raises InvalidInput, which names the field.
    """
    currencies = sorted(set(given.get("currencies") or ()))
    sums = _Sums(currencies)
    conditions = given.get("conditions") or {}
    share = given.get("platform_share_percent")
    default_share = 0 if merchant_id is not None else BASIS_POINTS
    limit = given.get("customer_limit")
    written = {
        **_benefit(given["benefit"], sums, merchant_id),
        **_scope(given.get("scope") or {}, merchant_id, "scope"),
        **{name: given.get(name) for name in _PLAIN},
        "title": " ".join(given["title"].split()),
        "method": given["method"],
        "currencies": currencies,
        "minimum_spend": sums.read(conditions.get("minimum_spend"), "conditions.minimum_spend") or 0,
        "minimum_quantity": conditions.get("minimum_quantity") or 0,
        "level_name": conditions.get("level"),
        "segments": sorted(set(conditions.get("segments") or ())),
        "first_order": bool(conditions.get("first_order")),
        "rule": _rule(conditions.get("rule")),
        "exclusive": bool(given.get("exclusive")),
        "group_name": given.get("group") or None,
        "combines_with": None if given.get("combines_with") is None else sorted(set(given["combines_with"])),
        "priority": given.get("priority") or 0,
        "platform_share_bp": default_share
        if share is None
        else percents.basis_points(share, field="platform_share_percent"),
        "budget": sums.read(given.get("budget"), "budget"),
        "customer_limit": 1 if limit is None and given["method"] == Method.CLAIM else limit,
    }
    promotion_terms.check({**written, "level_rank": None}, merchant_id=merchant_id)
    return written


class _Sums:
    """Reads sums in the one currency that there is, if there is one."""

    def __init__(self, currencies: Sequence[str]) -> None:
        self._currencies = currencies

    def read(self, text: str | None, field: str) -> int | None:
        """Read a decimal text as minor units. Raises InvalidInput."""
        if text is None:
            return None
        if len(self._currencies) != 1:
            raise InvalidInput("currencies: a promotion with a sum of money is in exactly one", field="currencies")
        try:
            return money.parse_amount(text, self._currencies[0])
        except InvalidInput as error:
            raise InvalidInput(f"{field}: {error.message}", field=field) from None


def _benefit(given: Mapping[str, Any], sums: _Sums, merchant_id: int | None) -> dict[str, Any]:
    """Write down the one benefit that is given."""
    chosen = [(kind, value) for kind, value in given.items() if value is not None]
    if len(chosen) != 1:
        raise InvalidInput(f"benefit: name exactly one kind of benefit, found {len(chosen)}", field="benefit")
    ((kind, value),) = chosen
    own: dict[str, Any]
    match kind:
        case "percentage":
            own = {
                "percent_bp": percents.basis_points(value["percent"], field="benefit.percentage.percent"),
                "maximum": sums.read(value.get("maximum"), "benefit.percentage.maximum"),
            }
        case "fixed_sum":
            own = {"amount": sums.read(value["amount"], "benefit.fixed_sum.amount")}
        case "spend_steps":
            own = {
                "step_spends": [sums.read(step["spend"], "benefit.spend_steps") for step in value],
                "step_saves": [sums.read(step["save"], "benefit.spend_steps") for step in value],
            }
        case "free_shipping":
            own = {"maximum": sums.read(value.get("maximum"), "benefit.free_shipping.maximum")}
        case "buy_get":
            gets = value.get("gets")
            own = {
                "buy_quantity": value["buy"],
                "get_quantity": value["get"],
                "percent_bp": percents.basis_points(value.get("percent") or "100", field="benefit.buy_get.percent"),
                "times": value.get("times"),
                "gets": None if gets is None else _gets(gets, merchant_id),
            }
        case _:
            own = {"gift_variant_id": value["variant_id"], "gift_quantity": value.get("quantity") or 1}
    return {**_EMPTY, "benefit": kind.upper(), **own}


def _scope(given: Mapping[str, Any], merchant_id: int | None, field: str) -> dict[str, Any]:
    merchant_ids = sorted(set(given.get("merchant_ids") or ()))
    if merchant_id is not None:
        if merchant_ids not in ([], [merchant_id]):
            raise InvalidInput(f"{field}: a merchant's promotion is for its own goods alone", field=field)
        merchant_ids = [merchant_id]
    return {
        "merchant_ids": merchant_ids,
        "category_ids": sorted(set(given.get("category_ids") or ())),
        "collection_ids": sorted(set(given.get("collection_ids") or ())),
        "product_ids": sorted(set(given.get("product_ids") or ())),
        "scope_label": (given.get("label") or "").strip()[: promotion_terms.TITLE_LENGTH_MAX],
    }


def _gets(given: Mapping[str, Any], merchant_id: int | None) -> dict[str, Any]:
    scope = _scope(given, merchant_id, "benefit.buy_get.gets")
    return {"label": scope.pop("scope_label"), **scope}


def _rule(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("conditions.rule: it is no JSON", field="conditions.rule") from None
