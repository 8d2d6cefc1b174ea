"""Which region's taxes hold for an address."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from domain import customers, tax
from domain.errors import InvalidInput
from domain.money import Rounding
from domain.tax import STANDARD, TaxRounding, TaxRules

NAME_LENGTH_MAX: Final = 100
REGION_LENGTH_MAX: Final = 40
CLASSES_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Region:
    """A country (no region), or a region of one, with its rates in basis points by tax class."""

    country: str
    region: str | None
    name: str
    inclusive: bool
    per: TaxRounding = TaxRounding.PER_LINE
    rounding: Rounding = Rounding.HALF_UP
    rates: dict[str, int] = field(default_factory=dict)
    is_default: bool = False

    @property
    def code(self) -> str:
        """Name it: US, US-CA."""
        return self.country if self.region is None else f"{self.country}-{self.region}"

    def rules(self) -> TaxRules:
        """Give its rules for a price."""
        return TaxRules(
            region=self.code,
            standard=self.rates.get(STANDARD, 0),
            rates=self.rates,
            inclusive=self.inclusive,
            per=self.per,
            rounding=self.rounding,
            name=self.name,
        )


class Applied(NamedTuple):
    """The rules that hold, and what is to be said about that; `region_needed` when the address must name its region."""

    rules: TaxRules
    remark: str | None
    region_needed: tuple[str, ...] = ()


def applied(regions: Iterable[Region], *, country: str | None, region: str | None) -> Applied:
    """Choose the rules for a place; before there is an address, those of the shop's default region.

    A region goes before its country. Where only regions of a country are known and the address names none of them, no
    tax is computed and the regions are told.
    """
    known = list(regions)
    if country is None:
        default = next((each for each in known if each.is_default), None)
        if default is None:
            return Applied(TaxRules(""), None)
        return Applied(default.rules(), f"as in {default.code} until there is an address")
    there = [each for each in known if each.country == country]
    wanted = (region or "").strip().upper()
    exact = next((each for each in there if each.region is not None and each.region == wanted), None)
    found = exact or next((each for each in there if each.region is None), None)
    if found is not None:
        return Applied(found.rules(), None)
    if there:
        names = tuple(sorted(each.region for each in there if each.region))
        return Applied(TaxRules(country), f"unknown until the address names its region in {country}", names)
    return Applied(TaxRules(country), f"none is set up for {country}")


def checked(region: Region) -> Region:
    """Give a region as it is if taxes can be raised by it. Raises InvalidInput."""
    customers.country(region.country)
    name = region.region
    if name is not None and (not 0 < len(name) <= REGION_LENGTH_MAX or name != name.strip().upper()):
        raise InvalidInput(f"region: {name[:60]!r} is none; write capital letters, such as CA", field="region")
    if not 0 < len(region.name.strip()) <= NAME_LENGTH_MAX:
        raise InvalidInput(f"name: a name has 1 to {NAME_LENGTH_MAX} characters", field="name")
    if STANDARD not in region.rates:
        raise InvalidInput(f"rates: name one for the tax class {STANDARD!r}", field="rates")
    if len(region.rates) > CLASSES_MAX:
        raise InvalidInput(f"rates: name at most {CLASSES_MAX}", field="rates")
    for tax_class in region.rates:
        tax.check_class(tax_class, field="rates")
    return region
