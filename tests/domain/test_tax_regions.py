"""The taxes that hold are those of ..."""

from domain import tax_regions
from domain.tax_regions import Region

US = Region("US", None, "Sales tax", inclusive=False, rates={"standard": 0}, is_default=True)
CALIFORNIA = Region("US", "CA", "Sales tax", inclusive=False, rates={"standard": 725, "reduced": 0})
GERMANY = Region("DE", None, "VAT", inclusive=True, rates={"standard": 1900})
ALL = (US, CALIFORNIA, GERMANY)


def test_the_region_before_its_country() -> None:
    found = tax_regions.applied(ALL, country="US", region=" ca ")
    assert (found.rules.region, found.rules.standard, found.rules.inclusive, found.remark) == (
        "US-CA",
        725,
        False,
        None,
    )
    assert found.rules.rate("reduced") == 0
    assert tax_regions.applied(ALL, country="US", region="TX").rules.region == "US"
    assert tax_regions.applied(ALL, country="DE", region="NRW").rules.region == "DE"


def test_the_shops_own_region_until_there_is_an_address_and_that_is_said() -> None:
    found = tax_regions.applied(ALL, country=None, region=None)
    assert (found.rules.region, found.remark) == ("US", "as in US until there is an address")
    assert tax_regions.applied([GERMANY], country=None, region=None).remark is None


def test_nobody_where_the_address_does_not_say_enough() -> None:
    found = tax_regions.applied([CALIFORNIA], country="US", region=None)
    assert (found.rules.standard, found.region_needed) == (0, ("CA",))
    found = tax_regions.applied(ALL, country="FR", region=None)
    assert (found.rules.standard, found.remark, found.region_needed) == (0, "none is set up for FR", ())
