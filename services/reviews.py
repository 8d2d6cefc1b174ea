"""Reviews by customers to whom a product was sent, with the merchant's reply."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import reviews as rules
from domain.access import Permission, Viewer
from domain.errors import Refusal
from models.customers import Customer
from models.orders import Order, OrderLine
from models.products import Product
from models.reviews import Review
from services import access, outbox, product_bumps
from services.access import NotFoundError


class NotBoughtError(Refusal):
    """Only who was sent a product reviews it."""

    code = "CONFLICT"

    def __init__(self) -> None:
        super().__init__(
            "Only who has bought this product, and was sent it, can review it: wait for your order.",
            field="product_id",
        )


async def write(
    session: AsyncSession, *, viewer: Viewer, product_id: int, rating: int, title: str, body: str, now: datetime
) -> int:
    """Review a product, or change one's review of it; gives its id.

    Raises NotFoundError, InvalidInput, NotBoughtError.
    """
    stars, head, text = rules.rating(rating), rules.title(title), rules.body(body)
    customer = await session.scalar(
        select(Customer).where(Customer.id == viewer.customer_id, Customer.erased_at.is_(None)).with_for_update()
    )
    if customer is None:
        raise NotFoundError("customer")
    bought = await session.scalar(
        select(OrderLine.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.customer_id == customer.id, OrderLine.product_id == product_id, OrderLine.fulfilled > 0)
        .limit(1)
    )
    if bought is None:
        listed = await session.scalar(select(Product.id).where(Product.id == product_id, Product.listed))
        if listed is None:
            raise NotFoundError("product", field="product_id")
        raise NotBoughtError
    review = await session.scalar(
        select(Review).where(Review.product_id == product_id, Review.customer_id == customer.id).with_for_update()
    )
    if review is None:
        review = Review(product_id=product_id, customer_id=customer.id, created_at=now, version=0)
    review.rating, review.title, review.body, review.author_name = stars, head, text, customer.display_name
    session.add(review)
    await _changed(session, review, "REVIEW_WRITTEN")
    await product_bumps.bump(session, [product_id], now=now)
    return review.id


async def reply(session: AsyncSession, *, viewer: Viewer, review_id: int, body: str, now: datetime) -> None:
    """Reply to a review of one's merchant's product; an empty text takes the reply back.

    Raises NotFoundError, InvalidInput.
    """
    review = await session.scalar(select(Review).where(Review.id == review_id).with_for_update())
    merchant_id = None
    if review is not None and review.state == "PUBLISHED":
        merchant_id = await session.scalar(select(Product.merchant_id).where(Product.id == review.product_id))
    if review is None or merchant_id is None:
        raise NotFoundError("review", field="review_id")
    access.require(viewer, Permission.MERCHANT_MANAGE, merchant_id=merchant_id, noun="review", field="review_id")
    review.reply = rules.reply(body)
    review.replied_at = None if review.reply is None else now
    await _changed(session, review, "REVIEW_REPLIED")


async def hide(session: AsyncSession, *, review_id: int, hidden: bool, now: datetime) -> None:
    """Hide a review, or show it again; ratings count what is shown. Raises NotFoundError."""
    review = await session.scalar(select(Review).where(Review.id == review_id).with_for_update())
    if review is None:
        raise NotFoundError("review", field="review_id")
    review.state = "HIDDEN" if hidden else "PUBLISHED"
    await _changed(session, review, "REVIEW_HIDDEN")
    await product_bumps.bump(session, [review.product_id], now=now)


async def _changed(session: AsyncSession, review: Review, event_type: str) -> None:
    review.version += 1
    await session.flush()
    await outbox.append(session, event_type, subject=("review", review.id), version=review.version)
