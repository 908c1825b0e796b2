"""Parquet exports."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hubspot_pipeline.events import UnreadableExport
from tests.events.reading import EVERYTHING, Read, read_file, written


def read_table(
    folder: Path, table: pa.Table, paths: list[tuple[str, ...]] = EVERYTHING, **options: Any
) -> Read:
    path = written(folder, "a.parquet", b"")
    pq.write_table(table, path, **options)
    return read_file(path, paths)


class TestColumns:
    def test_struct_columns_keep_their_types_and_nulls_are_missing(self, tmp_path: Path) -> None:
        traits = [
            {"email": "a", "address": {"city": "B", "zip": 1}, "tags": ["x"], "on": True},
            {"email": None, "address": None, "tags": None, "on": None},
            None,
        ]
        read = read_table(tmp_path, pa.table({"traits": traits, "userId": [1, 2, None]}))
        assert read.column("traits") == [traits[0], {}, None]
        assert read.column("userId") == ["1", "2", None]
        assert read.column("row") == [1, 2, 3]

    def test_only_the_nested_paths_asked_for_are_read(self, tmp_path: Path) -> None:
        traits = [{"email": "a", "address": {"city": "B", "zip": "1"}, "other": 1}]
        paths = [
            ("traits", "address", "city"),
            ("traits", "address", "city", "deeper"),
            ("traits", "missing"),
            ("traits", "email", "x"),
            ("properties", "x"),
        ]
        read = read_table(tmp_path, pa.table({"traits": traits, "context": traits}), paths)
        assert read.types["traits"] == pa.struct(
            {"email": pa.string(), "address": pa.struct({"city": pa.string()})}
        )
        assert read.types["properties"] == pa.string()
        assert "context" not in read.types
        assert read.column("properties") == [None]

    def test_dotted_columns_are_put_together(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "traits.email": ["a", None, None],
                "traits.address.city": ["B", "C", None],
                "traits.address.zip": [1, None, None],
                "traits.tags": [["x"], None, None],
            }
        )
        read = read_table(tmp_path, table)
        assert read.column("traits") == [
            {"email": "a", "address": {"city": "B", "zip": 1}, "tags": ["x"]},
            {"address": {"city": "C"}},
            None,
        ]
        read = read_table(tmp_path, table, [("traits", "address", "zip"), ("traits", "none")])
        assert read.column("traits") == [{"address": {"zip": 1}}, None, None]

    def test_a_dotted_column_may_be_a_struct(self, tmp_path: Path) -> None:
        table = pa.table({"traits.address": [{"city": "B", "zip": 1}]})
        read = read_table(tmp_path, table, [("traits", "address", "city")])
        assert read.column("traits") == [{"address": {"city": "B"}}]

    def test_json_text_keeps_its_types(self, tmp_path: Path) -> None:
        table = pa.table({"traits": ['{"n": 1, "t": "1"}', None, "", "null", "[1]", "{", b"\xff"]})
        read = read_table(tmp_path, table.cast(pa.schema({"traits": pa.binary()})))
        assert read.column("traits") == [{"n": 1, "t": "1"}, None, None, None]
        assert list(read.reasons) == [5, 6, 7]
        assert isinstance(read.types["traits"], pa.JsonType)

    def test_a_map_is_an_object(self, tmp_path: Path) -> None:
        type_ = pa.map_(pa.string(), pa.int32())
        table = pa.table({"traits": pa.array([[("a", 1), ("b", None)], None, []], type_)})
        assert read_table(tmp_path, table).column("traits") == [{"a": 1}, None, {}]
        inner = pa.array(
            [{"custom": [("a", 1)], "plan": None}],
            pa.struct({"custom": type_, "plan": pa.string()}),
        )
        read = read_table(tmp_path, pa.table({"traits": inner}))
        assert read.column("traits") == [{"custom": {"a": 1}}]

    @pytest.mark.parametrize(
        ("array", "expected"),
        [
            (pa.array([1], pa.uint8()), 1),
            (pa.array([2**63], pa.uint64()), float(2**63)),
            (pa.array([0.5], pa.float32()), 0.5),
            (pa.array([float("nan")]), None),
            (pa.array([float("inf")]), None),
            (pa.array([Decimal(12)], pa.decimal128(20, 0)), 12),
            (pa.array([Decimal("1.25")]), 1.25),
            (pa.array(["x"]).dictionary_encode(), "x"),
            (pa.array(["x"], pa.large_string()), "x"),
            (pa.array([b"x"], pa.binary()), "x"),
            (pa.array([None], pa.null()), None),
            (pa.array([[1, None]], pa.large_list(pa.int8())), [1, None]),
            (pa.array([dt.date(2026, 1, 2)]), "2026-01-02"),
            (pa.array([1], pa.timestamp("ms")), "1970-01-01T00:00:00.001Z"),
            (pa.array([1], pa.timestamp("us", tz="Asia/Tokyo")), "1970-01-01T00:00:00.000001Z"),
            (pa.array([10**6], pa.timestamp("ns")), "1970-01-01T00:00:00.001Z"),
        ],
    )
    def test_every_type_has_its_json_form(
        self, tmp_path: Path, array: pa.Array, expected: object
    ) -> None:
        traits = pa.StructArray.from_arrays([array, pa.array(["k"])], ["value", "kept"])
        read = read_table(tmp_path, pa.table({"traits": traits}))
        (found,) = read.column("traits")
        assert found.get("value") == expected

    @pytest.mark.parametrize(
        ("array", "expected"),
        [
            (pa.array([5.0, 5.5, None]), ["5", "5.5", None]),
            (pa.array([True, None, False]), ["true", None, "false"]),
            (
                pa.array([1, 0, None], pa.timestamp("s")),
                ["1970-01-01T00:00:01.000Z", "1970-01-01T00:00:00.000Z", None],
            ),
        ],
    )
    def test_text_fields_of_other_types_become_text(
        self, tmp_path: Path, array: pa.Array, expected: list[str | None]
    ) -> None:
        read = read_table(tmp_path, pa.table({"timestamp": array}))
        assert read.column("timestamp") == expected


class TestIdentity:
    def test_the_same_content_has_the_same_message_id(self, tmp_path: Path) -> None:
        rows = {"messageId": ["m", None, "", None], "traits": [{"n": n} for n in (1, 2, 2, 3)]}
        everything = read_table(tmp_path, pa.table(rows)).column("messageId")
        ids = read_table(tmp_path, pa.table(rows), [("type",)], row_group_size=2)
        assert ids.column("messageId") == everything
        assert everything[0] == "m"
        assert everything[3] != everything[1]
        without = pa.table({"traits": rows["traits"], "event": pa.nulls(4, pa.string())})
        ids = read_table(tmp_path, without, [("type",)], write_statistics=False)
        assert ids.column("messageId")[1] == everything[1] == ids.column("messageId")[2]

    @pytest.mark.parametrize("write_statistics", [True, False])
    def test_a_missing_id_is_found_with_or_without_statistics(
        self, tmp_path: Path, *, write_statistics: bool
    ) -> None:
        for ids in (["a", None], ["a", ""], [None, None]):
            table = pa.table({"messageId": pa.array(ids, pa.string()), "type": ["x", "y"]})
            read = read_table(tmp_path, table, [], write_statistics=write_statistics)
            assert None not in read.column("messageId")
            assert read.column("messageId")[1].startswith("content-")


class TestBadRows:
    def test_values_of_a_wrong_kind_are_set_aside(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "messageId": ["a", "b", "c"],
                "type": [["list"], None, None],
                "context": [None, 5, None],
            }
        )
        read = read_table(tmp_path, table)
        assert read.column("messageId") == ["c"]
        assert read.reasons == {1: "type is not text", 2: "context is not an object"}
        assert [row["messageId"] for row in read.rejected] == ["a", "b"]

    def test_bytes_that_are_not_utf_8_are_set_aside_however_deep(self, tmp_path: Path) -> None:
        traits = [{"tags": [b"a", b"\xff"]}, {"tags": [b"b"]}, {"tags": None}]
        read = read_table(tmp_path, pa.table({"traits": traits, "userId": [b"1", b"2", b"\xfe"]}))
        assert read.column("traits") == [{"tags": ["b"]}]
        assert read.reasons == {1: "traits is not UTF-8 text", 3: "userId is not UTF-8 text"}


class TestBrokenFiles:
    def test_a_truncated_file_fails_with_its_position(self, tmp_path: Path) -> None:
        path = written(tmp_path, "a.parquet", b"")
        pq.write_table(pa.table({"userId": [str(n) for n in range(9_999)]}), path)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(UnreadableExport, match=r"a\.parquet, footer, before byte \d+"):
            read_file(path)

    def test_a_broken_row_group_fails_with_its_position(self, tmp_path: Path) -> None:
        path = written(tmp_path, "a.parquet", b"")
        ids = [f"{n:08}" for n in range(10_000)]
        pq.write_table(
            pa.table({"messageId": ids}),
            path,
            row_group_size=1_000,
            compression="zstd",
            use_dictionary=False,
        )
        content = bytearray(path.read_bytes())
        start = pq.ParquetFile(path).metadata.row_group(3).column(0).data_page_offset
        content[start + 60 : start + 160] = bytes(100)
        path.write_bytes(bytes(content))
        with pytest.raises(UnreadableExport, match=r"row group 4, from row 3001"):
            read_file(path)

    def test_a_type_without_json_form_is_refused_by_name(self, tmp_path: Path) -> None:
        traits = pa.StructArray.from_arrays([pa.array([1], pa.duration("s"))], ["took"])
        with pytest.raises(UnreadableExport, match=r"column traits has type duration\[s\]"):
            read_table(tmp_path, pa.table({"traits": traits}))

    def test_columns_given_twice_are_refused(self, tmp_path: Path) -> None:
        twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["userId", "userId"])
        with pytest.raises(UnreadableExport, match="schema: has columns named twice: userId"):
            read_table(tmp_path, twice)
        both = pa.table({"traits": ["{}"], "traits.email": ["a"]})
        with pytest.raises(UnreadableExport, match=r"gives traits\.email twice"):
            read_table(tmp_path, both)

    def test_a_file_without_event_columns_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableExport, match="none of the event's columns"):
            read_table(tmp_path, pa.table({"foo": [1]}))

    def test_a_file_without_rows_has_no_rows(self, tmp_path: Path) -> None:
        assert read_table(tmp_path, pa.table({"userId": pa.array([], pa.string())})).events == []
