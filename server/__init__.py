"""The process: settings, routes, transports, engines, worker and the command line."""

import sys
from importlib import import_module


def _read_structlog_without_rich() -> None:
    """Import structlog as if rich were not there, and leave rich to those who draw with it.

    structlog reads rich for tracebacks that `server.logging` writes otherwise: 6 MB in every process.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python's word for a module that cannot be found
    try:
        import_module("structlog")
    finally:
        del sys.modules["rich"]


_read_structlog_without_rich()
