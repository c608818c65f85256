"""Refusing an event in the shape that its source understands. The body never says why: the record does."""

from __future__ import annotations

from ..errors import UnauthorizedEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..settings.config import Config
    from . import Event, Source

    Headers = Mapping[str, str]
    Response = dict[str, object]

_PHRASES = {401: "Unauthorized", 403: "Forbidden"}


def refuse(event: Event, source: Source, status: int, config: Config) -> Response:
    """Build the response that refuses an event.

    status: 401 where nobody vouched for the caller, 403 where somebody did but that is not enough.
    Raises UnauthorizedEvent for sources that have no such response.
    """
    shape = SHAPES.get(source.rejection or "")
    if shape is None:
        # A REST integration's selection pattern may look for this word first, and the Serverless Framework's for [401].
        raise UnauthorizedEvent(f"{_PHRASES[status]}: [{status}] lambda_guard refused this event")
    return shape(event, status, _headers(status, config))


def refuse_durable(event: Event, source: Source, status: int, config: Config) -> Response:
    """Build what ends a durable execution whose first event is refused: its result is what the caller gets.

    https://docs.aws.amazon.com/lambda/latest/dg/durable-invocation-api.html
    """
    import json

    try:
        return {"Status": "SUCCEEDED", "Result": json.dumps(refuse(event, source, status, config))}
    except UnauthorizedEvent as error:
        return _failed(str(error))


def _failed(message: str) -> Response:
    return {"Status": "FAILED", "Error": {"ErrorType": "UnauthorizedEvent", "ErrorMessage": message}}


def _durable(_event: Event, status: int, _headers: Headers) -> Response:
    return _failed(f"{_PHRASES[status]}: lambda_guard refused this event")


def _headers(status: int, config: Config) -> Headers:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if config.cors_allow_origin:
        # Browsers hide a refusal from the page without it.
        headers["access-control-allow-origin"] = config.cors_allow_origin
    return headers


def _body(status: int) -> str:
    return f'{{"message":"{_PHRASES[status]}"}}'


def _proxy(_event: Event, status: int, headers: Headers) -> Response:
    return {"statusCode": status, "headers": headers, "body": _body(status), "isBase64Encoded": False}


def _alb(event: Event, status: int, headers: Headers) -> Response:
    response = _proxy(event, status, headers)
    response["statusDescription"] = f"{status} {_PHRASES[status]}"
    # With multi-value headers enabled on the target group, `headers` would be ignored.
    if isinstance(event.get("multiValueHeaders"), dict):
        del response["headers"]
        response["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    return response


def _websocket(_event: Event, status: int, _headers: Headers) -> Response:
    """Refuse the connection; API Gateway answers the handshake with this status and nothing else."""
    return {"statusCode": status}


def _edge(_event: Event, status: int, headers: Headers) -> Response:
    return {
        "status": str(status),  # text, unlike everywhere else
        "statusDescription": _PHRASES[status],
        "headers": {name: [{"key": name, "value": value}] for name, value in headers.items()},
        "body": _body(status),
    }


def _appsync_events(_event: Event, status: int, _headers: Headers) -> Response:
    return {"error": _PHRASES[status]}


SHAPES: dict[str, Callable[[Event, int, Headers], Response]] = {
    "http_v1": _proxy,
    "http_v2": _proxy,
    "alb": _alb,
    "lattice": _proxy,
    "websocket": _websocket,
    "edge": _edge,
    "appsync_events": _appsync_events,
    "durable": _durable,
}
