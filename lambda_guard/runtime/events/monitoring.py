"""EventBridge and its schedules; CloudWatch logs, alarms and dashboards.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

from . import Source, having

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event

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
        return SCHEDULED if event["detail-type"] == "Scheduled Event" else EVENTBRIDGE
    return _cloudwatch(event)
