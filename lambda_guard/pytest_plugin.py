"""The pytest plugin: the guard around single tests, events for them, and a policy from a whole suite.

It adds nothing unless it is asked: all that it needs is imported by the option, the marker or the fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lambda_guard.testing.context import LambdaContext
    from lambda_guard.testing.guarded import Guarded
    from lambda_guard.testing.suite import Suite

MARK = "lambda_guard"
_SUITE = pytest.StashKey["Suite"]()
_GUARDED = pytest.StashKey["Guarded"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("lambda-guard")
    group.addoption(
        "--lambda-guard",
        choices=("observe", "enforce"),
        help="Guard each test: list direct invokes and connections at the end, or fail the tests that make them.",
    )
    group.addoption(
        "--lambda-guard-policy",
        metavar="FILE",
        help="Write the IAM policy that the calls of the tests need; implies --lambda-guard=observe.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and begin where an option asks for it."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(mode='observe', **settings): guard this test; settings are those of lambda_guard.toml, "
        "such as allow_invoke=['stock']",
    )
    if config.getoption("lambda_guard") or config.getoption("lambda_guard_policy"):
        _suite(config)


def _suite(config: pytest.Config) -> Suite:
    if _SUITE not in config.stash:
        from lambda_guard.testing.suite import Suite

        config.stash[_SUITE] = Suite()
    return config.stash[_SUITE]


def _guarded(item: pytest.Item) -> Guarded | None:
    """Return what guards a test; None where nobody asked for it."""
    if _GUARDED in item.stash:
        return item.stash[_GUARDED]
    marker = item.get_closest_marker(MARK)
    fixture = MARK in getattr(item, "fixturenames", ())
    mode = item.config.getoption("lambda_guard")
    if marker is None and not fixture and not mode and not item.config.getoption("lambda_guard_policy"):
        return None
    from lambda_guard.testing.guarded import BadSetting, Guarded

    if marker is not None and marker.args:
        pytest.fail(f"@pytest.mark.{MARK} takes settings by name, such as mode='enforce'", pytrace=False)
    # The nearest marker wins, setting by setting.
    settings = {name: value for one in reversed(list(item.iter_markers(MARK))) for name, value in one.kwargs.items()}
    try:
        made = Guarded(item.nodeid, {"mode": mode or "observe", **settings})
    except BadSetting as error:
        pytest.fail(f"@pytest.mark.{MARK}: {error}", pytrace=False)
    item.stash[_GUARDED] = made
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Have the guard on while a test itself runs: what its fixtures set up and take down is not judged."""
    guarded = _guarded(item)
    if guarded is None:
        return (yield)
    guarded.start()
    try:
        result = yield
    finally:
        guarded.stop()
        _suite(item.config).add(guarded)
    if told := guarded.unexpected():
        pytest.fail(told, pytrace=False)
    return result


@pytest.fixture
def lambda_guard(request: pytest.FixtureRequest) -> Guarded:
    """The guard of this test: its findings and usage, and `invoke(handler, event)` to run a handler through it."""
    guarded = _guarded(request.node)
    assert guarded is not None
    return guarded


@pytest.fixture
def lambda_event() -> Callable[..., Any]:
    """Make an event of any source: `lambda_event("http_api", authorizer="jwt")`."""
    from lambda_guard.testing.events import lambda_event

    return lambda_event


@pytest.fixture
def lambda_context() -> LambdaContext:
    """A context such as Lambda hands to a handler."""
    from lambda_guard.testing.context import LambdaContext

    return LambdaContext()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's findings to the process that tells of them, which writes the policy too."""
    config = session.config
    if _SUITE not in config.stash:
        return
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[MARK] = config.stash[_SUITE].as_text()
    elif path := config.getoption("lambda_guard_policy"):
        config.stash[_SUITE].write_policy(path)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what an xdist worker found."""
    text = getattr(node, "workeroutput", {}).get(MARK)
    if text:
        _suite(node.config).take(text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List what was found, and what the policy rests on."""
    if _SUITE in config.stash and (lines := config.stash[_SUITE].summary()):
        terminalreporter.section("lambda-guard")
        for line in lines:
            terminalreporter.write_line(line)
