"""A grocer's real coupon campaigns, run through the services.

`python -m tests.trials.coupon_campaigns FOLDER`: the folder holds the gzipped CSV files of "The Complete Journey"
(campaign_descriptions, campaigns, coupons, coupon_redemptions). DATABASE_URL names a migrated database; without it a
throwaway one is started. Exit code 1 unless every real redemption is accepted, once each time, and every one that never
was is refused: by a household that was not invited, the day before the campaign, the day after it, and with another
campaign's coupon.

A campaign is a promotion by CODE for the segment of its households, a coupon's UPC one of its codes.
"""

import asyncio
import csv
import gzip
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

from domain.access import PlatformRole, Viewer
from domain.coupons import Action, CouponRefusedError, Use
from domain.ledger import Reference
from models.database import Database
from server import migrate
from services import coupons, promotions

ADMIN = Viewer(platform=PlatformRole.ADMIN)
DAY = timedelta(days=1)
_orders = count(1)


class Campaign(NamedTuple):
    """A campaign, and the promotion that it became."""

    promotion_id: int
    codes: frozenset[str]
    households: frozenset[str]
    first_day: datetime
    last_day: datetime


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Read one of the files."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def day(text: str) -> datetime:
    """Read a date as noon of that day, UTC."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


async def load(database: Database, folder: Path) -> tuple[dict[str, Campaign], dict[str, int]]:
    """Make campaigns and households: promotions by campaign, customers by household."""
    households, codes = defaultdict(set), defaultdict(set)
    for row in rows(folder, "campaigns"):
        households[row["campaign_id"]].add(row["household_id"])
    for row in rows(folder, "coupons"):
        codes[row["campaign_id"]].add(row["coupon_upc"])
    everybody = sorted({*(each for of in households.values() for each in of), "nobody"})
    async with database.connection() as connection:
        made = await connection.fetch(
            "INSERT INTO customers (display_name) SELECT * FROM unnest($1::text[]) RETURNING id, display_name",
            everybody,
        )
        customers = {row["display_name"]: row["id"] for row in made}
        await connection.executemany(
            "INSERT INTO customer_segments (customer_id, segment) VALUES ($1, $2)",
            [(customers[each], f"campaign-{campaign}") for campaign, of in households.items() for each in of],
        )
    campaigns = {}
    for row in rows(folder, "campaign_descriptions"):
        name, starts = row["campaign_id"], day(row["start_date"]) - timedelta(hours=12)
        ends = day(row["end_date"]) + timedelta(hours=12)
        async with database.transaction() as session:
            given = {
                "title": f"Campaign {name}, {row['campaign_type']}",
                "method": "CODE",
                "benefit": {"percentage": {"percent": "10"}},
                "conditions": {"segments": [f"campaign-{name}"]},
                "starts_at": starts,
                "ends_at": ends,
            }
            promotion_id = await promotions.create(session, viewer=ADMIN, merchant_id=None, given=given)
            ordered = sorted(codes[name])
            for at in range(0, len(ordered), 500):
                await promotions.add_codes(
                    session,
                    viewer=ADMIN,
                    promotion_id=promotion_id,
                    codes=ordered[at : at + 500],
                    generate=0,
                    use_limit=None,
                )
            await promotions.act(
                session, viewer=ADMIN, promotion_id=promotion_id, action=Action.ACTIVATE, now=starts - 30 * DAY
            )
        campaigns[name] = Campaign(
            promotion_id, frozenset(ordered), frozenset(households[name]), day(row["start_date"]), day(row["end_date"])
        )
    return campaigns, customers


async def attempt(database: Database, campaign: Campaign, code: str, customer_id: int, now: datetime) -> str:
    """Try to redeem a coupon: reserved and redeemed, as a checkout would."""
    reference = Reference("ORDER", next(_orders))
    try:
        async with database.transaction() as session:
            await coupons.reserve(
                session,
                uses=[Use(campaign.promotion_id, code, 100, 100)],
                customer_id=customer_id,
                currency="USD",
                reference=reference,
                until=now + timedelta(minutes=15),
                now=now,
            )
            await coupons.redeem(session, reference=reference, now=now)
    except CouponRefusedError:
        return "refused"
    return "accepted"


async def run(database_url: str, folder: Path) -> Counter[tuple[str, str]]:
    """Try what happened and what did not; counts (what, how it ended)."""
    database = await Database.open(database_url)
    campaigns, customers = await load(database, folder)
    ended: Counter[tuple[str, str]] = Counter()
    for row in rows(folder, "coupon_redemptions"):
        campaign, code, household = campaigns[row["campaign_id"]], row["coupon_upc"], row["household_id"]
        foreign = next(code for each in campaigns.values() for code in sorted(each.codes - campaign.codes)[:1])
        stranger = next((each for each in sorted(customers) if each not in campaign.households), "nobody")
        own, at = customers[household], day(row["redemption_date"])
        for what, tried in (
            ("as it was", (code, own, at)),
            ("by a stranger", (code, customers[stranger], at)),
            ("before", (code, own, campaign.first_day - DAY)),
            ("after", (code, own, campaign.last_day + DAY)),
            ("with another's coupon", (foreign, own, at)),
        ):
            ended[what, await attempt(database, campaign, *tried)] += 1
    await database.close()
    return ended


def main(arguments: list[str]) -> int:
    """Run the trial."""
    url, engines = os.environ.get("DATABASE_URL"), None
    if url is None:
        command = [sys.executable, "-m", "server.engines.throwaway"]
        engines = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        assert engines.stdout is not None
        url = json.loads(engines.stdout.readline())["database_url"]
    asyncio.run(migrate.upgrade(url))
    ended = asyncio.run(run(url, Path(arguments[0])))
    for (what, how), times in sorted(ended.items()):
        sys.stdout.write(f"{what}: {times} {how}\n")
    if engines is not None:
        engines.communicate()
    wrong = sum(times for (what, how), times in ended.items() if (how == "accepted") is not (what == "as it was"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
