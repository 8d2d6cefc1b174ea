"""The printable pages of invoices and credit notes: GET /files/invoice/<token>, by a signed link.

`Invoice.path` gives the link to who sees the invoice. The page is made of what was frozen when the document was
written; whatever stands in it is text, and the page loads and runs nothing.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from domain.money import format_amount
from resolvers.loaders import order_care as loaders
from services import file_links

_STYLE: Final = """
body { font: 11pt/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #111 }
header { display: flex; justify-content: space-between; gap: 2rem }
address { font-style: normal; white-space: pre-line }
h1 { font-size: 1.4rem; margin: 2rem 0 0 }
table { width: 100%; border-collapse: collapse; margin: 1.5rem 0 }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid #ccc; vertical-align: top }
th.sum, td.sum { text-align: right; white-space: nowrap }
tfoot td { border: 0 } tfoot tr.total td { font-weight: bold; border-top: 2px solid #111 }
@media print { body { margin: 0; max-width: none } }
"""
_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_GONE: Final = "<!DOCTYPE html><title>Gone</title><p>This link is none of ours, or its time is over: ask for a new one."
_TITLES: Final = {"INVOICE": "Invoice", "CREDIT_NOTE": "Credit note"}


def routes() -> list[Route]:
    """Make the routes."""
    return [Route(f"{file_links.PATH}/invoice/{{token}}", _page, methods=["GET"])]


async def _page(request: Request) -> Response:
    key: str = request.app.state.settings.secret_key
    invoice_id = file_links.read(key, purpose="invoice", token=request.path_params["token"], now=datetime.now(UTC))
    if invoice_id is None:
        return HTMLResponse(_GONE, status_code=404, headers=_HEADERS)
    (found,) = await loaders.INVOICE_CONTENT.load(request.app.state.database, [invoice_id])
    if found is None:
        return HTMLResponse(_GONE, status_code=404, headers=_HEADERS)
    return HTMLResponse(page(found["number"], found["content"]), headers=_HEADERS)


def page(number: str, content: Mapping[str, Any]) -> str:
    """Write a document's page: `content` as `domain.invoices.content` makes it."""
    title = f"{_TITLES[content['kind']]} {number}"
    facts = [
        ("Date", content["issued_at"][:10]),
        ("Order", content["order_number"]),
        ("Corrects", content["corrects"]),
        ("Reason", content["reason"] and content["reason"].lower().replace("_", " ")),
    ]
    told = "".join(f"<br>{name}: {escape(value)}" for name, value in facts if value)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><header>{_party(content['seller'])}{_party(content['buyer'])}</header>"
        f"<h1>{escape(title)}</h1><p>{told.removeprefix('<br>')}</p>{_table(content)}</body></html>"
    )


def _party(party: Mapping[str, Any]) -> str:
    return f"<address><strong>{escape(party['name'])}</strong>\n{escape(chr(10).join(party['lines']))}</address>"


def _table(content: Mapping[str, Any]) -> str:
    currency = content["currency"]

    def money(amount: int) -> str:
        return escape(f"{format_amount(amount, currency)} {currency}")

    head = _row(("Article", "Number", "Pieces", "Tax rate", "Tax", "Price"), tag="th")
    body = "".join(
        _row(
            (
                escape(item["name"]),
                escape(item["sku"]),
                str(item["quantity"] or ""),
                _percent(item["tax_rate_bp"]),
                money(item["tax"]),
                money(item["gross"]),
            )
        )
        for item in content["items"]
    )
    sums = [("Sum, with tax", money(content["gross"]), "")]
    sums += [
        (f"Tax of {_percent(tax['rate_bp'])} on {money(tax['net'])}", money(tax["tax"]), "")
        for tax in content["taxes"]
        if tax["tax"]
    ]
    if content["points_worth"]:
        sums.append(("Of it by points", money(-content["points_worth"]), ""))
    sums.append(("To pay" if content["kind"] == "INVOICE" else "Given back", money(content["total"]), "total"))
    foot = "".join(
        f'<tr class="{kind}"><td colspan="5">{label}</td><td class="sum">{amount}</td></tr>'
        for label, amount, kind in sums
    )
    return f"<table><thead>{head}</thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"


def _row(cells: Iterable[str], *, tag: str = "td") -> str:
    """Write a row of cells whose text is escaped already; all but the first two are numbers."""
    written = (
        f"<{tag}>{cell}</{tag}>" if at < 2 else f'<{tag} class="sum">{cell}</{tag}>'  # noqa: PLR2004 - as said
        for at, cell in enumerate(cells)
    )
    return f"<tr>{''.join(written)}</tr>"


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:g} %"
