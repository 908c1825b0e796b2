"""Statements handed to the database's driver as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa


class DriverStatement:
    """A statement handed to the driver as text, with plain numbers, texts, lists and bytes.

    Core's own work on each value would cost as much CPU as all the rest of a batch.
    """

    def __init__(
        self,
        statement: sa.UpdateBase | sa.Select[Any],
        dialect: sa.Dialect,
        names: tuple[str, ...],
    ) -> None:
        """Compile a statement whose parameters have these names, in the order of its text."""
        self._text = str(statement.compile(dialect=dialect, column_keys=list(names)))
        self._names = None if dialect.positional else names

    def execute(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it for each row of values, in the order of the names."""
        if rows:
            connection.exec_driver_sql(self._text, [self._given(row) for row in rows])

    def fetch(self, connection: sa.Connection, *values: Any) -> Sequence[Any]:
        """Return the rows that it selects with these values, in the order of the names."""
        return connection.exec_driver_sql(self._text, self._given(values)).all()

    def _given(self, values: tuple[Any, ...]) -> Any:
        return values if self._names is None else dict(zip(self._names, values, strict=True))
