"""How the endpoint hears that a client has left: the connection calls it.

ASGI's own message would have to be waited for, in a task of its own for every request.
"""

from collections.abc import Callable
from typing import Final

LEAVING: Final = "leaving"
"""The key in the state of the request's scope."""
Leaving = set[Callable[[], object]]
"""What is called when the connection ends. Whoever adds something takes it away again."""
