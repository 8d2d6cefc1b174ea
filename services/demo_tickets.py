"""The demo shop's desk: an agent with skills, macros, articles, a segment, and tickets of the demo customer."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import PlatformRole, Viewer
from domain.tickets import Action, Kind, Priority
from models.accounts import Account
from models.articles import Article
from models.customers import Customer
from models.database import Database
from models.tickets import Ticket
from services import articles, segments, ticket_desk, ticket_desk_settings, tickets
from services.tickets import About

_ARTICLES: Final = (
    (
        "Sending something back",
        "You have 30 days. Open a ticket of the kind RETURN and say which article.",
        Kind.RETURN,
    ),
    (
        "Where is my parcel?",
        "The order's page shows the carrier and the tracking number once it was sent.",
        Kind.INQUIRY,
    ),
    (
        "Something arrived broken",
        "Open a complaint with a photo: the merchant sends another one or refunds.",
        Kind.COMPLAINT,
    ),
    ("Changing the address of an order", "Until it is sent: write to us, and name the order.", Kind.AFTER_SALES),
)
_MACROS: Final[tuple[tuple[str, str, str, list[str]], ...]] = (
    ("Ask for a photo", "Could you send us a photo of it, please?", "AWAIT_CUSTOMER", ["photo"]),
    ("On its way", "Another one is on its way to you. Sorry for the trouble!", "RESOLVE", ["replaced"]),
    ("Thanks", "Thank you for telling us!", "REPLY", []),
)


class _Story(NamedTuple):
    """A ticket, so many hours ago, and what was done: who, how many hours later, what, and which words."""

    hours: float
    kind: Kind
    subject: str
    body: str
    steps: tuple[tuple[str, float, Action, str], ...] = ()
    score: int | None = None
    priority: Priority = Priority.NORMAL


_STORIES: Final = (
    _Story(
        240,
        Kind.COMPLAINT,
        "The lamp arrived with a dent",
        "The shade of the lamp has a dent on one side. The box was fine.",
        (
            ("agent", 1, Action.ACCEPT, ""),
            ("agent", 1.2, Action.INVESTIGATE, "Third one of this batch; told the merchant."),
            ("agent", 2, Action.AWAIT_CUSTOMER, "Sorry to hear that! Could you send us a photo of it?"),
            ("customer", 20, Action.REPLY, "It is the dent below the ring, on the left."),
            ("agent", 22, Action.RESOLVE, "Another shade is on its way to you."),
        ),
        score=5,
    ),
    _Story(
        70,
        Kind.RETURN,
        "Wrong colour of the cushion",
        "I ordered blue and got green. How do I send it back?",
        (
            ("agent", 3, Action.ACCEPT, ""),
            ("agent", 3.5, Action.AWAIT_CUSTOMER, "Would you like the blue one, or your money back?"),
        ),
    ),
    _Story(
        26,
        Kind.AFTER_SALES,
        "Invoice for my company",
        "Could I have the invoice in my company's name?",
        (("agent", 2, Action.ACCEPT, ""), ("agent", 2.5, Action.INVESTIGATE, "Asked accounting.")),
        priority=Priority.HIGH,
    ),
    _Story(3, Kind.INQUIRY, "Is the oak table oiled?", "Or is it varnished? I would like to oil it myself."),
    _Story(1, Kind.FEEDBACK, "Lovely packaging", "No plastic at all. Please keep it like that!"),
)


async def load(database: Database, *, customer_email: str, agent_email: str, currency: str, now: datetime) -> bool:
    """Set the desk up and let things have happened; gives False, and changes nothing, if there is any of it."""
    async with database.transaction() as session:
        for table in (Article, Ticket):
            if await session.scalar(select(table.id).limit(1)) is not None:
                return False
        await _desk(session, currency=currency, now=now)
        customer_id = await _customer(session, customer_email)
        agent = await session.scalar(select(Account.id).where(Account.email == agent_email))
        if customer_id is None or agent is None:
            return True
        await ticket_desk_settings.agent_set(session, email=agent_email, skills=list(Kind), capacity=20)
        who = {
            "customer": Viewer(customer_id=customer_id),
            "agent": Viewer(account_id=agent, platform=PlatformRole.AGENT),
        }
        for story in _STORIES:
            await _tell(session, story, who, now=now)
    return True


async def _customer(session: AsyncSession, email: str) -> int | None:
    found: int | None = await session.scalar(
        select(Customer.id).join(Account, Account.id == Customer.account_id).where(Account.email == email)
    )
    return found


async def _desk(session: AsyncSession, *, currency: str, now: datetime) -> None:
    for title, body, kind in _ARTICLES:
        await articles.save(session, article_id=None, title=title, body=body, kinds=[kind], published=True, now=now)
    for title, body, action, tags in _MACROS:
        await ticket_desk_settings.macro_save(
            session, macro_id=None, title=title, body=body, action=action, tags=tags, now=now
        )
    rule = {"field": "spend", "is": "at_least", "value": 50_000}
    segment_id = await segments.save(session, segment_id=None, code="big-spenders", title="Big spenders", rule=rule)
    await segments.snapshot(session, segment_id=segment_id, currency=currency, now=now)


async def _tell(session: AsyncSession, story: _Story, who: dict[str, Viewer], *, now: datetime) -> None:
    began = now - timedelta(hours=story.hours)
    ticket_id = await tickets.create(
        session,
        viewer=who["customer"],
        subject=story.subject,
        body=story.body,
        kind=story.kind,
        about=About(),
        now=began,
    )
    if story.priority is not Priority.NORMAL:
        await ticket_desk.prioritise(
            session, viewer=who["agent"], ticket_id=ticket_id, priority=story.priority, now=began
        )
    for name, hours, action, text in story.steps:
        at = began + timedelta(hours=hours)
        if action is Action.ACCEPT:
            await tickets.accept(session, viewer=who[name], ticket_id=ticket_id, now=at)
        else:
            await tickets.say(session, viewer=who[name], ticket_id=ticket_id, action=action, text=text, now=at)
    if story.score is not None:
        last = began + timedelta(hours=story.steps[-1][1] + 1)
        await tickets.rate(
            session, viewer=who["customer"], ticket_id=ticket_id, score=story.score, comment=None, now=last
        )
