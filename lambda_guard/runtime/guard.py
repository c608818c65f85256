"""Event, call or connection in, decision out: the one place that knows modes, and what a fault of ours leads to."""

from __future__ import annotations

import os
import sys
from threading import local

from .invocation import Invocation
from .settings.table import RULES
from .types import ALLOWED, BLOCKED, WOULD_BLOCK, Decision, Mode, Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType
    from typing import Any

    from .boundary import Call
    from .errors import GuardError
    from .events import Source
    from .identity import Identity
    from .journal import Journal
    from .services.endpoints import Request
    from .services.invoke import Function
    from .settings.config import Config
    from .types import Finding
    from .usage import Place, Usage

_CAUSE = BaseException.__dict__["__cause__"].__get__
_CONTEXT = BaseException.__dict__["__context__"].__get__
_MEMBERS = BaseExceptionGroup.__dict__["exceptions"].__get__
_NAME = type.__dict__["__name__"].__get__
_FRONT_DOORS = tuple(f"{__package__}.patches.sdk.{name}" for name in ("botocore", "aiobotocore"))
_CALLS_LOOKED_AT = 16  # of each line of usage: whether they are made in the handler


def decide(finding: Finding, config: Config) -> Decision:
    """Apply the mode of a finding's rule, and the exemptions, to the finding."""
    expired = None
    if config.exemptions:
        from .match import matches
        from .settings.files import holds

        for exemption in config.exemptions:
            if exemption.rule == finding.rule and matches(exemption.target, finding.target):
                if holds(exemption):
                    return Decision(finding, ALLOWED, exemption)
                expired = exemption
    enforce = config.rule_mode(finding.rule) is Mode.ENFORCE
    outcome = BLOCKED if enforce else WOULD_BLOCK
    return Decision(finding, outcome, expired, expired is not None)


def _told_of(error: BaseException | None) -> set[int]:
    """Return the identities of all errors that one tells of: its causes, and its members where it is a group.

    Read past the error's own class, whose properties may do anything.
    """
    told: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in told:
            told.add(id(one))
            waiting += (_CAUSE(one), _CONTEXT(one))
            if issubclass(type(one), BaseExceptionGroup):
                waiting += _MEMBERS(one)
    return told


def _code_of(error: BaseException) -> str:
    """Return what AWS calls an error, or its class's name."""
    try:
        code = error.response["Error"]["Code"]  # type: ignore[attr-defined]
    except Exception:  # none of AWS's; it may do anything when it is asked
        code = None
    return code if type(code) is str else _NAME(type(error))


def _invoke(call: Call) -> str | None:
    """Return the operation of a call that may be an invoke; None for what is none."""
    client, args, kwargs = call
    try:
        service = client.meta.service_model.service_name
    except AttributeError:  # it is no client, which botocore refuses next
        return None
    return str(args[0] if args else kwargs.get("operation_name")) if service == "lambda" else None


def _made_by(frame: FrameType) -> FrameType:
    """Return the frame that called the SDK's front door, where that is above: wrappers of others may lie between."""
    above: FrameType | None = frame
    while above is not None:
        if above.f_code.co_name == "_make_api_call" and above.f_globals.get("__name__") in _FRONT_DOORS:
            return above.f_back or above
        above = above.f_back
    return frame


def _credentials(client: Any) -> Any:
    """Return what a client signs with; None where nobody can tell."""
    try:
        return client._request_signer._credentials
    except AttributeError:
        return None


class Guard:
    """Applies the rules of a `Config` to what the patches and the handler hand in."""

    def __init__(self, config: Config, journal: Journal, usage: Usage | None) -> None:
        self.config = config
        self.journal = journal
        self.fault = journal.fault
        self.usage = usage
        self.at_first: Callable[[], None] | None = None  # called by the first invocation
        # The user's own function, whose code is only looked for when a call wants to know.
        self.handler: object = None
        self._handler_code: CodeType | None = None
        environ = os.environ
        self.name = environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
        self.partition: str | None = None  # as the account, told by the first invocation
        # The invocation of each thread that runs handlers. Threads that the user's code starts have none; where
        # one invocation runs at a time, the latest is theirs.
        self._thread = local()
        self._latest: Invocation | None = None
        self._begun = 0
        # The rules that refuse what a fault of ours keeps them from judging.
        self.closes = frozenset(
            rule for rule in RULES if config.on_error != "open" and config.rule_mode(rule) is Mode.ENFORCE
        )
        self._judges_events = not (config.event_source is Mode.OFF and config.authorizer is Mode.OFF)
        self._retired = False
        self._calls_matter = usage is not None or config.direct_invoke is not Mode.OFF
        # Imported with the first event or call that needs them.
        self._read: Callable[[object], Any] | None = None
        self._checks: tuple[Callable[..., Finding | None], ...] | None = None if self._judges_events else ()
        self._called_in: Callable[..., bool] | None = None
        self.identity: Identity | None = None
        self._own_credentials: dict[int, object] = {}
        self.renew()

    def retire(self) -> None:
        """Judge and count nothing more, wherever something still holds on to this guard."""
        self._retired = True
        self._calls_matter = False

    def renew(self) -> None:
        """Start over as another sandbox: after a fork, or after a SnapStart restore."""
        self.journal.renew()
        if self.usage is not None:
            self.usage.reset()
        self._opened: dict[object, int] = {}
        self.past_front_door = False  # no request to DynamoDB was seen yet that no SDK's front door sent
        self._reported_settings = False

    # The life of an invocation.

    def begin(self, event: Any, context: object) -> Invocation | None:
        """Judge an event before the handler sees it; None where this invocation is already being guarded.

        Raises UnauthorizedEvent where the event is refused and its source has no response for that.
        """
        outer = getattr(self._thread, "invocation", None)
        if self._retired or (outer is not None and outer.context is context):
            return None
        invocation = self._latest = self._thread.invocation = Invocation(event, context, outer)
        try:
            self._begun += 1
            if self.partition is None or not self._reported_settings:
                self._meet(context)
            source = None
            try:
                source = self._source_of(event)
                if source is not None and source.inner is not None:
                    event = source.inner(event)
                    source = self._source_of(event)
                decision = self._judge_event(event, source) if source is not None and not source.replays else None
            except Exception as fault:
                self.fault("event", fault)
                decision = self._closed("event_source", "authorizer")
            if decision is not None:
                self._refuse(invocation, event, source, decision)
        except BaseException:
            self._leave(invocation)
            raise
        return invocation

    def _leave(self, invocation: Invocation) -> None:
        self._thread.invocation = invocation.outer
        invocation.event = None

    def end(self, invocation: Invocation, error: BaseException | None, response: object = None) -> None:
        """Close an invocation: report blocks that user code swallowed, print usage where it is due.

        error: what the handler raised. response: what it returned.
        Raises the first swallowed block where `strict` is on.
        """
        self._thread.invocation = invocation.outer  # as _leave does, of which a call would cost more
        event, invocation.event = invocation.event, None
        try:
            if self.journal.late:
                self.journal.report_late()
            swallowed = None
            if invocation.blocked:
                from .answers import reports_failure

                if error is not None or not reports_failure(event, response):
                    swallowed = self._report_swallowed(invocation, error)
                invocation.blocked.clear()  # errors hold on to the user's frames
            usage = self.usage
            if usage is not None and (usage.fresh or usage.invocations >= self.journal.next_totals):
                self.journal.usage(usage)
            if self.journal.pending:
                self.journal.catch_up()
        except Exception as fault:
            self.fault("end", fault)
            return
        if swallowed is not None and self.config.strict and error is None:
            raise swallowed

    def _meet(self, context: object) -> None:
        """Learn from the first invocation which account this is; the settings' own findings go out with it."""
        try:
            parts = getattr(context, "invoked_function_arn", None)
            parts = parts.split(":") if isinstance(parts, str) else []
            if len(parts) > 6 and parts[0] == "arn":
                self.name = self.name or parts[6]
                self.region = self.region or parts[3]
                self.partition = parts[1]
                self.journal.account = parts[4]
            if not self._reported_settings:
                self._reported_settings = True
                if self.at_first is not None:
                    self.at_first()
                self._report_settings()
        except Exception as fault:
            self.fault("start", fault)

    def _report_settings(self) -> None:
        self.journal.announce()
        for problem in self.config.problems:
            self.journal.error("settings", "ConfigurationError", problem)
        for attempt in self.config.weakened:
            from .types import Finding

            message = f"{attempt}: it has no effect; ask whoever keeps the organisation's settings"
            self._report(Decision(Finding("settings", "below-floor", attempt, message), BLOCKED), None)

    # Events.

    def _source_of(self, event: Any) -> Source | None:
        """Read and count what sent an event; None where nobody wants to know."""
        usage = self.usage
        if usage is None and not self._judges_events:
            return None
        if self._read is None:
            from .events import read

            self._read = read
        source = self._read(event)
        if usage is not None and source.inner is None:
            usage.event(source.name, source.arn(event))
        return source

    def _judge_event(self, event: Any, source: Source) -> Decision | None:
        """Return the decision that refuses an event, if one does."""
        refused = None
        config = self.config
        for check in self._checks if self._checks is not None else self._load_checks():
            finding = check(event, source, config)
            if finding is not None:
                decision = decide(finding, config)
                self._report(decision, None)
                if refused is None and decision.outcome == BLOCKED:
                    refused = decision
        return refused

    def _load_checks(self) -> tuple[Callable[..., Finding | None], ...]:
        """Import the event rules that are on, once: an import statement costs a quarter of what a check does."""
        from .rules import authorizer, event_source

        rules = ((event_source, self.config.event_source), (authorizer, self.config.authorizer))
        self._checks = tuple(rule.check for rule, mode in rules if mode is not Mode.OFF)
        return self._checks

    def _refuse(self, invocation: Invocation, event: Any, source: Source | None, decision: Decision) -> None:
        from .errors import GuardError
        from .events import DIRECT, rejections

        status = 401 if decision.finding.details.get("status") == 401 else 403
        try:
            refuse = rejections.refuse if event is invocation.event else rejections.refuse_durable
            invocation.refusal = refuse(event, source or DIRECT, status, self.config)
        except GuardError:
            self.end(invocation, None)
            raise

    # Calls.

    def call(
        self, client: Any, operation: Any, params: Any, frame: FrameType | None = None, site: Site | None = None
    ) -> Any:
        """Judge and count an AWS call before anything is sent; return the usage entry for `failed`.

        frame: the one that called the SDK's own method; left out by our wrapper, which stands between the two.
        site: the user's line that made the call, where it is sent from another one.
        Raises InvokeBlocked where the call is refused.
        """
        if not self._calls_matter:
            return None
        try:
            meta = client.meta
            service = meta.service_model.service_name
            region = meta.region_name
            partition: Place = meta.partition
        except Exception as fault:
            # Without a service name the call cannot even be told to be an invoke; botocore refuses it next.
            self.fault("call", fault)
            return None
        usage = self.usage
        if service == "lambda" and self.config.direct_invoke is not Mode.OFF:
            self._check_invoke(client, operation, params, region, site or _made_by(frame or sys._getframe(2)))
        if usage is None:
            return None
        try:
            try:
                held = client._request_signer._credentials
            except AttributeError:
                held = None  # nobody can tell what it signs with
            if id(held) not in self._own_credentials:
                partition = self._apart(held, partition)
            endpoint = meta.endpoint_url if service == "apigatewaymanagementapi" else None  # it alone names the API
            entry = usage.attempt(service, operation, params, region, partition, endpoint)
            # Looking at the stack raises audit events, and would be a third of what a call costs.
            if entry and entry[0].count <= _CALLS_LOOKED_AT and self._in_handler(_made_by(frame or sys._getframe(2))):
                usage.in_handler(entry)
            if usage.fresh:
                self.journal.new_usage(usage)
        except Exception as fault:
            self.fault("usage", fault)
            return None
        return entry

    def _apart(self, credentials: Any, partition: Any) -> Place:
        """Return a client's partition, with what its calls are kept apart by where it acts as somebody else."""
        if self.identity is None:
            from .identity import Identity

            self.identity = Identity()
            self._own_credentials = self.identity.own
        apart = self.identity.of(credentials)
        return (partition, apart) if apart else partition

    def made_at(self, client: Any) -> Site | None:
        """Return the user's line that makes a call which is sent later; None where no finding will name it."""
        if self.config.direct_invoke is Mode.OFF or client.meta.service_model.service_name != "lambda":
            return None
        from .site import caller

        return caller(sys._getframe(2))

    def assumed(self, client: Any, params: Any, answer: Any) -> None:
        """Note the role of which STS answers with credentials."""
        if self.identity is not None and client.meta.service_model.service_name == "sts":
            self.identity.assumed(params, answer)

    def failed(self, entry: Any, error: BaseException) -> None:
        """Count how a call ended that did not succeed."""
        if entry is None or self.usage is None:
            return
        try:
            self.usage.failed(entry, _code_of(error))
        except Exception as fault:
            self.fault("usage", fault)

    def own(self) -> Function:
        """Return the function that this process runs; account and partition are None before an invocation."""
        from .services.invoke import Function

        return Function(self.name, None, self.journal.account, self.region, self.partition)

    def _in_handler(self, frame: FrameType) -> bool:
        if self._called_in is None:
            from .site import called_in, handler_code

            self._called_in = called_in
            self._handler_code = handler_code(self.handler)
        return self._called_in(frame, self._handler_code)

    def _check_invoke(
        self, client: Any, operation: Any, params: Any, region: str | None, made_at: FrameType | Site
    ) -> None:
        def findings() -> Iterable[Finding]:
            from .rules import direct_invoke

            return direct_invoke.check(operation, params, region, self.own(), self.config)

        blocked = self._judge("direct_invoke", findings, made_at)
        if blocked is not None:
            self._count_refused(client, operation, params, region)
            self._block(*blocked, operation)

    def _count_refused(self, client: Any, operation: str, params: Any, region: str | None) -> None:
        if self.usage is None:
            return
        try:
            partition = self._apart(_credentials(client), client.meta.partition)
            self.usage.refused("lambda", operation, params, region, partition)
        except Exception as fault:
            self.fault("usage", fault)

    def _block(self, decision: Decision, site: Site | None, operation: str) -> None:
        from .rules.direct_invoke import blocked

        where = f" at {site}" if site else ""
        error = blocked(f"lambda_guard blocked this{where}: {decision.finding.message}", operation)
        self._raise(error, decision, site)

    def _raise(self, error: GuardError, decision: Decision, site: Site | None) -> None:
        if (invocation := self.invocation()) is not None:
            invocation.blocked.append((decision, site, error))
        raise error

    # Whatever else leaves the process.

    def request(self, request: Request, frame: FrameType | None) -> None:
        """Judge an HTTP request that the SDK's front door has not judged. Raises InvokeBlocked."""

        def findings() -> Iterable[Finding]:
            from .rules import direct_invoke

            return direct_invoke.check_request(request, self._own_url(), self.own(), self.config)

        self._stop("direct_invoke", findings, frame)

    def connection(self, driver: str | None, engine: str, host: str | None, port: int, frame: FrameType | None) -> None:
        """Judge a connection to a database before it is opened. Raises ConnectionBlocked."""

        def findings() -> Iterable[Finding]:
            from .rules import connection
            from .site import caller

            begun = self._begun if self.invocation() is not None else 0
            enforced = self.config.connection is Mode.ENFORCE
            return connection.check(driver, engine, host, port, caller(frame), begun, self._opened, enforced)

        self._stop("connection", findings, frame)

    def unseen(self, issue: str, target: str, message: str, frame: FrameType | None) -> None:
        """Report something that the guard cannot see into, or no longer can; it passes in every mode."""
        if self.config.direct_invoke is Mode.OFF:
            return
        try:
            from .site import caller
            from .types import Finding

            finding = Finding("direct_invoke", issue, target, message)
            self._report(Decision(finding, ALLOWED), caller(frame))
        except Exception as fault:
            self.fault(issue, fault)

    def _stop(self, rule: str, findings: Callable[[], Iterable[Finding]], frame: FrameType | None) -> None:
        blocked = self._judge(rule, findings, frame)
        if blocked is not None:
            from .errors import ConnectionBlocked, InvokeBlocked

            decision, site = blocked
            where = f" at {site}" if site else ""
            text = f"lambda_guard blocked this{where}: {decision.finding.message}"
            self._raise(ConnectionBlocked(text) if rule == "connection" else InvokeBlocked(text), decision, site)

    def _judge(
        self, rule: str, findings: Callable[[], Iterable[Finding]], made_at: FrameType | Site | None
    ) -> tuple[Decision, Site | None] | None:
        """Report what a rule finds; return the first decision that blocks, with the user's line.

        made_at: that line, or the frame to look for it from.
        """
        blocked: tuple[Decision, Site | None] | None = None
        if self.config.rule_mode(rule) is Mode.OFF:
            return None
        try:
            from .site import caller

            for finding in findings():
                site = made_at if isinstance(made_at, Site) else caller(made_at)
                decision = decide(finding, self.config)
                self._report(decision, site)
                if blocked is None and decision.outcome == BLOCKED:
                    blocked = decision, site
        except Exception as fault:
            self.fault(rule, fault)
            closed = self._closed(rule)
            blocked = (closed, None) if closed else None
        return blocked

    def _own_url(self) -> str | None:
        """Return the host of this function's own URL, as the event that came through it tells."""
        invocation = self.invocation()
        event = invocation.event if invocation else None
        if isinstance(event, dict) and "InitialExecutionState" in event:
            from .events.durable import first_event

            event = first_event(event)
        context = event.get("requestContext") if isinstance(event, dict) else None
        name = context.get("domainName") if isinstance(context, dict) else None
        return name if isinstance(name, str) else None

    # Decisions and what is said of them.

    def invocation(self) -> Invocation | None:
        """Return the invocation that the calling code works for, as far as that can be told."""
        current: Invocation | None = getattr(self._thread, "invocation", None)
        if current is None and "AWS_LAMBDA_MAX_CONCURRENCY" not in os.environ:
            return self._latest
        return current

    def unjudged(self, rules: tuple[str, ...], call: Call | None) -> GuardError | None:
        """Return what refuses something that a fault kept from being judged, where the settings say closed."""
        operation = _invoke(call) if call is not None and not self.closes.isdisjoint(rules) else ""
        decision = self._closed(*rules) if operation is not None else None
        if decision is None:
            return None
        from .boundary import BLOCKS

        rule, text = decision.finding.rule, f"lambda_guard blocked this: {decision.finding.message}"
        if operation:
            from .rules.direct_invoke import blocked

            block: GuardError = blocked(text, operation)
        else:
            block = BLOCKS[rule](text)
        if (invocation := self.invocation()) is not None:
            invocation.blocked.append((decision, None, block))
        return block

    def _closed(self, *rules: str) -> Decision | None:
        """Return the refusal that a fault leads to where the settings say closed; observe is always open."""
        enforced = [rule for rule in rules if rule in self.closes]
        if not enforced:
            return None
        from .types import Finding

        message = "the guard could not judge this; see its error record"
        decision = Decision(Finding(enforced[0], "guard-fault", "unknown", message), BLOCKED)
        self._report(decision, None)
        return decision

    def _report(self, decision: Decision, site: Site | None, swallowed: bool = False) -> None:
        invocation = self.invocation()
        self.journal.finding(decision, site, invocation.context if invocation else None, swallowed)

    def _report_swallowed(self, invocation: Invocation, error: BaseException | None) -> GuardError | None:
        chain = _told_of(error)
        first = None
        for decision, site, block in invocation.blocked:
            # Drivers try a connection again, and report it by an error of their own.
            told = id(block) in chain or (error is not None and isinstance(block, OSError))
            if not told:
                first = first or block
                self._report(decision, site, swallowed=True)
        return first
