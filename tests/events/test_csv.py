"""CSV exports."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.events import UnreadableExport
from hubspot_pipeline.events import lines as lines_module
from tests.events.reading import read_bytes, read_file, written


class TestEvents:
    def test_json_text_keeps_types_and_an_empty_cell_is_missing(self, tmp_path: Path) -> None:
        content = b'messageId,userId,traits\nm,,"{""n"": 1, ""t"": ""1"", ""z"": null}"\n,1,\n'
        read = read_bytes(tmp_path, "a.csv", content)
        assert read.column("traits") == [{"n": 1, "t": "1", "z": None}, None]
        assert read.column("userId") == [None, "1"]

    def test_dotted_columns_are_put_together_and_are_text(self, tmp_path: Path) -> None:
        content = (
            b"userId,traits.email,traits.address.city,traits.age,unknown\n"
            b"1,a@b.c,Berlin,5,x\n2,,,,\n3,,Bonn,,\n"
        )
        read = read_bytes(tmp_path, "a.csv", content)
        assert read.column("traits") == [
            {"email": "a@b.c", "address": {"city": "Berlin"}, "age": "5"},
            None,
            {"address": {"city": "Bonn"}},
        ]

    def test_only_the_dotted_columns_asked_for_are_there(self, tmp_path: Path) -> None:
        content = b"traits.email,traits.address.city,traits.address.zip\na,b,c\n"
        read = read_bytes(tmp_path, "a.csv", content, [("traits", "address", "city")])
        assert read.column("traits") == [{"address": {"city": "b"}}]

    def test_quotes_commas_line_breaks_bom_and_crlf_are_understood(self, tmp_path: Path) -> None:
        content = (
            b'\xef\xbb\xbf"userId", name ,event\r\n'
            b'1,"say ""hi"", twice","two\r\nlines"\r\n\r\n2,"three\n\nlines",x\r\n3,y,z'
        )
        for packed in (content, gzip.compress(content)):
            read = read_bytes(tmp_path, "a.csv", packed)
            assert read.rejected == []
            assert read.column("name") == ['say "hi", twice', "three\n\nlines", "y"]
            assert read.column("event") == ["two\r\nlines", "x", "z"]
            assert read.column("row") == [2, 5, 8]

    def test_records_may_lie_across_blocks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines_module, "BLOCK_BYTES", 64)
        monkeypatch.setattr(lines_module, "_PIECE_BYTES", 9)
        rows = "".join(f'{n},"a\n""b""\n{n}"\n' for n in range(60))
        read = read_bytes(tmp_path, "a.csv", f"userId,name\n{rows}".encode())
        assert read.rejected == []
        assert read.column("name") == [f'a\n"b"\n{n}' for n in range(60)]
        assert read.column("row") == [2 + 3 * n for n in range(60)]

    def test_a_header_alone_is_no_rows(self, tmp_path: Path) -> None:
        assert read_bytes(tmp_path, "a.csv", b"userId,name\r\n").events == []

    def test_batches_have_at_most_so_many_rows(self, tmp_path: Path) -> None:
        read = read_file(written(tmp_path, "a.csv", b"userId\n" + b"1\n" * 25), batch_rows=10)
        assert read.batches == 3
        assert len(read.events) == 25

    def test_the_same_content_has_the_same_message_id(self, tmp_path: Path) -> None:
        read = read_bytes(tmp_path, "a.csv", b"userId,extra,messageId\n1,x,\n1,x,\n1,y,\n1,x,m\n")
        again = read_bytes(tmp_path, "b.csv", b"extra,userId\nx,1\n", [("type",)])
        ids = read.column("messageId")
        assert ids[0] == ids[1] == again.column("messageId")[0]
        assert ids[0] != ids[2]
        assert ids[3] == "m"


class TestBadRows:
    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            (b"x", "has 1 cells where the header has 3"),
            (b"1,2,{},4", "has 4 cells where the header has 3"),
            (b'1,"never closed,{}', "malformed CSV"),
            (b'1,"2" inches,{}', "malformed CSV"),
            (b'1,2,"{\\"a\\":1}"', "malformed CSV"),
            (b"1,\xff,", "not UTF-8 text"),
            (b"1,2,{a}", "traits is not valid JSON"),
            (b"1,2,[1]", "traits is not an object"),
            (b"1,2,text", "traits is not valid JSON"),
            (b'1,2,"{""a"":NaN}"', "traits holds a number that JSON does not have"),
            (b'1,"' + b"x" * 1_100_000 + b'",', "malformed CSV (field larger than field limit"),
        ],
    )
    def test_a_bad_record_is_set_aside_and_the_rest_goes_on(
        self, tmp_path: Path, record: bytes, reason: str
    ) -> None:
        content = b"userId,name,traits\na,b,\n" + record + b'\nc,"d\ne",\nf,g,{}\n'
        read = read_bytes(tmp_path, "a.csv", content)
        assert read.column("userId") == ["a", "c", "f"]
        assert read.column("row") == [2, 4, 6]
        (rejected,) = read.rejected
        assert rejected["row"] == 3
        assert reason in rejected["reason"]

    def test_a_null_document_is_missing(self, tmp_path: Path) -> None:
        read = read_bytes(tmp_path, "a.csv", b'userId,traits\n1,null\n2,"  "\n')
        assert read.column("traits") == [None, None]

    def test_a_line_that_fills_a_block_is_set_aside(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines_module, "BLOCK_BYTES", 1_000)
        monkeypatch.setattr(lines_module, "_PIECE_BYTES", 300)
        content = b"userId,name\n1,a\n2," + b"x" * 5_000 + b"\n3,c\n"
        read = read_bytes(tmp_path, "a.csv", content)
        assert read.column("userId") == ["1", "3"]
        assert read.column("row") == [2, 4]
        assert list(read.reasons) == [3]

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(st.binary(max_size=30) | st.sampled_from([b'"', b'a,"', b"1,2,{}"])))
    def test_no_record_stops_the_reading(self, tmp_path: Path, lines: list[bytes]) -> None:
        content = b"\n".join([b"userId,messageId,traits", *lines, b"x,last,{}"])
        read = read_bytes(tmp_path, "a.csv", content)
        assert read.column("messageId")[-1] == "last"

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=9)))
    def test_any_text_comes_back(self, tmp_path: Path, names: list[str]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([("userId", "name"), *(("u", name) for name in names)])
        read = read_bytes(tmp_path, "a.csv", text.getvalue().encode())
        assert read.column("name") == [name or None for name in names]


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            (b"userId,name,userId,x,name", "columns named twice: name, userId"),
            (b"traits,traits.email", "gives traits.email twice"),
            (b"traits.address.city,traits.address", "gives traits.address.city twice"),
            (b"foo,bar", "none of the event's columns"),
            (b'"userId" x,name', "no header of columns"),
        ],
    )
    def test_a_header_that_makes_no_event_is_refused(
        self, tmp_path: Path, header: bytes, reason: str
    ) -> None:
        with pytest.raises(UnreadableExport, match=rf"a\.csv, line 1: .*{reason}"):
            read_bytes(tmp_path, "a.csv", header + b"\n1,2\n")

    def test_columns_outside_the_event_may_be_named_twice(self, tmp_path: Path) -> None:
        read = read_bytes(tmp_path, "a.csv", b"userId,note,note\n1,2,3\n")
        assert read.column("userId") == ["1"]

    def test_a_truncated_gzip_file_fails_with_its_position(self, tmp_path: Path) -> None:
        packed = gzip.compress(b"userId\n" + b"1\n" * 1_000)
        with pytest.raises(UnreadableExport, match=r"a\.csv\.gz, byte \d+"):
            read_bytes(tmp_path, "a.csv.gz", packed[:-12])


def test_columns_are_plain_strings(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, "a.csv", b"userId,traits.n\n1,2\n")
    assert read.types["userId"] == pa.string()
    assert read.types["traits"] == pa.struct({"n": pa.string()})
    assert read.types["properties"] == pa.string()
