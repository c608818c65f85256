"""`lambda-guard event`: what the guard thinks of given events, under given settings."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from lambda_guard.cli.event_files import NotAnEvent, read
from lambda_guard.runtime import events
from lambda_guard.runtime.errors import ConfigurationError
from lambda_guard.runtime.events.rest import CONSOLE_TEST_INVOKE
from lambda_guard.runtime.events.routes import is_public, route_name
from lambda_guard.runtime.guard import decide
from lambda_guard.runtime.rules import authorizer, event_source
from lambda_guard.runtime.settings.config import Config, load
from lambda_guard.runtime.settings.table import PREFIX, SETTINGS, BadValue
from lambda_guard.runtime.types import ALLOWED, BLOCKED, WOULD_BLOCK, Decision, Finding, Mode

# Settings that can be given as options: what they are for.
_OPTIONS = {
    "mode": "off, observe or enforce; enforce where nothing else is said",
    "authorizers": "kinds of authorizer that count, such as jwt,lambda",
    "public-routes": "routes that need none, such as 'GET /health, ANY /hooks/*'",
    "api-ids": "the APIs that are ours",
    "event-sources": "the event sources that the function expects, such as apigw_http_v2,sqs; see docs/events.md",
    "cors-preflight": "allow or check",
}
_COLORS = {ALLOWED: "green", WOULD_BLOCK: "yellow", BLOCKED: "red"}


class Verdict(NamedTuple):
    """What is said of one event; the keys of a line of `--json`."""

    file: str
    source: str
    http: bool
    authorizer: str | None
    authorized: bool | None
    decision: str
    reason: str


def _setting_options(command: Callable[..., None]) -> Callable[..., None]:
    for name, purpose in reversed(_OPTIONS.items()):
        variable = PREFIX + name.upper().replace("-", "_")
        command = click.option(f"--{name}", help=f"As {variable}: {purpose}.")(command)
    return command


@click.command("event", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_setting_options
def event(files: tuple[str, ...], as_json: bool, **settings: str | None) -> None:
    """Tell of each event what sent it, who vouches for its caller, and what the guard decides.

    FILE holds an event as JSON, or several: in an array, one a line, or over several lines as tools print them. It may
    be compressed with gzip, a folder with such files, or - for standard input. Settings are those of the environment
    and of ./lambda_guard.toml, unless options say otherwise.

    Exit code: 0 when every event is allowed, 1 when one is not, 2 when one could not be read.
    """
    config = _config({name: value for name, value in settings.items() if value is not None})
    refused = unreadable = False
    for name, content in read(files):
        if isinstance(content, NotAnEvent):
            unreadable = True
            click.echo(_printable(str(content)), err=True)
            continue
        verdict = judge(name, content, config)
        refused |= verdict.decision != ALLOWED
        click.echo(json.dumps(verdict._asdict()) if as_json else _text(verdict))
    if unreadable or refused:
        sys.exit(2 if unreadable else 1)


def _config(options: dict[str, str]) -> Config:
    for name, value in options.items():
        try:
            SETTINGS[name][0](value)
        except BadValue as error:
            raise click.BadParameter(f"{value!r}; it {error}", param_hint=f"--{name.replace('_', '-')}") from None
    environ = {**os.environ, **{PREFIX + name.upper(): value for name, value in options.items()}}
    try:
        config = load(environ)
        if "mode" not in config.origin:
            config = load({**environ, PREFIX + "MODE": "enforce"})
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    for problem in (*config.problems, *config.weakened):
        click.echo(f"warning: {problem}", err=True)
    return config


def judge(name: str, event: Any, config: Config) -> Verdict:
    """Apply the event rules of a configuration to one event; of a durable function's envelope, to the event in it."""
    source = events.read(event)
    if source.inner is not None:
        event = source.inner(event)
        source = events.read(event)
    if source.replays:
        return Verdict(name, source.name, source.http, None, None, ALLOWED, _REPLAY)
    kinds = source.authorizer(event) if source.authorizer else ()
    unexpected = _unless_off(event_source.check, event, source, config, config.event_source)
    unauthorized = _unless_off(authorizer.check, event, source, config, config.authorizer)
    authorized = _authorized(source, kinds, unauthorized, config)
    # Of two findings, the one that decides.
    decided = [decide(finding, config) for finding in (unexpected, unauthorized) if finding]
    if decided:
        decision = min(decided, key=lambda decision: _SEVERITY.index(decision.outcome))
        outcome, reason = decision.outcome, _why_decided(decision)
    else:
        outcome, reason = ALLOWED, _why_allowed(event, source, kinds, authorized, config)
    kind = kinds[0] if kinds else None
    return Verdict(name, source.name, source.http, kind, authorized, outcome, reason)


_REPLAY = "a later run of a durable function, whose event was judged in the first"
_SEVERITY = (BLOCKED, WOULD_BLOCK, ALLOWED)
_Check = Callable[[Any, events.Source, Config], "Finding | None"]


def _unless_off(check: _Check, event: Any, source: events.Source, config: Config, mode: Mode) -> Finding | None:
    return None if mode is Mode.OFF else check(event, source, config)


def _why_decided(decision: Decision) -> str:
    message, exemption = decision.finding.message, decision.exemption
    if exemption is None:
        return message
    if decision.expired:
        return f"{message} (the exemption of {exemption.target!r} expired: its last day was {exemption.until})"
    return f"exempt: {message}"


def _authorized(source: events.Source, kinds: tuple[str, ...], finding: Finding | None, config: Config) -> bool | None:
    if source.authorizer is None or CONSOLE_TEST_INVOKE in kinds:
        return None
    if finding is not None and finding.issue in ("token-not-verified", "verification-impossible"):
        return False
    accepted = authorizer.DEFAULT_KINDS if config.authorizers is None else config.authorizers
    return any(kind in accepted for kind in kinds)


def _why_allowed(
    event: Any, source: events.Source, kinds: tuple[str, ...], authorized: bool | None, config: Config
) -> str:
    if source.authorizer is None:
        if source is events.DIRECT:
            return "no event source recognised: a direct invoke, which IAM alone authorizes"
        return f"{source.name} has no caller for an authorizer to vouch for"
    if authorized:
        return _VOUCHED.get(kinds[0], f"the authorizer context is of kind {kinds[0]}")
    if config.authorizer is Mode.OFF:
        return "the authorizer rule is off"
    if source.settled is not None and source.settled(event):
        return "WebSocket callers are authorized on CONNECT, and later messages inherit that"
    route = source.route(event)
    if is_public(route, config.public_routes):
        return f"{route_name(route)} is in public_routes"
    return "a CORS preflight carries no credentials, and cors_preflight allows it"


_VOUCHED = {
    "jwt": "a JWT authorizer vouches for the caller",
    "cognito": "a Cognito user pool vouches for the caller",
    "lambda": "a Lambda authorizer vouches for the caller",
    "iam": "the caller signed the request with IAM credentials",
    "mtls": "the caller's client certificate was verified",
    "cloudfront_oac": "CloudFront signed the request, whoever sent it, and the authorizers setting accepts that",
    "alb_oidc": "the load balancer's OIDC header names the caller; only verify can prove that it is genuine",
}


def _text(verdict: Verdict) -> str:
    who = f", authorizer {verdict.authorizer}" if verdict.authorizer else ", no authorizer"
    about = f"{verdict.source}{who if verdict.authorized is not None else ''}"
    mark = click.style(f"{verdict.decision.replace('_', ' '):12}", fg=_COLORS[verdict.decision])
    return f"{mark}{_printable(verdict.file)}  ({about})\n{'':12}{_printable(verdict.reason)}"


def _printable(text: str) -> str:
    """Keep what an event or a file name holds from steering the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
