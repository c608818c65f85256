"""What the audit hook costs: for each event, at a cold start with boto3, and in a warm DynamoDB call.

Run it alone: `python benchmarks/bench_audit.py [runs]`. A hook cannot be taken out again, so every figure is of a
process of its own, with the hook and without it in turns; the median of each, and of the differences.
Budgets: a cold start with boto3 and its first call at most +1 ms, a warm call no dearer beyond noise.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_EVENTS = """
import http.client, json, socket, sys, time
invoke(lambda event, context: socket.getaddrinfo("127.0.0.1", 80))
connection = http.client.HTTPConnection("dynamodb.eu-west-1.amazonaws.com")
head = b"POST / HTTP/1.1\\r\\n" + b"X-Header: value\\r\\n" * 40 + b"\\r\\n"
def each(*event, number=300_000):
    audit, begin = sys.audit, time.perf_counter_ns()
    for _ in range(number):
        audit(*event)
    return (time.perf_counter_ns() - begin) / number
print(json.dumps({
    "event that nobody looks at, ns": each("import", "json", None, None, None, None),
    "http.client.send of a head, ns": each("http.client.send", connection, head),
    "http.client.send of a body, ns": each("http.client.send", connection, b"{}" * 100),
    "http.client.connect, ns": each("http.client.connect", connection, "host", 443),
}))
"""
_COLD = """
import json, time
import boto3
client = boto3.client("dynamodb", endpoint_url=os.environ["URL"], region_name="eu-west-1",
                      aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
loaded = time.process_time_ns() / 1e6
invoke(lambda event, context: client.get_item(TableName="orders", Key={"pk": {"S": "1"}}))
print(json.dumps({"guard, boto3 and a client, ms of processor": loaded,
                  "the same and a first call, ms of processor": time.process_time_ns() / 1e6}))
"""
# What a hook would cost that is in while the code is loaded: Python prepares each of these events for it.
_COUNT = """
import json, sys, time
events = []
counting = True
sys.addaudithook(lambda event, args: events.append(event) if counting else None)
import boto3
boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
counting = False
number, begin = len(events), time.perf_counter_ns()
for event in events:
    sys.audit(event)
print(json.dumps({"events of boto3 and a client": number,
                  "the same events and nothing else, ms": (time.perf_counter_ns() - begin) / 1e6}))
"""
_WARM = """
import json, os, statistics, time
import boto3
client = boto3.client("dynamodb", endpoint_url=os.environ["URL"], region_name="eu-west-1",
                      aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
def call(clock):
    begin = clock()
    client.get_item(TableName="orders", Key={"pk": {"S": "1"}})
    return (clock() - begin) / 1000
invoke(lambda event, context: call(time.thread_time_ns))
[call(time.thread_time_ns) for _ in range(100)]
print(json.dumps({
    "warm GetItem, microseconds of processor": statistics.median(call(time.thread_time_ns) for _ in range(500)),
    "warm GetItem to this machine, microseconds": statistics.median(call(time.perf_counter_ns) for _ in range(500)),
}))
"""
# The guard is attached before the function's code, as the layer does it; without the hook, everything else is.
_ATTACH = """
import os, sys
from lambda_guard.runtime import attach
from lambda_guard.runtime.bootstrap import wrap
class NoAudit:
    arm = staticmethod(lambda guard, invoked: None)
    begin = staticmethod(lambda: None)
    armed = staticmethod(list)
if sys.argv[1] == "without":
    attach.audit = NoAudit
attach.from_pth()
class Context:
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:bench"
    aws_request_id = "1"
def invoke(handler):
    return wrap(handler, attach._installed)({}, Context())
"""


class _DynamoDB(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"{}"
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def measure(code: str, hook: str, url: str) -> dict[str, float]:
    """Run one measurement in a fresh process."""
    env = {**os.environ, "URL": url, "AWS_LAMBDA_FUNCTION_NAME": "bench", "_HANDLER": "app.handler"}
    command = [sys.executable, "-c", _ATTACH + code, hook]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main(runs: int) -> None:
    """Print each figure without the hook, with it, and the difference."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _DynamoDB)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for code in (_EVENTS, _COLD, _COUNT, _WARM):
        pairs = [
            {hook: measure(code, hook, url) for hook in (("without", "with") if turn % 2 else ("with", "without"))}
            for turn in range(runs)
        ]
        for name in pairs[0]["with"]:
            without, with_hook = (statistics.median(pair[hook][name] for pair in pairs) for hook in ("without", "with"))
            more = statistics.median(pair["with"][name] - pair["without"][name] for pair in pairs)
            print(f"{name:45} {without:9.2f} -> {with_hook:9.2f}   {more:+8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
