"""Documents by their hash: those that clients have sent before, or only those that a shop trusts.

Automatic persisted queries: a client sends the SHA-256 of its document instead of the document; when that is not known,
the client sends both once. So a large document costs 64 bytes a request, and a GET of it fits any URL and cache.

Trusted documents: with a manifest, nothing else is served. The shop's own clients are then the only ones whose
documents run, whatever a stranger thinks up.
"""

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from graphql import GraphQLError

from graph.errors import ClientError, InvalidRequest

KEPT_DOCUMENTS: Final = 10_000
KEPT_CHARACTERS: Final = 20_000_000
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ManifestError(Exception):
    """A manifest of trusted documents cannot be read; the message names the file and what it must hold."""


class PersistedDocuments:
    """The documents that may be named by their hash; those that clients register are bounded by count and size."""

    def __init__(self, trusted: Mapping[str, str] | None = None) -> None:
        self._trusted = trusted
        self._trusted_texts = frozenset(trusted.values()) if trusted is not None else frozenset()
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def text(self, query: str | None, sha256: str | None) -> str:
        """Give the text of the document that a request names by itself, by its hash, or by both.

        Raises ClientError for a hash that is not the document's, or a document that is not trusted; InvalidRequest
        with the code PERSISTED_QUERY_NOT_FOUND for a hash that is not known yet.
        """
        if sha256 is not None and _SHA256.fullmatch(sha256) is None:
            raise ClientError(
                "`extensions.persistedQuery.sha256Hash` must be the document's SHA-256, 64 hexadecimal digits.",
                code="INVALID_BODY",
            )
        if self._trusted is not None:
            return self._trusted_text(query, sha256)
        if query is None:
            return self._known(sha256)
        if sha256 is not None:
            if hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest() != sha256:
                raise ClientError(
                    "`sha256Hash` is not the SHA-256 of `query`: hash the document as it is sent, in UTF-8.",
                    code="PERSISTED_QUERY_MISMATCH",
                )
            self._keep(sha256, query)
        return query

    def _trusted_text(self, query: str | None, sha256: str | None) -> str:
        assert self._trusted is not None  # noqa: S101 - asked for only with a manifest
        text = self._trusted.get(sha256, query) if sha256 is not None else query
        if text is None or text not in self._trusted_texts:
            raise ClientError(
                "Only trusted documents are served here: add the document to the manifest, or send one that is in it.",
                code="DOCUMENT_NOT_TRUSTED",
                status=403,
            )
        return text

    def _known(self, sha256: str | None) -> str:
        if sha256 is None:
            raise ClientError("`query` must be a string that holds a GraphQL document.", code="INVALID_BODY")
        text = self._kept.get(sha256)
        if text is None:
            # Clients of this protocol look for this message; they send the document with its hash next.
            raise InvalidRequest([GraphQLError("PersistedQueryNotFound")], "PERSISTED_QUERY_NOT_FOUND")
        self._kept.move_to_end(sha256)
        return text

    def _keep(self, sha256: str, text: str) -> None:
        if sha256 in self._kept:
            return
        self._kept[sha256] = text
        self._characters += len(text)
        while len(self._kept) > KEPT_DOCUMENTS or self._characters > KEPT_CHARACTERS:
            self._characters -= len(self._kept.popitem(last=False)[1])


def read_manifest(path: Path) -> dict[str, str]:
    """Read a manifest: a JSON object of documents by their SHA-256. Raises ManifestError."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(manifest, dict) or not all(isinstance(text, str) for text in manifest.values()):
        raise ManifestError(f"{path} must hold a JSON object of documents by their SHA-256")
    for sha256, text in manifest.items():
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            raise ManifestError(f"{path}: {sha256[:80]!r} is not the SHA-256 of its document")
    return manifest
