"""What can go wrong between us and the search engine."""

from domain.errors import Unavailable


class SearchUnavailableError(Unavailable):
    """The engine does not answer: it is down, too slow, or was so a moment ago and is not asked again yet."""

    code = "SEARCH_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("Search does not answer just now; ask again in a few seconds.")


class EngineRefusedError(Exception):
    """The engine answered, and refused what we asked; `code` is its own word for the reason."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"Meilisearch answered {status} ({code}): {message}")
        self.status = status
        self.code = code
