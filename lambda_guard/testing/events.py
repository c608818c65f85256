"""Events of every source that the guard knows, as AWS documents them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from lambda_guard.testing import http
from lambda_guard.testing.samples import SAMPLES

Event = dict[str, Any]
_HTTP: dict[str, Callable[..., Event]] = {
    "apigw_http_v2": http.http_api,
    "apigw_http_v1": http.http_api_v1,
    "apigw_rest_v1": http.rest_api,
    "apigw_rest_nonproxy": http.rest_nonproxy,
    "apigw_websocket": http.websocket,
    "function_url": http.function_url,
    "alb": http.load_balancer,
    "vpc_lattice_v2": http.lattice,
    "vpc_lattice_v1": http.lattice_v1,
    "appsync_resolver": http.appsync,
    "appsync_events": http.appsync_events,
}
# Shorter names, as people say them.
ALIASES = {
    "http_api": "apigw_http_v2",
    "rest_api": "apigw_rest_v1",
    "websocket": "apigw_websocket",
    "appsync": "appsync_resolver",
    "schedule": "eventbridge_scheduled",
    "lattice": "vpc_lattice_v2",
    "authorizer_token": "apigw_authorizer_token",
    "authorizer_request": "apigw_authorizer_request_v1",
    "cloudfront": "cloudfront_edge",
}
SOURCES = tuple(sorted({*_HTTP, *SAMPLES}))


def lambda_event(source: str, *, authorizer: str | dict[str, Any] | None = None, **fields: Any) -> Any:
    """Make an event.

    source:     a name of the `event_sources` setting, such as `apigw_http_v2`, or a shorter one, such as `http_api`.
    authorizer: for requests: the kind that vouches for the caller (jwt, cognito, lambda, iam, mtls, alb_oidc), or the
                authorizer context itself; None for a request that nobody authorized.
    fields:     for requests: method, path, body, headers, query, and what else their source has; for all others,
                what is laid over the event's top.
    Returns a new event each time. Raises ValueError for a source or an authorizer that there is not.
    """
    name = ALIASES.get(source, source)
    if name in _HTTP:
        return _HTTP[name](authorizer=authorizer, **fields)
    if name not in SAMPLES:
        raise ValueError(f"there is no event source {source!r}; there are: {', '.join((*ALIASES, *SOURCES))}")
    if authorizer is not None:
        raise ValueError(f"events of {source} carry no authorizer")
    event = copy.deepcopy(SAMPLES[name])
    return {**event, **fields} if isinstance(event, dict) else event
