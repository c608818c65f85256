"""Assistants, bots and contact centres: Bedrock agents, Lex, Alexa, Connect.

https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html
https://developer.amazon.com/docs/custom-skills/request-and-response-json-reference.html
https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
"""

from __future__ import annotations

from . import Source, having

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Event

ALEXA_SKILL = Source("alexa_skill")
SMART_HOME = Source("alexa_smarthome")
_by_keys = having(
    (
        ("bedrock_agent_function", ("agent", "actionGroup", "function")),
        ("bedrock_agent_api", ("agent", "actionGroup")),
        ("lex_v2", ("sessionState", "interpretations")),
        ("lex_v2", ("sessionState", "invocationSource")),
        ("lex_v1", ("currentIntent", "bot")),
        ("lex_v1", ("currentIntent", "invocationSource")),
        ("connect", ("Details", "Name")),
        ("connect_outbound_campaigns", ("InvocationMetadata", "Items")),
    )
)


def read(event: Event) -> Source | None:
    request = event.get("request")
    # Requests outside of a session (audio player, skill events) have the context only.
    if isinstance(request, dict) and "type" in request and ("session" in event or "context" in event):
        return ALEXA_SKILL
    directive = event.get("directive")
    smart_home = directive if isinstance(directive, dict) else event
    header = smart_home.get("header")
    if isinstance(header, dict) and "namespace" in header and "payload" in smart_home:
        return SMART_HOME
    return _by_keys(event)
