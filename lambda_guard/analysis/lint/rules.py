"""The rules before deployment: a row each, with its id, which is stable, and what to do instead."""

from __future__ import annotations

from typing import NamedTuple

_PRACTICES = {
    0: "the lint itself",
    1: "API Gateway authorizes, the function relies on it",
    2: "functions do not call functions",
    3: "no connections, locked-down roles",
    4: "business logic stands apart from the handler",
}
DOCUMENTATION = "docs/rules.md"


class Rule(NamedTuple):
    """One rule. why: one sentence. instead: what to do. template: whether it is about templates, else about code."""

    id: str
    name: str
    why: str
    instead: str
    template: bool = False

    @property
    def practice(self) -> int:
        """The practice that the rule is for; 0 is the lint itself."""
        return int(self.id[2])

    @property
    def cfn_id(self) -> str:
        """The rule's id in cfn-lint, whose users' own rules begin with 9."""
        return f"W9{self.id[2:]}"


_ROWS = (
    Rule(
        "LG001",
        "unreadable-file",
        "The file cannot be read, so nothing in it was judged.",
        "Mend it, or exclude it in [lint].",
    ),
    Rule(
        "LG002",
        "ignore-without-reason",
        "An ignore without a reason cannot be judged by whoever reads it next.",
        "Write the reason behind the bracket: # lambda-guard: ignore[LG201] reason.",
    ),
    Rule(
        "LG003",
        "ignore-without-effect",
        "The ignore silences nothing, and would silence the next finding unseen.",
        "Take it away, or correct its id and line.",
    ),
    Rule(
        "LG101",
        "route-without-authorizer",
        "Anybody can call the route, because no authorizer stands before the function.",
        "Attach an authorizer (IAM, JWT, Cognito, Lambda; for a load balancer OIDC, Cognito or JWT validation), "
        "or list the route in public_routes.",
        True,
    ),
    Rule(
        "LG102",
        "api-key-only",
        "An API key counts callers, it does not authenticate them.",
        "Attach an authorizer, and keep the key for usage plans.",
        True,
    ),
    Rule(
        "LG103",
        "function-url-without-authorizer",
        "A function URL with AuthType NONE answers everybody.",
        "Set AuthType AWS_IAM, or put CloudFront with origin access control before it.",
        True,
    ),
    Rule(
        "LG104",
        "open-permission",
        "The permission lets more callers invoke the function than the one source it is meant for.",
        "Name the service or account as principal, and add SourceArn (or SourceAccount, PrincipalOrgID).",
        True,
    ),
    Rule(
        "LG105",
        "open-resource-policy",
        "The resource policy allows everybody, without a condition.",
        "Name the principals, or add a condition such as aws:SourceVpce, aws:PrincipalOrgID or aws:SourceArn.",
        True,
    ),
    Rule(
        "LG106",
        "authorization-header-in-handler",
        "The function reads the caller's token by itself instead of relying on the authorizer.",
        "Let an authorizer verify the token, and read requestContext.authorizer.",
    ),
    Rule(
        "LG201",
        "direct-invoke",
        "The function invokes another one directly, so it waits, pays twice and fails with it.",
        "Put a queue, a topic, EventBridge or Step Functions between the two, or share the code as a library; "
        "or list the target in allow_invoke.",
    ),
    Rule(
        "LG202",
        "raw-invoke",
        "A request to the Lambda API or to a function URL is a direct invoke without the SDK.",
        "Put a queue, a topic, EventBridge or Step Functions between the two, or an API with an authorizer.",
    ),
    Rule(
        "LG203",
        "invoke-permission",
        "The function's role may invoke functions.",
        "Take lambda:InvokeFunction away; send to a queue, a topic or an event bus.",
        True,
    ),
    Rule(
        "LG204",
        "function-name-as-variable",
        "One function is told the name of another, which it needs only to invoke it.",
        "Pass the queue, topic, bus or state machine between the two.",
        True,
    ),
    Rule(
        "LG301",
        "connection-driver",
        "The driver holds a connection in each sandbox, which a burst of sandboxes opens all at once.",
        "Use DynamoDB, the RDS Data API or another service over HTTPS; with RDS Proxy, ignore it with that reason.",
    ),
    Rule(
        "LG302",
        "connection-in-handler",
        "A connection is opened in each invocation, and none is used again.",
        "Use a service over HTTPS; if a connection must be, open it outside the handler, through RDS Proxy.",
    ),
    Rule(
        "LG303",
        "wildcard-permission",
        "The role may do everything to a data service, or to all of its resources.",
        "List the actions and resources that are used; lambda-guard suggest writes them from records.",
        True,
    ),
    Rule(
        "LG304",
        "broad-managed-policy",
        "The managed policy allows far more of a data service than one function uses.",
        "Write a policy of the function's own; lambda-guard suggest writes it from records.",
        True,
    ),
    Rule(
        "LG305",
        "policy-template-wider-than-code",
        "The SAM policy template allows kinds of access that the function's code never uses.",
        "Use the narrower template, such as DynamoDBReadPolicy.",
        True,
    ),
    Rule(
        "LG306",
        "database-without-proxy",
        "A function in a VPC beside a database without RDS Proxy opens a connection for each sandbox.",
        "Put an RDS Proxy between them, or use the RDS Data API or DynamoDB.",
        True,
    ),
    Rule(
        "LG401",
        "aws-call-in-handler",
        "The handler calls AWS by itself, so the logic cannot be tested or used without an event.",
        "Shape it as parse, call, answer: move the call into a function that takes plain values.",
    ),
    Rule(
        "LG402",
        "long-handler",
        "The handler is longer than parsing, calling and answering takes.",
        "Shape it as parse, call, answer: move the work into functions that take plain values.",
    ),
    Rule(
        "LG403",
        "complex-handler",
        "The handler decides more than whether the event can be parsed.",
        "Shape it as parse, call, answer: move the decisions into functions that take plain values.",
    ),
    Rule(
        "LG404",
        "event-handed-on",
        "The whole event is handed into business code, which then knows how it is triggered.",
        "Parse the event in the handler, and hand on the values that the function needs.",
    ),
    Rule(
        "LG405",
        "event-in-business-function",
        "A business function takes the event or the context, so only Lambda can call it.",
        "Let it take the values that it needs.",
    ),
    Rule(
        "LG406",
        "handler-only",
        "There is no function besides the handler: all that is done is bound to Lambda.",
        "Shape it as parse, call, answer: move the work into a function of its own.",
    ),
)
RULES = {rule.id: rule for rule in _ROWS}
PRACTICES = tuple(_PRACTICES.values())
