"""botocore.client reloaded, so that its classes are new ones."""

import importlib

import boto3
import botocore.client

importlib.reload(botocore.client)
boto3.client("lambda").invoke(FunctionName="other", Payload=b"{}")  # found here
