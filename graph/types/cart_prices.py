"""What a cart costs and why: sums, the trace, problems, deliveries, coupons."""

import strawberry

from domain.carts import ProblemCode
from domain.pricing_outcome import StepKind
from domain.promotion_conditions import ObstacleCode
from graph import ids
from graph.fields import column, computed, related
from graph.scalars import Instant
from graph.types.merchants import Merchant
from graph.types.money import Money
from graph.types.variants import Variant
from graph.types.vocabulary import enumeration
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import variants as variant_loaders

PriceStepKind = enumeration(
    "PriceStepKind",
    "What a step of a price is about.",
    {
        StepKind.BASE: "Goods at list price.",
        StepKind.LEVEL: "A benefit of the member's level.",
        StepKind.PROMOTION: "A promotion that needs no code.",
        StepKind.COUPON: "A coupon.",
        StepKind.SHIPPING: "Delivery.",
        StepKind.TAX: "A tax; its amount is 0 where the prices contain it.",
        StepKind.POINTS: "Points that are paid with.",
        StepKind.ROUNDING: "Where the last minor units of a split went; its amount is 0.",
    },
)
CartProblemCode = enumeration(
    "CartProblemCode",
    "What is wrong with a cart.",
    {
        ProblemCode.PRODUCT_UNAVAILABLE: "The product is not sold any more; the line is not in the price.",
        ProblemCode.CURRENCY_MISSING: "There is no price in the cart's currency; the line is not in the price.",
        ProblemCode.INSUFFICIENT_STOCK: "Fewer pieces can be sold than the line has.",
        ProblemCode.PRICE_CHANGED: "It costs something else than when it was put in; `cartLinesUpdate` accepts that.",
        ProblemCode.COUPON_REJECTED: "A coupon is not applied; the message says why.",
        ProblemCode.POINTS_REDUCED: "Fewer points are used than were asked for, because there are not so many.",
        ProblemCode.ADDRESS_MISSING: "Nobody has said where it is sent.",
        ProblemCode.ADDRESS_INVALID: "The address does not say enough for the tax.",
        ProblemCode.DELIVERY_UNAVAILABLE: "A merchant does not send there in the chosen way.",
    },
)
CouponObstacleCode = enumeration(
    "CouponObstacleCode",
    "Why a coupon is not applied.",
    {
        ObstacleCode.NOT_YET_VALID: "It is valid later; `at` says from when.",
        ObstacleCode.EXPIRED: "It was valid until `at`.",
        ObstacleCode.USED_UP: "All of them have been used.",
        ObstacleCode.CUSTOMER_LIMIT: "The customer has used it as often as may be.",
        ObstacleCode.WRONG_CURRENCY: "It is for carts in another currency.",
        ObstacleCode.SIGN_IN: "It is for who is signed in.",
        ObstacleCode.LEVEL_TOO_LOW: "It is for members of a higher level.",
        ObstacleCode.WRONG_SEGMENT: "It is for invited customers.",
        ObstacleCode.NOT_FIRST_ORDER: "It is for a first order.",
        ObstacleCode.RULE: "Its conditions do not hold.",
        ObstacleCode.WRONG_MERCHANT: "It is for goods of other merchants.",
        ObstacleCode.WRONG_GOODS: "It is for other goods.",
        ObstacleCode.MINIMUM_SPEND: "Goods for `amount` more are missing.",
        ObstacleCode.MINIMUM_QUANTITY: "`quantity` pieces more are missing.",
        ObstacleCode.GIFT_UNAVAILABLE: "The gift is sold out.",
        ObstacleCode.NO_DELIVERY: "There is no delivery that it could make cheaper.",
        ObstacleCode.NOTHING_LEFT: "The others have left nothing to take off.",
        ObstacleCode.NOT_COMBINABLE: "It cannot be combined with another one that goes first.",
    },
)


@strawberry.type(
    description="What a cart, or a merchant's part of it, costs: total = subtotal - discount + shipping, plus "
    "tax unless "
    "`taxIncluded`."
)
class CartCost:
    """What a cart costs. Its source is made by `resolvers.cart_prices`."""

    subtotal: Money = column("The goods at list price.")
    discount: Money = column("All that is taken off goods: the level's benefit, promotions, coupons, and `points`.")
    points: Money = column("The part of `discount` that is paid with points.")
    shipping: Money = column("Delivery, after `shippingDiscount`.")
    shipping_discount: Money = column("What was taken off the deliveries' prices.")
    tax: Money = column("The tax of goods and delivery.")
    tax_included: bool = column("Whether the prices contain the tax already, or it is added to the total.")
    total: Money = column("What is to be paid.")


@strawberry.type(description="A step of a price's explanation; the amounts of all steps add up to the total.")
class PriceStep:
    """A step of a price's explanation."""

    kind: PriceStepKind = column("What it is about.")  # type: ignore[valid-type]  # made of the domain's
    label: str = column("What it is called: a product, a coupon, a tax.")
    amount: Money = column("What it adds to the price; below zero if it takes off; 0 if it was not applied.")
    applied: bool = column("Whether it was applied.")
    reason: str = column("How the amount came about, or why it was not applied.")


@strawberry.type(description="Something that is wrong with a cart.")
class CartProblem:
    """Something that is wrong with a cart."""

    code: CartProblemCode = column("What, for programs.")  # type: ignore[valid-type]  # as above
    message: str = column("What, for shoppers.")
    line_id: strawberry.ID | None = computed(
        lambda problem: problem["line_id"] and ids.encode("CartLine", problem["line_id"]),
        description="The line that it is about; null if it is about the cart.",
    )


@strawberry.type(description="A way in which goods can be sent.")
class DeliveryOption:
    """A way in which goods can be sent."""

    code: str = column("For `cartDeliverySet`.")
    label: str = column("What it is called.")
    price: Money = column("What it costs: in all, of a cart; before discounts.")


@strawberry.type(description="A merchant's delivery as it was chosen.")
class CartDelivery:
    """A merchant's delivery as it was chosen."""

    code: str = column("The method's code.")
    label: str = column("What it is called.")
    price: Money = column("What it costs, after discounts.")


@strawberry.type(description="One merchant's part of a cart: what it sells and sends, with a cost of its own.")
class CartMerchant:
    """One merchant's part of a cart."""

    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="The merchant; null if it is not active any more."
    )
    cost: CartCost = column("What the part costs; the parts add up to the cart's.")
    delivery: CartDelivery | None = column("How it is sent; null until that is chosen, or if it cannot be.")
    delivery_options: list[DeliveryOption] = column("How it can be sent.")
    points_used: int = column("How many points are used on it.")
    points_earned: int = column("How many points it will earn.")


@strawberry.type(
    description="What is added for nothing; it is no line, and goes when the promotion does not fit any more."
)
class CartGift:
    """What is added for nothing."""

    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="What is given; null if it is not sold any more."
    )
    quantity: int = column("How many pieces.")
    label: str = column("The promotion that gives it.")
    worth: Money = column("What it costs otherwise; in no sum of the cart.")


@strawberry.type(description="A reason against a coupon, with what is missing.")
class CouponObstacle:
    """A reason against a coupon."""

    code: CouponObstacleCode = column("Why, for programs.")  # type: ignore[valid-type]  # as above
    message: str = column('Why, for shoppers: "12.00 more".')
    amount: Money | None = column("How much is missing; null if it is not about that.")
    quantity: int | None = column("How many pieces are missing; null if it is not about that.")
    at: Instant | None = column("Since when, or from when on; null if it is not about that.")


@strawberry.type(description="A coupon's code in a cart, and what became of it.")
class CartCoupon:
    """A coupon's code in a cart."""

    code: str = column("The code, in capitals.")
    label: str | None = column("What it is called; null if there is no such coupon for this cart.")
    applied: bool = column("Whether it takes something off, or gives something.")
    amount: Money = column("What it takes off.")
    missing: list[CouponObstacle] = column("Why it is not applied, and what is missing.")
    reason: str | None = column("The same in one text; null if it is applied.")


@strawberry.type(description="A coupon that the customer could use, seen alone.")
class CouponAdvice:
    """A coupon that the customer could use."""

    code: str = column("The code.")
    fits: bool = column("Whether it could be applied to the cart as it is.")
    saves: Money = column(
        "What it would save as the only coupon; below zero when it would take the place of a better promotion."
    )
    missing: list[CouponObstacle] = column("What is missing for it.")
    beside_best: str | None = column("Why it is not in the best combination although it fits; null otherwise.")


@strawberry.type(description="Coupons that may be used together.")
class CouponCombination:
    """Coupons that may be used together."""

    codes: list[str] = column("Their codes; none if no coupon helps.")
    total: Money = column("What is to be paid with them.")
    saves: Money = column("What they save, against using none.")


@strawberry.type(description="Which of a customer's coupons fit a cart, and which save most together.")
class CartCouponAdvice:
    """Which coupons save most."""

    coupons: list[CouponAdvice] = column("The coupons in the cart, and those that the customer has.")
    best: CouponCombination = column("The least total.")
    runner_up: CouponCombination | None = column("The next one; null if there is none.")
    exhaustive: bool = column("Whether every combination was looked at; false if there are too many for that.")
