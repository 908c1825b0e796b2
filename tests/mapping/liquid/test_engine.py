"""Templates: what they print, compare and look into, what is refused, and their bounds."""

from __future__ import annotations

import time
from itertools import count

import pytest

from hubspot_pipeline.mapping.liquid import TemplateError, template_of
from tests.mapping.liquid.event import rendered

VALUES = [
    ("name", "Ada Lovelace"),
    ("empty", ""),
    ("n", "5"),
    ("one", "1"),
    ("f", "2.5"),
    ("big", "1e+21"),
    ("small", "1e-7"),
    ("long", "12345678901234567000"),
    ("yes", "true"),
    ("no", "false"),
    ("nil_", ""),
    ("missing", ""),
    ("list", "ba3"),
    ("none", ""),
    ("nest", "12xfalse"),
    ("o", "[object Object]"),
    ("sized", "[object Object]"),
    ("name.size", "12"),
    ("uni.size", "12"),
    ("list.size", "4"),
    ("none.size", "0"),
    ("o.size", "3"),
    ("n.size", ""),
    ("sized.size", "9"),
    ("name.length", "12"),
    ("list.length", "4"),
    ("list.first", "b"),
    ("list.last", "3"),
    ("none.first", ""),
    ("name.first", ""),
    ("o.first", ""),
    ("list[0]", "b"),
    ("list[-1]", "3"),
    ("list[9]", ""),
    ("list.1", "a"),
    ("list['1']", "a"),
    ("name[0]", "A"),
    ("name[-1]", ""),
    ("o.x", "1"),
    ("o['y']", "q"),
    ("o.2", "0"),
    ("o[list[1]]", ""),
    ("o.x.y", ""),
    ("nil_.x", ""),
    ("missing.x.y", ""),
    ("o.constructor", ""),
    ("(1..3)", "123"),
    ("(1..n) | size", "5"),
    ("'it'", "it"),
    ('"it"', "it"),
    ("1.50", "1.5"),
    ("-3", "-3"),
    ("nil", ""),
    ("true", "true"),
    ("empty_", ""),
    ("empty", ""),
]

COMPARISONS = [
    ("n == 5", "y"),
    ("n == '5'", "n"),
    ("n == 5.0", "y"),
    ("num == 12.5", "n"),
    ("yes == true", "y"),
    ("yes == 1", "n"),
    ("nil_ == nil", "y"),
    ("missing == nil", "y"),
    ("no == nil", "n"),
    ("nil_ == missing", "n"),
    ("empty == empty", "n"),
    ("blank == blank", "n"),
    ("blank == empty", "n"),
    ("none == empty", "y"),
    ("o == empty", "n"),
    ("no == blank", "y"),
    ("zero == blank", "n"),
    ("name == blank", "n"),
    ("list == list", "y"),
    ("o == o", "y"),
    ("none == none", "y"),
    ("name != 'x'", "y"),
    ("missing != nil", "n"),
    ("n < 6", "y"),
    ("n < '6'", "y"),
    ("num > 9", "y"),
    ("'10' > '9'", "n"),
    ("'a' < 'b'", "y"),
    ("nil_ < 1", "y"),
    ("missing < 1", "n"),
    ("nil_ < nil", "n"),
    ("n >= nil", "n"),
    ("yes > 0", "y"),
    ("list > 1", "n"),
    ("none < 1", "y"),
    ("list contains 'a'", "y"),
    ("list contains 3", "y"),
    ("list contains '3'", "n"),
    ("list contains nil", "y"),
    ("name contains 'Love'", "y"),
    ("name contains 'love'", "n"),
    ("name contains n", "n"),
    ("num contains 5", "y"),
    ("o contains 'x'", "n"),
    ("n contains 5", "n"),
    ("missing contains 'a'", "n"),
    ("objects contains o", "n"),
]

TAGS = [
    ("{% if name == 'Ada Lovelace' and n > 3 %}y{% endif %}", "y"),
    ("{% if no or yes and no %}y{% else %}n{% endif %}", "n"),
    ("{% if yes and no or yes %}y{% else %}n{% endif %}", "y"),
    ("{% if no and no or yes %}y{% else %}n{% endif %}", "n"),
    ("{% if not no %}y{% endif %}", "y"),
    ("{% if not yes or yes %}y{% else %}n{% endif %}", "y"),
    ("{% if not n == 5 %}y{% else %}n{% endif %}", "n"),
    ("{% if zero %}y{% else %}n{% endif %}", "y"),
    ("{% if empty == '' %}{% if empty %}y{% endif %}{% endif %}", "y"),
    ("{% if none %}y{% endif %}", "y"),
    ("{% if missing %}y{% elsif nil_ %}y{% elsif no %}y{% else %}n{% endif %}", "n"),
    ("{% unless no %}y{% else %}n{% endunless %}", "y"),
    ("{% if n > 10 %}a{% elsif n > 4 %}b{% else %}c{% endif %}", "b"),
    ("{% assign x = name | upcase %}{{ x }}{% assign x = 1 %}{{ x }}", "ADA LOVELACE1"),
    ("{% capture c %}{{ name }}!{% endcapture %}{{ c | size }}", "13"),
    ("{% increment i %}{% increment i %}{{ i }}", "012"),
    ("{% decrement i %}{% decrement i %}", "-1-2"),
    ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}", "aba"),
    ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
    ("{% comment %}{{ name }}{% endcomment %}x", "x"),
    ("{% # nothing %}x", "x"),
    ("{% liquid\nassign q = name\necho q | downcase\n%}", "ada lovelace"),
    ("{% echo n %}", "5"),
    ("a {%- if yes -%} b {%- endif -%} c", "abc"),
    ("{% if yes %} {% endif %}|", " |"),
    ("{{- name -}} x", "Ada Lovelacex"),
    ("{{ now }}{{ today }}x", "x"),
    ("no template", "no template"),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_a_value_prints_as_the_original_prints_it(value: str, expected: str) -> None:
    assert rendered(f"{{{{ {value} }}}}") == expected


@pytest.mark.parametrize(("condition", "expected"), COMPARISONS)
def test_a_condition_holds_where_it_does_in_the_original(condition: str, expected: str) -> None:
    assert rendered(f"{{% if {condition} %}}y{{% else %}}n{{% endif %}}") == expected


@pytest.mark.parametrize(("template", "expected"), TAGS)
def test_a_tag_does_what_it_does_in_the_original(template: str, expected: str) -> None:
    assert rendered(template) == expected


class TestWhatIsRefused:
    @pytest.mark.parametrize("tag", ["case", "for", "include", "layout", "render", "tablerow"])
    def test_a_disabled_tag(self, tag: str) -> None:
        with pytest.raises(TemplateError, match=f"the tag '{tag}' is disabled"):
            template_of(f"{{% {tag} %}}")

    @pytest.mark.parametrize(
        "name",
        [
            "array_to_sentence_string", "concat", "find", "find_exp", "find_index",
            "find_index_exp", "group_by", "group_by_exp", "has", "has_exp", "map", "newline_to_br",
            "reject", "reject_exp", "reverse", "sort", "sort_natural", "uniq", "where_exp", "type",
        ],
    )  # fmt: skip
    def test_a_disabled_filter(self, name: str) -> None:
        for template in (
            f"{{{{ name | {name} }}}}",
            f"{{% if no %}}{{% assign a = name | upcase | {name}: 1 %}}{{% endif %}}",
        ):
            with pytest.raises(TemplateError, match=f"the filter '{name}' is disabled"):
                template_of(template)

    def test_a_filter_that_picks_at_random(self) -> None:
        with pytest.raises(TemplateError, match="a rerun would differ"):
            template_of("{{ list | sample }}")

    @pytest.mark.parametrize(
        "template",
        [
            "{{ name", "{% if %}{% endif %}", "{% if name %}", "{% nothing %}", "{{ a | | b }}",
            "{% break %}", "{% ifchanged %}{% endifchanged %}", "{% endif %}", "{{ (1.. }}",
        ],
    )  # fmt: skip
    def test_what_is_no_liquid(self, template: str) -> None:
        with pytest.raises(TemplateError):
            template_of(template)


class TestWhatItLooksAt:
    @pytest.mark.parametrize(
        ("template", "paths"),
        [
            ("text", ()),
            ("{{ traits.name }}", (("traits", "name"),)),
            ("{{ traits['a b'] | append: userId }}", (("traits", "a b"), ("userId",))),
            ("{{ traits.name }}{{ traits.name.first }}", (("traits", "name"),)),
            ("{{ traits.tags[0] }}", (("traits", "tags"),)),
            ("{{ traits.tags.size }}{{ traits.tags.first.x }}", (("traits", "tags"),)),
            ("{{ traits.tags.0 }}", (("traits", "tags"),)),
            ("{{ traits[properties.key].x }}", (("properties", "key"), ("traits",))),
            ("{{ [properties.key] }}", ((),)),
            ("{% if a %}{{ b }}{% elsif c == d %}{% else %}{{ e | default: f }}{% endif %}",
             (("a",), ("b",), ("c",), ("d",), ("e",), ("f",))),
            ("{% if a %}{% assign name = b %}{% endif %}{{ name }}", (("a",), ("b",), ("name",))),
            ("{% capture c %}{{ a }}{% endcapture %}", (("a",),)),
            ("{% cycle a, b %}{% unless c %}{% endunless %}", (("a",), ("b",), ("c",))),
            ("{{ (a..b) | join: c }}", (("a",), ("b",), ("c",))),
            ("{% liquid assign x = a | plus: b %}", (("a",), ("b",))),
        ],
    )  # fmt: skip
    def test_its_paths(self, template: str, paths: tuple[tuple[str, ...], ...]) -> None:
        assert template_of(template).paths == paths


class TestBounds:
    @pytest.mark.parametrize(
        "template",
        [
            "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 20 + "{{ a }}",
            "{% assign a = 'x' | split: '' %}" + "{% assign a = a | push: a | push: a %}" * 20,
            "{{ (1..99999999999) | join }}",
            "{{ long | replace: 'x', long }}",
            "{{ long | replace: '', long }}",
            "{{ long | split: '' }}",
            "{{ long }}{{ long }}{{ long }}{{ long }}",
            "{% capture a %}{{ long }}{{ long }}{{ long }}{{ long }}{% endcapture %}",
            "{{ list | join: long }}",
            "{{ list | json: 10 | append: long | append: long | append: long }}",
            "{{ 0 | date: '%999999999d' }}",
            "{% if more == more %}{% endif %}",
        ],
    )
    def test_it_makes_and_looks_into_so_much_only(self, template: str) -> None:
        data = {"long": "x" * 400_000, "list": list(range(10_000)), "more": [0] * 100_001}
        with pytest.raises(TemplateError, match=r"more than|limit reached"):
            template_of(template).render(data)

    @pytest.mark.parametrize("template", ["{{ a }}", "{{ a | json }}", "{{ a | join }}"])
    def test_a_value_that_is_nested_too_deeply_is_told(self, template: str) -> None:
        deep: list[object] = []
        for _ in range(20_000):
            deep = [deep]
        with pytest.raises(TemplateError, match="too deeply"):
            template_of(template).render({"a": deep})

    @pytest.mark.parametrize(
        "template", ["{{ a | upcase }}", "{{ a }}", "{% if a == 1 %}{% endif %}"]
    )
    def test_it_takes_so_much_time_only(
        self, template: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seconds = count(step=0.6)
        monkeypatch.setattr(time, "thread_time", lambda: next(seconds))
        with pytest.raises(TemplateError, match="takes longer than 500 ms"):
            template_of(template).render({"a": "x"})

    def test_nothing_but_the_event_is_in_reach(self) -> None:
        assert template_of("{{ now }}{{ today }}{{ forloop }}{{ __class__ }}").render({}) == ""
        assert template_of("{{ a.__class__ }}{{ a.upper }}{{ o.items }}").render(
            {"a": "x", "o": {}}
        ) == ""  # fmt: skip
