"""The variants of an import record: their options, prices and stock."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from domain import catalogue_record_fields as fields
from domain import money

VARIANTS_MAX = 500
PRICES_MAX = 50
OPTIONS_MAX = 20
EXACT_DIGITS_MAX = 15
DEFAULT_WAREHOUSE = "main"

_VARIANT_KEYS = frozenset({"sku", "name", "optionValues", "prices", "weightGrams", "barcode", "stock"})
_PRICE_KEYS = frozenset({"amount", "currency", "compareAt"})


class PriceRecord(NamedTuple):
    """A variant's price in one currency; minor units."""

    currency: str
    amount: int
    compare_at: int | None


@dataclass(slots=True)
class VariantRecord:
    """One variant; `stock` is units on hand by warehouse code, empty when the record says nothing about stock."""

    sku: str
    name: str
    option_values: dict[str, str]
    prices: list[PriceRecord]
    weight_grams: int | None
    barcode: str | None
    stock: dict[str, int]


def read_prices(value: object, field: str, currency: str) -> list[PriceRecord]:
    """Check the prices of a variant, at least one, in `currency` unless they name another. Raises RecordError."""
    prices = [
        read_price(price, f"{field}[{index}]", currency)
        for index, price in enumerate(fields.json_list(value, field, PRICES_MAX))
    ]
    if not prices:
        fields.refuse(field, value, "must hold at least one price")
    if len(prices) > 1:
        fields.distinct(field, "currency", (price.currency for price in prices))
    return prices


def read_variant(value: object, field: str, currency: str, *, priced: bool = True) -> VariantRecord:
    """Check one variant; prices that name no currency are in `currency`. Without `priced` it needs none.

    Raises RecordError.
    """
    document = fields.json_object(value, field)
    fields.known_keys(document, _VARIANT_KEYS, field)
    prices = read_prices(document.get("prices"), f"{field}.prices", currency) if priced else []
    weight = document.get("weightGrams")
    barcode = document.get("barcode")
    return VariantRecord(
        sku=fields.code(document.get("sku"), f"{field}.sku"),
        name=fields.optional_text(document.get("name"), f"{field}.name", fields.NAME_LENGTH_MAX) or "",
        option_values={
            fields.text_of(name, f"{field}.optionValues", fields.CODE_LENGTH_MAX): fields.text_of(
                option, f"{field}.optionValues.{name}", fields.CODE_LENGTH_MAX
            )
            for name, option in fields.json_object(document.get("optionValues"), f"{field}.optionValues").items()
        },
        prices=prices,
        weight_grams=None if weight is None else fields.units(weight, f"{field}.weightGrams"),
        barcode=None if barcode is None or barcode == "" else fields.code(barcode, f"{field}.barcode"),
        stock=_stock(document.get("stock"), f"{field}.stock"),
    )


def _stock(value: object, field: str) -> dict[str, int]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return {
            fields.text_of(code, field, fields.CODE_LENGTH_MAX): fields.units(units, f"{field}.{code}")
            for code, units in value.items()
        }
    return {DEFAULT_WAREHOUSE: fields.units(value, field)}


def read_price(value: object, field: str, default_currency: str) -> PriceRecord:
    """Check one price; it is in `default_currency` when it names none. Raises RecordError."""
    document = fields.json_object(value, field)
    fields.known_keys(document, _PRICE_KEYS, field)
    currency = (
        fields.optional_text(document.get("currency"), f"{field}.currency", fields.CODE_LENGTH_MAX) or default_currency
    )
    amount = _amount(document.get("amount"), currency, f"{field}.amount")
    compare_at = document.get("compareAt")
    if compare_at is None:
        return PriceRecord(currency, amount, None)
    former = _amount(compare_at, currency, f"{field}.compareAt")
    if former <= amount:
        fields.refuse(f"{field}.compareAt", compare_at, "must be greater than the amount, or be left out")
    return PriceRecord(currency, amount, former)


def _amount(value: object, currency: str, field: str) -> int:
    """Read a decimal exactly. A JSON number came through a float, which holds 15 digits as they were written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        fields.refuse(field, value, 'must be a decimal in text, such as "19.90"')
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, float):
        if not math.isfinite(value) or len(Decimal(text).as_tuple().digits) > EXACT_DIGITS_MAX:
            fields.refuse(field, value, 'is not exact as a number; write it as text, such as "19.90"')
        text = format(Decimal(text), "f").removesuffix(".0")
    try:
        amount = money.parse_amount(text, currency)
    except money.MoneyError as error:
        raise fields.RecordError(field, value, error.message) from error
    if amount < 0:
        fields.refuse(field, value, "must not be negative")
    return amount


def read_options(value: object, variants: list[VariantRecord]) -> list[dict[str, Any]]:
    """Read the options, or gather them from the variants when the record names none, and hold the variants to them.

    The variants' values are brought into the options' order. Raises RecordError.
    """
    options: dict[str, list[str]] = {}
    for index, item in enumerate(fields.json_list(value, "options", OPTIONS_MAX)):
        field = f"options[{index}]"
        entry = fields.json_object(item, field)
        fields.known_keys(entry, frozenset({"name", "values"}), field)
        name = fields.text_of(entry.get("name"), f"{field}.name", fields.CODE_LENGTH_MAX)
        if name in options:
            fields.refuse(f"{field}.name", name, "stands twice")
        values = fields.json_list(entry.get("values"), f"{field}.values", VARIANTS_MAX)
        options[name] = [fields.text_of(text, f"{field}.values", fields.CODE_LENGTH_MAX) for text in values]
    if not options:
        for variant in variants:
            for name, choice in variant.option_values.items():
                choices = options.setdefault(name, [])
                if choice not in choices:
                    choices.append(choice)
    if options:
        _fit_options(options, variants)
    elif len(variants) > 1:
        fields.refuse("variants[1].optionValues", None, "several variants need option values that tell them apart")
    return [{"name": name, "values": values} for name, values in options.items()]


def _fit_options(options: dict[str, list[str]], variants: list[VariantRecord]) -> None:
    for index, variant in enumerate(variants):
        field = f"variants[{index}].optionValues"
        if variant.option_values.keys() != options.keys():
            fields.refuse(field, variant.option_values, f"must name exactly the options {', '.join(options)}")
        for name, choice in variant.option_values.items():
            if choice not in options[name]:
                fields.refuse(
                    f"{field}.{name}", choice, f"is not one of the option's values {', '.join(options[name])}"
                )
        variant.option_values = {name: variant.option_values[name] for name in options}
    fields.distinct("variants", "optionValues", (tuple(variant.option_values.values()) for variant in variants))
