"""Pipelines and their stages, which the stage property of a deal or a ticket must be one of."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from hubspot_pipeline.simulator.account.object_types import ObjectType

_SINCE = "2019-08-06T02:41:08.029Z"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline.

    Attributes:
        metadata: Texts: a deal's ``probability`` and ``isClosed``, a ticket's ``ticketState``.
    """

    id: str
    label: str
    display_order: int
    metadata: dict[str, str] = field(default_factory=dict)
    created: str = _SINCE
    updated: str = _SINCE


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with its stages in their order."""

    id: str
    label: str
    display_order: int
    stages: tuple[Stage, ...]
    created: str = _SINCE
    updated: str = _SINCE

    def stage(self, stage_id: str) -> Stage | None:
        """The stage of this id."""
        return next((one for one in self.stages if one.id == stage_id), None)


@dataclass(frozen=True, slots=True)
class PipelineProperties:
    """The two properties of a type that hold a record's place (hubspot-api §2.7)."""

    pipeline: str
    stage: str


PLACES = {
    "0-3": PipelineProperties("pipeline", "dealstage"),
    "0-5": PipelineProperties("hs_pipeline", "hs_pipeline_stage"),
    "0-123": PipelineProperties("hs_pipeline", "hs_pipeline_stage"),
    "0-136": PipelineProperties("hs_pipeline", "hs_pipeline_stage"),
}
"""Deals, tickets, orders and leads, by the id of their type."""


class Pipelines:
    """The pipelines of all types; the first of a type takes records that name none (§2.4)."""

    def __init__(self) -> None:
        self._by_type = {type_id: [_standard(type_id)] for type_id in PLACES}

    def of(self, kind: ObjectType) -> list[Pipeline]:
        """A type's pipelines in their order; none for a type that has none."""
        return self._by_type.get(kind.id, [])

    def find(self, kind: ObjectType, pipeline_id: str) -> Pipeline | None:
        """The pipeline of this id."""
        return next((one for one in self.of(kind) if one.id == pipeline_id), None)

    def add(self, kind: ObjectType, pipeline: Pipeline) -> None:
        """One more pipeline, as people make them in HubSpot's settings."""
        self._by_type[kind.id].append(pipeline)

    def saved(self) -> Any:
        """All pipelines as plain data, by the id of their type."""
        return {
            type_id: [asdict(one) for one in pipelines]
            for type_id, pipelines in self._by_type.items()
        }

    def restore(self, saved: Any) -> None:
        """Take up what `saved` gave."""
        self._by_type = {
            type_id: [
                Pipeline(**one | {"stages": tuple(Stage(**stage) for stage in one["stages"])})
                for one in pipelines
            ]
            for type_id, pipelines in saved.items()
        }


def _standard(type_id: str) -> Pipeline:
    """The pipeline that HubSpot gives every account."""
    id_, label, make = {
        "0-3": ("default", "Sales Pipeline", _deal_stages),
        "0-5": ("0", "Support Pipeline", _ticket_stages),
        "0-123": ("14a2e10e-5471-408a-906e-c51f3b04369e", "Order Pipeline", _order_stages),
        "0-136": ("lead-pipeline-id", "Lead Pipeline", _lead_stages),
    }[type_id]
    return Pipeline(id_, label, 0, tuple(make()))


def _deal_stages() -> Iterable[Stage]:
    stages = (
        ("appointmentscheduled", "Appointment Scheduled", "0.2"),
        ("qualifiedtobuy", "Qualified To Buy", "0.4"),
        ("presentationscheduled", "Presentation Scheduled", "0.6"),
        ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        ("contractsent", "Contract Sent", "0.9"),
        ("closedwon", "Closed Won", "1.0"),
        ("closedlost", "Closed Lost", "0.0"),
    )
    for at, (id_, label, probability) in enumerate(stages):
        closed = "true" if probability in ("0.0", "1.0") else "false"
        yield Stage(id_, label, at, {"isClosed": closed, "probability": probability})


def _ticket_stages() -> Iterable[Stage]:
    labels = ("New", "Waiting on contact", "Waiting on us", "Closed")
    for at, label in enumerate(labels):
        closed = label == "Closed"
        state = "CLOSED" if closed else "OPEN"
        metadata = {"ticketState": state, "isClosed": "true" if closed else "false"}
        yield Stage(str(at + 1), label, at, metadata)


def _order_stages() -> Iterable[Stage]:
    stages = (
        ("4b27b500-f031-4927-9811-68a0b525cbae", "Open"),
        ("937ea84d-0a4f-4dcf-9028-3f9c2aafbf03", "Processed"),
        ("aa99e8d0-c1d5-4071-b915-d240bbb1aed9", "Shipped"),
        ("3725360f-519b-4b18-a593-494d60a29c9f", "Delivered"),
        ("3c85a297-e9ce-400b-b42e-9f16853d69d6", "Cancelled"),
    )
    return [Stage(id_, label, at) for at, (id_, label) in enumerate(stages)]


def _lead_stages() -> Iterable[Stage]:
    labels = ("New", "Attempting", "Connected", "Qualified", "Unqualified")
    return [Stage(f"{label.lower()}-stage-id", label, at) for at, label in enumerate(labels)]
