"""Where an operation needs other actions than that of its name, or its names become resources in a way of their own.

Sources: the Service Authorization Reference's page of each service
(https://docs.aws.amazon.com/service-authorization/latest/reference/), and the pages named beside the rows.
"""

from __future__ import annotations

from lambda_guard.analysis.iam.mapping import s3
from lambda_guard.analysis.iam.mapping.call import Rule

# (service, kind of name) -> resource type of the reference, `*` for any -> the place that makes its ARN.
PLACES: dict[tuple[str, str], dict[str, str]] = {
    ("sqs", "queue"): {"*": "queue"},
    ("sns", "topic"): {"*": "topic"},
    ("sns", "target"): {"*": "topic"},
    ("secretsmanager", "secret"): {"*": "secret"},
    ("ssm", "parameter"): {"parameter": "parameter", "document": "document"},
    ("ssm", "path"): {"parameter": "path"},
    ("ssm", "document"): {"document": "document"},
    ("ssm", "instance"): {"instance": "managed", "managed-instance": "managed"},
    ("kms", "key"): {"key": "key"},
    ("kms", "alias"): {"alias": "alias"},
    ("events", "event-bus"): {"event-bus": "bus"},
    ("events", "name"): {
        "event-bus": "bus",
        "rule-on-default-event-bus": "rule",
        "rule-on-custom-event-bus": "rule",
    },
    ("events", "rule"): {"rule-on-default-event-bus": "rule", "rule-on-custom-event-bus": "rule"},
    ("stepfunctions", "state-machine"): {"statemachine": "state_machine"},
    ("stepfunctions", "execution"): {"execution": "execution"},
    ("stepfunctions", "map-run"): {"maprun": "execution"},
    ("logs", "log-group"): {"log-group": "log_group", "log-stream": "log_stream"},
    ("lambda", "function"): {"function": "unqualified_function"},
    ("lambda", "durable-execution"): {"durable execution": "durable"},
    ("bedrock-runtime", "guardrail"): {"*": "guardrail"},
    ("bedrock-agent-runtime", "guardrail"): {"*": "guardrail"},
    ("ecs", "task-definition"): {"task-definition": "task_definition"},
    ("batch", "job-definition"): {"job-definition": "job_definition", "job-definition-revision": "job_definition"},
    ("verifiedpermissions", "policy-store"): {"policy-store": "store"},
    ("cognito-idp", "user-pool"): {"userpool": "user_pool"},
    ("route53", "id"): {"hostedzone": "zone", "change": "zone"},
    ("route53", "hosted-zone"): {"hostedzone": "zone"},
}

_INVOKE = (Rule("lambda:InvokeFunction", "function function"),)
_CONNECTION = (Rule("execute-api:ManageConnections", "connections api", confidence="inferred"),)
_GUARDED = Rule("bedrock:ApplyGuardrail", "guardrail guardrail", when=("guardrail",))
_MODEL = (Rule("bedrock:InvokeModel", "model model"), _GUARDED)
_MODEL_STREAM = (Rule("bedrock:InvokeModelWithResponseStream", "model model"), _GUARDED)
_MAY_READ_MODEL = "AWS's reference lists the call alone, its guide the knowledge base and the model too"
_IDENTITY = "the identity is the address or domain that SES finds for the sender, which is a value"
_SHADOW_OPERATIONS = ("GetThingShadow", "UpdateThingShadow", "DeleteThingShadow")


def _sent(action: str, *more: Rule) -> tuple[Rule, ...]:
    return (
        Rule(action, "ses:identity/*", unless=("identity",), confidence="inferred", note=_IDENTITY),
        Rule(action, "as_named identity", when=("identity",), confidence="inferred"),
        Rule(action, "ses:configuration-set/{configuration-set}", when=("configuration-set",), confidence="inferred"),
        *more,
    )


def _templated(action: str) -> Rule:
    return Rule(action, "ses:template/{template}", when=("template",), confidence="inferred")


def _secret_of(service: str) -> Rule:
    return Rule("secretsmanager:GetSecretValue", "secret secret", when=("secret",))


ROWS: dict[tuple[str, str], tuple[Rule, ...]] = {
    **{("s3", operation): rules for operation, rules in s3.ROWS.items()},
    # A qualifier is part of the resource here. https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    **{("lambda", name): _INVOKE for name in ("Invoke", "InvokeAsync", "InvokeWithResponseStream")},
    ("lambda", "GetLayerVersionByArn"): (Rule("lambda:GetLayerVersion", "as_named layer-arn"),),
    ("lambda", "CheckpointDurableExecution"): (
        Rule("lambda:CheckpointDurableExecution", "durable durable-execution", when=("durable-execution",)),
        Rule("lambda:InvokeFunction", "function function", when=("function",), confidence="inferred"),
    ),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    **{
        ("apigatewaymanagementapi", name): _CONNECTION
        for name in ("PostToConnection", "GetConnection", "DeleteConnection")
    },
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
    ("kms", "ReEncrypt"): (
        Rule("kms:ReEncryptFrom", "key source-key", confidence="documented"),
        Rule("kms:ReEncryptTo", "key destination-key"),
    ),
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
    ("secretsmanager", "BatchGetSecretValue"): (
        Rule("secretsmanager:BatchGetSecretValue"),
        Rule("secretsmanager:GetSecretValue", "secret secret", when=("secret",)),
        Rule("secretsmanager:GetSecretValue", "secretsmanager:secret:*", unless=("secret",), confidence="inferred"),
        Rule("secretsmanager:ListSecrets", when=("Filters",), confidence="inferred"),
    ),
    ("sns", "Publish"): (
        Rule("sns:Publish", "topic topic", when=("topic",)),
        Rule("sns:Publish", "topic target", when=("target",)),
        Rule(
            "sns:Publish",
            when=("PhoneNumber",),
            confidence="reported",
            note="a text message has no ARN: denials name the phone number",
        ),
    ),
    # https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
    **{("bedrock-runtime", name): _MODEL for name in ("Converse", "InvokeModel")},
    **{
        ("bedrock-runtime", name): _MODEL_STREAM
        for name in ("ConverseStream", "InvokeModelWithResponseStream", "InvokeModelWithBidirectionalStream")
    },
    ("bedrock-runtime", "CountTokens"): (Rule("bedrock:CountTokens", "model model"),),
    ("bedrock-runtime", "StartAsyncInvoke"): (
        *_MODEL,
        Rule("bedrock:InvokeModel", "bedrock:async-invoke/*", confidence="inferred"),
    ),
    ("bedrock-runtime", "ApplyGuardrail"): (Rule("bedrock:ApplyGuardrail", "guardrail guardrail"),),
    **{
        ("bedrock-agent-runtime", name): (
            Rule(f"bedrock:{action}", confidence="conflict", note=_MAY_READ_MODEL),
            Rule("bedrock:Retrieve", "bedrock:knowledge-base/{knowledge-base}", when=("knowledge-base",)),
            Rule(f"bedrock:InvokeModel{stream}", "model model", when=("model",)),
            _GUARDED,
        )
        for name, action, stream in (
            ("RetrieveAndGenerate", "RetrieveAndGenerate", ""),
            ("RetrieveAndGenerateStream", "RetrieveAndGenerate", "WithResponseStream"),
        )
    },
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.access.html
    **{
        ("rds-data", name): (Rule(f"rds-data:{name}", "as_named cluster"), _secret_of("rds-data"))
        for name in (
            *("ExecuteStatement", "BatchExecuteStatement", "ExecuteSql"),
            *("BeginTransaction", "CommitTransaction", "RollbackTransaction"),
        )
    },
    # The ARN has the workgroup's id, and the request its name.
    **{
        ("redshift-data", name): (
            Rule(f"redshift-data:{name}", "redshift:cluster:{cluster}", when=("cluster",)),
            Rule(
                f"redshift-data:{name}",
                "redshift-serverless:workgroup/*",
                when=("workgroup",),
                confidence="inferred",
                unresolved="the id of the workgroup, which its ARN has instead of its name",
            ),
            _secret_of("redshift-data"),
        )
        for name in (
            *("ExecuteStatement", "BatchExecuteStatement", "ListDatabases", "ListSchemas", "ListTables"),
            "DescribeTable",
        )
    },
    # https://docs.aws.amazon.com/iot/latest/developerguide/iot-action-resources.html
    **{
        ("iot-data", name): (
            Rule(f"iot:{name}", "iot:thing/{thing}", unless=("shadow",)),
            Rule(f"iot:{name}", "iot:thing/{thing}/{shadow}", when=("shadow",)),
        )
        for name in _SHADOW_OPERATIONS
    },
    ("iot-data", "ListNamedShadowsForThing"): (
        Rule(
            "iot:ListNamedShadowsForThing",
            confidence="conflict",
            note="AWS's guide has no resource for it, its reference the thing: * covers both",
        ),
    ),
    # https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
    ("ses", "SendEmail"): _sent("ses:SendEmail"),
    ("ses", "SendRawEmail"): _sent("ses:SendRawEmail"),
    ("ses", "SendTemplatedEmail"): _sent("ses:SendTemplatedEmail", _templated("ses:SendTemplatedEmail")),
    ("ses", "SendBulkTemplatedEmail"): _sent("ses:SendBulkTemplatedEmail", _templated("ses:SendBulkTemplatedEmail")),
    ("sesv2", "SendEmail"): _sent("ses:SendEmail", _templated("ses:SendEmail")),
    ("sesv2", "SendBulkEmail"): _sent("ses:SendBulkEmail", _templated("ses:SendBulkEmail")),
    ("ec2", "CreateTags"): (Rule("ec2:CreateTags", "ec2 resource"),),
    ("ec2", "DeleteTags"): (Rule("ec2:DeleteTags", "ec2 resource"),),
    ("mediaconvert", "CreateJob"): (
        Rule("mediaconvert:CreateJob", "mediaconvert:queues/Default", unless=("queue",), confidence="inferred"),
        Rule("mediaconvert:CreateJob", "mediaconvert:{queue}", when=("queue",), confidence="inferred"),
        Rule("mediaconvert:CreateJob", "mediaconvert:{job-template}", when=("job-template",), confidence="inferred"),
    ),
    ("pinpoint", "SendMessages"): (
        Rule("mobiletargeting:SendMessages", "mobiletargeting:apps/{application}/messages"),
    ),
    ("timestream-query", "Query"): (
        Rule(
            "timestream:Select",
            "timestream:database/*/table/*",
            confidence="inferred",
            unresolved="the tables of the statement",
        ),
    ),
    # A batch is authorised as its items: the reference's table of operations.
    ("verifiedpermissions", "BatchIsAuthorized"): (Rule("verifiedpermissions:IsAuthorized", "store policy-store"),),
    ("verifiedpermissions", "BatchIsAuthorizedWithToken"): (
        Rule("verifiedpermissions:IsAuthorizedWithToken", "store policy-store"),
    ),
    ("budgets", "DescribeBudget"): (Rule("budgets:ViewBudget", "budgets::budget/{budget}"),),
    ("budgets", "DescribeBudgets"): (Rule("budgets:ViewBudget", "budgets::budget/*"),),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    ("cloudformation", "DescribeStacks"): (
        Rule("cloudformation:DescribeStacks", unless=("stack",)),
        Rule("cloudformation:ListStacks", unless=("stack",)),
        Rule("cloudformation:DescribeStacks", "cloudformation:stack/{stack}/*", when=("stack",)),
    ),
    # The version of a configuration is not part of its ARN.
    ("appconfigdata", "StartConfigurationSession"): (
        Rule(
            "appconfig:StartConfigurationSession",
            "appconfig:application/{application}/environment/{environment}/configuration/{configuration-profile}",
        ),
    ),
    ("appconfigdata", "GetLatestConfiguration"): (
        Rule(
            "appconfig:GetLatestConfiguration",
            "appconfig:application/*/environment/*/configuration/*",
            confidence="inferred",
            unresolved="the configuration of the token",
        ),
    ),
    ("batch", "SubmitJob"): (
        Rule("batch:SubmitJob", "batch:job-queue/{job-queue}", confidence="inferred"),
        Rule("batch:SubmitJob", "job_definition job-definition", confidence="inferred"),
        Rule("batch:TagResource", "batch:job/*", when=("tags",), confidence="inferred"),
    ),
    # Tokens are signed without a call, so no record shows them.
    ("rds", "generate_db_auth_token"): (
        Rule("rds-db:connect", "rds-db:dbuser:*/{db-user}", unresolved="the DbiResourceId of the database"),
    ),
    ("dsql", "generate_db_connect_auth_token"): (
        Rule("dsql:DbConnect", "dsql:cluster/*", confidence="inferred", unresolved="the cluster of the host name"),
    ),
    ("dsql", "generate_db_connect_admin_auth_token"): (
        Rule("dsql:DbConnectAdmin", "dsql:cluster/*", confidence="inferred", unresolved="the cluster of the host name"),
    ),
    ("sesv2", "GetSuppressedDestination"): (Rule("ses:GetSuppressedDestination"),),
    ("translate", "TranslateText"): (
        Rule("translate:TranslateText", unless=("terminology", "parallel-data"), confidence="documented"),
        *(
            Rule("translate:TranslateText", f"translate:{kind}/{{{kind}}}", when=(kind,), confidence="inferred")
            for kind in ("terminology", "parallel-data")
        ),
    ),
    # Subscriptions have no resource type of their own.
    ("sns", "Unsubscribe"): (Rule("sns:Unsubscribe", "topic topic", confidence="inferred"),),
}

_SAME = "same"  # on the resources of the operation's own action
_DECRYPTED = "kms:Decrypt on the keys of SecureString parameters, where they are customer managed"

# What an operation needs besides the action of its name.
MORE: dict[tuple[str, str], tuple[Rule, ...]] = {
    ("sqs", "CreateQueue"): (Rule("sqs:TagQueue", _SAME, when=("tags",)),),
    ("sns", "CreateTopic"): (Rule("sns:TagResource", _SAME, when=("Tags",)),),
    ("secretsmanager", "CreateSecret"): (
        Rule("secretsmanager:TagResource", _SAME, when=("Tags",), confidence="inferred"),
        Rule("secretsmanager:ReplicateSecretToRegions", _SAME, when=("AddReplicaRegions",), confidence="inferred"),
    ),
    **{
        ("ssm", name): (Rule("", _SAME, when=("WithDecryption",), unresolved=_DECRYPTED),)
        for name in ("GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory")
    },
    ("athena", "StartQueryExecution"): (
        Rule(
            "",
            _SAME,
            unresolved="glue:GetDatabase, glue:GetTable and glue:GetPartitions on the tables of the statement, "
            "s3:GetObject and s3:ListBucket on their data",
        ),
    ),
    ("ssm", "PutParameter"): (Rule("ssm:AddTagsToResource", _SAME, when=("Tags",)),),
    ("kms", "CreateKey"): (Rule("kms:TagResource", when=("Tags",)),),
    ("events", "PutRule"): (Rule("events:TagResource", _SAME, when=("Tags",)),),
    ("events", "CreateEventBus"): (Rule("events:TagResource", _SAME, when=("Tags",)),),
    ("kinesis", "CreateStream"): (Rule("kinesis:TagResource", _SAME, when=("Tags",), confidence="inferred"),),
    ("firehose", "CreateDeliveryStream"): (Rule("firehose:TagDeliveryStream", _SAME, when=("Tags",)),),
    ("lambda", "CreateFunction"): (Rule("lambda:TagResource", _SAME, when=("Tags",)),),
    ("stepfunctions", "CreateStateMachine"): (Rule("states:TagResource", _SAME, when=("tags",)),),
    ("logs", "CreateLogGroup"): (Rule("logs:TagResource", _SAME, when=("tags",)),),
    ("cloudwatch", "PutMetricAlarm"): (Rule("cloudwatch:TagResource", _SAME, when=("Tags",)),),
    ("scheduler", "CreateScheduleGroup"): (Rule("scheduler:TagResource", _SAME, when=("Tags",)),),
    ("athena", "CreateWorkGroup"): (Rule("athena:TagResource", _SAME, when=("Tags",)),),
    ("ecs", "RunTask"): (Rule("ecs:TagResource", "ecs:task/{cluster}/*", when=("tags",), confidence="inferred"),),
    ("ecs", "StartTask"): (Rule("ecs:TagResource", "ecs:task/{cluster}/*", when=("tags",), confidence="inferred"),),
    ("acm", "RequestCertificate"): (
        Rule("acm:AddTagsToCertificate", "acm:certificate/*", when=("Tags",), confidence="inferred"),
    ),
    ("sts", "AssumeRole"): (
        Rule("sts:SetSourceIdentity", _SAME, when=("SourceIdentity",)),
        Rule("sts:TagSession", _SAME, when=("Tags",)),
    ),
    ("ec2", "CreateSnapshot"): (Rule("ec2:CreateTags", "ec2-aws:snapshot/*", when=("TagSpecifications",)),),
    ("ec2", "CreateImage"): (Rule("ec2:CreateTags", "ec2-aws:image/*", when=("TagSpecifications",)),),
    ("ec2", "CreateVolume"): (Rule("ec2:CreateTags", "ec2:volume/*", when=("TagSpecifications",)),),
    ("ec2", "RunInstances"): (
        Rule("ec2:CreateTags", "ec2:instance/*", when=("TagSpecifications",), confidence="inferred"),
        Rule("ec2:CreateTags", "ec2:volume/*", when=("TagSpecifications",), confidence="inferred"),
    ),
    ("ec2", "CreateSecurityGroup"): (Rule("ec2:CreateTags", "ec2:security-group/*", when=("TagSpecifications",)),),
    ("ec2", "CreateNetworkInterface"): (
        Rule("ec2:CreateTags", "ec2:network-interface/*", when=("TagSpecifications",)),
    ),
}

# What a service does in the caller's name: (action, where) by the kind of name; named, never granted.
COMPANIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "athena": {"bucket": ("s3:GetBucketLocation @", "s3:GetObject @/*", "s3:PutObject @/*")},
    "bedrock-runtime": {"bucket": ("s3:PutObject @/*",)},
    "redshift-data": {"workgroup": ("redshift-serverless:GetCredentials workgroup",)},
    "textract": {"bucket": ("s3:GetObject @/*",), "output-bucket": ("s3:PutObject @/*",)},
    "rekognition": {"bucket": ("s3:GetObject @/*",), "target-bucket": ("s3:GetObject @/*",)},
    "transcribe": {"bucket": ("s3:GetObject @/*",), "output-bucket": ("s3:PutObject @/*",)},
    "translate": {"bucket": ("s3:GetObject @/*",), "output-bucket": ("s3:PutObject @/*",)},
}
