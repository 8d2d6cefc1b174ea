"""GraphiQL from files of our own: the page that browsers get at /graphql and everything that it loads."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from string import Template
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, request_response
from starlette.types import ASGIApp

ROOM: Final = Path(__file__).parent
DIST: Final = ROOM / "dist"
ASSETS_PATH: Final = "/graphiql"

# Monaco writes style elements and attributes while it runs, and has images in data URLs; all else is files of ours.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
# A coding's name in Accept-Encoding and the ending of the file that build.mjs wrote in it, the smallest first.
CODINGS: Final = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True, slots=True)
class Example:
    """One tab of a first visit: a document and its variables, as JSON text."""

    name: str
    query: str
    variables: str


@cache
def examples() -> tuple[Example, ...]:
    """Read `examples/<number>_<name>.graphql` in the order of the tabs, each with its variables in `.json`."""
    return tuple(
        Example(
            name=path.stem.split("_", 1)[1],
            query=path.read_text(encoding="utf-8").strip(),
            variables=path.with_suffix(".json").read_text(encoding="utf-8").strip(),
        )
        for path in sorted((ROOM / "examples").glob("*.graphql"))
    )


def page(dist: Path = DIST) -> ASGIApp:
    """Make the ASGI app that answers with GraphiQL's page, for GET and HEAD of /graphql with `Accept: text/html`.

    The page sends operations to the address it was loaded from, over HTTP and over WebSocket, and loads its files from
    `graphiql/` beside it, where `assets()` serves them. Without a built bundle it answers 503 and says what to do.
    """

    def answer(request: Request) -> Response:
        try:
            built_at = (dist / "manifest.json").stat().st_mtime_ns
        except FileNotFoundError:
            missing = (ROOM / "missing.html").read_text(encoding="utf-8")
            return HTMLResponse(missing, status_code=503, headers=SECURITY_HEADERS | {"Cache-Control": "no-store"})
        content = _render(dist, built_at)
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = SECURITY_HEADERS | {"Cache-Control": "no-cache", "ETag": etag, "Vary": "Accept"}
        if _is_known(request.headers, etag):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(content, headers=headers)

    return request_response(answer)


@lru_cache(maxsize=1)
def _render(dist: Path, _built_at: int) -> bytes:
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    base = ASSETS_PATH.removeprefix("/")  # relative, so that the page also works below a proxy's prefix
    tabs = json.dumps([{"query": example.query, "variables": example.variables} for example in examples()])
    preloads = (f'<link rel="modulepreload" href="{base}/{module}">' for module in manifest["modules"])
    return (
        Template((ROOM / "page.html").read_text(encoding="utf-8"))
        .substitute(
            base=base,
            icon=manifest["icon"],
            style=manifest["style"],
            script=manifest["script"],
            preloads="\n    ".join(preloads),
            examples=tabs.replace("<", "\\u003c"),  # "</script>" or "<!--" in an example must not end the block
        )
        .encode()
    )


def assets(dist: Path = DIST) -> Route:
    """Make the route that serves the bundle's files, GET and HEAD of `/graphiql/<name>`.

    Names hold a hash of the content, so answers may be kept for ever; they go in brotli or gzip to who accepts it.
    """

    def answer(request: Request) -> Response:
        name = request.path_params["name"]  # without a slash, and no name that ends in a known type leads elsewhere
        media_type = MEDIA_TYPES.get(Path(name).suffix)
        if media_type is None or not (dist / name).is_file():
            return PlainTextResponse("There is no such file: load the page again.", status_code=404)
        coding, path = _smallest(dist / name, request.headers)
        etag = f'"{path.name}"'
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": etag,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if _is_known(request.headers, etag):
            return Response(status_code=304, headers=headers)
        if coding is not None:
            headers["Content-Encoding"] = coding
        return FileResponse(path, headers=headers, media_type=media_type)

    return Route(f"{ASSETS_PATH}/{{name}}", answer, name="graphiql")


def _smallest(path: Path, headers: Headers) -> tuple[str | None, Path]:
    offers = (offer.replace(" ", "").lower() for offer in headers.get("Accept-Encoding", "").split(","))
    accepted = {
        coding for coding, _, weight in (offer.partition(";") for offer in offers) if weight.rstrip("0.") != "q="
    }
    for coding, ending in CODINGS.items():
        packed = path.with_name(path.name + ending)
        if coding in accepted and packed.exists():
            return coding, packed
    return None, path


def _is_known(headers: Headers, etag: str) -> bool:
    known = {tag.strip().removeprefix("W/") for tag in headers.get("If-None-Match", "").split(",")}
    return etag in known or "*" in known
