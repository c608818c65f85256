"""Application Load Balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event, Route

OIDC_DATA = "x-amzn-oidc-data"
# What a listener in verify mode adds; `x-amzn-mtls-clientcert` alone is a certificate that nobody checked.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html
_VERIFIED_CERTIFICATE = ("x-amzn-mtls-clientcert-leaf", "x-amzn-mtls-clientcert-subject")


def read(event: Event) -> Source | None:
    return ALB if isinstance(event["requestContext"]["elb"], dict) else None


def _authorizer(event: Event) -> tuple[str, ...]:
    """Read what the load balancer says of the caller.

    A client can send these headers itself where the listener's rule does not authenticate: `verify` checks
    the signature, and without it they are taken at their word, as the function behind would take them.
    """
    from .headers import header

    token = header(event, OIDC_DATA)
    parts = token.split(".", 3) if token is not None else ()
    kinds = ("alb_oidc",) if len(parts) == 3 and all(parts) else ()
    return (*kinds, "mtls") if any(header(event, name) for name in _VERIFIED_CERTIFICATE) else kinds


def _target_group(event: Event) -> str | None:
    value = event["requestContext"]["elb"].get("targetGroupArn")
    return value if isinstance(value, str) else None


def _route(event: Event) -> Route:
    return event.get("httpMethod"), event.get("path"), None


ALB = Source("alb", http=True, authorizer=_authorizer, route=_route, api_id=_target_group, rejection="alb")
