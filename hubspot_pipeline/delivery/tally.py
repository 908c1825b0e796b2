"""What a partition's results come to, counted while they are stored."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from hubspot_pipeline.delivery.results import count_verdicts
from hubspot_pipeline.delivery.verdicts import WORST_FIRST, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    import pyarrow.parquet as pq

WORST_ROWS = 20


class Tally:
    """Counts verdicts, and keeps a few of the worst rows, while results go by."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self._samples: dict[str, list[dict[str, Any]]] = {verdict: [] for verdict in WORST_FIRST}

    def into(self, writer: pq.ParquetWriter) -> Callable[[pa.Table], None]:
        """Return what stores results in a file and counts them."""

        def store(results: pa.Table) -> None:
            writer.write_table(results)
            self.count(results)

        return store

    def count(self, results: pa.Table) -> None:
        """Count results."""
        self.verdicts.update(count_verdicts(results))
        for verdict, sample in self._samples.items():
            wanted = WORST_ROWS - len(sample)
            if wanted and self.verdicts[verdict] > len(sample):
                of_this = results.filter(pc.equal(results["verdict"], verdict))
                sample.extend(of_this.slice(0, wanted).to_pylist())

    def worst_rows(self) -> list[dict[str, Any]]:
        """Return some rows that a person should look at, worst first."""
        return [row for sample in self._samples.values() for row in sample][:WORST_ROWS]

    def undelivered_reason(self) -> str | None:
        """Return why the first undelivered row is."""
        undelivered = self._samples[Verdict.UNDELIVERED]
        return undelivered[0]["reason"] if undelivered else None
