"""What runs again and again inside one process: invocations, calls, and their growth. Run through fresh.py.

Each round measures the unguarded and the guarded form right after each other, in turns, in the same process: what
slows the machine then slows both.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
import tracemalloc
from itertools import count

import fresh
from aws_calls import CALLS

_fresh_number = count()


def paired(plain, dressed, rounds, seconds, most=100_000, batch=None):
    """Return (plain, dressed) in microseconds an operation for each round; both take how often they are to run.

    seconds: that a batch takes; or batch: of how many operations it is.
    """
    for run in (plain, dressed):
        run(3)
    begin = time.perf_counter()
    plain(3)
    each = (time.perf_counter() - begin) / 3
    number = batch or max(1, min(most, int(seconds / each)))
    gc.collect()
    gc.freeze()
    pairs = []
    for turn in range(rounds):
        pair = [0.0, 0.0]
        for place in (0, 1) if turn % 2 else (1, 0):
            run = (plain, dressed)[place]
            if not batch:
                run(3)  # the other form has filled the processor's caches
            begin = time.perf_counter_ns()
            run(number)
            pair[place] = (time.perf_counter_ns() - begin) / number / 1000
        pairs.append(pair)
    return pairs


class _RuntimeClient:
    """Stands for the connection to the Runtime API: takes answers and sends them nowhere."""

    def __init__(self):
        from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

        self.marshaller = LambdaMarshaller()

    def post_invocation_result(self, *_):
        pass

    def post_invocation_error(self, *answer):
        raise AssertionError(answer)


def _invoking(handler, event):
    """Return a function that runs the runtime client's loop so many times.

    The event goes in parsed: reading 6 MB of JSON takes longer than all that is looked for here.
    """
    from awslambdaric.bootstrap import StandardLogSink, handle_event_request

    client, sink = _RuntimeClient(), StandardLogSink()
    arn = fresh.Context.invoked_function_arn
    numbers = count()

    def run(number):
        for _ in range(number):
            invoke_id = f"request-{next(numbers)}"
            handle_event_request(
                client, handler, invoke_id, event, "application/parsed", None, None, arn, 9999999999999, None, sink
            )

    return run


def invocation(spec):
    """Time invocations with each event."""
    handler, _ = fresh.start(spec)
    plain = sys.modules["app"].plain
    return {
        name: paired(_invoking(plain, event), _invoking(handler, event), spec["rounds"], spec["seconds"])
        for name, event in spec["events"].items()
    }


def call(spec):
    """Time AWS calls, made in an invocation, with all of botocore's own work and no network."""
    return _calls(spec, empty=False)


def call_alone(spec):
    """Time AWS calls with the SDK's own work taken out: what is left is what was put around it."""
    return _calls(spec, empty=True)


def _calls(spec, empty):
    handler, twins = _with_boto3(spec, empty)
    app = sys.modules["app"]
    answer = {}
    for name in spec["calls"]:
        service, method, params = CALLS[name]

        def runs(client, method=method, params=params, name=name):
            bound = getattr(client, method)

            def run(number):
                each = [_params(params) for _ in range(number)] if _varies(params) else [_params(params)] * number
                app.many(bound, each)

            return _tolerant(run) if name == "blocked invoke" else run

        plain, dressed = map(runs, twins.clients(service))
        most = 20_000 if empty else 500
        answer[name] = _in_an_invocation(
            handler,
            app,
            lambda plain=plain, dressed=dressed, most=most: paired(
                plain, dressed, spec["rounds"], spec["seconds"], most
            ),
        )
    return answer


def _in_an_invocation(handler, app, work):
    answer = []

    def within():
        answer.append(work())
        return {}

    app.work = within
    try:
        handler({"order": 1}, fresh.Context())
    finally:
        app.work = None
    return answer[0]


def _tolerant(run):
    """Make the calls one by one: each may be refused."""

    def each(number):
        for _ in range(number):
            try:
                run(1)
            except Exception as error:
                if type(error).__name__ != "InvokeBlocked":
                    raise

    return each


def _varies(params):
    return isinstance(params, str)


def _params(params):
    if isinstance(params, str):
        return {"Statement": params.format(next(_fresh_number))}
    if isinstance(params, int):
        key = {"pk": {"S": "1"}}
        return {"TransactItems": [{"Delete": {"TableName": f"t{n % 5}", "Key": key}} for n in range(params)]}
    return params


class _Twins:
    """The SDK twice, each with classes and code of its own: one as it is, one that the function's start may patch.

    To take patches off one and put them on again would be measured: at each change Python forgets what it has learnt of
    the class, and of the code that calls its methods.
    """

    PACKAGES = ("boto3", "botocore", "s3transfer", "stubbed_network")

    def __init__(self, spec, empty):
        self._endpoint = spec.get("endpoint")
        self._modules = [self._load(spec, empty), self._load(spec, empty)]
        self._made = {}

    def _load(self, spec, empty):
        for name in [name for name in sys.modules if name.partition(".")[0] in self.PACKAGES]:
            del sys.modules[name]
        import boto3
        import botocore.client

        if self._endpoint is None:
            import stubbed_network  # noqa: F401
        if empty:
            botocore.client.BaseClient._make_api_call = _nothing
        return boto3

    def clients(self, service):
        """Return a client of each."""
        if service not in self._made:
            self._made[service] = [each.client(service, endpoint_url=self._endpoint) for each in self._modules]
        return self._made[service]


def _with_boto3(spec, empty):
    """Load the SDK twice, and only then start the function."""
    twins = _Twins(spec, empty)
    handler, _ = fresh.start(spec)
    twins.clients("dynamodb")
    return handler, twins


def _nothing(self, operation_name, api_params):
    return {}


def over_loopback(spec):
    """Time GetItem against a server on this machine, sockets and all."""
    handler, twins = _with_boto3(spec, empty=False)
    app = sys.modules["app"]
    key = {"pk": {"S": "1"}}

    def runs(client):
        return lambda number: app.many(client.get_item, [{"TableName": "orders", "Key": key}] * number)

    plain, dressed = map(runs, twins.clients("dynamodb"))
    return _in_an_invocation(handler, app, lambda: paired(plain, dressed, spec["rounds"], 0, batch=1))


def tables(spec):
    """Time calls after so many tables, and look at memory and lines."""
    handler, twins = _with_boto3(spec, empty=True)
    app = sys.modules["app"]
    clients = twins.clients("dynamodb")
    key = {"pk": {"S": "1"}}
    answer, known = {}, 0
    for number in spec["steps"]:
        params = [{"TableName": f"table-{place}", "Key": key} for place in range(number)]

        def work(params=params, known=known):
            app.many(clients[1].get_item, params[known:])

            def runs(client):
                return lambda times: app.many(client.get_item, (params * (times // len(params) + 1))[:times])

            return paired(*map(runs, clients), spec["rounds"], spec["seconds"], 20_000)

        pairs = _in_an_invocation(handler, app, work)
        known = number
        del params
        sys.stdout.flush()
        answer[number] = {"pairs": pairs, "resident_kib": fresh.resident(), **_printed(spec)}
    return answer


def invocations(spec):
    """Time invocations after so many, and look at memory and lines. Without rounds nothing else is invoked."""
    handler, _ = fresh.start(spec)
    plain = sys.modules["app"].plain
    event, context, done, answer = spec["event"], fresh.Context(), 1, {}
    for number in spec["steps"]:
        begin = time.perf_counter_ns()
        for _ in range(number - done):
            handler(event, context)
        took = (time.perf_counter_ns() - begin) / max(number - done, 1) / 1000
        done = number

        sys.stdout.flush()
        answer[number] = {"took": took, "resident_kib": fresh.resident(), **_printed(spec)}
        if spec["rounds"]:
            forms = [_repeating(call, event, context) for call in (plain, handler)]
            answer[number]["pairs"] = paired(*forms, spec["rounds"], spec["seconds"], 2000)
    return answer


def _repeating(call, event, context):
    def run(number):
        for _ in range(number):
            call(event, context)

    return run


def threads(spec):
    """Time calls that many threads make at once."""
    handler, twins = _with_boto3(spec, empty=True)
    app = sys.modules["app"]
    params = [{"TableName": "orders", "Key": {"pk": {"S": "1"}}}]

    def using(client, number):
        def run(times):
            workers = [threading.Thread(target=app.many, args=(client.get_item, params * times)) for _ in range(number)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()

        return run

    answer = {}
    for number in spec["steps"]:
        runs = [using(client, number) for client in twins.clients("dynamodb")]
        pairs = _in_an_invocation(handler, app, lambda runs=runs: paired(*runs, spec["rounds"], 0, batch=500))
        answer[number] = [[each / number for each in pair] for pair in pairs]
    return answer


def _printed(spec):
    path = spec.get("output")
    if path is None:
        return {}
    with open(path, "rb") as lines:
        content = lines.read()
    return {"lines": content.count(b"\n"), "bytes": len(content)}


def hot_counts(spec):
    """Count what one warm invocation and one warm recorded call do, less what they do unguarded."""
    handler, twins = _with_boto3(spec, empty=True)
    app = sys.modules["app"]
    events = []
    sys.addaudithook(lambda event, _: events.append(event) if events is not None else None)
    bare, guarded = (client.get_item for client in twins.clients("dynamodb"))
    params = [{"TableName": "orders", "Key": {"pk": {"S": "1"}}}]
    answer = {}
    for name, event in spec["events"].items():
        context = fresh.Context()
        answer[name] = _differences(
            lambda event=event, context=context: app.plain(event, context),
            lambda event=event, context=context: handler(event, context),
            events,
        )

    def work():
        return _differences(lambda: app.many(bare, params), lambda: app.many(guarded, params), events)

    answer["GetItem"] = _in_an_invocation(handler, app, work)
    more = [{"TableName": f"table-{number}", "Key": {"pk": {"S": "1"}}} for number in range(900)]
    _in_an_invocation(handler, app, lambda: app.many(guarded, more))
    answer["GetItem, 900 tables"] = _in_an_invocation(handler, app, work)
    return answer


def _differences(plain, dressed, events):
    plain_counts, dressed_counts = _counts(plain, events), _counts(dressed, events)
    return {name: dressed_counts[name] - plain_counts[name] for name in plain_counts}


def _counts(run, events):
    """Count calls, audit events and bytes of one run of something that is warm, and what 1,000 runs leave behind."""
    for _ in range(3000):  # past the doubling intervals at which totals are printed, up to 4096
        run()
    calls = 0

    def profile(_frame, event, _argument):
        nonlocal calls
        if event == "call" or event == "c_call":
            calls += 1

    del events[:]
    sys.setprofile(profile)
    run()
    sys.setprofile(None)
    audited = len(events)
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(100):
        run()
    del events[:]
    gc.collect()
    kept = sys.getallocatedblocks() - before
    tracemalloc.start()
    run()
    tracemalloc.reset_peak()
    at_rest = tracemalloc.get_traced_memory()[0]
    run()
    peak = tracemalloc.get_traced_memory()[1] - at_rest
    tracemalloc.stop()
    del events[:]
    return {"calls": calls, "audit": audited, "kept_blocks": kept, "peak_bytes": peak}


def parsing(spec):
    """Time how long the runtime client needs to parse each event."""
    import json

    answer = {}
    for name, event in spec["events"].items():
        text = json.dumps(event).encode()
        best = []
        for _ in range(spec["rounds"]):
            begin = time.perf_counter_ns()
            json.loads(text)
            best.append((time.perf_counter_ns() - begin) / 1000)
        answer[name] = best
    return answer
