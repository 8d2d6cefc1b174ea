"""How SQLAlchemy's statements become asyncpg's SQL: once, with the constants that stand in them."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import BindParameter
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg

_WRITTEN: Final = (str, int, list)
"""Of which constants SQLAlchemy knows how to write them, and Postgres how to read them."""


class _Compiler(PGCompiler_asyncpg):
    """Writes constants where they stand: as parameters, each would be encoded and sent anew with every use."""

    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **how: Any) -> str:
        """Write a parameter, or the constant that it stands for, cast as the parameter would be."""
        write: Callable[..., Any] = super().visit_bindparam
        cast: Callable[..., Any] = self.render_bind_cast
        value = bindparam.value
        if not bindparam.unique or bindparam.expanding or not isinstance(value, _WRITTEN) or "\\" in str(value):
            return str(write(bindparam, *args, **how))
        literal = write(bindparam, *args, **{**how, "literal_binds": True})
        of = bindparam.type.dialect_impl(self.dialect)
        return str(cast(of, of, literal) if of.render_bind_cast else literal)


class Dialect(PGDialect_asyncpg):
    """The dialect of what asyncpg runs itself."""

    statement_compiler = _Compiler
    supports_statement_cache = True
