"""Functions hold no connections to databases that keep state for each of them.

A sandbox that is frozen keeps its connection open at the database, a burst of sandboxes opens as many, and neither
can share with the other. RDS Proxy pools them and the RDS Data API and DynamoDB need none: those pass.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html
"""

from __future__ import annotations

from ..services.endpoints import RDS_PROXY, host_kind
from ..types import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Site

RULE = "connection"
ISSUES = {
    "connection-at-cold-start": "a connection is opened while the function's code is loaded, one for each sandbox",
    "connection-in-handler": "a connection is opened while the handler runs",
    "connection-per-invocation": "a connection is opened in one invocation after the other",
}
_RELATIONAL = ("postgresql", "mysql", "sqlserver", "oracle")
_MOST_OPENED = 1000


def check(
    driver: str | None,
    engine: str,
    host: str | None,
    port: int,
    site: Site | None,
    begun: int,
    opened: dict[object, int],
    enforced: bool = False,
) -> list[Finding]:
    """Return the finding of a connection about to be opened; none where it goes through RDS Proxy.

    driver: package that opens it; None where only the port tells the engine.
    host:   name as the driver has it; only what kind of name it is goes into the finding.
    begun:  invocations begun in this sandbox; 0 while its code is loaded.
    opened: where connections were opened, and in which invocation last; kept by the caller.
    enforced: whether findings block: then nothing is taken for more of what was seen, for it was not let through.
    """
    kind = host_kind(host)
    if kind == RDS_PROXY:
        return []
    target = f"{engine}/{kind}:{port}"
    if site is None and target in opened and not enforced:
        return []  # the driver's own threads open more of what a line of the user's has opened
    issue = _issue((target, site and (site.file, site.line)), begun, opened)
    _note(target, begun, opened)
    message = f"{ISSUES[issue]} ({driver or engine}, host kind {kind}, port {port}): {_advice(engine)}"
    details = {"driver": driver, "engine": engine, "host_kind": kind, "port": port, "cold_start": begun == 0}
    return [Finding(RULE, issue, target, message, details)]


def _issue(place: object, begun: int, opened: dict[object, int]) -> str:
    """Two invocations in a row that open the same connection at the same line: it is not kept for the next one."""
    last = opened.get(place)
    _note(place, begun, opened)
    if begun == 0:
        return "connection-at-cold-start"
    return "connection-per-invocation" if last == begun - 1 and last != 0 else "connection-in-handler"


def _note(place: object, begun: int, opened: dict[object, int]) -> None:
    if place in opened or len(opened) < _MOST_OPENED:
        opened[place] = begun


def _advice(engine: str) -> str:
    if engine in _RELATIONAL:
        return "use DynamoDB, the RDS Data API, or RDS Proxy"
    return "use DynamoDB, or another service that is called over HTTPS"
