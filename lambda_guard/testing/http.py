"""Requests, with and without the authorizer context of their source.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

Event = dict[str, Any]
Authorizer = str | dict[str, Any] | None
_API, _ACCOUNT, _REGION = "a1b2c3d4e5", "123456789012", "eu-west-1"
_HOST = f"{_API}.execute-api.{_REGION}.amazonaws.com"
_USER = f"arn:aws:iam::{_ACCOUNT}:user/alice"
_CLAIMS = {"sub": "f4b8e1a2", "iss": f"https://cognito-idp.{_REGION}.amazonaws.com/eu-west-1_a", "token_use": "access"}
_CERTIFICATE = {
    "clientCertPem": "-----BEGIN CERTIFICATE-----\n...",
    "subjectDN": "CN=client.example.com",
    "issuerDN": "CN=ca.example.com",
    "serialNumber": "01",
    "validity": {"notBefore": "Jan  1 00:00:00 2026 GMT", "notAfter": "Jan  1 00:00:00 2036 GMT"},
}
_IAM_V2 = {
    "accessKey": "AKIAEXAMPLE",
    "accountId": _ACCOUNT,
    "callerId": "AIDAEXAMPLE",
    "cognitoIdentity": None,
    "principalOrgId": "o-a1b2c3d4e5",
    "userArn": _USER,
    "userId": "AIDAEXAMPLE",
}
_IAM_V1 = {
    "accessKey": "AKIAEXAMPLE",
    "accountId": _ACCOUNT,
    "caller": "AIDAEXAMPLE",
    "user": "AIDAEXAMPLE",
    "userArn": _USER,
}
_NOBODY = dict.fromkeys(
    (
        "accessKey", "accountId", "apiKey", "apiKeyId", "caller", "clientCert", "cognitoAuthenticationProvider",
        "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
    )
)  # fmt: skip


def _context(authorizer: Authorizer, kinds: dict[str, Any]) -> Any:
    """Return the context of a kind, or the one that was given."""
    if authorizer is None or isinstance(authorizer, dict):
        return authorizer
    if authorizer not in kinds:
        raise ValueError(f"there is no authorizer {authorizer!r} here; there are: {', '.join(kinds)}")
    return kinds[authorizer]


def http_api(
    *,
    authorizer: Authorizer = None,
    method: str = "GET",
    path: str = "/pets/7",
    route: str = "",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: str | None = None,
    stage: str = "$default",
    path_parameters: dict[str, str] | None = None,
    host: str = _HOST,
) -> Event:
    """Make an HTTP API's request, payload format 2.0."""
    key = route or f"{method} {path}"
    context: Event = {
        "accountId": _ACCOUNT,
        "apiId": host.partition(".")[0],
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": key,
        "stage": stage,
        "time": "01/Jan/2026:00:00:00 +0000",
        "timeEpoch": 1767225600000,
    }
    if authorizer == "mtls":
        context["authentication"] = {"clientCert": dict(_CERTIFICATE)}
    else:
        kinds = {
            "jwt": {"jwt": {"claims": dict(_CLAIMS), "scopes": None}},
            "cognito": {"jwt": {"claims": dict(_CLAIMS), "scopes": None}},
            "lambda": {"lambda": {"user": "alice"}},
            "iam": {"iam": dict(_IAM_V2)},
            "mtls": {},
        }
        found = _context(authorizer, kinds)
        if found is not None:
            context["authorizer"] = found
    event: Event = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {"host": host, **(headers or {})},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(query)
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    if body is not None:
        event["body"] = body
    return event


def function_url(*, authorizer: Authorizer = None, **fields: Any) -> Event:
    """Make a function URL's request. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html."""
    if isinstance(authorizer, str) and authorizer != "iam":
        raise ValueError(f"a function URL has no authorizer {authorizer!r}, only iam")
    host = f"{_API}.lambda-url.{_REGION}.on.aws"
    return http_api(authorizer=authorizer, host=host, route="$default", **fields)


def rest_api(
    *,
    authorizer: Authorizer = None,
    method: str = "GET",
    path: str = "/pets/7",
    resource: str = "",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: str | None = None,
    stage: str = "prod",
    path_parameters: dict[str, str] | None = None,
) -> Event:
    """Make a REST API's request through a proxy integration."""
    given = {"Host": _HOST, **(headers or {})}
    identity: Event = {**_NOBODY, "sourceIp": "192.0.2.1", "userAgent": "test"}
    context: Event = {
        "accountId": _ACCOUNT,
        "apiId": _API,
        "domainName": _HOST,
        "httpMethod": method,
        "identity": identity,
        "path": f"/{stage}{path}",
        "protocol": "HTTP/1.1",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "requestTimeEpoch": 1767225600000,
        "resourceId": "123456",
        "resourcePath": resource or path,
        "stage": stage,
    }
    _authorize_v1(context, authorizer)
    return {
        "resource": resource or path,
        "path": path,
        "httpMethod": method,
        "headers": given,
        "multiValueHeaders": {name: [value] for name, value in given.items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": dict(path_parameters) if path_parameters else None,
        "stageVariables": None,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": False,
    }


def _authorize_v1(context: Event, authorizer: Authorizer) -> None:
    identity = context["identity"]
    if authorizer == "iam":
        identity.update(_IAM_V1)
    elif authorizer == "mtls":
        identity["clientCert"] = dict(_CERTIFICATE)
    else:
        kinds = {
            "cognito": {"claims": dict(_CLAIMS)},
            "jwt": {"claims": dict(_CLAIMS), "scopes": None},
            "lambda": {"principalId": "alice", "integrationLatency": 12},
            "iam": {},
            "mtls": {},
        }
        found = _context(authorizer, kinds)
        if found is not None:
            context["authorizer"] = found


def http_api_v1(*, authorizer: Authorizer = None, **fields: Any) -> Event:
    """Make an HTTP API's request, payload format 1.0."""
    return {"version": "1.0", **rest_api(authorizer=authorizer, **{"stage": "$default", **fields})}


def websocket(
    *,
    authorizer: Authorizer = None,
    event_type: str = "CONNECT",
    route: str = "",
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> Event:
    """Make a WebSocket API's event: CONNECT, MESSAGE or DISCONNECT."""
    routes = {"CONNECT": "$connect", "DISCONNECT": "$disconnect", "MESSAGE": "$default"}
    context: Event = {
        "apiId": "w1b2c3d4e5",
        "connectedAt": 1767225600000,
        "connectionId": "L0SM9cOFvHcCIhw=",
        "domainName": f"w1b2c3d4e5.execute-api.{_REGION}.amazonaws.com",
        "eventType": event_type,
        "identity": {"sourceIp": "192.0.2.1"},
        "messageDirection": "IN",
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": route or routes.get(event_type, "$default"),
        "stage": "prod",
    }
    _authorize_v1(context, authorizer)
    event: Event = {"requestContext": context, "isBase64Encoded": False}
    if event_type == "CONNECT":
        event["headers"] = {"Host": context["domainName"], **(headers or {})}
    if body is not None:
        event["body"] = body
    return event


def load_balancer(
    *,
    authorizer: Authorizer = None,
    method: str = "GET",
    path: str = "/",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: str = "",
) -> Event:
    """Make an Application Load Balancer's request. https://docs.aws.amazon.com/lambda/latest/dg/services-alb.html."""
    given = {"host": f"lb-1234567890.{_REGION}.elb.amazonaws.com", **(headers or {})}
    kinds = {
        "alb_oidc": {
            "x-amzn-oidc-data": "e30.e30.c2ln",
            "x-amzn-oidc-identity": "alice",
            "x-amzn-oidc-accesstoken": "t",
        },
        "mtls": {
            "x-amzn-mtls-clientcert-subject": "CN=client.example.com",
            "x-amzn-mtls-clientcert-serial-number": "01",
        },
    }
    group = (
        f"arn:aws:elasticloadbalancing:{_REGION}:{_ACCOUNT}:targetgroup/lambda-279XGJDqGZ5rsrHC2Fjr/49e9d65c45c6791a"
    )
    return {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": dict(query or {}),
        "headers": {**given, **(_context(authorizer, kinds) or {})},
        "body": body,
        "isBase64Encoded": False,
    }


def rest_nonproxy(*, authorizer: Authorizer = None, method: str = "POST", path: str = "/orders", **top: Any) -> Event:
    """Make what the console's mapping template (method request passthrough) makes of a request."""
    context: Event = {
        "account-id": "", "api-id": _API, "api-key": "", "authorizer-principal-id": "", "caller": "",
        "cognito-identity-id": "", "http-method": method, "resource-path": path, "stage": "prod", "user": "",
        "user-arn": "", "source-ip": "192.0.2.1",
    }  # fmt: skip
    kinds = {
        "lambda": {"authorizer-principal-id": "alice"},
        "iam": {"user-arn": _USER, "caller": "AIDAEXAMPLE", "user": "AIDAEXAMPLE"},
    }
    context.update(_context(authorizer, kinds) or {})
    params: Event = {"path": {}, "querystring": {}, "header": {}}
    return {"body-json": {}, "params": params, "stage-variables": {}, "context": context, **top}


def lattice(*, authorizer: Authorizer = None, method: str = "GET", path: str = "/pets") -> Event:
    """Make a VPC Lattice request. https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html."""
    kinds = {"iam": {"principal": _USER, "type": "AWS_IAM", "principalOrgID": "o-a1b2c3d4e5"}}
    vpc = {"sourceVpcArn": f"arn:aws:ec2:{_REGION}:{_ACCOUNT}:vpc/vpc-0b8276c84697e7339"}
    prefix = f"arn:aws:vpc-lattice:{_REGION}:{_ACCOUNT}"
    return {
        "version": "2.0",
        "path": path,
        "method": method,
        "headers": {"accept": ["*/*"]},
        "queryStringParameters": {},
        "requestContext": {
            "serviceNetworkArn": f"{prefix}:servicenetwork/sn-0bf3f2882e9cc805a",
            "serviceArn": f"{prefix}:service/svc-0a40eebed65f8d69c",
            "targetGroupArn": f"{prefix}:targetgroup/tg-6d0ecf831eec9f09",
            "identity": {**vpc, **(_context(authorizer, kinds) or {})},
            "region": _REGION,
            "timeEpoch": "1767225600000000",
        },
    }


def lattice_v1(*, authorizer: Authorizer = None, method: str = "GET", path: str = "/pets") -> Event:
    """Make a VPC Lattice request of event version 1.0."""
    kinds = {"iam": {"x-amzn-lattice-identity": f"Principal={_USER}; Type=AWS_IAM"}}
    headers = {"host": f"svc.7d67968.vpc-lattice-svcs.{_REGION}.on.aws", **(_context(authorizer, kinds) or {})}
    return {
        "raw_path": path,
        "method": method,
        "headers": headers,
        "query_string_parameters": {},
        "body": "",
        "is_base64_encoded": False,
    }


def appsync(*, authorizer: Authorizer = None, parent: str = "Query", field: str = "getPet", **arguments: Any) -> Event:
    """Make an AppSync resolver's event. https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html."""
    return {
        "arguments": arguments,
        "identity": _appsync_identity(authorizer),
        "source": None,
        "request": {"headers": {}, "domainName": None},
        "prev": None,
        "info": {"fieldName": field, "parentTypeName": parent, "selectionSetList": [], "variables": {}},
        "stash": {},
    }


def appsync_events(
    *, authorizer: Authorizer = None, operation: str = "PUBLISH", channel: str = "/default/news"
) -> Event:
    """Make an AppSync Events API's event."""
    segments = [part for part in re.split("/", channel) if part]
    return {
        "identity": _appsync_identity(authorizer),
        "info": {
            "channel": {"path": channel, "segments": segments},
            "channelNamespace": {"name": segments[0] if segments else "default"},
            "operation": operation,
        },
        "events": [{"id": "1", "payload": {}}] if operation == "PUBLISH" else None,
    }


def _appsync_identity(authorizer: Authorizer) -> Any:
    kinds = {
        "cognito": {
            "sub": "u1",
            "issuer": _CLAIMS["iss"],
            "username": "u1",
            "claims": dict(_CLAIMS),
            "sourceIp": ["192.0.2.1"],
        },
        "jwt": {"sub": "u1", "issuer": "https://issuer.example.com", "claims": dict(_CLAIMS)},
        "lambda": {"resolverContext": {"user": "alice"}},
        "iam": {**_IAM_V1, "username": "AIDAEXAMPLE", "sourceIp": ["192.0.2.1"]},
    }
    return _context(authorizer, kinds)
