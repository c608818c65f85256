"""What sent an event. One ordered table of marker keys, one file per family; first match wins.

A family is imported when its marker is first seen: most functions ever meet one or two of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Event = Mapping[str, Any]
    # HTTP method, path as the client sent it, the API's own template for it ("GET /pets/{id}"), if known.
    Route = tuple[object, object, object]
    Family = Callable[[Any], "Source | None"]


def nothing(_event: Event) -> None:
    """Read what a source's events do not say."""


def _no_route(_event: Event) -> Route:
    return None, None, None


class Source:
    """A row of the table: one kind of event source, and how to read its events.

    name:       as in the `event_sources` setting and the records, such as `apigw_http_v2`.
    http:       a caller stands behind it over HTTP.
    authorizer: event -> kinds of authorizer context that vouch for the caller, strongest first; None where
                the authorizer rule does not apply.
    settled:    event -> whether its caller was judged earlier (WebSocket after CONNECT); None: never.
    route, api_id, stage: event -> what the request was for.
    arn:        event -> ARN of the stream, queue or topic.
    rejection:  shape of a refusal, a name in `rejections.SHAPES`; None where only an exception refuses.
    inner:      event -> the event in this one that is to be judged instead (durable functions).
    replays:    what an earlier event brought in goes on: nothing is to be judged.
    """

    __slots__ = (
        "api_id", "arn", "authorizer", "http", "inner", "name", "rejection", "replays", "route", "settled", "stage",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        *,
        http: bool = False,
        authorizer: Callable[[Any], tuple[str, ...]] | None = None,
        settled: Callable[[Any], bool] | None = None,
        route: Callable[[Any], Route] = _no_route,
        api_id: Callable[[Any], str | None] = nothing,
        stage: Callable[[Any], str | None] = nothing,
        arn: Callable[[Any], str | None] = nothing,
        rejection: str | None = None,
        inner: Callable[[Any], Any] | None = None,
        replays: bool = False,
    ) -> None:
        self.name = name
        self.http = http
        self.authorizer = authorizer
        self.settled = settled
        self.route = route
        self.api_id = api_id
        self.stage = stage
        self.arn = arn
        self.rejection = rejection
        self.inner = inner
        self.replays = replays

    def __repr__(self) -> str:
        return f"<Source {self.name}>"


DIRECT = Source("direct")
# Looks like a request, but no gateway wrote a context into it: a hand-written invoke, or a mapping template.
HTTP_LIKE_NO_CONTEXT = Source("http_like_no_context")

# (key at the top of the event, family that decides), in order. A family may decline.
TABLE: tuple[tuple[str, str], ...] = (
    # Authorizer inputs look like the requests that they are about, so they come first.
    ("methodArn", "authorizer_inputs"),
    ("routeArn", "authorizer_inputs"),
    ("authorizationToken", "authorizer_inputs"),
    ("requestContext", "by_context"),
    ("Records", "records"),
    ("httpMethod", "rest"),
    ("rawPath", "http_api"),
    ("raw_path", "lattice"),
    ("detail-type", "monitoring"),
    ("responsePayload", "destinations"),
    ("KinesisBatchInfo", "destinations"),
    ("DDBStreamBatchInfo", "destinations"),
    ("alarmData", "monitoring"),
    ("awslogs", "monitoring"),
    ("widgetContext", "monitoring"),
    ("eventSource", "brokers"),
    ("records", "firehose"),
    ("info", "appsync"),
    ("fieldName", "appsync"),
    ("arguments", "appsync"),
    ("triggerSource", "cognito"),
    ("datasetName", "cognito"),
    ("tasks", "s3"),
    ("xAmzRequestId", "s3"),
    ("Event", "s3"),
    ("agent", "conversations"),
    ("sessionState", "conversations"),
    ("currentIntent", "conversations"),
    ("Details", "conversations"),
    ("InvocationMetadata", "conversations"),
    ("directive", "conversations"),
    ("header", "conversations"),
    ("request", "conversations"),
    ("RequestType", "operations"),
    ("fragment", "operations"),
    ("CodePipeline.job", "operations"),
    ("LifecycleEventHookExecutionId", "operations"),
    ("invokingEvent", "operations"),
    ("SecretId", "operations"),
    ("labelingJobArn", "operations"),
    ("serverId", "operations"),
    ("connection-id", "operations"),
    ("summaryVersion", "operations"),
    ("StateMachine", "operations"),
    ("_datadog", "operations"),
    ("Payload", "operations"),
    ("signatureVerified", "iot"),
    ("protocolData", "iot"),
    ("claimCertificateId", "iot"),
    ("clickType", "iot"),
    ("deviceEvent", "iot"),
    ("InitialExecutionState", "durable"),
    ("cognitoPoolClaims", "rest_nonproxy"),
    ("enhancedAuthContext", "rest_nonproxy"),
    ("requestPath", "rest_nonproxy"),
    ("context", "rest_nonproxy"),
    ("context", "appsync"),
)
_MARKERS = frozenset(key for key, _ in TABLE)
# The same for keys of `requestContext`; an event that none of these takes goes on in the table above.
CONTEXT_TABLE: tuple[tuple[str, str], ...] = (
    ("http", "http_api"),
    # Some WebSocket events also carry httpMethod and resource, as REST events do.
    ("connectionId", "websocket"),
    ("elb", "load_balancer"),
    ("serviceNetworkArn", "lattice"),
    ("serviceArn", "lattice"),
    ("condition", "destinations"),
    ("resourcePath", "rest"),
)


def read(event: object) -> Source:
    """Tell what sent an event, which may be any JSON value; `direct` is what nothing else claims."""
    if isinstance(event, dict):
        # One step instead of a look-up for each row; the events that come most often are spared it.
        if "requestContext" not in event and event.keys().isdisjoint(_MARKERS):
            return DIRECT
        return _first(TABLE, event, event) or DIRECT
    if isinstance(event, list) and event:
        return _family("batches")(event) or DIRECT
    return DIRECT


def _first(table: tuple[tuple[str, str], ...], keys: Event, event: Event) -> Source | None:
    for key, family in table:
        if key in keys:
            source = (_families.get(family) or _family(family))(event)
            if source is not None:
                return source
    return None


def _by_context(event: Event) -> Source | None:
    context = event["requestContext"]
    return _first(CONTEXT_TABLE, context, event) if isinstance(context, dict) else None


_families: dict[str, Family] = {"by_context": _by_context}


def having(rows: tuple[tuple[str, tuple[str, ...]], ...]) -> Family:
    """Make a family of sources told by keys at the top of the event: (name, keys), first match wins."""
    sources = [(Source(name), keys) for name, keys in rows]

    def read(event: Event) -> Source | None:
        return next((source for source, keys in sources if all(key in event for key in keys)), None)

    return read


def _family(name: str) -> Family:
    if name not in _families:
        _families[name] = __import__(f"{__name__}.{name}", fromlist=["read"]).read
    return _families[name]
