"""VPC Lattice, event structure versions 1 and 2.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from . import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event, Route


def read(event: Event) -> Source | None:
    if "method" not in event:
        return None
    if isinstance(event.get("requestContext"), dict):
        return V2
    return V1 if "raw_path" in event else None


def _v2_authorizer(event: Event) -> tuple[str, ...]:
    identity = event["requestContext"].get("identity")
    # Without an auth policy the identity holds the source network only.
    if isinstance(identity, dict) and identity.get("type") == "AWS_IAM" and identity.get("principal"):
        return ("iam",)
    return ()


def _v1_authorizer(event: Event) -> tuple[str, ...]:
    """Read the identity header, which VPC Lattice strips from what clients send."""
    from .headers import header

    return ("iam",) if _field(header(event, "x-amzn-lattice-identity"), "Principal") else ()


def _service(event: Event) -> str | None:
    value = event["requestContext"].get("serviceArn")
    return value if isinstance(value, str) else None


def _v1_service(event: Event) -> str | None:
    from .headers import header

    return _field(header(event, "x-amzn-lattice-target"), "ServiceArn")


def _field(header: str | None, wanted: str) -> str | None:
    """Read one of the `name=value` pairs of a header that VPC Lattice adds."""
    fields = (field.strip().partition("=") for field in (header or "").split(";"))
    return next((value for name, _, value in fields if name == wanted and value), None)


def _route(event: Event) -> Route:
    path = event.get("path", event.get("raw_path"))
    # Version 1 has the query in `raw_path`.
    return event["method"], path.partition("?")[0] if isinstance(path, str) else None, None


V1 = Source(
    "vpc_lattice_v1",
    http=True,
    authorizer=_v1_authorizer,
    route=_route,
    api_id=_v1_service,
    rejection="lattice",
)
V2 = Source(
    "vpc_lattice_v2",
    http=True,
    authorizer=_v2_authorizer,
    route=_route,
    api_id=_service,
    rejection="lattice",
)
