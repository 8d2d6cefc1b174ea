"""Pictures for demo products: drawn from their name, so that a demo needs no files and no network."""

import hashlib
import html

from starlette.requests import Request
from starlette.responses import Response


def picture(request: Request) -> Response:
    """Answer /media/demo/<name>.svg: two colours that follow from the name, and the name's words."""
    name = request.path_params["name"][:80]
    hue = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big") % 360
    words = html.escape(name.replace("-", " ").title())
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" role="img">'
        f"<title>{words}</title>"
        f'<rect width="600" height="600" fill="hsl({hue} 45% 88%)"/>'
        f'<circle cx="300" cy="260" r="150" fill="hsl({(hue + 35) % 360} 50% 62%)"/>'
        f'<text x="300" y="510" text-anchor="middle" font-family="sans-serif" font-size="30" fill="hsl({hue} 40% 25%)">'
        f"{words}</text></svg>"
    )
    return Response(
        drawing,
        media_type="image/svg+xml",
        headers={
            "Cache-Control": "public, max-age=86400",
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
