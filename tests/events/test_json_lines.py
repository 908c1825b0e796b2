"""JSON lines exports."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.events import UnreadableExport
from hubspot_pipeline.events import lines as lines_module
from tests.events.reading import read_bytes, read_file, written


class TestEvents:
    def test_fields_and_documents_come_with_their_types(self, tmp_path: Path) -> None:
        event = {
            "type": "track",
            "messageId": "m-1",
            "userId": "u",
            "timestamp": "2026-01-02T03:04:05.678+02:00",
            "properties": {"n": 1, "x": 1.5, "t": "5", "b": True, "none": None, "l": [1, "a"]},
        }
        read = read_bytes(tmp_path, "a.jsonl", json.dumps(event).encode())
        (found,) = read.events
        assert found["properties"] == event["properties"]
        assert {name: found[name] for name in event} == event
        assert found["traits"] is None
        assert found["row"] == 1
        assert found["file"].endswith("2026-01-02/a.jsonl")
        assert isinstance(read.types["properties"], pa.JsonType)

    def test_only_what_is_asked_for_is_there(self, tmp_path: Path) -> None:
        read = read_bytes(
            tmp_path,
            "a.jsonl",
            b'{"type":"track","traits":{},"properties":5,"userId":{}}',
            [("traits", "email"), ("type",), ("integrations", "x")],
        )
        assert set(read.types) == {"file", "row", "messageId", "timestamp", "type", "traits"}
        assert read.rejected == []

    def test_numbers_and_booleans_in_text_fields_become_their_json_text(
        self, tmp_path: Path
    ) -> None:
        read = read_bytes(
            tmp_path,
            "a.jsonl",
            b'{"userId":5,"event":1234567890123456789012,"name":true,"type":null}',
        )
        (event,) = read.events
        assert (event["userId"], event["event"], event["name"]) == (
            "5",
            "1234567890123456789012",
            "true",
        )
        assert event["type"] is None

    def test_numbers_keep_all_their_digits(self, tmp_path: Path) -> None:
        read = read_bytes(tmp_path, "a.jsonl", b'{"traits":{"id":12345678901234567890123,"f":1.0}}')
        assert read.column("traits") == [{"id": 12345678901234567890123, "f": 1.0}]

    @pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.txt", "a.parquet", "a"])
    def test_the_name_does_not_matter(self, tmp_path: Path, name: str) -> None:
        lines = b'{"userId":"1"}\n{"userId":"2"}\n'
        assert read_bytes(tmp_path, name, lines).column("userId") == ["1", "2"]
        packed = read_bytes(tmp_path, f"{name}.gz", gzip.compress(lines))
        assert packed.column("userId") == ["1", "2"]
        assert read_bytes(tmp_path, name, gzip.compress(lines)).column("userId") == ["1", "2"]

    def test_a_gzip_file_may_have_members_and_padding(self, tmp_path: Path) -> None:
        packed = gzip.compress(b'{"userId":"1"}\n') + gzip.compress(b'{"userId":"2"}\n') + b"\0" * 9
        assert read_bytes(tmp_path, "a.jsonl.gz", packed).column("userId") == ["1", "2"]

    def test_rows_are_lines_whatever_ends_them(self, tmp_path: Path) -> None:
        read = read_bytes(
            tmp_path, "a.jsonl", b'\xef\xbb\xbf{"userId":"1"}\r\n\r\n  \n{"userId":"4"}\r\nx\n{}'
        )
        assert read.column("row") == [1, 4, 6]
        assert read.column("userId") == ["1", "4", None]
        assert list(read.reasons) == [5]

    def test_batches_have_at_most_so_many_rows(self, tmp_path: Path) -> None:
        path = written(tmp_path, "a.jsonl", b'{"userId":"1"}\n' * 25)
        read = read_file(path, batch_rows=10)
        assert read.batches == 3
        assert read.column("row") == list(range(1, 26))

    def test_lines_may_lie_across_blocks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines_module, "BLOCK_BYTES", 100)
        monkeypatch.setattr(lines_module, "_PIECE_BYTES", 7)
        content = b"".join(b'{"userId":"%d"}\n' % n for n in range(100))
        for packed in (content, gzip.compress(content)):
            read = read_bytes(tmp_path, "a.jsonl", packed)
            assert read.column("userId") == [str(n) for n in range(100)]
            assert read.column("row") == list(range(1, 101))
            assert read.batches > 5


class TestIdentity:
    def test_the_same_content_has_the_same_message_id(self, tmp_path: Path) -> None:
        lines = b'{"userId":"1"}\r\n{"userId":"2"}\n{"userId":"1"}\n{"messageId":""}\n'
        first = read_bytes(tmp_path, "a.jsonl", lines).column("messageId")
        again = read_bytes(tmp_path, "b.jsonl", lines, [("type",)]).column("messageId")
        assert first == again
        assert first[0] == first[2]
        assert len(set(first)) == 3
        assert all(id_.startswith("content-") for id_ in first)

    def test_an_id_that_is_there_stays(self, tmp_path: Path) -> None:
        read = read_bytes(tmp_path, "a.jsonl", b'{"messageId":"m"}\n{"messageId":7}')
        assert read.column("messageId") == ["m", "7"]


class TestBadLines:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b'{"type": "x"', "not valid JSON at character 13"),
            (b"nonsense", "not valid JSON"),
            (b'{"a":"\xff"}', "not UTF-8 text at byte 7"),
            (b'{"a":"\\ud800"}', "not valid JSON"),
            (b'{"a":"\0"}', "not valid JSON"),
            (b'{"a":1}{"a":2}', "not valid JSON"),
            (b'[{"type":"x"}]', "not a JSON object"),
            (b"5", "not a JSON object"),
            (b"null", "not a JSON object"),
            (b'"text"', "not a JSON object"),
            (b'{"traits":[1]}', "traits is not an object"),
            (b'{"traits":"x"}', "traits is not an object"),
            (b'{"traits":{"a":NaN}}', "traits holds a number that JSON does not have"),
            (b'{"context":{"a":[1,-Infinity]}}', "context holds a number that JSON does not have"),
            (b'{"userId":{"a":1}}', "userId is not text"),
            (b'{"messageId":[1]}', "messageId is not text"),
            (b'{"userId":[],"type":{}}', "type is not text"),
        ],
    )
    def test_a_bad_line_is_set_aside_and_the_rest_goes_on(
        self, tmp_path: Path, line: bytes, reason: str
    ) -> None:
        content = b'{"userId":"1"}\n' + line + b'\n{"userId":"3"}\n'
        read = read_bytes(tmp_path, "a.jsonl", content)
        assert read.column("row") == [1, 3]
        assert read.column("userId") == ["1", "3"]
        (rejected,) = read.rejected
        assert rejected["row"] == 2
        assert rejected["file"].endswith("a.jsonl")
        assert reason in rejected["reason"]

    def test_a_field_that_nobody_reads_spoils_no_row(self, tmp_path: Path) -> None:
        read = read_bytes(tmp_path, "a.jsonl", b'{"traits":5,"userId":[]}', [("type",)])
        assert len(read.events) == 1

    def test_a_null_document_is_missing_and_text_with_nan_in_it_is_fine(
        self, tmp_path: Path
    ) -> None:
        content = b'{"traits":null}\n{"traits":{"a":"x,NaN [inf :Infinity"}}\n'
        read = read_bytes(tmp_path, "a.jsonl", content)
        assert read.column("traits") == [None, {"a": "x,NaN [inf :Infinity"}]

    def test_a_line_that_fills_a_block_is_set_aside(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines_module, "BLOCK_BYTES", 1_000)
        monkeypatch.setattr(lines_module, "_PIECE_BYTES", 300)
        long = b'{"userId":"' + b"x" * 5_000 + b'"}'
        content = b'{"userId":"1"}\n' + long + b'\n{"userId":"3"}\n' + long
        read = read_bytes(tmp_path, "a.jsonl", content)
        assert read.column("userId") == ["1", "3"]
        assert read.column("row") == [1, 3]
        assert list(read.reasons) == [2, 4]
        assert "longer than" in read.reasons[2]

    def test_deep_nesting_harms_nothing(self, tmp_path: Path) -> None:
        deep = b'{"traits":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
        read = read_bytes(tmp_path, "a.jsonl", deep + b'\n{"userId":"2"}', [("userId",)])
        assert read.column("userId")[-1:] == ["2"]

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(
            st.one_of(
                st.binary(max_size=60),
                st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
                st.recursive(
                    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
                    lambda inner: (
                        st.lists(inner, max_size=3)
                        | st.dictionaries(
                            st.sampled_from(["type", "userId", "traits", "messageId", "a", ""]),
                            inner,
                            max_size=4,
                        )
                    ),
                    max_leaves=8,
                ).map(lambda value: json.dumps(value).encode()),
            ),
            max_size=30,
        )
    )
    @example([b"\x00" * 6 + b"\xc2\x80" * 8 + b"\xf0\x90\x80\x80" * 7])  # cut in DuckDB's message
    def test_no_line_stops_the_reading(self, tmp_path: Path, lines: list[bytes]) -> None:
        lines = [line.replace(b"\n", b"") for line in lines]
        content = b"\n".join([b'{"messageId":"first"}', *lines, b'{"messageId":"last"}'])
        read = read_bytes(tmp_path, "a.jsonl", content)
        assert read.column("messageId")[0] == "first"
        assert read.column("messageId")[-1] == "last"
        rows = sorted([*read.column("row"), *read.reasons])
        assert rows == [
            number
            for number, line in enumerate(content.split(b"\n"), 1)
            if line.strip(b" \t\r\n\v\f")
        ]


class TestBrokenFiles:
    def test_a_truncated_gzip_file_fails_with_its_position(self, tmp_path: Path) -> None:
        packed = gzip.compress(b'{"userId":"1"}\n' * 1_000)
        with pytest.raises(UnreadableExport, match=r"a\.jsonl\.gz, byte .*middle of its gzip"):
            read_bytes(tmp_path, "a.jsonl.gz", packed[:-20])

    def test_a_corrupt_gzip_file_fails_with_its_position(self, tmp_path: Path) -> None:
        packed = bytearray(gzip.compress(b"".join(b'{"userId":"%d"}\n' % n for n in range(9_999))))
        packed[5_000] ^= 0xFF
        with pytest.raises(UnreadableExport, match=r"a\.jsonl\.gz, byte \d+: cannot be decomp"):
            read_bytes(tmp_path, "a.jsonl.gz", bytes(packed))

    @pytest.mark.parametrize("content", [b'[{"a":1},{"a":2}]', b'[\n  {"a":1}\n]', b"[]"])
    def test_one_json_array_is_refused_with_advice(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(UnreadableExport, match=r"one JSON array.*jq -c"):
            read_bytes(tmp_path, "a.json", content)
