# ruff: noqa: E501 - data
"""Small templates, bad and good, for the rules about templates: SAM, CloudFormation, Serverless Framework, plans."""

from __future__ import annotations

import json
from typing import Any

Case = dict[str, str]
_F = "F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.12, Code: {ZipFile: x}}}"


def cfn(*resources: str, head: str = "") -> Case:
    """Make a CloudFormation template of resources in YAML's flow style."""
    body = "".join(f"  {resource}\n" for resource in resources)
    return {"template.yaml": f'AWSTemplateFormatVersion: "2010-09-09"\n{head}Resources:\n{body}'}


def sam(properties: str, *resources: str, head: str = "", **files: str) -> Case:
    """Make a SAM template with one function."""
    function = f"F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: ., Handler: app.handler, Runtime: python3.12, {properties}}}}}"
    return {**cfn(function, *resources, head=f"Transform: AWS::Serverless-2016-10-31\n{head}"), **files}


def as_json(resources: dict[str, Any]) -> Case:
    """Make a CloudFormation template in JSON, as CDK writes it."""
    return {"cdk.out/shop.template.json": json.dumps({"Resources": resources}, indent=1)}


def sls(functions: str, provider: str = "", more: str = "") -> Case:
    """Make a Serverless Framework file."""
    return {"serverless.yml": f"service: shop\nprovider:\n  name: aws\n  runtime: python3.12\n{provider}functions:\n{functions}{more}"}


def plan(*resources: tuple[str, str, dict[str, Any]], references: dict[str, dict[str, list[str]]] | None = None) -> Case:
    """Make a Terraform plan. references: address -> attribute -> what it refers to."""
    planned = [{"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": values} for kind, name, values in resources]
    written = [
        {"address": f"{kind}.{name}", "type": kind, "expressions": {key: {"references": refs} for key, refs in (references or {}).get(f"{kind}.{name}", {}).items()}}
        for kind, name, _ in resources
    ]
    body = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"resources": planned}}, "configuration": {"root_module": {"resources": written}}}
    return {"plan.json": json.dumps(body)}


def method(properties: str) -> Case:
    """Make a REST API's method."""
    return cfn(_F, f"M: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: r, ResourceId: x, {properties}}}}}")


def route(properties: str, api: str = "HTTP") -> Case:
    """Make a route of an API of version 2."""
    made = f"A: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: a, ProtocolType: {api}}}}}"
    return cfn(_F, made, f"R: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref A, {properties}}}}}")


def rest_body(security: str, schemes: str = "") -> Case:
    """Make a REST API of an OpenAPI body."""
    operation = f"{{{security}x-amazon-apigateway-integration: {{type: aws_proxy, uri: u}}}}"
    return cfn(_F, f"A: {{Type: AWS::ApiGateway::RestApi, Properties: {{Body: {{openapi: 3.0.1, {schemes}paths: {{/x: {{get: {operation}}}}}}}}}}}")


def listener(actions: str, more: str = "") -> Case:
    """Make a load balancer's rule in front of a function."""
    group = "T: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {TargetType: lambda, Targets: [{Id: !GetAtt F.Arn}]}}"
    return cfn(_F, group, f"L: {{Type: AWS::ElasticLoadBalancingV2::ListenerRule, Properties: {{{more}Actions: [{actions}]}}}}")


_FORWARD = "{Type: forward, TargetGroupArn: !Ref T}"
_KEY = "components: {securitySchemes: {k: {type: apiKey, name: x-api-key, in: header}}}, "
_JWT = "components: {securitySchemes: {j: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt}}}}, "
_CUSTOM = "components: {securitySchemes: {c: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token}}}}, "
_HTTP = "Events: {A: {Type: HttpApi, Properties: {Path: /x, Method: GET%s}}}"
_API = "Events: {A: {Type: Api, Properties: {Path: /x, Method: get%s}}}"
_ASSUME = "AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}"
_STATES = _ASSUME.replace("lambda.amazonaws", "states.amazonaws")


def statement(actions: str, resources: str = "'arn:aws:dynamodb:eu-west-1:123456789012:table/t'", more: str = "") -> str:
    """Write a statement of a policy."""
    return f"{{Effect: Allow, Action: {actions}, Resource: {resources}{more}}}"


def role(text: str, assume: str = _ASSUME) -> Case:
    """Make a role with a policy of its own."""
    return cfn(f"R: {{Type: AWS::IAM::Role, Properties: {{{assume}, Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{text}]}}}}]}}}}")


def sam_policy(text: str) -> Case:
    """Make a function with a statement among its policies."""
    return sam(f"Policies: [{{Statement: [{text}]}}]")


def permission(properties: str) -> Case:
    """Make a permission on a function."""
    return cfn(_F, f"P: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !Ref F, Action: lambda:InvokeFunction, {properties}}}}}")


def url(properties: str, *more: str) -> Case:
    """Make a function URL."""
    return cfn(_F, f"U: {{Type: AWS::Lambda::Url, Properties: {{TargetFunctionArn: !Ref F, {properties}}}}}", *more)


def policy_on(kind: str, name: str, text: str) -> Case:
    """Make a resource policy."""
    return cfn(f"P: {{Type: {kind}, Properties: {{{name}: {{Statement: [{text}]}}}}}}")


def crud(template: str, code: str) -> Case:
    """Make a SAM function with a policy template and its code."""
    return sam(f"Policies: [{{{template}: {{TableName: t, BucketName: b}}}}]") | {"app.py": f"import boto3\nt = boto3.resource('dynamodb').Table('t')\ns = boto3.client('s3')\ndef handler(event, context):\n    return work()\ndef work():\n    {code}\n"}


def tf_role(actions: str, resource: str = "arn:aws:dynamodb:eu-west-1:1:table/t", principal: str = "lambda.amazonaws.com") -> Case:
    """Make a plan with a role and its policy."""
    assume = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}]})
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]})
    return plan(
        ("aws_iam_role", "r", {"assume_role_policy": assume}), ("aws_iam_role_policy", "p", {"policy": document}),
        references={"aws_iam_role_policy.p": {"role": ["aws_iam_role.r.id", "aws_iam_role.r"]}},
    )


def wired(variables: str, *more: str) -> Case:
    """Make a function with variables, and another."""
    return cfn(f"F: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, Environment: {{Variables: {{{variables}}}}}}}}}", "G: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, FunctionName: stock}}", *more)


def network(*more: str, vpc: str = "VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g]}", variables: str = "A: b") -> Case:
    """Make a function in a VPC, and what else is in the template."""
    return cfn(f"F: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, {vpc}, Environment: {{Variables: {{{variables}}}}}}}}}", *more)


_ARN = "'arn:aws:lambda:eu-west-1:123456789012:function:stock'"
_OAC = "O: {Type: AWS::CloudFront::OriginAccessControl, Properties: {OriginAccessControlConfig: {Name: o, OriginAccessControlOriginType: lambda, SigningBehavior: always, SigningProtocol: sigv4}}}"
_CF = "P: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: lambda:InvokeFunctionUrl, Principal: cloudfront.amazonaws.com, SourceArn: 'arn:aws:cloudfront::123456789012:distribution/E1'}}"
_DB = "D: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}"

BAD: dict[str, list[Case]] = {
    "LG101": [
        sam(_HTTP % ""), sam(_API % ""), sam(_HTTP % ", Auth: {Authorizer: NONE}"), sam(_API % ", Auth: {Authorizer: NONE}", head="Globals: {Api: {Auth: {DefaultAuthorizer: AWS_IAM}}}\n"),
        sam(_API % ", RestApiId: !Ref A", "A: {Type: AWS::Serverless::Api, Properties: {StageName: s}}"), sam("Events: {A: {Type: HttpApi}}"),
        method("HttpMethod: GET, AuthorizationType: NONE"), method("HttpMethod: ANY"), method("HttpMethod: POST, AuthorizationType: !If [C, NONE, AWS_IAM]"),
        route("RouteKey: GET /x"), route("RouteKey: $default, AuthorizationType: NONE"), route("RouteKey: $connect", "WEBSOCKET"),
        cfn(_F, "A: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP, RouteKey: GET /x, Target: !GetAtt F.Arn}}"),
        rest_body(""), rest_body("security: [], ", _JWT), listener(_FORWARD), listener("{Type: forward, ForwardConfig: {TargetGroups: [{TargetGroupArn: !Ref T}]}}"),
        as_json({"M": {"Type": "AWS::ApiGateway::Method", "Properties": {"HttpMethod": "GET", "AuthorizationType": "NONE"}}}),
        sls("  f:\n    handler: a.b\n    events:\n      - http: GET /x\n"), sls("  f:\n    handler: a.b\n    events:\n      - httpApi:\n          method: GET\n          path: /x\n"),
        sls("  f:\n    handler: a.b\n    events:\n      - websocket: $connect\n"), sls("  f:\n    handler: a.b\n    events:\n      - alb:\n          listenerArn: l\n          conditions:\n            path: /x\n"),
        plan(("aws_api_gateway_method", "m", {"http_method": "GET", "authorization": "NONE"})), plan(("aws_apigatewayv2_route", "r", {"route_key": "GET /x", "authorization_type": "NONE"})),
        plan(("aws_apigatewayv2_route", "r", {"route_key": "POST /x"})),
    ],
    "LG102": [
        sam(_API % ", Auth: {ApiKeyRequired: true}"), sam(_API % "", head="Globals: {Api: {Auth: {ApiKeyRequired: true}}}\n"),
        sam(_API % ", Auth: {Authorizer: NONE, ApiKeyRequired: true}"), sam(_API % ", RestApiId: !Ref A", "A: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {ApiKeyRequired: true}}}"),
        method("HttpMethod: GET, AuthorizationType: NONE, ApiKeyRequired: true"), method("HttpMethod: ANY, ApiKeyRequired: true"), method("HttpMethod: POST, ApiKeyRequired: 'true'"),
        rest_body("security: [{k: []}], ", _KEY), rest_body("", f"security: [{{k: []}}], {_KEY}"), route("RouteKey: $connect, ApiKeyRequired: true", "WEBSOCKET"),
        sls("  f:\n    handler: a.b\n    events:\n      - http:\n          path: /x\n          method: get\n          private: true\n"),
        plan(("aws_api_gateway_method", "m", {"http_method": "GET", "authorization": "NONE", "api_key_required": True})),
        cfn("G: {Type: AWS::AppSync::GraphQLApi, Properties: {Name: g, AuthenticationType: API_KEY}}"),
    ],
    "LG103": [
        url("AuthType: NONE"), url("AuthType: NONE", _OAC), url("AuthType: NONE", _CF), url("AuthType: !If [C, NONE, AWS_IAM]"), url("InvokeMode: BUFFERED"),
        url("AuthType: NONE", _OAC, _CF, "Q: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: lambda:InvokeFunctionUrl, Principal: '*', FunctionUrlAuthType: NONE}}"),
        url("AuthType: NONE", _OAC.replace("lambda", "s3"), _CF), sam("FunctionUrlConfig: {AuthType: NONE}"), sam("FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}"),
        sam("Timeout: 3", head="Globals: {Function: {FunctionUrlConfig: {AuthType: NONE}}}\n"), sls("  f:\n    handler: a.b\n    url: true\n"), sls("  f:\n    handler: a.b\n    url:\n      cors: true\n"),
        plan(("aws_lambda_function_url", "u", {"authorization_type": "NONE"})), as_json({"U": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "TargetFunctionArn": "f"}}}),
    ],
    "LG104": [
        permission("Principal: '*'"), permission("Principal: apigateway.amazonaws.com"), permission("Principal: events.amazonaws.com"), permission("Principal: s3.amazonaws.com"),
        permission("Principal: sns.amazonaws.com"), permission("Principal: '*', SourceArn: 'arn:aws:sns:eu-west-1:123456789012:t'"), permission("Principal: '*', FunctionUrlAuthType: NONE"),
        permission("Principal: apigateway.amazonaws.com, SourceArn: '*'"), permission("Principal: elasticloadbalancing.amazonaws.com"), permission("Principal: !Sub 'iot.amazonaws.com'"),
        permission("Principal: logs.amazonaws.com, SourceArn: !Ref AWS::NoValue"), plan(("aws_lambda_permission", "p", {"principal": "apigateway.amazonaws.com"})),
        plan(("aws_lambda_permission", "p", {"principal": "*"})), as_json({"P": {"Type": "AWS::Lambda::Permission", "Properties": {"Principal": "config.amazonaws.com", "FunctionName": "f"}}}),
    ],
    "LG105": [
        policy_on("AWS::ApiGateway::RestApi", "Policy", "{Effect: Allow, Principal: '*', Action: execute-api:Invoke, Resource: '*'}"),
        policy_on("AWS::ApiGateway::RestApi", "Policy", "{Effect: Allow, Principal: {AWS: '*'}, Action: execute-api:Invoke, Resource: '*'}"),
        policy_on("AWS::ApiGateway::RestApi", "Policy", "{Effect: Allow, Principal: {AWS: ['*']}, Action: execute-api:Invoke, Resource: '*'}"),
        policy_on("AWS::SQS::QueuePolicy", "PolicyDocument", "{Effect: Allow, Principal: '*', Action: sqs:SendMessage, Resource: '*'}"),
        policy_on("AWS::SQS::QueuePolicy", "PolicyDocument", "{Effect: Allow, Principal: {AWS: '*'}, Action: 'sqs:*', Resource: '*'}"),
        policy_on("AWS::SNS::TopicPolicy", "PolicyDocument", "{Effect: Allow, Principal: '*', Action: sns:Publish, Resource: '*'}"),
        policy_on("AWS::SNS::TopicPolicy", "PolicyDocument", "{Effect: Allow, Principal: {Service: '*'}, Action: sns:Publish, Resource: '*'}"),
        cfn("P: {Type: AWS::Events::EventBusPolicy, Properties: {StatementId: s, Statement: {Effect: Allow, Principal: '*', Action: events:PutEvents, Resource: '*'}}}"),
        sam(_API % ", RestApiId: !Ref A", "A: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {DefaultAuthorizer: AWS_IAM, ResourcePolicy: {CustomStatements: [{Effect: Allow, Principal: '*', Action: execute-api:Invoke, Resource: '*'}]}}}}"),
        policy_on("AWS::VpcLattice::AuthPolicy", "Policy", "{Effect: Allow, Principal: '*', Action: 'vpc-lattice-svcs:Invoke', Resource: '*'}"),
        plan(("aws_api_gateway_rest_api", "a", {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]})})),
        plan(("aws_sqs_queue_policy", "q", {"policy": json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:SendMessage", "Resource": "*"}})})),
        policy_on("AWS::SQS::QueuePolicy", "PolicyDocument", "{Effect: Allow, Principal: '*', Action: sqs:SendMessage, Resource: '*', Condition: {}}"),
    ],
    "LG203": [
        role(statement("lambda:InvokeFunction", "'*'")), role(statement("[lambda:InvokeFunction]", _ARN)), role(statement("'lambda:*'", _ARN)), role(statement("'lambda:Invoke*'", _ARN)),
        role(statement("lambda:InvokeAsync", _ARN)), role(statement("lambda:InvokeFunctionUrl", _ARN)), sam_policy(statement("lambda:InvokeFunction", "'*'")), sam("Policies: [{LambdaInvokePolicy: {FunctionName: stock}}]"),
        sam("Policies: [AWSLambda_FullAccess]"), sam("Policies: arn:aws:iam::aws:policy/service-role/AWSLambdaRole"),
        cfn(f"R: {{Type: AWS::IAM::Role, Properties: {{{_ASSUME}}}}}", f"P: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: p, Roles: [!Ref R], PolicyDocument: {{Statement: [{statement('lambda:InvokeFunction', _ARN)}]}}}}}}"),
        cfn(f"R: {{Type: AWS::IAM::Role, Properties: {{{_ASSUME}, ManagedPolicyArns: [!Ref P]}}}}", f"P: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {{Statement: [{statement('lambda:InvokeFunction', _ARN)}]}}}}}}"),
        sls("  f:\n    handler: a.b\n", "  iam:\n    role:\n      statements:\n        - Effect: Allow\n          Action: lambda:InvokeFunction\n          Resource: '*'\n"),
        sls("  f:\n    handler: a.b\n", "  iamRoleStatements:\n    - Effect: Allow\n      Action:\n        - lambda:InvokeFunction\n      Resource: '*'\n"), tf_role("lambda:InvokeFunction", "*"),
    ],
    "LG204": [
        wired("A: !Ref G"), wired("A: !GetAtt G.Arn"), wired("A: !Sub '${G}'"), wired("A: !Sub 'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${G}'"), wired("A: stock"), wired(f"A: {_ARN}"),
        wired("A: !Ref L", "L: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref G, FunctionVersion: '1', Name: live}}"), wired("A: !GetAtt U.FunctionUrl", "U: {Type: AWS::Lambda::Url, Properties: {AuthType: AWS_IAM, TargetFunctionArn: !Ref G}}"),
        wired("A: !Join ['', [!Ref G, ':live']]"), wired("A: !If [C, !Ref G, x]"), wired("A: https://abc.lambda-url.eu-west-1.on.aws/"),
        sam("Environment: {Variables: {A: !Ref G}}", "G: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}"),
        sls("  f:\n    handler: a.b\n    environment:\n      A: !Ref GLambdaFunction\n  g:\n    handler: a.b\n"), sls("  f:\n    handler: a.b\n    environment:\n      A: ${self:functions.g.name}\n  g:\n    handler: a.b\n"),
        plan(("aws_lambda_function", "f", {"handler": "a.b", "environment": [{"variables": {"A": "stock"}}]}), ("aws_lambda_function", "g", {"handler": "a.b", "function_name": "stock"})),
    ],
    "LG303": [
        role(statement("'dynamodb:*'")), role(statement("'*'", "'*'")), role(statement("dynamodb:GetItem", "'*'")), role(statement("[s3:GetObject]", "'*'")), role(statement("'s3:*'", "'arn:aws:s3:::b/*'")),
        role(statement("'sqs:*'", "'arn:aws:sqs:eu-west-1:123456789012:q'")), role(statement("dynamodb:PutItem", "'arn:aws:dynamodb:*:*:table/*'")), role(statement("s3:PutObject", "'arn:aws:s3:::*'")),
        role(statement("secretsmanager:GetSecretValue", "'*'")), role(statement("'dynamodb:Get*'")), sam_policy(statement("'dynamodb:*'")), sam_policy(statement("sns:Publish", "'*'")),
        role(statement("dynamodb:Query", "!Sub 'arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*'")), sls("  f:\n    handler: a.b\n", "  iam:\n    role:\n      statements:\n        - Effect: Allow\n          Action: dynamodb:*\n          Resource: '*'\n"),
        tf_role("dynamodb:*"), tf_role("dynamodb:GetItem", "*"),
    ],
    "LG304": [
        *(sam(f"Policies: [{name}]") for name in ("AmazonDynamoDBFullAccess", "AmazonS3FullAccess", "AmazonSQSFullAccess", "AmazonSNSFullAccess", "AmazonDynamoDBReadOnlyAccess", "SecretsManagerReadWrite", "AmazonDynamoDBFullAccess_v2")),
        sam("Policies: arn:aws:iam::aws:policy/AmazonKinesisFullAccess"), sam("Policies: !Sub 'arn:${AWS::Partition}:iam::aws:policy/AmazonRDSDataFullAccess'"),
        cfn(f"R: {{Type: AWS::IAM::Role, Properties: {{{_ASSUME}, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']}}}}"),
        cfn(f"R: {{Type: AWS::IAM::Role, Properties: {{{_ASSUME}, ManagedPolicyArns: [!Join ['', ['arn:', !Ref AWS::Partition, ':iam::aws:policy/PowerUserAccess']]]}}}}"),
        sls("  f:\n    handler: a.b\n", "  iam:\n    role:\n      managedPolicies:\n        - arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess\n"),
        plan(("aws_iam_role", "r", {"assume_role_policy": json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}}]})}), ("aws_iam_role_policy_attachment", "a", {"policy_arn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}), references={"aws_iam_role_policy_attachment.a": {"role": ["aws_iam_role.r.name", "aws_iam_role.r"]}}),
    ],
    "LG305": [
        *(crud("DynamoDBCrudPolicy", code) for code in ("t.get_item(Key={})", "t.query()", "t.scan()", "t.put_item(Item={})", "t.update_item(Key={})", "t.delete_item(Key={})", "t.get_item(Key={}); t.query()", "t.meta.client.batch_get_item()")),
        *(crud("S3CrudPolicy", code) for code in ("s.get_object(Bucket='b', Key='k')", "s.put_object(Bucket='b', Key='k')", "s.list_objects_v2(Bucket='b')", "s.head_object(Bucket='b', Key='k')")),
        crud("DynamoDBReconfigurePolicy", "t.get_item(Key={})"), crud("S3FullAccessPolicy", "s.get_object(Bucket='b', Key='k')"),
    ],
    "LG306": [
        network(_DB), network("D: {Type: AWS::RDS::DBCluster, Properties: {Engine: aurora-mysql}}"), network("D: {Type: AWS::DocDB::DBCluster, Properties: {}}"), network("D: {Type: AWS::Redshift::Cluster, Properties: {}}"),
        network("D: {Type: AWS::Neptune::DBCluster, Properties: {}}"), network("D: {Type: AWS::RDS::DBCluster, Properties: {EnableHttpEndpoint: false}}"), network(variables="DB_HOST: shop.abc.eu-west-1.rds.amazonaws.com"),
        network(variables="DATABASE_URL: 'postgresql://u@shop.cluster-abc.eu-west-1.rds.amazonaws.com:5432/d'"), sam("VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g]}", _DB), sam("Timeout: 3", _DB, head="Globals: {Function: {VpcConfig: {SubnetIds: [s]}}}\n"),
        network(_DB, vpc="VpcConfig: !If [C, {SubnetIds: [s]}, !Ref AWS::NoValue]"), sls("  f:\n    handler: a.b\n    vpc:\n      subnetIds: [s]\n", more="resources:\n  Resources:\n    D:\n      Type: AWS::RDS::DBInstance\n"),
        plan(("aws_lambda_function", "f", {"handler": "a.b", "vpc_config": [{"subnet_ids": ["s"]}]}), ("aws_db_instance", "d", {"engine": "postgres"})),
    ],
}

GOOD: dict[str, list[Case]] = {
    "LG101": [
        sam(_HTTP % ", Auth: {Authorizer: J}"), sam(_HTTP % "", head="Globals: {HttpApi: {Auth: {DefaultAuthorizer: J, Authorizers: {J: {JwtConfiguration: {issuer: i}}}}}}\n"), sam(_API % "", head="Globals: {Api: {Auth: {DefaultAuthorizer: AWS_IAM}}}\n"), sam(_API % ", Auth: {Authorizer: AWS_IAM}"),
        sam(_API % ", RestApiId: !Ref A", "A: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {DefaultAuthorizer: C, Authorizers: {C: {UserPoolArn: u}}}}}"),
        method("HttpMethod: GET, AuthorizationType: AWS_IAM"), method("HttpMethod: GET, AuthorizationType: CUSTOM, AuthorizerId: a"), method("HttpMethod: OPTIONS, AuthorizationType: NONE"), method("HttpMethod: GET, AuthorizationType: NONE, Integration: {Type: MOCK}"),
        route("RouteKey: GET /x, AuthorizationType: JWT, AuthorizerId: a"), route("RouteKey: $disconnect", "WEBSOCKET"), route("RouteKey: sendMessage", "WEBSOCKET"), route("RouteKey: $connect, AuthorizationType: CUSTOM, AuthorizerId: a", "WEBSOCKET"),
        rest_body("security: [{j: []}], ", _JWT), rest_body("security: [{c: []}], ", _CUSTOM), rest_body("", f"security: [{{j: []}}], {_JWT}"), rest_body("x-amazon-apigateway-auth: {type: AWS_IAM}, "),
        listener("{Type: authenticate-oidc, Order: 1}, " + _FORWARD), listener("{Type: authenticate-cognito, Order: 1}, " + _FORWARD), listener("{Type: fixed-response}"),
        sls("  f:\n    handler: a.b\n    events:\n      - http:\n          path: /x\n          method: get\n          authorizer: aws_iam\n"), sls("  f:\n    handler: a.b\n    events:\n      - httpApi:\n          method: GET\n          path: /x\n          authorizer:\n            name: j\n"),
        plan(("aws_apigatewayv2_route", "r", {"route_key": "GET /x", "authorization_type": "JWT"})), sam(_HTTP % "" + ", Environment: {Variables: {LAMBDA_GUARD_PUBLIC_ROUTES: 'GET /x'}}"),
        sam("Events: {A: {Type: SQS, Properties: {Queue: q}}}"),
    ],
    "LG102": [
        sam(_API % ", Auth: {ApiKeyRequired: true, Authorizer: AWS_IAM}"), sam(_API % ", Auth: {ApiKeyRequired: true}", head="Globals: {Api: {Auth: {DefaultAuthorizer: AWS_IAM}}}\n"), method("HttpMethod: GET, AuthorizationType: AWS_IAM, ApiKeyRequired: true"),
        method("HttpMethod: GET, AuthorizationType: CUSTOM, AuthorizerId: a, ApiKeyRequired: true"), method("HttpMethod: OPTIONS, ApiKeyRequired: true"), rest_body("security: [{c: []}], ", _CUSTOM), rest_body("security: [{j: []}], ", _JWT),
        rest_body("security: [{k: [], j: []}], ", _KEY.replace("}}, ", ", j: {type: oauth2}}}, ").replace("header}}", "header}")), route("RouteKey: $connect, AuthorizationType: AWS_IAM, ApiKeyRequired: true", "WEBSOCKET"),
        sls("  f:\n    handler: a.b\n    events:\n      - http:\n          path: /x\n          method: get\n          private: true\n          authorizer: aws_iam\n"), plan(("aws_api_gateway_method", "m", {"http_method": "GET", "authorization": "AWS_IAM", "api_key_required": True})),
        cfn("G: {Type: AWS::AppSync::GraphQLApi, Properties: {Name: g, AuthenticationType: AWS_IAM}}"), cfn("G: {Type: AWS::AppSync::GraphQLApi, Properties: {Name: g, AuthenticationType: API_KEY, AdditionalAuthenticationProviders: [{AuthenticationType: AWS_IAM}]}}"),
    ],
    "LG103": [
        url("AuthType: AWS_IAM"), url("AuthType: NONE", _OAC, _CF), url("AuthType: AWS_IAM", _OAC, _CF), sam("FunctionUrlConfig: {AuthType: AWS_IAM}"), sam("Timeout: 3"), sls("  f:\n    handler: a.b\n    url:\n      authorizer: aws_iam\n"), sls("  f:\n    handler: a.b\n"),
        plan(("aws_lambda_function_url", "u", {"authorization_type": "AWS_IAM"})), as_json({"U": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "AWS_IAM"}}}), cfn(_F), url("AuthType: !If [C, AWS_IAM, AWS_IAM]"), sls("  f:\n    handler: a.b\n    url: false\n"),
        sam("FunctionUrlConfig: {AuthType: NONE}, Environment: {Variables: {LAMBDA_GUARD_PUBLIC_ROUTES: 'ANY /*'}}"),
    ],
    "LG104": [
        permission("Principal: apigateway.amazonaws.com, SourceArn: !Sub 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:a/*'"), permission("Principal: s3.amazonaws.com, SourceAccount: !Ref AWS::AccountId"), permission("Principal: events.amazonaws.com, SourceArn: !GetAtt R.Arn"),
        permission("Principal: '123456789012'"), permission("Principal: arn:aws:iam::123456789012:role/r"), permission("Principal: '*', PrincipalOrgID: o-a1b2c3"), permission("Principal: !Ref AWS::AccountId"), permission("Principal: alexa-appkit.amazon.com, EventSourceToken: t"),
        permission("Principal: !Sub '${Account}'"), cfn(_F), plan(("aws_lambda_permission", "p", {"principal": "s3.amazonaws.com", "source_arn": "arn:aws:s3:::b"})),
        plan(("aws_lambda_permission", "p", {"principal": "apigateway.amazonaws.com"}), references={"aws_lambda_permission.p": {"source_arn": ["aws_apigatewayv2_api.a.execution_arn", "aws_apigatewayv2_api.a"]}}),
        as_json({"P": {"Type": "AWS::Lambda::Permission", "Properties": {"Principal": "sns.amazonaws.com", "SourceArn": {"Ref": "T"}}}}),
    ],
    "LG105": [
        policy_on("AWS::ApiGateway::RestApi", "Policy", "{Effect: Allow, Principal: {AWS: '123456789012'}, Action: execute-api:Invoke, Resource: '*'}"), policy_on("AWS::ApiGateway::RestApi", "Policy", "{Effect: Allow, Principal: '*', Action: x, Resource: '*', Condition: {StringEquals: {'aws:SourceVpce': v}}}"),
        policy_on("AWS::ApiGateway::RestApi", "Policy", "{Effect: Allow, Principal: '*', Action: x, Resource: '*'}, {Effect: Deny, Principal: '*', Action: x, Resource: '*', Condition: {NotIpAddress: {'aws:SourceIp': [192.0.2.0/24]}}}"),
        policy_on("AWS::SQS::QueuePolicy", "PolicyDocument", "{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: sqs:SendMessage, Resource: '*', Condition: {ArnEquals: {'aws:SourceArn': t}}}"), policy_on("AWS::SQS::QueuePolicy", "PolicyDocument", "{Effect: Deny, Principal: '*', Action: 'sqs:*', Resource: '*'}"),
        policy_on("AWS::SNS::TopicPolicy", "PolicyDocument", "{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: sns:Publish, Resource: '*'}"), policy_on("AWS::SNS::TopicPolicy", "PolicyDocument", "{Effect: Allow, Principal: '*', Action: x, Resource: '*', Condition: {StringEquals: {'aws:SourceOwner': '1'}}}"),
        cfn("A: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}"), cfn("B: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: b, PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: s3:GetObject, Resource: '*'}]}}}"),
        policy_on("AWS::VpcLattice::AuthPolicy", "Policy", "{Effect: Allow, Principal: '*', Action: x, Resource: '*', Condition: {StringNotEqualsIgnoreCase: {'aws:PrincipalType': anonymous}}}"), cfn("P: {Type: AWS::Events::EventBusPolicy, Properties: {StatementId: s, Statement: {Effect: Allow, Principal: {AWS: '1'}, Action: events:PutEvents, Resource: '*'}}}"),
        plan(("aws_api_gateway_rest_api", "a", {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "x"}]})})), plan(("aws_api_gateway_rest_api", "a", {"name": "a"})),
    ],
    "LG203": [
        role(statement("lambda:InvokeFunction", "'*'"), _STATES), role(statement("lambda:GetFunction", "'*'")), role(statement("'lambda:List*'", "'*'")), role(statement("sqs:SendMessage", "'arn:aws:sqs:eu-west-1:1:q'")), sam("Policies: [{SQSSendMessagePolicy: {QueueName: q}}]"),
        sam("Policies: [AWSLambdaBasicExecutionRole]"), role("{Effect: Deny, Action: lambda:InvokeFunction, Resource: '*'}"), tf_role("lambda:InvokeFunction", "*", "states.amazonaws.com"), sam("Timeout: 3"), tf_role("dynamodb:GetItem"),
        cfn(f"P: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {{Statement: [{statement('lambda:InvokeFunction', _ARN)}]}}}}}}"), sls("  f:\n    handler: a.b\n"), permission("Principal: sns.amazonaws.com, SourceArn: t"),
    ],
    "LG204": [
        wired("A: !Ref Q", "Q: {Type: AWS::SQS::Queue}"), wired("A: !Ref F"), wired("A: !GetAtt T.Arn", "T: {Type: AWS::DynamoDB::Table, Properties: {}}"), wired("A: x"), wired("A: !Sub '${AWS::StackName}'"), wired("A: !Ref S", "S: {Type: AWS::StepFunctions::StateMachine, Properties: {}}"),
        wired("A: !Sub 'https://${A}.execute-api.eu-west-1.amazonaws.com'"), wired("A: ''"), wired("A: !ImportValue x"), cfn(_F), sls("  f:\n    handler: a.b\n    environment:\n      A: queue\n"), sam("Environment: {Variables: {A: !GetAtt B.Arn}}", "B: {Type: AWS::S3::Bucket}"),
        plan(("aws_lambda_function", "f", {"handler": "a.b", "environment": [{"variables": {"A": "queue"}}]})),
    ],
    "LG303": [
        role(statement("dynamodb:GetItem")), role(statement("[dynamodb:GetItem, dynamodb:Query]", "!GetAtt T.Arn")), role(statement("dynamodb:ListTables", "'*'")), role(statement("s3:GetObject", "'arn:aws:s3:::b/*'")), role(statement("s3:ListAllMyBuckets", "'*'")),
        role(statement("[logs:CreateLogGroup, xray:PutTraceSegments]", "'*'")), role(statement("dynamodb:Query", "'arn:aws:dynamodb:eu-west-1:1:table/t/index/*'")), role(statement("'dynamodb:*'"), _STATES), role("{Effect: Deny, Action: 'dynamodb:*', Resource: '*'}"),
        role(statement("dynamodb:Query", "!Sub '${T.Arn}/index/*'")), sam("Policies: [{DynamoDBReadPolicy: {TableName: t}}]"), role(statement("secretsmanager:GetRandomPassword", "'*'")), role(statement("cloudwatch:PutMetricData", "'*'")), tf_role("dynamodb:GetItem"),
        role(statement("kms:Decrypt", "'*'", ", Condition: {StringEquals: {'kms:ViaService': s3}}")),
    ],
    "LG304": [
        *(sam(f"Policies: [{name}]") for name in ("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSXrayWriteOnlyAccess", "CloudWatchLambdaInsightsExecutionRolePolicy", "AWSLambdaDynamoDBExecutionRole", "AWSLambdaSQSQueueExecutionRole")),
        sam("Policies: [{DynamoDBReadPolicy: {TableName: t}}]"), sam("Policies: arn:aws:iam::123456789012:policy/own"), sam("Timeout: 3"), cfn(f"R: {{Type: AWS::IAM::Role, Properties: {{{_STATES}, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess']}}}}"),
        cfn(f"R: {{Type: AWS::IAM::Role, Properties: {{{_ASSUME}}}}}"), sam("Policies: [CloudWatchLogsFullAccess]"), plan(("aws_iam_role_policy_attachment", "a", {"policy_arn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"})),
    ],
    "LG305": [
        crud("DynamoDBCrudPolicy", "t.get_item(Key={}); t.put_item(Item={})"), crud("DynamoDBReadPolicy", "t.get_item(Key={})"), crud("DynamoDBWritePolicy", "t.put_item(Item={})"), crud("DynamoDBCrudPolicy", "pass"), crud("S3CrudPolicy", "s.get_object(Bucket='b', Key='k'); s.put_object(Bucket='b', Key='k')"),
        crud("S3ReadPolicy", "s.get_object(Bucket='b', Key='k')"), crud("S3WritePolicy", "s.put_object(Bucket='b', Key='k')"), crud("S3CrudPolicy", "t.get_item(Key={})"), crud("SQSSendMessagePolicy", "pass"), crud("DynamoDBCrudPolicy", "t.query(); t.delete_item(Key={})"),
        sam("Policies: [{DynamoDBCrudPolicy: {TableName: t}}]"), crud("DynamoDBCrudPolicy", "t.meta.client.transact_write_items(TransactItems=[])"), crud("S3CrudPolicy", "s.delete_object(Bucket='b', Key='k'); s.list_objects_v2(Bucket='b')"),
    ],
    "LG306": [
        network(), network(_DB, "X: {Type: AWS::RDS::DBProxy, Properties: {}}"), network(_DB, vpc="Timeout: 3"), network("D: {Type: AWS::RDS::DBCluster, Properties: {EnableHttpEndpoint: true}}"), network("D: {Type: AWS::DynamoDB::Table, Properties: {}}"),
        network(variables="DB_HOST: shop.proxy-abc.eu-west-1.rds.amazonaws.com"), cfn(_DB), network(_DB, vpc="VpcConfig: {}"), sam("Timeout: 3", _DB), network(variables="HOST: example.com"), sls("  f:\n    handler: a.b\n    vpc:\n      subnetIds: [s]\n"),
        network("C: {Type: AWS::S3::Bucket}"), plan(("aws_lambda_function", "f", {"handler": "a.b"}), ("aws_db_instance", "d", {})),
    ],
}
