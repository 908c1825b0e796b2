"""Statements handed to the database's driver as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa


class DriverStatement:
    """A statement handed to the driver as text, with plain numbers, texts and bytes.

    Core's own work on each value would cost as much CPU as all the rest of a batch.
    """

    def __init__(
        self, statement: sa.UpdateBase, connection: sa.Connection, names: tuple[str, ...]
    ) -> None:
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
        self._connection = connection
        self._text = str(compiled)
        self._names = None if connection.dialect.positional else names

    def execute(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it for each row of values, in the order of the names."""
        if not rows:
            return
        names = self._names
        values = rows if names is None else [dict(zip(names, row, strict=True)) for row in rows]
        self._connection.exec_driver_sql(self._text, list(values))
