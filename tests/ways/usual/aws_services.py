"""DynamoDB, S3 and Step Functions, with paths that look a little like an invoke's."""

import boto3

boto3.client("dynamodb").get_item(TableName="orders", Key={"pk": {"S": "1"}})
boto3.client("s3").get_object(Bucket="backups", Key="2015-03-31/functions/other/invocations")["Body"].read()
boto3.client("stepfunctions").start_execution(stateMachineArn="arn:aws:states:eu-west-1:123456789012:stateMachine:s")
