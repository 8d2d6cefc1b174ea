"""How SQLAlchemy's statements become asyncpg's SQL: once, with the constants that stand in them."""

import re
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import BindParameter
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.: -]{0,60}", re.ASCII)
"""Texts that mean themselves however they are quoted, whoever they may come from."""
_INTEGER_MAX: Final = 2**31 - 1


def _is_written(value: object) -> bool:
    """Say whether a constant may stand in the SQL: a small number, a plain word, or a list of them."""
    if isinstance(value, list):
        return all(map(_is_written, value))
    if isinstance(value, int):
        return abs(value) <= _INTEGER_MAX
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None


class _Compiler(PGCompiler_asyncpg):
    """Writes constants where they stand: as parameters, each would be encoded and sent anew with every use."""

    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **how: Any) -> str:
        """Write a parameter, or the constant that it stands for, cast as the parameter would be."""
        write: Callable[..., Any] = super().visit_bindparam
        cast: Callable[..., Any] = self.render_bind_cast
        value = bindparam.value
        if not bindparam.unique or bindparam.expanding or not _is_written(value):
            return str(write(bindparam, *args, **how))
        literal = write(bindparam, *args, **{**how, "literal_binds": True})
        of = bindparam.type.dialect_impl(self.dialect)
        return str(cast(of, of, literal) if of.render_bind_cast else literal)


class Dialect(PGDialect_asyncpg):
    """The dialect of what asyncpg runs itself."""

    statement_compiler = _Compiler
    supports_statement_cache = True
