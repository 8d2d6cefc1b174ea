"""A ticket is handed ..."""

from typing import Any

from domain import ticket_assignment
from domain.ticket_assignment import Agent
from domain.tickets import Kind


def agent(account_id: int, taken: int, capacity: int, *skills: Kind) -> Agent:
    return Agent(account_id, frozenset(skills or {Kind.COMPLAINT}), taken, capacity)


def chosen(*agents: Agent) -> Any:
    return ticket_assignment.choose(agents, Kind.COMPLAINT)


def test_to_who_has_most_room() -> None:
    assert chosen(agent(1, 3, 5), agent(2, 5, 10), agent(3, 4, 5)) == 2


def test_to_the_first_of_two_that_have_as_much() -> None:
    assert chosen(agent(2, 1, 3), agent(1, 2, 6)) == 1


def test_to_who_can_deal_with_it() -> None:
    assert chosen(agent(1, 0, 5, Kind.RETURN), agent(2, 4, 5, Kind.RETURN, Kind.COMPLAINT)) == 2


def test_to_nobody_without_room_or_skill() -> None:
    assert chosen() is None
    assert chosen(agent(1, 5, 5), agent(2, 0, 0), agent(3, 0, 5, Kind.RETURN)) is None
