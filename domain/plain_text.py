"""Plain text out of what feeds send as HTML."""

import re
from html.parser import HTMLParser

_ROUNDS_MAX = 5
_BLOCK_NAMES = """
address article blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section table td th tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HIDDEN = frozenset({"script", "style", "template", "noscript", "iframe", "object"})
_TAG_START = re.compile(r"<+(?=[a-zA-Z/!?])")
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[\n ]*")


class _TextCollector(HTMLParser):
    """Collects the text between tags; what stands inside scripts and styles is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  the parser calls it
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  likewise
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def strip_html(text: str) -> str:
    """Drop tags, scripts and comments, resolve entities, and keep the breaks between blocks as single newlines.

    Text that was escaped twice is resolved until nothing changes, so no tag comes back out of `&amp;lt;script&amp;gt;`.
    """
    if "<" not in text and "&" not in text:
        return text.strip()
    for _ in range(_ROUNDS_MAX):
        collector = _TextCollector()
        collector.feed(text)
        collector.close()
        stripped = "".join(collector.parts)
        if stripped == text:
            break
        text = stripped
    text = _TAG_START.sub("", text)
    return _BREAKS.sub("\n", _SPACES.sub(" ", text)).strip()
