# ruff: noqa: E501 - data
"""Events of the sources behind which no request stands, as the pages of AWS show them, shortened.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html, and the pages of the services
"""

from __future__ import annotations

from typing import Any

_A, _R = "123456789012", "eu-west-1"
_TIME = "2026-01-01T00:00:00Z"
_MS = 1767225600000


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{_R}:{_A}:{resource}"


def _eventbridge(kind: str, source: str, detail: dict[str, Any], *resources: str) -> dict[str, Any]:
    return {
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": kind, "source": source,
        "account": _A, "time": _TIME, "region": _R, "resources": list(resources), "detail": detail,
    }  # fmt: skip


def _records(**record: Any) -> dict[str, Any]:
    return {"Records": [record]}


_SQS = {
    "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
    "body": "{}", "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(_MS)}, "messageAttributes": {},
    "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b", "eventSource": "aws:sqs", "eventSourceARN": _arn("sqs", "orders"),
    "awsRegion": _R,
}  # fmt: skip
_USER = {"awsRegion": _R, "eventVersion": "1.0"}
_MAIL = {"messageId": "d6iitobk75ur44p8kdnnp7g2n800", "source": "alice@example.com", "destination": ["bob@example.com"]}
_REQUEST_CONTEXT = {
    "accountId": _A, "apiId": "a1b2c3d4e5", "httpMethod": "GET", "resourcePath": "/pets", "stage": "prod",
    "identity": {"sourceIp": "192.0.2.1"}, "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
}  # fmt: skip
_METHOD = _arn("execute-api", "a1b2c3d4e5/prod/GET/pets")
_HEADERS = {"Authorization": "Bearer token", "Host": f"a1b2c3d4e5.execute-api.{_R}.amazonaws.com"}
_APPSYNC_ITEM: dict[str, Any] = {
    "arguments": {}, "identity": None, "source": {"id": "1"}, "request": {"headers": {}}, "prev": None,
    "info": {"fieldName": "owner", "parentTypeName": "Pet", "selectionSetList": [], "variables": {}},
}  # fmt: skip
_AGENT = {"name": "agent", "id": "AGENT12345", "alias": "TSTALIASID", "version": "DRAFT"}
_BEDROCK = {
    "messageVersion": "1.0", "agent": _AGENT, "sessionId": "1", "inputText": "hello", "actionGroup": "orders",
    "sessionAttributes": {}, "promptSessionAttributes": {},
}  # fmt: skip
_ALEXA = {"version": "1.0", "session": {"new": True, "sessionId": "1", "application": {"applicationId": "amzn1.ask"}}}
_KAFKA = {
    "topic": "orders",
    "partition": 0,
    "offset": 15,
    "timestamp": _MS,
    "timestampType": "CREATE_TIME",
    "value": "e30=",
}

SAMPLES: dict[str, Any] = {
    "direct": {},
    "sqs": {"Records": [_SQS]},
    "sns": _records(
        EventVersion="1.0", EventSource="aws:sns", EventSubscriptionArn=_arn("sns", "orders:21be56ed"),
        Sns={"Type": "Notification", "MessageId": "95df01b4", "TopicArn": _arn("sns", "orders"), "Subject": None,
             "Message": "{}", "Timestamp": _TIME, "MessageAttributes": {}},
    ),
    "s3": _records(
        eventVersion="2.1", eventSource="aws:s3", awsRegion=_R, eventTime=_TIME, eventName="ObjectCreated:Put",
        s3={"s3SchemaVersion": "1.0", "bucket": {"name": "orders", "arn": "arn:aws:s3:::orders"},
            "object": {"key": "order.json", "size": 2, "eTag": "0", "sequencer": "0"}},
    ),
    "dynamodb": _records(
        eventID="1", eventName="INSERT", eventSource="aws:dynamodb", **_USER,
        dynamodb={"Keys": {"id": {"S": "1"}}, "NewImage": {"id": {"S": "1"}}, "SequenceNumber": "111",
                  "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        eventSourceARN=_arn("dynamodb", "table/orders/stream/2026-01-01T00:00:00.000"),
    ),
    "kinesis": _records(
        kinesis={"kinesisSchemaVersion": "1.0", "partitionKey": "1", "sequenceNumber": "4959033827", "data": "e30=",
                 "approximateArrivalTimestamp": 1767225600.0},
        eventSource="aws:kinesis", eventID="shardId-000000000006:4959033827", eventName="aws:kinesis:record",
        invokeIdentityArn=f"arn:aws:iam::{_A}:role/lambda", eventSourceARN=_arn("kinesis", "stream/orders"), **_USER,
    ),
    "ses": _records(
        eventVersion="1.0", eventSource="aws:ses",
        ses={"mail": _MAIL, "receipt": {"recipients": ["bob@example.com"], "action": {"type": "Lambda"}}},
    ),
    "codecommit": _records(
        awsRegion=_R, eventId="5a824061", eventName="ReferenceChanges", eventSource="aws:codecommit",
        eventSourceARN=_arn("codecommit", "orders"), codecommit={"references": [{"commit": "5c4e", "ref": "refs/heads/main"}]},
    ),
    "cloudfront_edge": _records(
        cf={"config": {"distributionId": "EDFDVBD6EXAMPLE", "eventType": "viewer-request", "requestId": "4TyzHTaYWb1GX1qTfs"},
            "request": {"clientIp": "192.0.2.1", "method": "GET", "uri": "/", "querystring": "", "headers": {}}},
    ),
    "kafka": {
        "eventSource": "aws:kafka", "eventSourceArn": _arn("kafka", "cluster/orders/b-1"),
        "bootstrapServers": "b-1.orders.kafka.eu-west-1.amazonaws.com:9092", "records": {"orders-0": [_KAFKA]},
    },
    "mq_active": {
        "eventSource": "aws:mq", "eventSourceArn": _arn("mq", "broker:orders:b-1"),
        "messages": [{"messageID": "ID:b-1", "messageType": "jms/text-message", "data": "e30=", "timestamp": _MS}],
    },
    "mq_rabbit": {
        "eventSource": "aws:rmq", "eventSourceArn": _arn("mq", "broker:orders:b-2"),
        "rmqMessagesByQueue": {"orders::/": [{"basicProperties": {"contentType": "text/plain"}, "data": "e30="}]},
    },
    "docdb": {
        "eventSource": "aws:docdb", "eventSourceArn": _arn("rds", "cluster:orders"),
        "events": [{"event": {"operationType": "insert", "ns": {"db": "shop", "coll": "orders"}, "fullDocument": {}}}],
    },
    "firehose": {
        "invocationId": "invoked123", "deliveryStreamArn": _arn("firehose", "deliverystream/orders"), "region": _R,
        "records": [{"recordId": "record1", "approximateArrivalTimestamp": _MS, "data": "e30="}],
    },
    "kinesis_analytics": {
        "invocationId": "invoked123", "applicationArn": _arn("kinesisanalytics", "application/orders"),
        "streamArn": _arn("kinesis", "stream/orders"),
        "records": [{"recordId": "record1", "data": "e30=", "kinesisStreamRecordMetadata": {"shardId": "shardId-1"}}],
    },
    "eventbridge": _eventbridge("OrderPlaced", "shop.orders", {"id": "1"}),
    "eventbridge_scheduled": _eventbridge("Scheduled Event", "aws.events", {}, _arn("events", "rule/nightly")),
    "eventbridge_pipes": [_SQS],
    "cloudwatch_logs": {"awslogs": {"data": "H4sIAAAAAAAA/6uuBQBDv6ajAgAAAA=="}},
    "cloudwatch_alarm": {
        "source": "aws.cloudwatch", "alarmArn": _arn("cloudwatch", "alarm:errors"), "accountId": _A, "time": _TIME,
        "region": _R, "alarmData": {"alarmName": "errors", "state": {"value": "ALARM", "reason": "Threshold Crossed"}},
    },
    "cloudwatch_dashboard": {"describe": False, "widgetContext": {"dashboardName": "orders", "widgetId": "widget-1"}},
    "cognito_trigger": {
        "version": "1", "triggerSource": "PreSignUp_SignUp", "region": _R, "userPoolId": "eu-west-1_a", "userName": "alice",
        "callerContext": {"awsSdkVersion": "1", "clientId": "client"}, "request": {"userAttributes": {}}, "response": {},
    },
    "cognito_sync": {
        "version": 2, "eventType": "SyncTrigger", "region": _R, "identityPoolId": f"{_R}:pool", "identityId": f"{_R}:id",
        "datasetName": "settings", "datasetRecords": {},
    },
    "appsync_batch": [_APPSYNC_ITEM],
    "appsync_authorizer": {
        "authorizationToken": "token",
        "requestContext": {"apiId": "a1b2c3d4e5", "accountId": _A, "requestId": "1", "queryString": "query { pets { id } }",
                           "operationName": None, "variables": {}},
    },
    "apigw_authorizer_token": {"type": "TOKEN", "authorizationToken": "Bearer token", "methodArn": _METHOD},
    "apigw_authorizer_request_v1": {
        "type": "REQUEST", "methodArn": _METHOD, "resource": "/pets", "path": "/pets", "httpMethod": "GET",
        "headers": _HEADERS, "queryStringParameters": {}, "pathParameters": {}, "stageVariables": {},
        "requestContext": _REQUEST_CONTEXT,
    },
    "apigw_authorizer_v2": {
        "version": "2.0", "type": "REQUEST", "routeArn": _METHOD, "identitySource": ["Bearer token"], "routeKey": "GET /pets",
        "rawPath": "/pets", "rawQueryString": "", "headers": {"authorization": "Bearer token"},
        "requestContext": {"accountId": _A, "apiId": "a1b2c3d4e5", "http": {"method": "GET", "path": "/pets"},
                           "routeKey": "GET /pets", "stage": "$default"},
    },
    "apigw_authorizer_websocket": {
        "type": "REQUEST", "methodArn": _arn("execute-api", "w1b2c3d4e5/prod/$connect"), "headers": _HEADERS,
        "requestContext": {"routeKey": "$connect", "eventType": "CONNECT", "connectionId": "L0SM9cOFvHcCIhw=",
                           "apiId": "w1b2c3d4e5", "stage": "prod"},
    },
    "lambda_destination": {
        "version": "1.0", "timestamp": _TIME,
        "requestContext": {"requestId": "e4b46cbf", "functionArn": _arn("lambda", "function:orders:$LATEST"),
                           "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": {}, "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "failed"},
    },
    "durable_execution": {
        "DurableExecutionArn": _arn("lambda", "function:orders:1/durable-execution/run/1"), "CheckpointToken": "token",
        "InitialExecutionState": {"Operations": [
            {"Id": "1", "Type": "EXECUTION", "Status": "STARTED", "ExecutionDetails": {"InputPayload": "{}"}},
        ]},
    },
    "s3_batch": {
        "invocationSchemaVersion": "1.0", "invocationId": "1", "job": {"id": "f3cc4f60"},
        "tasks": [{"taskId": "1", "s3Key": "order.json", "s3VersionId": None, "s3BucketArn": "arn:aws:s3:::orders"}],
    },
    "s3_object_lambda": {
        "xAmzRequestId": "requestId", "userRequest": {"url": "https://orders.s3-object-lambda.eu-west-1.amazonaws.com/a"},
        "getObjectContext": {"inputS3Url": "https://example.com/a", "outputRoute": "route", "outputToken": "token"},
        "configuration": {"accessPointArn": _arn("s3-object-lambda", "accesspoint/orders")}, "protocolVersion": "1.00",
        "userIdentity": {"type": "AssumedRole", "accountId": _A},
    },
    "stepfunctions": {
        "Execution": {"Id": _arn("states", "execution:orders:1"), "Input": {}, "Name": "1", "StartTime": _TIME},
        "State": {"EnteredTime": _TIME, "Name": "Place", "RetryCount": 0},
        "StateMachine": {"Id": _arn("states", "stateMachine:orders"), "Name": "orders"},
    },
    "cfn_custom_resource": {
        "RequestType": "Create", "ResponseURL": "https://cloudformation-custom-resource-response.s3.amazonaws.com/1",
        "StackId": _arn("cloudformation", "stack/shop/1"), "RequestId": "1", "ResourceType": "Custom::Seed",
        "LogicalResourceId": "Seed", "ResourceProperties": {},
    },
    "cfn_macro": {
        "region": _R, "accountId": _A, "fragment": {}, "transformId": f"{_A}::Macro", "params": {}, "requestId": "1",
        "templateParameterValues": {},
    },
    "codepipeline": {
        "CodePipeline.job": {"id": "11111111", "accountId": _A, "data": {"actionConfiguration": {}, "inputArtifacts": []}},
    },
    "codedeploy_hook": {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook"},
    "config": {
        "version": "1.0", "invokingEvent": "{}", "ruleParameters": "{}", "resultToken": "token", "eventLeftScope": False,
        "configRuleName": "encrypted", "accountId": _A,
    },
    "secretsmanager_rotation": {
        "SecretId": _arn("secretsmanager", "secret:orders-a1b2c3"), "ClientRequestToken": "token", "Step": "createSecret",
    },
    "sagemaker_groundtruth": {
        "version": "2018-10-16", "labelingJobArn": _arn("sagemaker", "labeling-job/orders"), "dataObject": {"source": "text"},
    },
    "transfer_family_idp": {
        "username": "alice", "serverId": "s-0123456789abcdef0", "protocol": "SFTP", "sourceIp": "192.0.2.1",
    },
    "clientvpn_handler": {
        "connection-id": "cvpn-connection-1", "endpoint-id": "cvpn-endpoint-1", "common-name": "alice", "username": "alice",
        "platform": "linux", "public-ip": "192.0.2.1", "schema-version": "v3",
    },
    "workmail": {
        "summaryVersion": "2018-10-10", "envelope": {"mailFrom": {"address": "alice@example.com"}, "recipients": []},
        "sender": {"address": "alice@example.com"}, "subject": "Hello", "messageId": "1", "invocationId": "1",
        "flowDirection": "INBOUND", "truncated": False,
    },
    "bedrock_agent_function": {**_BEDROCK, "function": "place", "parameters": []},
    "bedrock_agent_api": {**_BEDROCK, "apiPath": "/orders", "httpMethod": "GET", "parameters": []},
    "lex_v2": {
        "messageVersion": "1.0", "invocationSource": "FulfillmentCodeHook", "inputMode": "Text", "sessionId": "1",
        "bot": {"id": "BOT1234567", "name": "orders", "aliasId": "TSTALIASID", "localeId": "en_US", "version": "DRAFT"},
        "interpretations": [], "sessionState": {"intent": {"name": "Order", "slots": {}, "state": "ReadyForFulfillment"}},
    },
    "lex_v1": {
        "messageVersion": "1.0", "invocationSource": "DialogCodeHook", "userId": "alice", "sessionAttributes": {},
        "bot": {"name": "orders", "alias": "$LATEST", "version": "$LATEST"},
        "currentIntent": {"name": "Order", "slots": {}, "confirmationStatus": "None"},
    },
    "alexa_skill": {**_ALEXA, "request": {"type": "LaunchRequest", "requestId": "1", "timestamp": _TIME, "locale": "en-US"}},
    "alexa_smarthome": {
        "directive": {"header": {"namespace": "Alexa.Discovery", "name": "Discover", "payloadVersion": "3", "messageId": "1"},
                      "payload": {"scope": {"type": "BearerToken", "token": "token"}}},
    },
    "connect": {
        "Name": "ContactFlowEvent",
        "Details": {"ContactData": {"Attributes": {}, "Channel": "VOICE", "ContactId": "1"}, "Parameters": {}},
    },
    "connect_outbound_campaigns": {
        "InvocationMetadata": {"CampaignContext": {"CampaignId": "1"}, "Request": {"ExecutionMetadata": {}}},
        "Items": {"CustomerProfiles": [{"ProfileId": "1"}]},
    },
    "iot_authorizer": {
        "token": "token", "signatureVerified": False, "protocols": ["tls", "mqtt"],
        "protocolData": {"tls": {"serverName": "example.com"}, "mqtt": {"username": "alice", "clientId": "1"}},
        "connectionMetadata": {"id": "1"},
    },
    "iot_preprovision": {
        "claimCertificateId": "certificate", "certificateId": "certificate", "certificatePem": "-----BEGIN CERTIFICATE-----",
        "templateArn": _arn("iot", "provisioningtemplate/orders"), "clientId": "1", "parameters": {"SerialNumber": "1"},
    },
    "iot_button": {"serialNumber": "G030JF055364XVRB", "clickType": "SINGLE", "batteryVoltage": "2000mV"},
    "http_like_no_context": {"httpMethod": "GET", "path": "/pets", "headers": {}, "queryStringParameters": None, "body": None},
}  # fmt: skip
