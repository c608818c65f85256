"""botocore past the patch: the client's `_make_request` with a request of one's own."""

import boto3

client = boto3.client("lambda")
operation = client.meta.service_model.operation_model("Invoke")
context = {"client_region": "eu-west-1", "client_config": client.meta.config, "has_streaming_input": True, "auth_type": None}
request = client._convert_to_request_dict(
    {"FunctionName": "other", "Payload": b"{}"}, operation, client.meta.endpoint_url, context
)
client._make_request(operation, request, context)  # found here
