from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.cli.plan.page import MOST_CHANGES, MOST_REFUSED, page_of
from hubspot_pipeline.guards import Broken
from tests.cli.plan.made_plans import ABOUT, change, link, made_plan

if TYPE_CHECKING:
    from pathlib import Path

ATTACK = "</script><script>alert(1)</script><img src=x onerror='a()'>\"'&{{ 7 * 7 }}"
VOID = {"meta", "input", "path", "rect"}


class Page(HTMLParser):
    """A page's elements, the text that a reader sees, and whether all is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in {"script", "style"}:
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def having(self, name: str) -> list[str | None]:
        """The values of an attribute, wherever it is."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    def count(self, kind: str) -> int:
        """How many elements have a class."""
        return sum(kind in (name or "").split() for name in self.having("class"))


def full(folder: Path, text: str = "Berlin") -> str:
    """A page with something in all its parts, and one text wherever a text can be."""
    changes = [
        change(
            "update",
            text,
            record_id=text,
            object_type=text,
            values={text: (text, text), "phone": (text, None)}
            | {f"p{n}": (None, text) for n in range(9)},
            associations=[
                link("add", text),
                link("remove", "7") | {"to_type": text, "label": text},
            ],
            lists=[{"operation": "join", "name": text}, {"operation": "leave", "name": text}],
        ),
        change("create", text, record_id="new-1", values={"city": (None, text)}),
        change("send", text, object_type=text),
        change("none", text, verdict="rejected", reason=text, file=f"a/{text}", row=3),
    ]
    plan = made_plan(
        folder,
        changes,
        rows_read=9,
        filtered=2,
        verdicts={"delivered": 3, "superseded": 3, "rejected": 1},
        creates={text: 1},
        updates={text: 1},
        cleared_values=1,
        associations={text: (1, 1)},
        list_moves={text: (1, 1)},
        definitions=(text,),
        calls={text: 3},
        seconds=75.0,
        reads_for_plan={text: 2},
        stop_reason=text,
        broken=[Broken(text, text)],
    )
    about = replace(ABOUT, destination=text, partition=text, portal=text, address=text)
    return page_of([plan], about)


class TestSafety:
    def test_no_text_of_a_plan_becomes_markup(self, tmp_path: Path) -> None:
        plain, attacked = Page(full(tmp_path)), Page(full(tmp_path, ATTACK))
        assert [tag for tag, _ in attacked.tags] == [tag for tag, _ in plain.tags]
        assert "onerror" not in {name for _, attributes in attacked.tags for name in attributes}
        assert "{{ 7 * 7 }}" in attacked.text

    def test_only_the_pages_own_script_may_run(self, tmp_path: Path) -> None:
        html = full(tmp_path, ATTACK)
        (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
        policy = next(text for text in Page(html).having("content") if "script-src" in (text or ""))
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}';" in (policy or "")
        assert (policy or "").startswith("default-src 'none';")

    def test_it_takes_nothing_from_elsewhere(self, tmp_path: Path) -> None:
        html = full(tmp_path)
        page = Page(html)
        assert page.having("src") == []
        assert all((target or "").startswith("#") for target in page.having("href"))
        assert not re.search(r"url\(|@import|fetch\(|XMLHttp", html)


class TestWhatItShows:
    def test_the_numbers_are_the_plans(self, tmp_path: Path) -> None:
        text = Page(full(tmp_path)).text
        assert "would create 1 record, change 1 record and send 1 event." in text
        for told in ("1 new records", "1 values cleared", "+1 −1 associations", "1 rows left out"):
            assert told in text
        assert "1 min 15 s 3 calls" in text
        assert "Berlin would leave rows undelivered" not in text
        assert "contacts would leave rows undelivered. Berlin" in text
        assert (
            "contacts would be held back by its guards, and nothing of it sent: Berlin is " in text
        )

    def test_a_value_is_shown_as_it_is_and_as_it_becomes(self, tmp_path: Path) -> None:
        values = {"city": ("Berlin", "Paris"), "phone": ("030", None), "zip": (None, "75001")}
        rows = [change("update", "ada@example.com", values=values)]
        text = Page(page_of([made_plan(tmp_path, rows)], ABOUT)).text
        assert "city Berlin → Paris phone 030 → cleared zip 75001" in text

    def test_a_record_that_loses_something_can_be_picked(self, tmp_path: Path) -> None:
        rows = [
            change("update", "ada", values={"phone": ("030", None)}),
            change("none", "bob", associations=[link("remove", "7")]),
            change("update", "cyd", lists=[{"operation": "leave", "name": "VIPs"}]),
            change("update", "dan", values={"phone": ("030", "040")}),
        ]
        page = Page(page_of([made_plan(tmp_path, rows)], ABOUT))
        assert page.having("data-kinds") == ["update takes", "none takes", "update takes", "update"]
        assert page.having("value") == ["", "update", "none", "takes"]

    def test_more_changes_than_it_shows_are_told(self, tmp_path: Path) -> None:
        count = MOST_CHANGES + 7
        rows = [change("create", f"{n}", values={"a": (None, "1")}) for n in range(count)]
        held = [change("none", f"{n}", verdict="failed") for n in range(MOST_REFUSED + 5)]
        page = Page(page_of([made_plan(tmp_path, [*rows, *held])], ABOUT))
        assert page.count("change") == MOST_CHANGES
        assert "These are the 1,000 largest of 1,007 changes." in page.text
        assert "These are the first 200 of 205." in page.text

    def test_a_mapping_without_rows_says_so(self, tmp_path: Path) -> None:
        page = Page(page_of([made_plan(tmp_path, [], rows_read=5, filtered=5)], ABOUT))
        assert "would change nothing." in page.text
        assert "None of the 5 rows is for this mapping. Changes" in page.text
        assert page.count("tools") == 0

    def test_every_mapping_has_its_part(self, tmp_path: Path) -> None:
        plans: list[Any] = [made_plan(tmp_path, [], mapping=name) for name in ("contacts", "deals")]
        page = Page(page_of(plans, ABOUT))
        targets = [target for target in page.having("href") if target != "#main"]
        assert targets == ["#contacts", "#deals"]
        assert {"contacts", "deals"} <= set(page.having("id"))
