"""Finding a partition's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubspot_pipeline.events import MissingPartition, PatternError, find_files


@pytest.fixture(autouse=True)
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "events/2026-01-01/b.jsonl",
        "events/2026-01-01/a.jsonl",
        "events/2026-01-01/_SUCCESS",
        "events/2026-01-01/.a.jsonl.crc",
        "events/2026-01-01/_temporary/0/c.jsonl",
        "events/2026-01-01/hour=03/d.jsonl",
        "events/2026-01-05/a.jsonl",
        "events/2026-01-09/_SUCCESS",
        "hive/date=2026-01-01/part-0.parquet",
        "flat/events-2026-01-01.csv",
        "flat/events-2026-01-02.csv",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(pattern: str, partition: str = "2026-01-01") -> list[str]:
    return [file.name for file in find_files(pattern, partition)]


class TestLayout:
    def test_files_come_sorted_with_sub_folders_and_without_hidden_ones(self) -> None:
        expected = [
            f"events/2026-01-01/{name}" for name in ("a.jsonl", "b.jsonl", "hour=03/d.jsonl")
        ]
        assert names("events/{partition}/*") == expected
        assert names("events/{partition}/") == expected
        assert names("events/{partition}") == expected

    def test_a_glob_takes_only_what_it_matches(self) -> None:
        assert names("events/{partition}/a*.jsonl") == ["events/2026-01-01/a.jsonl"]

    def test_a_partition_may_be_a_hive_folder(self) -> None:
        assert names("hive/date={partition}/") == ["hive/date=2026-01-01/part-0.parquet"]

    def test_a_partition_may_be_one_file(self) -> None:
        assert names("flat/events-{partition}.csv") == ["flat/events-2026-01-01.csv"]

    def test_a_folder_above_with_an_underscore_hides_nothing(self, exports: Path) -> None:
        (exports / "_exports").mkdir()
        (exports / "events").rename(exports / "_exports/events")
        assert len(names("_exports/events/{partition}/*")) == 3

    def test_absolute_paths_stay_absolute_and_urls_stay_urls(self, exports: Path) -> None:
        assert names(f"{exports}/flat/events-{{partition}}.csv") == [
            f"{exports}/flat/events-2026-01-01.csv"
        ]
        assert names(f"file://{exports}/flat/events-{{partition}}.csv") == [
            f"file://{exports}/flat/events-2026-01-01.csv"
        ]

    def test_sizes_are_in_bytes(self) -> None:
        assert find_files("flat/events-{partition}.csv", "2026-01-01")[0].size == 2

    @pytest.mark.parametrize("partition", ["*", "2026-01-0?", "[a-z]"])
    def test_a_partition_is_no_glob(self, partition: str) -> None:
        with pytest.raises(MissingPartition):
            find_files("events/{partition}/*", partition)


class TestMissingAndEmpty:
    @pytest.mark.parametrize(
        "pattern", ["events/{partition}/*", "events/{partition}/", "events/{partition}/*.jsonl"]
    )
    def test_a_missing_partition_names_the_pattern_and_its_neighbours(self, pattern: str) -> None:
        with pytest.raises(MissingPartition) as caught:
            find_files(pattern, "2026-01-04")
        assert caught.value.nearby == ("2026-01-01", "2026-01-05", "2026-01-09")
        assert pattern in str(caught.value)
        assert "2026-01-05" in str(caught.value)

    def test_a_missing_file_names_its_neighbours(self) -> None:
        with pytest.raises(MissingPartition, match="2026-01-01, 2026-01-02"):
            find_files("flat/events-{partition}.csv", "2026-01-03")
        with pytest.raises(MissingPartition, match="2026-01-01, 2026-01-02"):
            find_files("flat/events-{partition}*", "2026-01-03")

    def test_a_missing_root_is_a_missing_partition(self) -> None:
        with pytest.raises(MissingPartition, match="none exists"):
            find_files("nowhere/{partition}/*", "2026-01-03")

    @pytest.mark.parametrize(
        "pattern", ["events/{partition}/*", "events/{partition}/", "events/{partition}/*.jsonl"]
    )
    def test_a_folder_without_files_is_an_empty_partition(
        self, exports: Path, pattern: str
    ) -> None:
        assert find_files(pattern, "2026-01-09") == []
        (exports / "events/2026-01-10").mkdir()
        assert find_files(pattern, "2026-01-10") == []

    def test_a_pattern_must_say_where_the_partition_goes(self) -> None:
        with pytest.raises(PatternError, match=r"\{partition\}"):
            find_files("events/*", "2026-01-01")
