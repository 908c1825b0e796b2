"""Writes made-up exports: the same seed gives the same bytes; for demos, benchmarks and tests.

A day has all event types, people who come back (their e-mail written in other cases too), nested
traits, and some rows that are wrong the way real ones are.
"""

from __future__ import annotations

import gzip
import io
import itertools
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from hubspot_pipeline.database import open_database
from hubspot_pipeline.events.json_text import run
from hubspot_pipeline.events.schema import DOCUMENTS

SampleFormat = Literal["parquet", "jsonl", "jsonl.gz", "csv"]
_CHUNK_ROWS = 50_000
_TYPES = ("identify", "track", "page", "screen", "group", "alias")
_SHARES = (0.42, 0.30, 0.15, 0.05, 0.05, 0.03)
_EVENTS_PER_PERSON = 6
_LAST_WITHOUT_ID = 20_000
_FOUNDERS = 300
"""The first so many people set up their companies' accounts: `group` events are theirs."""
_DAY_MS = 86_400_000

_FIRST = ("Ada", "Björn", "Chidi", "Dolores", "Emil", "Fatima", "Grace", "Hana", "Iván", "Jun")
_LAST = ("Lovelace", "Müller", "Okafor", "O'Brien", "Ortiz", "Haddad", "Hopper", "Sato", "Kim")
_COMPANIES = tuple(
    f"{name} {kind}"
    for kind in ("Foods", "Labs", "& Co", "Works", "Studio", "Yards", "Garden", "Press", "Travel")
    for name in ("Acme", "Birch", "Cobalt", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Iris")
)
_DOMAINS = tuple(
    f"{name.lower().replace(' & ', '-and-').replace(' ', '-')}.example.com" for name in _COMPANIES
)
_INDUSTRIES = ("Retail", "Restaurants", "Furniture")
_CITIES = (
    ("Berlin", "", "Germany", "10115"),
    ("Lagos", "LA", "Nigeria", "100001"),
    ("Boston", "MA", "United States", "02108"),
    ("São Paulo", "SP", "Brazil", "01000-000"),
)
_PLANS = ("free", "team", "business", "enterprise")
_STAGES = ("subscriber", "lead", "marketingqualifiedlead", "opportunity", "customer")
_TRACKED = ("Order Completed", "Product Viewed", "Signed Up", "Invoice Paid", "Trial Started")
_PAGES = ("Home", "Pricing", "Docs", "Checkout", "Account")
_PRODUCTS = ("Notebook", "Pencil case", "Desk lamp", 'Monitor, 27"', "Chair")
_BAD_EMAILS = (
    "not an e-mail",
    "someone@",
    "@example.com",
    "two@at@example.com",
    "a b@x.example",
    "someone@intranet.local",  # well-formed, yet HubSpot refuses it: no such top-level domain
)

_Draws = npt.NDArray[np.int64]


def write_sample_export(
    folder: Path | str,
    partition: str,
    rows: int,
    seed: int = 0,
    format: SampleFormat = "jsonl.gz",  # noqa: A002 — the word people know
) -> Path:
    """Write a day's export as `<folder>/<partition>/events.<format>`; return the file.

    Parquet has struct columns, CSV has documents as JSON text. About 1 % of the
    rows have a bad e-mail or none; of the first 20,000, 0.1 % have no message id. In JSON lines
    0.1 % are malformed or no object and 0.5 % have values of odd types; in CSV 0.1 % are cut short.

    Args:
        folder: A local folder; made if need be.
        partition: The day, `2026-01-02`.
        rows: How many rows, the wrong ones among them.
        seed: The same people come back on all days of one seed.
        format: What to write.
    """
    path = Path(folder) / partition / f"events.{format}"
    path.parent.mkdir(parents=True, exist_ok=True)
    chunks = _chunks(partition, rows, seed)
    if format == "parquet":
        _write_parquet(path, chunks)
        return path
    with ExitStack() as stack:
        out: Any = stack.enter_context(path.open("wb"))
        if format == "jsonl.gz":
            out = stack.enter_context(
                gzip.GzipFile(fileobj=out, mode="wb", filename="", compresslevel=3, mtime=0)
            )
        connection = stack.enter_context(open_database())
        for number, chunk in enumerate(chunks):
            out.write(
                _csv(connection, chunk, has_header=number == 0)
                if format == "csv"
                else _json_lines(connection, chunk)
            )
    return path


def sample_events(partition: str, rows: int, seed: int = 0) -> pa.Table:
    """Return a day's events as one table of struct columns, none of them malformed."""
    return pa.concat_tables(_chunks(partition, rows, seed))


def _chunks(partition: str, rows: int, seed: int) -> Iterator[pa.Table]:
    people = max(1, rows // _EVENTS_PER_PERSON)
    apart = _DAY_MS // max(1, rows)
    for start in range(0, max(1, rows), _CHUNK_ROWS):
        draws = np.random.default_rng([seed, zlib.crc32(partition.encode()), start])
        numbers = np.arange(start, min(start + _CHUNK_ROWS, rows))
        moments = numbers * apart + draws.integers(0, apart + 1, len(numbers))
        yield _events(draws, partition, people, numbers, moments)


def _events(
    draws: np.random.Generator, partition: str, people: int, numbers: _Draws, moments: _Draws
) -> pa.Table:
    """Make the events of some row numbers, at some moments (milliseconds of the day)."""
    rows = len(numbers)
    kind = draws.choice(len(_TYPES), rows, p=_SHARES)
    person = (people * draws.random(rows) ** 2).astype(np.int64)
    person = np.where(kind == _TYPES.index("group"), person % _FOUNDERS, person)
    identify, track, page, screen, group, alias = (
        pa.array(kind == index) for index in range(len(_TYPES))
    )
    midnight = int(np.datetime64(partition, "ms").astype(np.int64))
    return pa.table(
        {
            "type": _pick(_TYPES, kind),
            "event": _only(track, _pick(_TRACKED, person + numbers)),
            "name": _only(pc.or_(page, screen), _pick(_PAGES, numbers)),
            "userId": _only(pa.array(draws.random(rows) < 0.9), _join("user-", person)),
            "anonymousId": _join("anonymous-", person * 7_919 % 1_000_003),
            "groupId": _only(group, _company_ids(person)),
            "messageId": _only(
                pa.array((numbers % 997 > 0) | (numbers > _LAST_WITHOUT_ID)),
                _join(f"{partition}-", numbers),
            ),
            "timestamp": _iso(midnight + moments),
            "sentAt": _iso(midnight + moments + 40),
            "receivedAt": _iso(midnight + moments + 40 + draws.integers(10, 2_000, rows)),
            "traits": _traits(draws, person, identify, group),
            "properties": _properties(draws, partition, numbers, track, pc.or_(page, screen)),
            "context": _context(person, identify, alias),
        }
    )


def _traits(
    draws: np.random.Generator, person: _Draws, identify: pa.Array, group: pa.Array
) -> pa.StructArray:
    """Make a person's traits for `identify`, a company's for `group`, as two SDKs spell them."""
    rows = len(person)
    mobile = pc.and_(identify, pa.array(person % 3 == 0))
    web = pc.and_(identify, pa.array(person % 3 > 0))
    company = _company(person)
    first, last = _pick(_FIRST, person), _pick(_LAST, person // len(_FIRST))
    return _struct(
        {
            "email": _only(identify, _emails(draws, person)),
            "first_name": _only(web, first),
            "last_name": _only(web, last),
            "firstName": _only(mobile, first),
            "lastName": _only(mobile, last),
            "phone": _only(mobile, _numbered("+1 555 01", person, 10, 99)),
            "company": _only(identify, _pick(_COMPANIES, company)),
            "website": _pick(tuple(f"https://{domain}" for domain in _DOMAINS), company),
            "age": _only(identify, pa.array(18 + person % 60)),
            "plan": _only(identify, _pick(_PLANS, person + draws.integers(0, 2, rows))),
            "newsletter": _only(identify, pa.array(draws.random(rows) < 0.4)),
            "lifecycle_stage": _only(web, _pick(_STAGES, draws.integers(0, 5, rows))),
            "tags": _lists(_pick(_PLANS, np.arange(2 * rows)), 2, mobile),
            "address": _address(person, web, mobile),
            "name": _only(group, _pick(_COMPANIES, company)),
            "industry": _only(group, _pick(_INDUSTRIES, company)),
            "employees": _only(group, pa.array(10 * (company + 1))),
        },
        pc.or_(identify, group),
    )


def _address(person: _Draws, web: pa.Array, mobile: pa.Array) -> pa.StructArray:
    city, state, country, zip_code = (
        _pick(column, person) for column in zip(*_CITIES, strict=True)
    )
    return _struct(
        {
            "street": _numbered("", person, 1, 200, " Main Street"),
            "city": city,
            "state": _only(pc.not_equal(state, ""), state),
            "country": country,
            "postalCode": _only(mobile, zip_code),
            "postal_code": _only(web, zip_code),
        },
        pc.and_(pc.or_(web, mobile), pa.array(person % 5 > 0)),
    )


def _company(person: _Draws) -> _Draws:
    """Return each person's place of work."""
    return person // 3 % len(_COMPANIES)


def _company_ids(person: _Draws) -> pa.Array:
    return _numbered("company-", _company(person), 1, len(_COMPANIES))


def _addresses(person: _Draws) -> pa.Array:
    return _join("person.", person, "@", _pick(_DOMAINS, _company(person)))


def _emails(draws: np.random.Generator, person: _Draws) -> pa.Array:
    """Write each person's address; one in ten is in capitals, one in a hundred bad or missing."""
    rows = len(person)
    emails = _addresses(person)
    emails = pc.if_else(pa.array(draws.random(rows) < 0.1), pc.utf8_upper(emails), emails)
    chance = draws.random(rows)
    emails = pc.if_else(pa.array(chance < 0.005), _pick(_BAD_EMAILS, person), emails)
    return _only(pa.array(chance < 0.995), emails)


def _properties(
    draws: np.random.Generator, partition: str, numbers: _Draws, track: pa.Array, seen: pa.Array
) -> pa.StructArray:
    rows = len(numbers)
    products = _struct(
        {
            "product_id": _numbered("sku-", np.repeat(numbers, 2), 1, 97),
            "name": _pick(_PRODUCTS, np.repeat(numbers, 2) + np.tile([0, 1], rows)),
            "price": pa.array(np.round(draws.random(2 * rows) * 200, 2)),
            "quantity": pa.array(draws.integers(1, 5, 2 * rows)),
        }
    )
    return _struct(
        {
            "order_id": _only(track, _join(f"{partition}-", 1_000 + numbers)),
            "total": _only(track, pa.array(np.round(draws.random(rows) * 900, 2))),
            "currency": _only(track, _pick(("EUR", "USD"), numbers)),
            "products": _lists(products, 2, track),
            "url": _only(seen, _numbered("https://shop.example/", numbers, 1, 40)),
            "title": _only(seen, _pick(_PAGES, numbers)),
        },
        pc.or_(track, seen),
    )


def _context(person: _Draws, identify: pa.Array, alias: pa.Array) -> pa.StructArray:
    """Make what an SDK adds; once a person is known, who that is and where they work, too."""
    library = {"name": _pick(("analytics.js", "ios"), person), "version": _pick(("4.1.0",), person)}
    known = pc.invert(pc.or_(identify, alias))
    return _struct(
        {
            "ip": _numbered("203.0.113.", person, 1, 250),
            "locale": _only(pc.invert(alias), _pick(("en-US", "de-DE", "pt-BR"), person)),
            "library": _struct(library),
            "groupId": _only(known, _company_ids(person)),
            "traits": _struct({"email": _addresses(person)}, known),
        }
    )


def _write_parquet(path: Path, chunks: Iterator[pa.Table]) -> None:
    first = next(chunks)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for chunk in itertools.chain([first], chunks):
            writer.write_table(chunk)


def _as_json(connection: duckdb.DuckDBPyConnection, values: pa.Array) -> pa.Array:
    """Return structs as JSON text, without what is missing."""
    query = """
        SELECT CASE WHEN v IS NOT NULL THEN json_merge_patch('{}', to_json(v))::VARCHAR END AS text
        FROM cells
    """
    return run(connection, query, v=values)["text"]


def _json_lines(connection: duckdb.DuckDBPyConnection, events: pa.Table) -> bytes:
    """Return events as JSON lines, some of them malformed or with values of odd types."""
    columns = [column.combine_chunks() for column in events.columns]
    lines = _as_json(connection, pa.StructArray.from_arrays(columns, events.column_names))
    wrong = {
        index: _with_odd_types(lines[index].as_py(), index) for index in range(150, len(lines), 200)
    }
    wrong |= {index: lines[index].as_py()[:99] for index in range(70, len(lines), 2_000)}
    wrong |= dict.fromkeys(range(1_070, len(lines), 2_000), '["not", "an", "event"]')
    is_wrong = np.isin(np.arange(len(lines)), list(wrong))
    replacements = pa.array([wrong[index] for index in sorted(wrong)], pa.string())
    lines = pc.replace_with_mask(lines, pa.array(is_wrong), replacements)
    text: str = pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "\n")[0].as_py()
    return f"{text}\n".encode() if text else b""


def _with_odd_types(line: str, index: int) -> str:
    event = orjson.loads(line)
    traits = event.get("traits", {})
    odd: tuple[dict[str, Any], ...] = (
        {"phone": 15550123, "age": "42"},
        {"address": "1 Main Street, Berlin", "company": None},
        {"first_name": {"given": "Ada"}, "plan": ["team"]},
        {"email": 5, "newsletter": "yes"},
    )
    traits.update(odd[index // 200 % len(odd)])
    return orjson.dumps(event).decode()


def _csv(connection: duckdb.DuckDBPyConnection, events: pa.Table, has_header: bool) -> bytes:
    """Return events as CSV with documents as JSON text; the last ones are cut short."""
    cut: int = events.num_rows // 1_000
    whole = events.slice(0, events.num_rows - cut)
    columns = {
        name: _as_json(connection, whole[name].combine_chunks())
        if name in DOCUMENTS
        else whole[name]
        for name in whole.column_names
    }
    out = io.BytesIO()
    pa_csv.write_csv(pa.table(columns), out, pa_csv.WriteOptions(include_header=has_header))
    return out.getvalue() + b"identify,,,cut-short\n" * cut


def _pick(choices: tuple[str, ...], draws: _Draws) -> pa.Array:
    return pa.array(choices).take(pa.array(draws % len(choices)))


def _numbered(start: str, draws: _Draws, first: int, last: int, end: str = "") -> pa.Array:
    return _pick(tuple(f"{start}{number}{end}" for number in range(first, last + 1)), draws)


def _only(mask: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(mask, values, None)


def _join(*parts: str | _Draws | pa.Array) -> pa.Array:
    texts = [
        pa.array(part).cast(pa.string()) if isinstance(part, np.ndarray) else part for part in parts
    ]
    return pc.binary_join_element_wise(*texts, "")


def _iso(milliseconds: _Draws) -> pa.Array:
    return pc.strftime(pa.array(milliseconds).cast(pa.timestamp("ms")), "%Y-%m-%dT%H:%M:%SZ")


def _struct(children: dict[str, pa.Array], present: pa.Array | None = None) -> pa.StructArray:
    absent = None if present is None else pc.invert(present)
    return pa.StructArray.from_arrays(list(children.values()), list(children), mask=absent)


def _lists(items: pa.Array, length: int, present: pa.Array) -> pa.ListArray:
    offsets = pa.array(range(0, len(items) + 1, length), pa.int32())
    return pa.ListArray.from_arrays(offsets, items, mask=pc.invert(present))
