"""A client made without its class's `__init__`, as copying and unpickling do it."""

import boto3

client = boto3.client("lambda")
twin = object.__new__(type(client))
twin.__dict__.update(client.__dict__)
twin.invoke(FunctionName="other", Payload=b"{}")  # found here
