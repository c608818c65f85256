"""The recorder: bounded, safe between threads and over a fork, and mergeable from any subset of its records."""

from __future__ import annotations

import json
import random
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_guard.runtime.usage import LIMIT, Usage, split

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:jobs"


def get(usage: Usage, table: str = "orders", *, operation: str = "GetItem", in_handler: bool = False) -> Any:
    entry = usage.attempt("dynamodb", operation, {"TableName": table}, "eu-west-1", "aws")
    if in_handler and entry:
        usage.in_handler(entry)
    return entry


def only_call(usage: Usage) -> dict[str, Any]:
    (call,) = usage.totals()["calls"]
    assert isinstance(call, dict)
    return call


def filled(tables: int) -> Usage:
    usage = Usage()
    for number in range(tables):
        get(usage, f"table-{number}")
    return usage


def merge(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge records as the analysis does; each has `sandbox` and `seq` beside its content."""
    latest: dict[Any, tuple[int, dict[str, Any]]] = {}
    for record in records:
        for field in ("sources", "calls"):
            for line in record[field]:
                known = ("source", "arn", "service", "operation", "region", "partition", "part", "resource")
                more = ("with", "flags", "credentials", "role", "via")
                key = json.dumps([record["sandbox"], field, [line.get(name) for name in (*known, *more)]])
                latest[key] = max(latest.get(key, (0, {})), (record["seq"], line), key=lambda pair: pair[0])
    return {key: line for key, (_, line) in latest.items()}


def test_a_call_is_counted_before_it_is_sent_and_its_error_after() -> None:
    usage = Usage()
    entry = get(usage, in_handler=True)
    usage.failed(entry, "AccessDeniedException")
    usage.failed(get(usage), "AccessDeniedException")
    get(usage)
    assert only_call(usage) == {
        "service": "dynamodb",
        "operation": "GetItem",
        "region": "eu-west-1",
        "partition": "aws",
        "count": 3,
        "resource": {"kind": "table", "name": "orders"},
        "errors": {"AccessDeniedException": 2},
        "in_handler": 1,
    }


def test_calls_that_are_known_by_their_names_are_told_apart() -> None:
    """What is told by a few names is not read again; every name counts, and so does where it was sent."""
    usage = Usage()
    calls = (
        ("GetItem", {"TableName": "orders"}, "eu-west-1", "aws"),
        ("GetItem", {"TableName": "orders", "Key": {"pk": {"S": "1"}}}, "eu-west-1", "aws"),
        ("PutItem", {"TableName": "orders"}, "eu-west-1", "aws"),
        ("Query", {"TableName": "orders"}, "eu-west-1", "aws"),
        ("Query", {"TableName": "orders", "IndexName": "by-date"}, "eu-west-1", "aws"),
        ("Query", {"TableName": "orders", "IndexName": "by-name"}, "eu-west-1", "aws"),
        ("GetItem", {"TableName": "stock"}, "eu-west-1", "aws"),
        ("GetItem", {"TableName": "orders"}, "us-east-1", "aws"),
        ("GetItem", {"TableName": "orders"}, "cn-north-1", "aws-cn"),
    )
    for _ in range(3):
        for operation, params, region, partition in calls:
            usage.attempt("dynamodb", operation, params, region, partition)
    seen = [
        (call["operation"], call["resource"]["name"], call["resource"].get("index"), call["region"], call["count"])
        for call in usage.totals()["calls"]
    ]
    assert seen == [
        ("GetItem", "orders", None, "eu-west-1", 6),
        ("PutItem", "orders", None, "eu-west-1", 3),
        ("Query", "orders", None, "eu-west-1", 3),
        ("Query", "orders", "by-date", "eu-west-1", 3),
        ("Query", "orders", "by-name", "eu-west-1", 3),
        ("GetItem", "stock", None, "eu-west-1", 3),
        ("GetItem", "orders", None, "us-east-1", 3),
        ("GetItem", "orders", None, "cn-north-1", 3),
    ]


def test_parameters_that_change_what_is_touched_are_read_each_time() -> None:
    usage = Usage()
    for params in ({"TableName": "orders"}, {"TableName": "orders", "Tags": []}):
        usage.attempt("dynamodb", "CreateTable", params, "eu-west-1", "aws")
    assert [call.get("part") for call in usage.totals()["calls"]] == [None, "Tags"]


@pytest.mark.parametrize("params", [None, [], {"TableName": ["orders"]}, {"TableName": "orders", "IndexName": {}}, {}])
def test_parameters_that_name_nothing_are_unresolved_every_time(params: object) -> None:
    usage = Usage()
    for _ in range(2):
        usage.attempt("dynamodb", "GetItem", params, "eu-west-1", "aws")
        usage.attempt("dynamodb", "Query", params, "eu-west-1", "aws")
    calls = usage.totals()["calls"]
    # GetItem has no index: botocore refuses that, whatever it names.
    assert {call["operation"] for call in calls if call["resource"] == {"kind": "unresolved"}} >= {"Query"}
    assert sum(call["count"] for call in calls) == 4


def test_values_in_the_place_of_names_are_not_kept() -> None:
    usage = Usage()
    for value in (b"card 4111", "card 4111 " * 1000, ("card",), 4111):
        usage.attempt("dynamodb", "GetItem", {"TableName": value}, "eu-west-1", "aws")
        usage.attempt("dynamodb", "Query", {"TableName": "orders", "IndexName": value}, "eu-west-1", "aws")
    assert "411" not in repr(usage._known)
    assert "card" not in repr(usage._known)


def test_what_is_known_is_bounded_and_forgotten_with_the_sandbox() -> None:
    usage = filled(3 * LIMIT)
    assert len(usage._known) == LIMIT
    usage.reset()
    get(usage)
    assert only_call(usage)["count"] == 1


def test_a_refused_call_is_counted_apart() -> None:
    usage = Usage()
    usage.refused("lambda", "Invoke", {"FunctionName": "other"}, "eu-west-1", "aws")
    call = only_call(usage)
    assert (call["count"], call["refused"]) == (0, 1)
    assert call["resource"] == {"kind": "function", "name": "other"}


def test_events_count_invocations_and_their_sources() -> None:
    usage = Usage()
    for source, arn in (("sqs", QUEUE), ("sqs", QUEUE), ("http_api", None), ("sqs", "not an arn")):
        usage.event(source, arn)
    assert usage.invocations == 4
    assert usage.totals()["sources"] == [
        {"source": "sqs", "arn": QUEUE, "count": 2},
        {"source": "http_api", "arn": None, "count": 1},
        {"source": "sqs", "arn": None, "count": 1},
    ]


def test_the_clients_region_tells_calls_apart() -> None:
    usage = Usage()
    for region in ("eu-west-1", "us-east-1", "eu-west-1"):
        usage.attempt("dynamodb", "GetItem", {"TableName": "orders"}, region, "aws")
    assert {call["region"]: call["count"] for call in usage.totals()["calls"]} == {"eu-west-1": 2, "us-east-1": 1}


def test_what_is_new_is_given_once() -> None:
    usage = Usage()
    seen = [usage.fresh, usage.take_new()]
    entry = get(usage)
    seen.append(usage.fresh)
    new = usage.take_new()
    assert new is not None
    assert new["partial"] is True
    assert [call["count"] for call in new["calls"]] == [1]
    get(usage)
    assert [*seen, usage.fresh, usage.take_new()] == [False, None, True, False, None]
    usage.failed(entry, "ThrottlingException")
    get(usage, in_handler=True)
    new = usage.take_new()
    assert new is not None
    assert [(call["count"], call["errors"]) for call in new["calls"]] == [(3, {"ThrottlingException": 1})]


def test_a_thousand_lines_are_the_bound_and_known_ones_still_count() -> None:
    usage = filled(LIMIT + 500)
    get(usage, "table-0")
    usage.event("sqs", QUEUE)
    totals = usage.totals()
    assert len(totals["calls"]) == LIMIT
    assert totals["sources"] == []
    assert totals["dropped"] == 501
    assert totals["calls"][0]["count"] == 2


def test_the_first_drop_is_news() -> None:
    usage = filled(LIMIT)
    usage.take_new()
    get(usage, "one-too-many")
    new = usage.take_new()
    assert new is not None
    assert new["dropped"] == 1
    get(usage, "one-too-many")
    assert usage.take_new() is None


def test_error_codes_are_bounded_and_hold_no_text() -> None:
    usage = Usage()
    for number in range(50):
        usage.failed(get(usage), f"Code{number}")
    usage.failed(get(usage), "a message with a secret in it")
    usage.failed(get(usage), None)
    errors = only_call(usage)["errors"]
    assert len(errors) == 21
    assert errors["other"] == 32


@pytest.mark.parametrize("name", ["hello world", "my secret'", "x" * 256, "", "tab*le", "arn:aws:dynamodb:*"])
def test_what_cannot_be_a_name_is_not_kept(name: str) -> None:
    usage = Usage()
    get(usage, name)
    get(usage, name)
    assert only_call(usage)["resource"] == {"kind": "unresolved"}
    assert only_call(usage)["count"] == 2


@given(st.lists(st.none() | st.integers() | st.text() | st.lists(st.integers()), min_size=5, max_size=5))
def test_no_argument_raises(arguments: list[Any]) -> None:
    usage = Usage()
    entry = usage.attempt(*arguments)
    usage.failed(entry, arguments[0])
    usage.refused(*arguments)
    usage.event(arguments[0], arguments[1])
    json.dumps(usage.totals())
    assert usage.invocations == 1


def test_threads_lose_no_count() -> None:
    usage = Usage()
    tables = [f"table-{number}" for number in range(20)]

    def work(seed: int) -> None:
        order = random.Random(seed)
        for _ in range(500):
            usage.failed(get(usage, order.choice(tables), in_handler=True), "ThrottlingException")
            usage.event("sqs", QUEUE)
            usage.take_new()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    totals = usage.totals()
    assert sum(call["count"] for call in totals["calls"]) == 4000
    assert sum(call["errors"]["ThrottlingException"] for call in totals["calls"]) == 4000
    assert sum(call["in_handler"] for call in totals["calls"]) == 4000
    assert usage.invocations == totals["sources"][0]["count"] == 4000


def test_a_reset_forgets_counts_and_a_lock_that_a_lost_thread_held() -> None:
    """In the child of a fork the thread that held the lock does not exist."""
    usage = Usage()
    get(usage)
    lost = threading.Thread(target=lambda: usage._lock.acquire())
    lost.start()
    lost.join()
    usage.reset()
    get(usage, "users")
    assert only_call(usage)["resource"]["name"] == "users"
    assert usage.invocations == 0


def test_a_call_made_while_another_is_recorded_is_counted() -> None:
    """A finaliser or a signal handler can run in the middle of any line of this thread."""
    usage = Usage()
    with usage._lock:
        get(usage)
    assert only_call(usage)["count"] == 1


@settings(max_examples=50)
@given(seed=st.integers(), limit=st.sampled_from([500, 2_000, 10**6]))
def test_records_merge_to_the_truth_however_they_arrive(seed: int, limit: int) -> None:
    """Lost, repeated, reordered, partial and paged: the last full record decides, and none of them corrupts."""
    order = random.Random(seed)
    records: list[dict[str, Any]] = []
    expected: dict[str, Any] = {}
    for sandbox in ("one", "two"):
        usage = Usage()
        written: list[dict[str, Any]] = []

        def write(content: dict[str, Any] | None, sandbox: str = sandbox, written: Any = written) -> None:
            for page in split(json.loads(json.dumps(content)), limit) if content else ():
                written.append({**page, "sandbox": sandbox, "seq": len(written) + 1})

        for _ in range(order.randrange(1, 60)):
            entry = get(usage, f"t{order.randrange(8)}", operation=order.choice(["GetItem", "PutItem"]))
            if order.random() < 0.3:
                usage.failed(entry, order.choice(["A", "B"]))
            if order.random() < 0.3:
                usage.event("sqs", QUEUE)
            if order.random() < 0.3:
                write(usage.take_new())
            if order.random() < 0.1:
                write(usage.totals())
        kept = [record for record in written if order.random() < 0.7]
        before = len(written)
        write(usage.totals())
        records += kept + written[before:]
        expected |= merge(written[before:])
    records += order.choices(records, k=5)
    order.shuffle(records)
    assert merge(records) == expected


def test_newly_seen_is_enough_where_the_totals_were_lost() -> None:
    """An invocation that its time-out kills never prints totals."""
    usage = Usage()
    records: list[dict[str, Any]] = []
    for name in ("a", "b", "a", "c"):
        get(usage, name)
        if usage.fresh:
            records.append({**(usage.take_new() or {}), "sandbox": "s", "seq": len(records) + 1})
    assert len(merge(records)) == 3


@pytest.mark.parametrize("limit", [1, 1_000, 20_000, 100_000])
def test_a_long_content_is_split_into_numbered_parts_that_fit(limit: int) -> None:
    usage = filled(LIMIT - 1)
    usage.event("sqs", QUEUE)
    content = usage.totals()
    pages = split(content, limit)
    assert [page["page"] for page in pages] == list(range(1, len(pages) + 1))
    assert {page["pages"] for page in pages} == {len(pages)}
    assert all(len(json.dumps(page)) <= limit for page in pages) or limit == 1
    for field in ("calls", "sources"):
        assert [line for page in pages for line in page[field]] == content[field]
    assert all(page["invocations"] == 1 and page["partial"] for page in pages)


def test_a_content_that_fits_stays_whole() -> None:
    content = filled(3).totals()
    assert split(content, 200 * 1024) == [content]


def test_the_recorder_keeps_no_parameters_alive() -> None:
    import gc
    import weakref

    class Value:
        pass

    usage, value = Usage(), Value()
    gone = weakref.ref(value)
    usage.attempt("dynamodb", "PutItem", {"TableName": "orders", "Item": {"v": value}}, "eu-west-1", "aws")
    del value
    gc.collect()
    assert gone() is None
