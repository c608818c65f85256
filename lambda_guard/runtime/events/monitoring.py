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
        # A schedule may have a detail-type of its own: what only schedules send tells as well.
        scheduled = event["detail-type"] == "Scheduled Event" or event.get("source") in _SCHEDULERS
        return SCHEDULED if scheduled else EVENTBRIDGE
    return _cloudwatch(event)
