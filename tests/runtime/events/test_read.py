"""Each event source is told by its own shape."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_guard.runtime import events
from lambda_guard.runtime.events import names

from . import factories as make

_RECORD = {"recordId": "1", "data": "e30="}
_DESTINATION = {"requestId": "r", "functionArn": "arn:aws:lambda:x", "condition": "RetriesExhausted"}

# Shapes of the AWS documentation that tell each source: (source, event).
DOCUMENTED: list[tuple[str, Any]] = [
    ("apigw_http_v2", make.http_api()),
    ("apigw_http_v2", {**make.http_api(), "version": "1.0"}),
    ("apigw_http_v1", make.http_api_v1()),
    (
        "apigw_http_v1",
        {**make.rest_api(), "requestContext": {"authorizer": {"claims": None, "scopes": None}}},
    ),
    ("apigw_rest_v1", make.rest_api()),
    ("apigw_rest_v1", {"httpMethod": "GET", "path": "/", "requestContext": {}}),
    ("apigw_rest_v1", {"requestContext": {"resourcePath": "/pets", "httpMethod": "GET"}}),
    ("apigw_rest_nonproxy", make.rest_nonproxy()),
    ("apigw_websocket", make.websocket()),
    ("apigw_websocket", {**make.rest_api(), **make.websocket(event_type="MESSAGE")}),
    ("function_url", make.function_url()),
    ("function_url", make.http_api(domain="abc.lambda-url.cn-north-1.amazonaws.com.cn")),
    ("alb", make.load_balancer()),
    ("alb", make.load_balancer(multi_value=True)),
    ("vpc_lattice_v1", make.lattice_v1()),
    ("vpc_lattice_v2", make.lattice_v2()),
    ("http_like_no_context", {"httpMethod": "GET", "path": "/"}),
    ("http_like_no_context", {"httpMethod": "GET", "path": "/", "requestContext": None}),
    ("http_like_no_context", {"version": "2.0", "rawPath": "/", "headers": {}}),
    (
        "apigw_authorizer_token",
        {"type": "TOKEN", "authorizationToken": "t", "methodArn": "arn:aws:execute-api:x"},
    ),
    ("apigw_authorizer_token", {"authorizationToken": "t", "methodArn": "arn:aws:execute-api:x"}),
    (
        "apigw_authorizer_request_v1",
        {**make.rest_api(), "type": "REQUEST", "methodArn": "arn:aws:execute-api:x"},
    ),
    ("apigw_authorizer_v2", {**make.http_api(), "type": "REQUEST", "routeArn": "arn:aws:execute-api:x"}),
    (
        "apigw_authorizer_websocket",
        {**make.websocket(), "type": "REQUEST", "methodArn": "arn:aws:execute-api:x"},
    ),
    (
        "appsync_authorizer",
        {"authorizationToken": "t", "requestContext": {"apiId": "a", "queryString": "{ a }"}},
    ),
    (
        "appsync_authorizer",
        {
            "authorizationToken": "t",
            "requestContext": {"apiId": "a", "operation": "EVENT_CONNECT", "channelNamespaceName": None},
        },
    ),
    ("appsync_resolver", make.appsync()),
    ("appsync_resolver", {"typeName": "Query", "fieldName": "getPet", "arguments": {}, "identity": None}),
    ("appsync_resolver", {"info": {"fieldName": "getPet"}, "arguments": {}, "identity": None}),
    ("appsync_resolver", {"arguments": {}, "identity": None, "field": "getPet"}),
    ("appsync_resolver", {"context": make.appsync()}),
    ("appsync_batch", [make.appsync(), make.appsync()]),
    ("appsync_events", make.appsync_events()),
    ("sqs", make.sqs()),
    ("sns", {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:x"}}]}),
    ("s3", {"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"arn": "arn:aws:s3:::b"}}}]}),
    ("s3", {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}),
    ("dynamodb", {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]}),
    ("kinesis", {"Records": [{"eventSource": "aws:kinesis", "kinesis": {}}]}),
    (
        "durable_execution",
        {"DurableExecutionArn": "a", "CheckpointToken": "t", "InitialExecutionState": {"Operations": [{}]}},
    ),
    ("dynamodb", make.closed_window(arn="arn:aws:dynamodb:x:1:table/t/stream/s")),
    ("kinesis", make.closed_window()),
    ("ses", {"Records": [{"eventSource": "aws:ses", "ses": {}}]}),
    ("codecommit", {"Records": [{"eventSource": "aws:codecommit", "codecommit": {}}]}),
    ("cloudfront_edge", make.cloudfront()),
    ("kafka", {"eventSource": "aws:kafka", "eventSourceArn": "arn:aws:kafka:x", "records": {"t-0": []}}),
    ("kafka", {"eventSource": "SelfManagedKafka", "bootstrapServers": "b", "records": {"t-0": []}}),
    ("mq_active", {"eventSource": "aws:mq", "eventSourceArn": "arn:aws:mq:x", "messages": []}),
    ("mq_rabbit", {"eventSource": "aws:rmq", "rmqMessagesByQueue": {}}),
    ("docdb", {"eventSource": "aws:docdb", "eventSourceArn": "arn:aws:rds:x", "events": []}),
    ("firehose", {"invocationId": "i", "deliveryStreamArn": "arn:aws:firehose:x", "records": [_RECORD]}),
    ("firehose", {"invocationId": "i", "deliverySteamArn": "arn:aws:firehose:x", "records": [_RECORD]}),
    (
        "kinesis_analytics",
        {"invocationId": "i", "applicationArn": "arn:aws:kinesisanalytics:x", "records": []},
    ),
    ("eventbridge", {"version": "0", "detail-type": "Order placed", "source": "shop", "detail": {}}),
    ("eventbridge", {"detail-type": "Order placed", "detail": {}}),
    ("eventbridge_scheduled", {"detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}"}),
    ("eventbridge_pipes", [{"messageId": "m", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:x"}]),
    ("cloudwatch_alarm", {"source": "aws.cloudwatch", "alarmArn": "arn:aws:cloudwatch:x", "alarmData": {}}),
    ("cloudwatch_logs", {"awslogs": {"data": "H4sI"}}),
    ("cloudwatch_dashboard", {"widgetContext": {"dashboardName": "d"}, "describe": False}),
    (
        "cognito_trigger",
        {"triggerSource": "PreSignUp_SignUp", "userPoolId": "p", "request": {}, "response": {}},
    ),
    ("cognito_sync", {"datasetName": "d", "identityPoolId": "p", "eventType": "SyncTrigger"}),
    ("s3_batch", {"invocationSchemaVersion": "2.0", "invocationId": "i", "job": {}, "tasks": []}),
    ("s3_object_lambda", {"xAmzRequestId": "r", "getObjectContext": {}, "userRequest": {}}),
    ("bedrock_agent_api", {"agent": {}, "actionGroup": "g", "apiPath": "/p", "httpMethod": "GET"}),
    ("bedrock_agent_function", {"agent": {}, "actionGroup": "g", "function": "f", "parameters": []}),
    ("lex_v1", {"currentIntent": {}, "bot": {}, "userId": "u", "messageVersion": "1.0"}),
    ("lex_v1", {"currentIntent": {}, "invocationSource": "DialogCodeHook"}),
    ("lex_v2", {"sessionState": {}, "invocationSource": "DialogCodeHook"}),
    ("lex_v2", {"sessionState": {}, "interpretations": [], "bot": {}, "messageVersion": "1.0"}),
    ("connect", {"Name": "ContactFlowEvent", "Details": {"ContactData": {}, "Parameters": {}}}),
    ("connect_outbound_campaigns", {"InvocationMetadata": {}, "Items": {"CustomerProfiles": []}}),
    ("alexa_skill", {"version": "1.0", "session": {}, "context": {}, "request": {"type": "LaunchRequest"}}),
    ("alexa_skill", {"version": "1.0", "context": {}, "request": {"type": "AudioPlayer.PlaybackStarted"}}),
    ("alexa_smarthome", {"directive": {"header": {"namespace": "Alexa.Discovery"}, "payload": {}}}),
    ("alexa_smarthome", {"header": {"namespace": "Alexa.ConnectedHome.Control"}, "payload": {}}),
    ("cfn_custom_resource", {"RequestType": "Create", "LogicalResourceId": "R", "ResponseURL": "https://x"}),
    ("cfn_custom_resource", {"RequestType": "Create", "LogicalResourceId": "R"}),
    ("cfn_macro", {"fragment": {}, "transformId": "t", "params": {}, "region": "eu-west-1"}),
    ("codepipeline", {"CodePipeline.job": {"id": "j"}}),
    ("codedeploy_hook", {"DeploymentId": "d", "LifecycleEventHookExecutionId": "e"}),
    ("config", {"invokingEvent": "{}", "ruleParameters": "{}", "resultToken": "t"}),
    ("secretsmanager_rotation", {"SecretId": "s", "ClientRequestToken": "t", "Step": "createSecret"}),
    (
        "sagemaker_groundtruth",
        {"version": "2018-10-16", "labelingJobArn": "arn:aws:sagemaker:x", "dataObject": {}},
    ),
    (
        "transfer_family_idp",
        {"username": "u", "serverId": "s-1", "protocol": "SFTP", "sourceIp": "192.0.2.1"},
    ),
    ("clientvpn_handler", {"connection-id": "c", "endpoint-id": "e", "username": "u"}),
    ("workmail", {"summaryVersion": "2018-10-10", "envelope": {}, "messageId": "m"}),
    ("iot_authorizer", {"token": "t", "signatureVerified": True, "protocolData": {}, "protocols": ["tls"]}),
    ("iot_preprovision", {"claimCertificateId": "c", "templateArn": "arn:aws:iot:x", "parameters": {}}),
    ("iot_button", {"serialNumber": "S", "clickType": "SINGLE", "batteryVoltage": "2000 mV"}),
    ("iot_button", {"deviceEvent": {"buttonClicked": {}}, "deviceInfo": {}}),
    ("lambda_destination", {"version": "1.0", "requestContext": _DESTINATION, "requestPayload": {}}),
    ("lambda_destination", {"version": "1.0", "requestContext": _DESTINATION, "KinesisBatchInfo": {}}),
    ("lambda_destination", {"version": "1.0", "requestContext": _DESTINATION, "KafkaBatchInfo": {}}),
    ("stepfunctions", {"Execution": {}, "State": {}, "StateMachine": {}, "Task": {}}),
    ("stepfunctions", {"Execution": {}, "StateMachine": {}, "_datadog": {"serverless-version": "v1"}}),
    ("stepfunctions", {"Payload": {"Execution": {}, "State": {}, "StateMachine": {}}}),
    ("stepfunctions", {"Payload": {"_datadog": {"Execution": {}, "State": {}, "StateMachine": {}}}}),
    ("direct", {"order": 7}),
    ("direct", {}),
    ("direct", []),
    ("direct", None),
    ("direct", "text"),
    ("direct", 7),
    ("direct", {"Records": []}),
    ("direct", {"Records": [], "window": {}}),
    ("direct", {"Records": [], "window": {}, "eventSourceARN": "arn:aws:sqs:x:1:q"}),
    ("direct", {"Payload": {"order": 7}}),
    ("direct", {"Payload": "text"}),
    ("direct", {"arguments": {}}),
    ("direct", {"context": {"order": 7}}),
    ("direct", {"detail-type": "Order placed"}),
    ("direct", {"Records": [{"eventSource": "aws:unheard-of"}]}),
    ("direct", {"source": "aws.events"}),
    ("direct", {"source": "serverless-plugin-warmup"}),
    ("direct", {"requestContext": {}}),
]


@pytest.mark.parametrize(("name", "event"), DOCUMENTED)
def test_a_documented_event_has_its_source(name: str, event: Any) -> None:
    assert events.read(event).name == name


def test_the_names_for_settings_are_those_of_the_table() -> None:
    """Every documented source is listed, and everything listed is documented here."""
    assert {name for name, _ in DOCUMENTED} == names.NAMES


def test_the_http_names_are_those_of_sources_with_a_caller_over_http() -> None:
    assert {name for name, event in DOCUMENTED if events.read(event).http} == names.HTTP_NAMES


@pytest.mark.parametrize("name", sorted(names.HTTP_NAMES))
def test_the_authorizer_rule_applies_to_every_http_source(name: str) -> None:
    event = next(event for documented, event in DOCUMENTED if documented == name)
    assert events.read(event).authorizer is not None


def test_reading_twice_gives_the_very_same_row() -> None:
    assert events.read(make.http_api()) is events.read(make.http_api(path="/other"))


class TestArn:
    """Streams, queues and topics are named by their ARN."""

    @pytest.mark.parametrize(
        ("arn", "event"),
        [
            ("arn:aws:sqs:eu-west-1:123456789012:orders", make.sqs()),
            (
                "arn:aws:sns:x:t",
                {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:x:t"}}]},
            ),
            (
                "arn:aws:sns:x:t",
                {"Records": [{"EventSource": "aws:sns", "EventSubscriptionArn": "arn:aws:sns:x:t:id"}]},
            ),
            (
                "arn:aws:s3:::b",
                {"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"arn": "arn:aws:s3:::b"}}}]},
            ),
            ("arn:aws:kafka:x", {"eventSource": "aws:kafka", "eventSourceArn": "arn:aws:kafka:x"}),
            ("arn:f", {"invocationId": "i", "deliveryStreamArn": "arn:f", "records": []}),
            ("arn:k", {"invocationId": "i", "sourceKinesisStreamArn": "arn:k", "records": []}),
            ("arn:p", [{"eventSource": "aws:sqs", "eventSourceARN": "arn:p"}]),
            ("arn:aws:kinesis:x:1:stream/s", make.closed_window(arn="arn:aws:kinesis:x:1:stream/s")),
            (None, {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": 7}]}),
            (None, {"Records": [{"eventSource": "aws:s3", "s3": {"bucket": None}}]}),
            (None, make.http_api()),
        ],
    )
    def test_is_read_where_there_is_one(self, arn: str | None, event: object) -> None:
        assert events.read(event).arn(event) == arn


class TestAnEventThatLooksLikeAnother:
    def test_a_request_with_records_of_its_own_is_still_a_request(self) -> None:
        assert events.read({**make.http_api(), **make.sqs()}).name == "apigw_http_v2"

    def test_a_request_with_a_method_arn_but_no_type_is_not_an_authorizer_input(self) -> None:
        assert events.read({**make.rest_api(), "methodArn": "arn:aws:execute-api:x"}).name == "apigw_rest_v1"

    def test_a_request_with_the_keys_of_a_destination_is_still_a_request(self) -> None:
        event = make.rest_api()
        event["requestContext"] |= _DESTINATION
        event["responsePayload"] = {}
        assert events.read(event).name == "apigw_rest_v1"
