"""A function that deploys others, checks what they would do, and looks after durable executions."""

import urllib.request
import os

import boto3

client = boto3.client("lambda")
client.list_functions()
client.get_function(FunctionName="other")
client.create_function(FunctionName="other", Role="arn:aws:iam::123456789012:role/r", Code={"ZipFile": b"zip"})
client.update_function_code(FunctionName="other", ZipFile=b"zip")
client.update_function_configuration(FunctionName="other", Timeout=3)
client.put_function_event_invoke_config(FunctionName="other", MaximumRetryAttempts=1)
client.publish_version(FunctionName="other")
client.create_function_url_config(FunctionName="other", AuthType="AWS_IAM")
client.add_permission(FunctionName="other", StatementId="1", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
client.invoke(FunctionName="other", InvocationType="DryRun")
client.delete_function(FunctionName="other")
client.checkpoint_durable_execution(
    DurableExecutionArn="arn:aws:lambda:eu-west-1:123456789012:function:me:1/durable-execution/a/b",
    CheckpointToken="t",
    Updates=[{"Id": "1", "Type": "STEP", "Action": "SUCCEED", "Payload": "CHAINED_INVOKE"}],
)
type(client)._make_api_call.__wrapped__(client, "GetFunction", {"FunctionName": "invocations"})
endpoint = os.environ["AWS_ENDPOINT_URL"]
for method, path, headers in (
    ("GET", "/2015-03-31/functions/other", {}),
    ("GET", "/2015-03-31/functions/other/invocations", {}),
    ("PUT", "/2015-03-31/functions/other/code", {}),
    ("POST", "/2015-03-31/functions/other/invocations", {"X-Amz-Invocation-Type": "DryRun"}),
    ("POST", "/2015-03-31/functions/other/versions", {}),
):
    request = urllib.request.Request(endpoint + path, data=b"{}" if method != "GET" else None, headers=headers, method=method)
    urllib.request.urlopen(request, timeout=5).read()
