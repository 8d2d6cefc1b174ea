"""A ticket ..."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain import tickets
from domain.errors import InvalidInput
from domain.states import StateError
from domain.tickets import REQUIRED, Action, Party, State

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGENT, CUSTOMER, MERCHANT, SYSTEM = Party.AGENT, Party.CUSTOMER, Party.MERCHANT, Party.SYSTEM

# By action and party: from which state to which. "=" stays. N new, A accepted, I investigating, W waiting for the
# customer, R resolved, C closed, O opened again.
EXPECTED = {
    (Action.ACCEPT, AGENT): "N>A O>A",
    (Action.INVESTIGATE, AGENT): "A>I I= W>I O>I",
    (Action.REPLY, AGENT): "N= A= I= W= R= O=",
    (Action.REPLY, MERCHANT): "N= A= I= W= R= O=",
    (Action.REPLY, CUSTOMER): "N= A= I= W>I R>O O=",
    (Action.NOTE, AGENT): "N= A= I= W= R= C= O=",
    (Action.AWAIT_CUSTOMER, AGENT): "A>W I>W",
    (Action.RESOLVE, AGENT): "A>R I>R W>R O>R",
    (Action.CLOSE, AGENT): "R>C",
    (Action.CLOSE, CUSTOMER): "N>C A>C I>C W>C R>C O>C",
    (Action.CLOSE, SYSTEM): "R>C",
    (Action.REOPEN, AGENT): "R>O C>O",
    (Action.REOPEN, CUSTOMER): "R>O C>O",
    (Action.ASSIGN, AGENT): "N= A= I= W= R= O=",
    (Action.PRIORITISE, AGENT): "N= A= I= W= O=",
    (Action.TAG, AGENT): "N= A= I= W= R= C= O=",
    (Action.ATTACH, AGENT): "N= A= I= W= R= O=",
    (Action.ATTACH, CUSTOMER): "N= A= I= W= O=",
    (Action.ATTACH, MERCHANT): "N= A= I= W= O=",
    (Action.MERGE, AGENT): "N>C A>C I>C W>C R>C O>C",
    (Action.RATE, CUSTOMER): "R= C=",
    (Action.BREACH, SYSTEM): "N= A= I= W= O=",
}
LETTERS = dict(zip("NAIWRCO", State, strict=True))


def leads(action: Action, party: Party) -> dict[State, State]:
    found = {}
    for step in EXPECTED.get((action, party), "").split():
        found[LETTERS[step[0]]] = LETTERS[step[0]] if step[1] == "=" else LETTERS[step[2]]
    return found


@pytest.mark.parametrize(("state", "action", "party"), list(product(State, Action, Party)))
def test_goes_from_state_to_state_as_the_table_says(state: State, action: Action, party: Party) -> None:
    expected = leads(action, party).get(state)
    if expected is not None:
        assert tickets.after(state, action, party) is expected
        return
    with pytest.raises(StateError, match=f"The ticket is {state.value}: {action.name} does not apply") as refused:
        tickets.after(state, action, party)
    assert refused.value.code == "CONFLICT"


def test_tells_who_is_refused_what_would_go() -> None:
    with pytest.raises(StateError, match="for the customer; what does: REPLY, CLOSE, REOPEN, RATE"):
        tickets.after(State.RESOLVED, Action.ACCEPT, CUSTOMER)
    with pytest.raises(StateError, match="for the merchant; what does: nothing"):
        tickets.after(State.CLOSED, Action.REPLY, MERCHANT)


def allowed(state: State, party: Party, **more: object) -> list[str]:
    given = {"resolved_at": None, "merged": False, "rated": False, "now": NOW, **more}
    return [action.name for action in tickets.allowed(state, party, **given)]  # type: ignore[arg-type]


def test_says_what_each_may_do() -> None:
    assert allowed(State.NEW, CUSTOMER) == ["REPLY", "CLOSE", "ATTACH"]
    assert allowed(State.NEW, AGENT) == ["ACCEPT", "REPLY", "NOTE", "ASSIGN", "PRIORITISE", "TAG", "ATTACH", "MERGE"]
    assert allowed(State.RESOLVED, CUSTOMER) == ["REPLY", "CLOSE", "REOPEN", "RATE"]
    assert allowed(State.RESOLVED, CUSTOMER, rated=True) == ["REPLY", "CLOSE", "REOPEN"]
    assert allowed(State.CLOSED, MERCHANT) == []
    assert allowed(State.CLOSED, CUSTOMER, merged=True) == []


def test_is_opened_again_by_the_customer_for_thirty_days() -> None:
    just, late = NOW - timedelta(days=30), NOW - timedelta(days=30, seconds=1)
    assert allowed(State.RESOLVED, CUSTOMER, resolved_at=just) == ["REPLY", "CLOSE", "REOPEN", "RATE"]
    assert allowed(State.RESOLVED, CUSTOMER, resolved_at=late) == ["CLOSE", "RATE"]
    assert "REOPEN" in allowed(State.CLOSED, AGENT, resolved_at=late)
    with pytest.raises(StateError, match="open a new one"):
        tickets.check_reopened(CUSTOMER, resolved_at=late, merged=False, now=NOW)
    with pytest.raises(StateError, match="merged"):
        tickets.check_reopened(AGENT, resolved_at=just, merged=True, now=NOW)


@pytest.mark.parametrize("action", REQUIRED)
def test_needs_a_text_with_what_is_done(action: Action) -> None:
    assert tickets.text_of(action, "  because \n") == "because"
    for text in ("", " \n", "x" * 10_001):
        with pytest.raises(InvalidInput) as refused:
            tickets.text_of(action, text)
        assert refused.value.extensions["field"] == REQUIRED[action]


def test_is_called_by_a_number() -> None:
    assert tickets.number(7) == "T-100007"
    for text in ("T-100007", " t-100007", "100007"):
        assert tickets.key_of(text) == 7
    for text in ("", "T-", "T-7", "T-100000", "lamp", "T-١٢٣٤٥٦", "9" * 19):
        assert tickets.key_of(text) is None


def test_has_a_subject() -> None:
    assert tickets.subject("  My \n lamp ") == "My lamp"
    for text in ("", " ", "x" * 201):
        with pytest.raises(InvalidInput, match="subject"):
            tickets.subject(text)


@pytest.mark.parametrize("given", [0, 6, -1])
def test_is_rated_from_one_to_five(given: int) -> None:
    assert [tickets.score(each) for each in (1, 5)] == [1, 5]
    with pytest.raises(InvalidInput, match="score"):
        tickets.score(given)


def test_is_rated_with_a_comment_or_without() -> None:
    assert [tickets.comment(text) for text in (None, " ", " Fine. ")] == [None, None, "Fine."]
    with pytest.raises(InvalidInput, match="comment"):
        tickets.comment("x" * 10_001)


def test_has_tags_in_order_each_once() -> None:
    assert tickets.tags(["Late  Parcel", "broken", "late parcel"]) == ["broken", "late parcel"]
    for given in (["ok", " "], ["x" * 41], [str(each) for each in range(21)]):
        with pytest.raises(InvalidInput, match="tag"):
            tickets.tags(given)


@pytest.mark.parametrize(
    ("file_name", "media_type", "field"),
    [
        ("page.html", "text/html", "media_type"),
        ("picture.svg", "image/svg+xml", "media_type"),
        ("", "image/png", "file_name"),
        ("../picture.png", "image/png", "file_name"),
        ("a\nb", "image/png", "file_name"),
        ("x" * 121, "image/png", "file_name"),
    ],
)
def test_takes_files_of_some_kinds(file_name: str, media_type: str, field: str) -> None:
    tickets.check_attachment(file_name="picture.png", media_type="image/png")
    with pytest.raises(InvalidInput) as refused:
        tickets.check_attachment(file_name=file_name, media_type=media_type)
    assert refused.value.extensions["field"] == field
