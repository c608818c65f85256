"""EventBridge and its schedules; CloudWatch logs, alarms and dashboards.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

from . import Source, having

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event

# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
_SCHEDULERS = ("aws.events", "aws.scheduler")
EVENTBRIDGE = Source("eventbridge")
SCHEDULED = Source("eventbridge_scheduled")
_cloudwatch = having(
    (
        ("cloudwatch_alarm", ("alarmData",)),
        ("cloudwatch_logs", ("awslogs",)),
        ("cloudwatch_dashboard", ("widgetContext",)),
    )
)


def read(event: Event) -> Source | None:
    # A bare `source` proves nothing: warmers copy it.
    if "detail-type" in event and ("source" in event or "detail" in event):
        return SCHEDULED if event["detail-type"] == "Scheduled Event" or _by_schedule(event) else EVENTBRIDGE
    return _cloudwatch(event)


def _by_schedule(event: Event) -> bool:
    """Tell the event of a schedule that has a detail-type of its own by its source, or the schedule's ARN."""
    resources, kind = event.get("resources"), event["detail-type"]
    resource = resources[0] if isinstance(resources, list) and resources else None
    if isinstance(resource, str) and ":scheduler:" in resource and ":schedule/" in resource:
        return True
    # CloudTrail tells of calls to these services' own APIs.
    reported = isinstance(kind, str) and kind.endswith(" via CloudTrail")
    return event.get("source") in _SCHEDULERS and not reported
