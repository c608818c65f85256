"""A function declares what invokes it; anything else is a trigger that nobody planned."""

from __future__ import annotations

from ..events import DIRECT, HTTP_LIKE_NO_CONTEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..events import Event, Source
    from ..settings.config import Config
    from ..types import Finding


def check(event: Event, source: Source, config: Config) -> Finding | None:
    """Find out whether an event's source is expected.

    Without a declaration any source is, except what looks like a request and has no gateway's context.
    """
    expected = config.event_sources
    if (source is not HTTP_LIKE_NO_CONTEXT) if expected is None else (source.name in expected):
        return None
    return _unexpected(event, source, expected)


# issue -> sentence for the person who can act. Enforce answers 403, where the source has an answer.
ISSUES: dict[str, str] = {
    "request-without-context": "looks like an HTTP request, but no gateway wrote its context into it; "
    "send it through the API, or list http_like_no_context in event_sources",
    "direct-invoke-of-http-function": "invoked directly, past the API that authorizes its callers; "
    "call the API, or list direct in event_sources",
    "unexpected-source": "not among the expected event sources; remove the trigger, or add it to event_sources",
}


def _unexpected(event: Event, source: Source, expected: tuple[str, ...] | None) -> Finding:
    from ..events.names import HTTP_NAMES
    from ..events.routes import route_name
    from ..types import Finding

    issue = "unexpected-source"
    if expected is None:
        issue = "request-without-context"
    elif source in (DIRECT, HTTP_LIKE_NO_CONTEXT) and expected and HTTP_NAMES.issuperset(expected):
        issue = "direct-invoke-of-http-function"
    details = {"source": source.name, "arn": source.arn(event), "status": 403}
    if source.http:
        details |= {
            "route": route_name(source.route(event)),
            "api_id": source.api_id(event),
            "stage": source.stage(event),
        }
    return Finding("event_source", issue, source.name, f"{source.name}: {ISSUES[issue]}", details)
