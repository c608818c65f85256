"""Answers by which a handler reports a failure to who called it, in place of an error."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FAILED = ("TemporaryFailure", "PermanentFailure", "ProcessingFailed")


def reports_failure(event: Any, response: Any) -> bool:
    """Tell whether an answer says that the work failed, or is to be done again: nothing was swallowed then.

    A durable function's FAILED, and PENDING, after which what failed runs again; records of a queue or a stream that
    are to come again; items of an S3 batch operation and of a Firehose transformation that failed.
    https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
    """
    if type(response) is not dict or type(event) is not dict:
        return False
    if "DurableExecutionArn" in event:
        return response.get("Status") in ("FAILED", "PENDING")
    if response.get("batchItemFailures"):
        return True
    items = response.get("results") or response.get("records")
    return type(items) is list and any(
        type(item) is dict and (item.get("resultCode") in _FAILED or item.get("result") in _FAILED) for item in items
    )
