"""What ends a finding: the setting or the change of code that the person who can act needs to know."""

from __future__ import annotations

# issue -> what to do. The runtime's own messages say what was found; these say which step comes next.
REMEDIES: dict[str, str] = {
    "missing-authorizer": "attach an authorizer to the route; where it is meant to be public, list it in public_routes",
    "empty-authorizer-context": "let the authorizer return a principal and its context",
    "api-key-only": "attach an authorizer beside the API key, which only meters",
    "guest-identity": "let only authenticated identities of the pool call the route",
    "authorizer-kind-not-accepted": "use an accepted kind of authorizer, or add this one to authorizers",
    "console-test-invoke": "test through a stage of the API rather than in its console",
    "foreign-api": "take the permission to invoke away from the API, or add it to api_ids",
    "token-not-verified": "look at the verify setting: issuer, audience and keys are those of another authorizer",
    "verification-impossible": "give the function PyJWT with cryptography, and keys that it can reach",
    "request-without-context": "call the function through its API; direct tests list http_like_no_context",
    "direct-invoke-of-http-function": "call the API instead, or add direct to event_sources",
    "unexpected-source": "remove the trigger, or add its source to event_sources",
    "direct-invoke": "put a queue, an event or a Step Functions state between the two, or move the code into a "
    "library; where it has to stay, list the function in allow_invoke",
    "chained-invoke": "let Step Functions or a queue start the other function; where it has to stay, list it in "
    "allow_invoke",
    "self-invoke": "go on by a queue or Step Functions: a function that invokes itself may never end",
    "lambda-endpoint": "use boto3, which the guard sees into, or drop the call",
    "unguarded-child": "do the work in the function, or install the guard in the child",
    "patch-removed": "load the guard after the library that takes its patch off",
    "connection-at-cold-start": "use DynamoDB or the RDS Data API, or put RDS Proxy in between",
    "connection-in-handler": "use DynamoDB or the RDS Data API, or put RDS Proxy in between",
    "connection-per-invocation": "keep the connection for the next invocation at least; better, use RDS Proxy or none",
    "guard-fault": "look at the error record of the same function, and report the fault",
    "below-floor": "take the setting out, or have the organisation's floor changed",
}
OTHERWISE = "see the message of the finding"


def remedy(issue: str) -> str:
    """Return what ends a finding of an issue."""
    return REMEDIES.get(issue, OTHERWISE)
