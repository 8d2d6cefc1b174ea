"""Who gets a ticket: of those who can deal with its kind, whoever has most room for one more."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from domain.tickets import Kind


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who handles tickets."""

    account_id: int
    skills: frozenset[Kind]
    open: int
    """How many tickets that are being handled are this one's."""
    capacity: int
    """How many may be, when they are handed out by load."""


def choose(agents: Iterable[Agent], kind: Kind) -> int | None:
    """Choose by skill, then the least load, as a part of the capacity; the lower id of two. None if nobody has room."""
    able = [agent for agent in agents if kind in agent.skills and agent.open < agent.capacity]
    if not able:
        return None
    return min(able, key=lambda agent: (Fraction(agent.open, agent.capacity), agent.account_id)).account_id
