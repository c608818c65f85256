"""Cognito user pool triggers and Cognito Sync.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from . import having

read = having(
    (
        ("cognito_trigger", ("triggerSource", "userPoolId")),
        ("cognito_sync", ("datasetName", "identityPoolId")),
    )
)
