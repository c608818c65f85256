"""A client copied before it is used."""

import copy

import boto3

copy.copy(boto3.client("lambda")).invoke(FunctionName="other", Payload=b"{}")
