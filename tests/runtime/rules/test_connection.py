"""Connections to databases: what is found, what is said of it, and what passes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lambda_guard.runtime.bootstrap import wrap
from lambda_guard.runtime.errors import ConnectionBlocked
from lambda_guard.runtime.guard import Guard
from lambda_guard.runtime.journal import Journal
from lambda_guard.runtime.rules import connection
from lambda_guard.runtime.settings.config import Config
from lambda_guard.runtime.sinks.memory import Memory
from lambda_guard.runtime.types import Finding, Site

HERE = Site("/var/task/app.py", 7, "handler")


def found(
    *,
    driver: str | None = "psycopg",
    engine: str = "postgresql",
    host: str | None = "orders.abc123.eu-west-1.rds.amazonaws.com",
    port: int = 5432,
    site: Site | None = HERE,
    begun: int = 1,
    opened: dict[object, int] | None = None,
) -> list[Finding]:
    return connection.check(driver, engine, host, port, site, begun, {} if opened is None else opened)


def test_a_finding_names_driver_engine_kind_and_port() -> None:
    """And never the host's own name."""
    (finding,) = found()

    assert finding.target == "postgresql/rds:5432"
    assert finding.details == {
        "driver": "psycopg",
        "engine": "postgresql",
        "host_kind": "rds",
        "port": 5432,
        "cold_start": False,
    }
    assert "orders" not in finding.message + finding.target + str(finding.details)


def test_rds_proxy_passes() -> None:
    """It pools connections: it is what the finding advises."""
    assert found(host="orders.proxy-abc123.eu-west-1.rds.amazonaws.com") == []


def test_a_connection_at_cold_start_is_told_from_one_in_the_handler() -> None:
    """The one is opened once for each sandbox, the other when the handler runs."""
    assert found(begun=0)[0].issue == "connection-at-cold-start"
    assert found(begun=1)[0].issue == "connection-in-handler"


def test_a_connection_in_two_invocations_in_a_row_is_one_for_each() -> None:
    """The same line opens the same connection again although nothing lay between."""
    opened: dict[object, int] = {}

    issues = [found(begun=begun, opened=opened)[0].issue for begun in (1, 2, 9, 10)]

    assert issues == [
        "connection-in-handler",
        "connection-per-invocation",
        "connection-in-handler",
        "connection-per-invocation",
    ]


def test_a_pool_in_one_invocation_is_not_one_for_each() -> None:
    """Several connections in the same invocation, or at cold start and in the first, prove nothing."""
    opened: dict[object, int] = {}

    issues = [found(begun=begun, opened=opened)[0].issue for begun in (0, 0, 1, 1)]

    assert issues == ["connection-at-cold-start"] * 2 + ["connection-in-handler"] * 2


def test_a_drivers_own_threads_add_nothing() -> None:
    """A connection without a line of the user's is the driver's, where the user's was found."""
    opened: dict[object, int] = {}

    assert found(opened=opened)
    assert found(site=None, opened=opened) == []
    assert found(site=None, port=5433, opened=opened)


def test_what_is_remembered_is_bounded() -> None:
    """A function that connects to ever new ports does not grow."""
    opened: dict[object, int] = {}
    for port in range(3000):
        found(port=port, opened=opened)

    assert len(opened) <= 1000


@pytest.mark.parametrize("engine", ["postgresql", "redis"])
def test_the_advice_fits_the_engine(engine: str) -> None:
    """RDS Proxy is for relational databases."""
    assert ("RDS Proxy" in found(engine=engine)[0].message) == (engine == "postgresql")


def make_guard(**settings: Any) -> tuple[Guard, Memory]:
    sink = Memory()
    config = Config(**settings)
    return Guard(config, Journal(config.mode, [sink], dict), None), sink


def test_enforce_refuses_as_the_network_would() -> None:
    """Drivers handle a refused connection; the message says who refused and where."""
    guard, sink = make_guard(mode="enforce", connection="enforce")

    with pytest.raises(ConnectionRefusedError, match=r"lambda_guard blocked this at .*test_connection\.py") as caught:
        guard.connection("pg8000", "postgresql", "localhost", 5432, __import__("sys")._getframe())

    assert isinstance(caught.value, ConnectionBlocked)
    assert sink.of_kind("finding")[0]["decision"] == "blocked"


def test_enforce_alone_only_observes_connections() -> None:
    """A connection is never refused unless its own setting says so."""
    guard, sink = make_guard(mode="enforce")

    guard.connection("pg8000", "postgresql", "localhost", 5432, None)

    assert sink.of_kind("finding")[0]["decision"] == "would_block"


@pytest.mark.parametrize("error", [None, "driver"])
def test_a_swallowed_block_is_reported(error: str | None) -> None:
    """Where the handler fails with an error of the driver's, the block was not swallowed."""
    guard, sink = make_guard(mode="enforce", connection="enforce")

    def handler(_event: object, _context: object) -> None:
        try:
            guard.connection("cassandra", "cassandra", "localhost", 9042, None)
        except OSError:
            if error:
                raise RuntimeError("no host available") from None

    guarded = wrap(handler, guard)
    try:
        guarded({}, SimpleNamespace())
    except RuntimeError:
        assert error

    assert any(finding["swallowed"] for finding in sink.of_kind("finding")) == (error is None)


def test_a_fault_of_ours_lets_connections_pass_in_observe(monkeypatch: pytest.MonkeyPatch) -> None:
    """And refuses them in enforce, as the settings say."""
    monkeypatch.setattr(connection, "check", lambda *_: 1 / 0)
    guard, sink = make_guard(mode="observe")
    guard.connection("pg8000", "postgresql", "localhost", 5432, None)
    assert sink.of_kind("error")[0]["type"] == "ZeroDivisionError"

    guard, _ = make_guard(mode="enforce", connection="enforce")
    with pytest.raises(ConnectionBlocked):
        guard.connection("pg8000", "postgresql", "localhost", 5432, None)
    guard, _ = make_guard(mode="enforce", connection="enforce", on_error="open")
    guard.connection("pg8000", "postgresql", "localhost", 5432, None)
