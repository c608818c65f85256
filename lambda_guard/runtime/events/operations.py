"""Services that call a function in the course of operating something else: deployments, rotation, reviews.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
"""

from __future__ import annotations

from . import Source, having

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event

STEP_FUNCTIONS = Source("stepfunctions")
_CONTEXT = frozenset(("Execution", "StateMachine"))
_by_keys = having(
    (
        # CDK's provider framework leaves ResponseURL out.
        ("cfn_custom_resource", ("RequestType", "LogicalResourceId")),
        ("cfn_macro", ("fragment", "transformId")),
        ("codepipeline", ("CodePipeline.job",)),
        ("codedeploy_hook", ("DeploymentId", "LifecycleEventHookExecutionId")),
        ("config", ("invokingEvent", "resultToken")),
        ("secretsmanager_rotation", ("SecretId", "Step")),
        ("sagemaker_groundtruth", ("labelingJobArn",)),
        ("transfer_family_idp", ("serverId", "username")),
        ("clientvpn_handler", ("connection-id", "endpoint-id")),
        ("workmail", ("summaryVersion", "envelope")),
    )
)


def read(event: Event) -> Source | None:
    found = _by_keys(event)
    if found is None and (_has_context(event) or _has_context(event.get("Payload"))):
        return STEP_FUNCTIONS
    return found


def _has_context(value: object) -> bool:
    """Look for the context object (`$$`) where a state passes it on: a task has no wrapper of its own."""
    if not isinstance(value, dict):
        return False
    trace = value.get("_datadog")
    return value.keys() >= _CONTEXT or (isinstance(trace, dict) and trace.keys() >= _CONTEXT)
