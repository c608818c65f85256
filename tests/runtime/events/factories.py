"""Events of each source, as AWS documents them; a test states only what matters to it."""

from __future__ import annotations

from typing import Any

Json = Any
USER_ARN = "arn:aws:iam::123456789012:user/alice"
CERTIFICATE = {"clientCertPem": "-----BEGIN CERTIFICATE-----", "subjectDN": "www.example.com"}


def http_api(
    *,
    authorizer: Json = ...,
    method: str = "GET",
    path: str = "/pets/7",
    route_key: str = "GET /pets/{id}",
    stage: str = "$default",
    domain: str = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
    headers: Json = None,
    **context: Json,
) -> dict[str, Json]:
    event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers or {"host": domain},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": domain,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "routeKey": route_key,
            "stage": stage,
            **context,
        },
        "isBase64Encoded": False,
    }
    return _with_authorizer(event, authorizer)


def function_url(*, authorizer: Json = ..., path: str = "/") -> dict[str, Json]:
    domain = "a1b2c3d4e5.lambda-url.eu-west-1.on.aws"
    return http_api(authorizer=authorizer, path=path, route_key="$default", domain=domain)


def rest_api(
    *,
    authorizer: Json = ...,
    identity: Json = None,
    method: str = "GET",
    path: str = "/pets/7",
    resource: str = "/pets/{id}",
    stage: str = "prod",
    headers: Json = None,
    **top: Json,
) -> dict[str, Json]:
    anybody = dict.fromkeys(
        ("accessKey", "accountId", "apiKey", "caller", "cognitoIdentityId", "user", "userArn")
    )
    event = {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers or {"Host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"},
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "httpMethod": method,
            "identity": {**anybody, "sourceIp": "192.0.2.1", **(identity or {})},
            "path": f"/{stage}{path}",
            "resourcePath": resource,
            "stage": stage,
        },
        "body": None,
        "isBase64Encoded": False,
        **top,
    }
    return _with_authorizer(event, authorizer)


def http_api_v1(*, authorizer: Json = ..., identity: Json = None) -> dict[str, Json]:
    return rest_api(authorizer=authorizer, identity=identity, stage="$default", version="1.0")


def websocket(
    *,
    event_type: str = "CONNECT",
    route_key: str | None = None,
    authorizer: Json = ...,
    identity: Json = None,
) -> dict[str, Json]:
    routes = {"CONNECT": "$connect", "DISCONNECT": "$disconnect", "MESSAGE": "sendMessage"}
    event = {
        "requestContext": {
            "apiId": "w1b2c3d4e5",
            "connectionId": "L0SM9cOFvHcCIhw=",
            "eventType": event_type,
            "identity": {"sourceIp": "192.0.2.1", **(identity or {})},
            "routeKey": route_key or routes[event_type],
            "stage": "prod",
        },
        "isBase64Encoded": False,
    }
    return _with_authorizer(event, authorizer)


def load_balancer(
    *, headers: Json = None, multi_value: bool = False, path: str = "/lambda"
) -> dict[str, Json]:
    values = {"host": "lambda-alb-123578498.us-east-2.elb.amazonaws.com", **(headers or {})}
    group = (
        "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/lambda-279XGJDqGZ5rsrHC2Fjr/49e9d65c"
    )
    given = (
        {"multiValueHeaders": {name: [value] for name, value in values.items()}}
        if multi_value
        else {"headers": values}
    )
    return {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": "GET",
        "path": path,
        **given,
        "body": "",
        "isBase64Encoded": False,
    }


def lattice_v2(*, identity: Json = None) -> dict[str, Json]:
    return {
        "version": "2.0",
        "path": "/pets",
        "method": "GET",
        "headers": {"accept": ["*/*"]},
        "requestContext": {
            "serviceNetworkArn": "arn:aws:vpc-lattice:us-east-2:123456789012:servicenetwork/sn-1",
            "serviceArn": "arn:aws:vpc-lattice:us-east-2:123456789012:service/svc-1",
            "targetGroupArn": "arn:aws:vpc-lattice:us-east-2:123456789012:targetgroup/tg-1",
            "identity": {"sourceVpcArn": "arn:aws:ec2:us-east-2:123456789012:vpc/vpc-1", **(identity or {})},
            "region": "us-east-2",
        },
    }


def lattice_v1(*, headers: Json = None) -> dict[str, Json]:
    return {
        "raw_path": "/pets?limit=5",
        "method": "GET",
        "headers": headers or {"host": "svc.vpc-lattice-svcs.us-east-2.on.aws"},
        "query_string_parameters": {"limit": "5"},
        "body": "",
        "is_base64_encoded": False,
    }


def rest_nonproxy(**context: Json) -> dict[str, Json]:
    return {
        "body-json": {},
        "params": {"path": {}, "querystring": {}, "header": {}},
        "stage-variables": {},
        "context": {
            "account-id": "",
            "api-id": "a1b2c3d4e5",
            "authorizer-principal-id": "",
            "caller": "",
            "cognito-identity-id": "",
            "http-method": "POST",
            "resource-path": "/orders",
            "stage": "prod",
            "user-arn": "",
            **{name.replace("_", "-"): value for name, value in context.items()},
        },
    }


def appsync(*, identity: Json = None, parent: str = "Query", field: str = "getPet") -> dict[str, Json]:
    return {
        "arguments": {},
        "identity": identity,
        "source": None,
        "request": {"headers": {}, "domainName": None},
        "prev": None,
        "info": {"fieldName": field, "parentTypeName": parent, "selectionSetList": [], "variables": {}},
        "stash": {},
    }


def appsync_events(*, identity: Json = None) -> dict[str, Json]:
    return {
        "identity": identity,
        "info": {
            "channel": {"path": "/default/news", "segments": ["default", "news"]},
            "channelNamespace": {"name": "default"},
            "operation": "PUBLISH",
        },
        "events": [{"id": "1", "payload": {}}],
    }


COGNITO_IDENTITY = {"sub": "u1", "issuer": "https://cognito-idp", "username": "u1", "claims": {"sub": "u1"}}
SIGNED = {"userArn": USER_ARN, "accessKey": "AKIAEXAMPLE", "caller": "AIDAEXAMPLE", "user": "AIDAEXAMPLE"}


def sqs(*, arn: str = "arn:aws:sqs:eu-west-1:123456789012:orders") -> dict[str, Json]:
    return {"Records": [{"messageId": "m", "body": "{}", "eventSource": "aws:sqs", "eventSourceARN": arn}]}


def closed_window(*, arn: str = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders") -> dict[str, Json]:
    """Make the last event of a tumbling window in which no record was left."""
    window = {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"}
    return {
        "Records": [],
        "window": window,
        "state": {},
        "shardId": "shardId-000000000006",
        "eventSourceARN": arn,
        "isFinalInvokeForWindow": True,
    }


def cloudfront() -> dict[str, Json]:
    config = {"distributionId": "EXAMPLE", "eventType": "viewer-request"}
    return {"Records": [{"cf": {"config": config, "request": {"uri": "/", "method": "GET", "headers": {}}}}]}


def _with_authorizer(event: dict[str, Json], authorizer: Json) -> dict[str, Json]:
    if authorizer is not ...:
        event["requestContext"]["authorizer"] = authorizer
    return event
