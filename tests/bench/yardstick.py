"""The yardstick: what graphql-core alone takes for a small listing, on this machine and while the run goes on.

The bars are CPU times, and they were set on a machine where the yardstick is `AT_THE_BAR_MS`. So a figure times
`AT_THE_BAR_MS` / the yardstick is what it would be there.

It is the storefront's `listing` cut down to what the yardstick names: 24 products, each with price, category and
merchant. Nothing of Souk or Strawberry takes part: graphql-core's own schema, its default resolvers, dictionaries that
are ready, a document that is parsed and validated. `python -m tests.bench.yardstick` answers each line of its standard
input with one measurement.
"""

import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import build_schema, execute_sync, parse, validate

from tests.bench import child
from tests.bench.child import Child

AT_THE_BAR_MS: Final = 2.0
"""CPU milliseconds of the yardstick on the machine where the bars were set."""
PRODUCTS: Final = 24
_ROUNDS: Final = 80

SCHEMA = build_schema("""
    type Query { products: ProductConnection! }
    type ProductConnection { nodes: [Product!]! }
    type Product {
        id: ID!
        name: String!
        slug: String!
        priceRange: MoneyRange
        category: Category
        merchant: Merchant!
    }
    type MoneyRange { min: Money! }
    type Money { amount: String! currency: String! }
    type Category { id: ID! name: String! slug: String! }
    type Merchant { id: ID! name: String! slug: String! }
""")
DOCUMENT = parse("""{
    products {
        nodes {
            id name slug
            priceRange { min { amount currency } }
            category { id name slug }
            merchant { id name slug }
        }
    }
}""")


def data() -> dict[str, Any]:
    """Make what is asked for, each product with dictionaries of its own; it is also what the answer is equal to."""

    def named(kind: str, number: int) -> dict[str, str]:
        return {"id": f"{kind}:{number}", "name": f"{kind} {number}", "slug": f"{kind}-{number}"}

    nodes = [
        named("product", number)
        | {
            "priceRange": {"min": {"amount": f"{number}.90", "currency": "USD"}},
            "category": named("category", number),
            "merchant": named("merchant", number),
        }
        for number in range(PRODUCTS)
    ]
    return {"products": {"nodes": nodes}}


@dataclass(slots=True)
class Yardstick:
    """The measurements so far, each the mean CPU milliseconds of `_ROUNDS` answers."""

    process: Child
    samples_ms: list[float] = field(default_factory=list)

    async def measure(self) -> None:
        """Take one measurement, about 0.2 s of CPU."""
        self.samples_ms.append((await self.process.ask({}))["cpu_ms"])


@asynccontextmanager
async def running() -> AsyncIterator[Yardstick]:
    """Start the yardstick's process, warmed up; it ends with the block."""
    async with child.running("tests.bench.yardstick") as process:
        await process.ask({})
        yield Yardstick(process)


def factor(samples_ms: Sequence[float]) -> float:
    """Return what a CPU time is multiplied with to have it at the bar's machine.

    By the median: the servers' figures are means over the same run, with the same neighbours on the machine.
    """
    return AT_THE_BAR_MS / statistics.median(samples_ms)


def _measurement(root: dict[str, Any]) -> dict[str, float]:
    began = time.process_time()
    for _ in range(_ROUNDS):
        execute_sync(SCHEMA, DOCUMENT, root)
    return {"cpu_ms": (time.process_time() - began) * 1000 / _ROUNDS}


def main() -> None:
    """Answer with measurements until standard input ends."""
    root = data()
    errors = validate(SCHEMA, DOCUMENT)
    if errors or execute_sync(SCHEMA, DOCUMENT, root) != (root, None):
        raise RuntimeError(f"the yardstick's document is not answered ({errors})")
    child.answer_all(lambda _: _measurement(root))


if __name__ == "__main__":
    main()
