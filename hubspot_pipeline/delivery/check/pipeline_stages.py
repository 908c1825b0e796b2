"""Names of pipelines' stages, which mean something only within the row's pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.check.coercion import Choices
from hubspot_pipeline.delivery.check.nearest import hint, listed, shown
from hubspot_pipeline.hubspot.account import Pipeline, Stage

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.check.rejections import Rejections

_BETWEEN = "\x1f"


def hold_stages(
    stages: pa.ChunkedArray,
    row_pipelines: pa.ChunkedArray | None,
    pipelines: Sequence[Pipeline],
    field: str,
    rejections: Rejections,
    *,
    is_private: bool,
) -> pa.ChunkedArray:
    """Return the ids of stages that are named by id or label (hubspot-api §2.7).

    Args:
        stages: The stage property's values.
        row_pipelines: The ids of the rows' pipelines; null or empty where a row names none: then
            the stage is sought in all pipelines, and must be of one only. None: no row names one.
        pipelines: The object type's.
        field: The stage property.
        rejections: Takes in the rows with a stage that there is not.
        is_private: Whether the values must not be shown.
    """
    named = pc.fill_null(row_pipelines, "") if row_pipelines is not None else pa.scalar("")
    pairs = pc.binary_join_element_wise(named, stages, _BETWEEN).combine_chunks()
    encoded = pairs.dictionary_encode()
    finder = _Stages(pipelines)
    found = [finder.find(*pair.split(_BETWEEN, 1)) for pair in encoded.dictionary.to_pylist()]
    reasons = pa.array([reason for _, reason in found], pa.string()).take(encoded.indices)
    told = "The value is not one of the stages." if is_private else reasons.drop_null()
    rejections.add(reasons.is_valid(), field, told)
    ids = pa.array([stage for stage, _ in found], pa.string()).take(encoded.indices)
    return pa.chunked_array([ids])


class _Stages:
    """Finds a stage within a pipeline, or in all of them."""

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        self._pipelines: Mapping[str, Pipeline] = {each.id: each for each in pipelines}
        self._choices = {each.id: _choices(each.stages) for each in pipelines}
        self._all = _choices([stage for each in pipelines for stage in each.stages])

    def find(self, pipeline: str, text: str) -> tuple[str, None] | tuple[None, str]:
        """Return the stage's id, or why there is none."""
        if not text:
            return "", None
        within = self._choices.get(pipeline, self._all)
        stage = within.find(text)
        if stage is not None:
            return stage, None
        if pipeline in self._pipelines:
            known: Sequence[Pipeline] = [self._pipelines[pipeline]]
            where = f"the pipeline {known[0].label!r}"
        else:
            known = list(self._pipelines.values())
            where = "any pipeline"
            homes = [each.label for each in known if _choices(each.stages).find(text)]
            if homes:
                return None, (
                    f"{shown(text)} is a stage of several pipelines ({listed(homes)}): "
                    "name the record's pipeline, too."
                )
        names = {stage.label: stage.label for each in known for stage in each.stages}
        return None, f"{shown(text)} is not a stage of {where}{hint(text, names)}"


def _choices(stages: Sequence[Stage]) -> Choices:
    return Choices([(stage.id, stage.label) for stage in stages])
