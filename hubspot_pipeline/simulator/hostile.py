"""An answer at its worst: optional fields and headers missing, another order, another case."""

import random
from dataclasses import replace
from typing import Any

from hubspot_pipeline.simulator.answers import Answer

RawHeaders = list[tuple[bytes, bytes]]

_OPTIONAL = {
    "": frozenset(
        [
            "numErrors", "requestedAt", "startedAt", "completedAt", "links", "category",
            "subCategory", "correlationId", "context", "errors", "policyName", "errorType",
            "groupName", "requestId", "identityProfile",
        ]
    ),
    "results": frozenset(["url", "warnings", "objectWriteTraceId", "archivedAt"]),
    "errors": frozenset(["category", "subCategory", "context", "code", "status"]),
}  # fmt: skip
_NEEDED_PROPERTIES = ("hs_object_id",)
_NEEDED_HEADERS = (b"content-length", b"content-type", b"location")


def hostile_answer(answer: Answer, chance: random.Random) -> Answer:
    """The answer with optional fields missing at random, and its results in another order.

    Nothing but the required fields is sure (hubspot-api §2.2, §2.5, §9.1). The errors of a batch
    stay (only their parts go): without them nothing could be true.
    """
    if not isinstance(answer.body, dict):
        return answer
    batch = "results" in answer.body
    body = {
        name: value
        for name, value in answer.body.items()
        if name not in _OPTIONAL[""] or (batch and name == "errors") or chance.random() < 0.5
    }
    for part in ("results", "errors"):
        if isinstance(body.get(part), list):
            body[part] = [_thinned(item, part, chance) for item in body[part]]
    if isinstance(body.get("results"), list):
        chance.shuffle(body["results"])
    return replace(answer, body=body)


def hostile_headers(headers: RawHeaders, chance: random.Random) -> RawHeaders:
    """The headers without some that no client may need, their names in any case (§8.3)."""
    kept: RawHeaders = []
    for name, value in headers:
        if name.lower() not in _NEEDED_HEADERS and chance.random() < 0.5:
            continue
        spelled = chance.choice((name.lower(), name.upper(), name.title()))
        kept.append((name if name.lower() == b"content-length" else _Spelled(spelled), value))
    return kept


class _Spelled(bytes):
    """A header's name that goes out as it is spelled; the server would put it in lower case."""

    def lower(self) -> "_Spelled":
        return self


def _thinned(item: Any, part: str, chance: random.Random) -> Any:
    if not isinstance(item, dict):
        return item
    thinned = {
        name: value
        for name, value in item.items()
        if name not in _OPTIONAL[part] or chance.random() < 0.5
    }
    if part == "results" and isinstance(item.get("properties"), dict):
        thinned["properties"] = {
            name: value
            for name, value in item["properties"].items()
            if name in _NEEDED_PROPERTIES or chance.random() < 0.5
        }
    return thinned
