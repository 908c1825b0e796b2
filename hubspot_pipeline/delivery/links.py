"""Associations and lists that one record is given by several events: which of them still count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.items import ALL_LABELS, OTHER_LABELS
from hubspot_pipeline.delivery.later_steps import Association, ListChange

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.pending import PendingWrite


@dataclass(frozen=True, slots=True)
class Link:
    """An association of a record, or a list that it joins or leaves.

    Attributes:
        name: Of its entry.
        pair: What tells its pair of records.
        time: When its event happened, in microseconds since 1970 (UTC).
        takes: As of ``Items``.
        write: The write that it is of.
        each: The association, or the change to the list.
    """

    name: int
    pair: int
    time: int
    takes: int
    write: PendingWrite
    each: Association | ListChange


def overruled_links(links: Sequence[Link]) -> Iterator[Link]:
    """Yield those of one record's links that later ones overrule; of one time, the last counts.

    What is removed before later events add to its pair is told to come first.
    """
    kept: dict[int, dict[int, Link]] = {}
    for link in sorted(links, key=lambda link: (link.time, link.takes == ALL_LABELS)):
        of_pair = kept.setdefault(link.pair, {})
        for before in list(of_pair.values()):
            if _overrules(link, before):
                yield of_pair.pop(before.name)
        of_pair[link.name] = link
    for of_pair in kept.values():
        for link in of_pair.values():
            if isinstance(link.each, Association) and link.takes == ALL_LABELS:
                link.each.comes_first = len(of_pair) > 1


def _overrules(link: Link, before: Link) -> bool:
    if link.name == before.name or link.takes == ALL_LABELS:
        return True
    replaces = link.takes == OTHER_LABELS and before.takes != ALL_LABELS
    return replaces and before.time < link.time


def without(write: PendingWrite, links: Sequence[Association | ListChange]) -> None:
    """Take links out of a write."""
    out = {id(each) for each in links}
    write.associations = tuple(each for each in write.associations if id(each) not in out)
    write.lists = tuple(each for each in write.lists if id(each) not in out)
