"""Host names and request paths say which requests invoke a function and where a database is."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointProviderError, EndpointVariantError

from lambda_guard.runtime.services import endpoints

ARN = "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aother"


@pytest.mark.parametrize(
    ("target", "operation", "params"),
    [
        ("/2015-03-31/functions/other/invocations", "Invoke", {"FunctionName": "other"}),
        ("/2015-03-31/functions/other/invocations/", "Invoke", {"FunctionName": "other"}),
        (
            f"/2015-03-31/functions/{ARN}/invocations?Qualifier=live%2F1&X-Amz-Signature=abc",
            "Invoke",
            {"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:other", "Qualifier": "live/1"},
        ),
        ("/2014-11-13/functions/other/invoke-async/", "InvokeAsync", {"FunctionName": "other"}),
        (
            "/2021-11-15/functions/other/response-streaming-invocations",
            "InvokeWithResponseStream",
            {"FunctionName": "other"},
        ),
        ("/stage//2015-03-31/%66unctions/other/invocations", "Invoke", {"FunctionName": "other"}),
    ],
)
def test_an_invoke_is_known_by_its_path(target: str, operation: str, params: dict[str, str]) -> None:
    """The API version in the path and its last word tell, whatever the host."""
    assert endpoints.invoke_request("POST", target) == (operation, params)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/2015-03-31/functions/other/invocations"),
        ("POST", "/2015-03-31/functions/other"),
        ("POST", "/2015-03-31/functions/invocations"),
        ("POST", "/2015-03-31/functions"),
        ("POST", "/v1/functions/other/invocations"),
        ("POST", "/orders?next=/2015-03-31/functions/other/invocations"),
        ("POST", "/2015-03-31/functions/other/versions"),
        ("POST", ""),
        ("POST", "%"),
    ],
)
def test_other_requests_are_not_invokes(method: str, target: str) -> None:
    """Anything else on the same host, or the same words in a query, is none."""
    assert endpoints.invoke_request(method, target) is None


def test_a_dry_run_is_told_as_one() -> None:
    """The invocation type is in a header, or in a presigned URL's query."""
    by_header = endpoints.invoke_request("POST", "/2015-03-31/functions/f/invocations", "DryRun")
    by_query = endpoints.invoke_request("POST", "/2015-03-31/functions/f/invocations?X-Amz-Invocation-Type=DryRun")

    assert by_header == by_query == ("Invoke", {"FunctionName": "f", "InvocationType": "DryRun"})


def test_a_checkpoint_is_known_by_its_path() -> None:
    """Only a durable function's checkpoint has a body that may start another function."""
    path = "/2025-12-01/durable-executions/arn%3Aaws/checkpoint"

    assert endpoints.is_checkpoint("POST", path)
    assert not endpoints.is_checkpoint("GET", path)
    assert not endpoints.is_checkpoint("POST", "/api/checkpoint")


@pytest.mark.parametrize("variant", [{}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}])
def test_every_endpoint_of_lambda_is_known(variant: dict[str, bool]) -> None:
    """botocore's own rules make them: a region of every partition, FIPS and dual-stack where it has them."""
    session = botocore.session.get_session()
    hosts = {}
    for partition in session.get_available_partitions():
        region = session.get_available_regions("lambda", partition)[0]
        config = Config(**variant)
        with contextlib.suppress(EndpointVariantError, EndpointProviderError):
            client = session.create_client(
                "lambda", region, config=config, aws_access_key_id="a", aws_secret_access_key="b"
            )
            hosts[urlsplit(client.meta.endpoint_url).hostname or ""] = region

    assert len(hosts) >= 3
    for host, region in hosts.items():
        assert endpoints.is_lambda_api(host), host
        assert endpoints.region(host) == region


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("vpce-0abc-1234.lambda.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
        ("vpce-0abc-1234-eu-west-1a.lambda.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
        ("lambda.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    ],
)
def test_endpoints_in_a_network_of_ones_own_are_known(host: str, region: str) -> None:
    """Endpoints of a VPC carry their id before the service."""
    assert endpoints.is_lambda_api(host)
    assert endpoints.region(host) == region


@pytest.mark.parametrize(
    "host",
    ["lambda.example.com", "dynamodb.eu-west-1.amazonaws.com", "my-lambda.eu-west-1.amazonaws.com",
     "lambda.amazonaws.com", "vpce-1.sqs.eu-west-1.vpce.amazonaws.com", "amazonaws.com", "", "localhost"],
)  # fmt: skip
def test_other_hosts_are_not_lambda(host: str) -> None:
    """A name that only looks like it, or another service's."""
    assert not endpoints.is_lambda_api(host)
    assert endpoints.region(host) is None


def test_function_urls_are_known_by_their_form() -> None:
    """Id, `lambda-url`, region and `on.aws`, and nothing around them."""
    assert endpoints.is_function_url(endpoints.normal("ABC123.lambda-url.eu-west-1.on.aws.:443"))
    assert endpoints.region("abc.lambda-url.eu-west-1.on.aws") == "eu-west-1"
    for host in ("lambda-url.eu-west-1.on.aws", "a.lambda-url.eu-west-1.on.aws.example.com", "a.b.lambda-url.x.on.aws"):
        assert not endpoints.is_function_url(host)


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("orders.abc123.eu-west-1.rds.amazonaws.com", "rds"),
        ("orders.cluster-abc123.eu-west-1.rds.amazonaws.com", "rds"),
        ("orders.cluster-ro-abc123.eu-west-1.rds.amazonaws.com", "rds"),
        ("orders.abc123.rds.cn-north-1.amazonaws.com.cn", "rds"),
        ("orders.proxy-abc123.eu-west-1.rds.amazonaws.com", "rds-proxy"),
        ("ORDERS.PROXY-abc123.eu-west-1.rds.amazonaws.com.", "rds-proxy"),
        ("readonly.endpoint.proxy-abc123.eu-west-1.rds.amazonaws.com", "rds-proxy"),
        ("proxy-orders.abc123.eu-west-1.rds.amazonaws.com", "rds"),
        ("cache.abc.0001.euw1.cache.amazonaws.com", "elasticache"),
        ("cache-abc.serverless.euw1.cache.amazonaws.com", "elasticache"),
        ("clustercfg.m.abc.memorydb.eu-west-1.amazonaws.com", "memorydb"),
        ("docs.cluster-abc.eu-west-1.docdb.amazonaws.com", "documentdb"),
        ("abc.dsql.eu-west-1.on.aws", "dsql"),
        ("w.abc.eu-west-1.redshift.amazonaws.com", "redshift"),
        ("w.123456789012.eu-west-1.redshift-serverless.amazonaws.com", "redshift"),
        ("10.0.0.7", "other"),
        ("localhost", "other"),
        ("orders.proxy-abc123.eu-west-1.rds.amazonaws.com.example.com", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_a_host_has_a_kind(host: str | None, kind: str) -> None:
    """The kind is all that is kept of a name."""
    assert endpoints.host_kind(host) == kind
