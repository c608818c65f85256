"""PartiQL is read token by token."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_guard.runtime.services import partiql
from lambda_guard.runtime.services.partiql import target

UNRESOLVED = "unresolved"


def touch(part: str, table: str, index: str | None = None) -> tuple[str | None, ...]:
    return (part, "table", table, index, None)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('SELECT * FROM "orders"', touch("Select", "orders")),
        ("select a, b.c[0], d from orders where a = 1", touch("Select", "orders")),
        ('SELECT * FROM "orders"."by-date" WHERE d = ?', touch("Select", "orders", "by-date")),
        ('SELECT * FROM "orders" . "by-date"', touch("Select", "orders", "by-date")),
        ('SELECT * FROM "orders.by-date"', touch("Select", "orders.by-date")),
        ('SELECT "FROM" FROM "orders"', touch("Select", "orders")),
        ("SELECT 'x FROM y' FROM orders", touch("Select", "orders")),
        ("SELECT 'it''s FROM y' FROM orders", touch("Select", "orders")),
        ("SELECT {'k': \"FROM\"} FROM orders", touch("Select", "orders")),
        ("SELECT size(FROM) FROM orders", touch("Select", "orders")),
        ("SELECT `FROM x` FROM orders", touch("Select", "orders")),
        ('SELECT `{a: "` FROM x"}` FROM orders', touch("Select", "orders")),
        ("SELECT -- FROM x\n* FROM orders", touch("Select", "orders")),
        ("SELECT * FROM orders-- the end", touch("Select", "orders")),
        ("/* a ' b */ SELECT /* * FROM x */ * FROM/**/orders;", touch("Select", "orders")),
        ("SELECT * FROM orders o WHERE o.a = 1", touch("Select", "orders")),
        ("SELECT * FROM orders AS o WHERE o.a = 1", touch("Select", "orders")),
        ('SELECT * FROM"orders"WHERE a=1', touch("Select", "orders")),
        ("INSERT INTO orders VALUE {'pk': 'FROM x'}", touch("Insert", "orders")),
        ('insert\ninto\t"my-orders" value {}', touch("Insert", "my-orders")),
        ('UPDATE "orders" SET a = 1 WHERE b = 2', touch("Update", "orders")),
        ("DELETE FROM orders WHERE a = ?", touch("Delete", "orders")),
        ("EXISTS(SELECT * FROM orders WHERE a = 1)", touch("Select", "orders")),
        ('exists ( select * from "o"."i" )', touch("Select", "o", "i")),
        ('SELECT * FROM "Größe"', touch("Select", "Größe")),
    ],
)
def test_a_statement_names_its_verb_table_and_index(statement: str, expected: tuple[str | None, ...]) -> None:
    assert target(statement) == expected


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("", None),
        ("   ", None),
        ("-- SELECT * FROM orders", None),
        ("'SELECT * FROM orders'", None),
        ("UPSERT INTO orders VALUE {}", None),
        ("FROM orders SELECT *", None),
        ("SELECT *", "Select"),
        ("SELECT * FROM", "Select"),
        ("SELECT * FROM 'orders'", "Select"),
        ("SELECT * FROM orders, users", "Select"),
        ("SELECT * FROM (SELECT * FROM orders)", "Select"),
        ('SELECT * FROM "a"."b"."c"', "Select"),
        ('SELECT * FROM "orders".', "Select"),
        ('SELECT * FROM "orders', "Select"),
        ("SELECT 'unfinished FROM orders", "Select"),
        ("SELECT /* unfinished FROM orders", "Select"),
        ("SELECT `unfinished FROM orders", "Select"),
        ("INSERT orders", "Insert"),
        ("DELETE orders", "Delete"),
        ("UPDATE", "Update"),
        ("UPDATE ?", "Update"),
        (None, None),
        (b"SELECT * FROM orders", None),
        (["SELECT * FROM orders"], None),
    ],
)
def test_what_is_no_such_statement_is_unresolved(statement: Any, part: str | None) -> None:
    assert target(statement) == (part, UNRESOLVED, None, None, None)


@given(st.text())
def test_any_text_is_read_without_an_exception(text: str) -> None:
    for statement in (text, f"SELECT {text} FROM orders", f"SELECT * FROM {text}"):
        assert len(target(statement)) == 5


@given(st.text())
def test_a_literal_never_changes_what_is_read(text: str) -> None:
    literal = "'" + text.replace("'", "''") + "'"
    assert target(f"SELECT {literal} FROM orders WHERE a = {literal}") == touch("Select", "orders")


@given(st.text(alphabet=st.characters(exclude_characters="`'\"\\")))
def test_an_ion_literal_never_changes_what_is_read(text: str) -> None:
    assert target(f"SELECT `{text}` FROM orders") == touch("Select", "orders")


def test_statements_are_remembered_without_their_text() -> None:
    """A heap dump of the cache shows no literal, and the cache does not grow without end."""
    for number in range(3 * partiql._CACHE_SIZE):
        target(f"SELECT * FROM orders WHERE secret = 'hunter{number}'")
    assert len(partiql._cache) <= partiql._CACHE_SIZE
    assert "hunter" not in repr(partiql._cache)
    gc.collect()
    assert not any("hunter" in repr(referent) for referent in gc.get_referents(partiql._cache))


@pytest.mark.parametrize(
    "hostile",
    [
        "SELECT " + "'" * 200_001,
        "SELECT " + "`'" * 100_000,
        "SELECT " + '`"' * 100_000,
        "SELECT " + "/*" * 100_000,
        "SELECT " + "a-" * 100_000,
        "SELECT " + '"' * 200_001,
        "SELECT " + "(" * 200_000,
        "SELECT * FROM " + '"' * 200_001,
    ],
)
def test_no_input_is_read_over_and_over(hostile: str) -> None:
    """Backtracking over any of these would take longer than the machine lasts."""
    assert target(hostile)[1] == UNRESOLVED
