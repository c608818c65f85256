"""The guard around single tests: asked for by option, marker or fixture, and fully off after each."""

from __future__ import annotations

import configparser
import json
from pathlib import Path
from typing import Any

import pytest

Run = Any
ROOT = Path(__file__).resolve().parent.parent.parent


def test_it_is_an_entry_point_of_pytest() -> None:
    """An installation makes it known to pytest under the package's name."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    line = settings["options.entry_points"]["pytest11"].strip()
    assert line == "lambda_guard = lambda_guard.pytest_plugin"


def test_a_run_that_does_not_ask_imports_nothing_for_it(run: Run) -> None:
    """Beside the plugin's own file and its package, no module is loaded that is not loaded without the plugin."""
    source = """
        import json, sys
        def test_modules():
            json.dump(sorted(sys.modules), open("modules.json", "w"))
    """
    loaded = []
    for plugin in (False, True):
        run(source, plugin=plugin).assert_outcomes(passed=1)
        loaded.append(set(json.loads((run.folder / "modules.json").read_text())))
    assert loaded[1] - loaded[0] == {"lambda_guard", "lambda_guard.pytest_plugin"}


def test_observe_lists_what_was_found_at_the_end_and_fails_nothing(run: Run) -> None:
    """Each finding once, with the user's line and the tests that it was in."""
    result = run(
        """
        import app
        from moto import mock_aws
        @mock_aws
        def test_one(): app.quietly()
        @mock_aws
        def test_two(): app.quietly()
        """,
        "--lambda-guard=observe",
    )
    result.assert_outcomes(passed=2)
    text = result.stdout.str()
    assert text.count("direct_invoke stock") == 1
    assert "app.py:4: direct_invoke stock" in text
    assert "in test_it.py::test_one, test_it.py::test_two" in text


@pytest.mark.parametrize("call", ["app.stock()", "app.quietly()"])
def test_enforce_fails_the_test_that_invokes_with_the_users_line(run: Run, call: str) -> None:
    """Also where the code swallows the block."""
    result = run(f"import app\ndef test_it(): {call}\n", "--lambda-guard=enforce")
    result.assert_outcomes(failed=1)
    assert "app.py:4" in result.stdout.str()


def test_enforce_fails_the_test_that_connects(run: Run) -> None:
    """Connections are only observed in production unless settings say so; a test that enforces means both."""
    result = run(
        """
        import socket
        def test_it():
            connection = socket.socket()
            connection.settimeout(0.2)
            try:
                connection.connect(("127.0.0.1", 5432))
            except OSError:
                pass
            finally:
                connection.close()
        """,
        "--lambda-guard=enforce",
    )
    result.assert_outcomes(failed=1)
    assert "connection postgresql" in result.stdout.str()


def test_a_block_that_the_test_expects_is_no_failure(run: Run) -> None:
    """With pytest.raises, with assertRaises, and where the test reads the findings."""
    result = run(
        """
        import unittest, app, pytest, lambda_guard as guard
        @pytest.mark.lambda_guard(mode="enforce")
        def test_raises():
            with pytest.raises(guard.InvokeBlocked): app.stock()
        @pytest.mark.lambda_guard(mode="enforce")
        def test_read(lambda_guard):
            app.quietly()
            assert [found["decision"] for found in lambda_guard.findings] == ["blocked"]
        @pytest.mark.lambda_guard(mode="enforce")
        class TestCase(unittest.TestCase):
            def test_assert_raises(self):
                with self.assertRaises(guard.InvokeBlocked): app.stock()
        """
    )
    result.assert_outcomes(passed=3)


def test_the_guard_is_off_after_each_test(run: Run) -> None:
    """The next test calls what it likes, and another mode holds only for the test that has it."""
    result = run(
        """
        import app, botocore.client, pytest, sys
        from moto import mock_aws
        original = botocore.client.BaseClient._make_api_call
        finders = list(sys.meta_path)
        @pytest.mark.lambda_guard(mode="enforce")
        def test_enforced(lambda_guard):
            app.quietly()
            assert lambda_guard.findings[0]["decision"] == "blocked"
        @mock_aws
        def test_unguarded():
            from lambda_guard.runtime import attach
            assert attach._installed is None
            app.quietly()
        @mock_aws
        def test_observed(lambda_guard):
            app.quietly()
            assert (lambda_guard.mode, lambda_guard.findings[0]["decision"]) == ("observe", "would_block")
        def test_patches_are_out():
            assert botocore.client.BaseClient._make_api_call is original
            assert sys.meta_path == finders
        """
    )
    result.assert_outcomes(passed=4)


def test_a_marker_takes_the_settings_of_the_file_by_name(run: Run) -> None:
    """An allowed invoke passes; a setting that there is not fails the test and names those that there are."""
    result = run(
        """
        import app, pytest
        from moto import mock_aws
        @mock_aws
        @pytest.mark.lambda_guard(mode="enforce", allow_invoke=["stock"])
        def test_allowed(): app.quietly()
        @pytest.mark.lambda_guard(mode="enforce", alow_invoke=["stock"])
        def test_misspelled(): app.quietly()
        @pytest.mark.lambda_guard(mode="bogus")
        def test_bogus(): app.quietly()
        """
    )
    result.assert_outcomes(passed=1, failed=2)
    text = result.stdout.str()
    assert "there is no setting alow_invoke; there are: allow_invoke" in text
    assert "observe, enforce" in text


def test_usage_holds_the_calls_of_the_test_and_not_those_of_its_fixtures(run: Run) -> None:
    """CreateTable of the fixture is nothing that the function needs."""
    result = run(
        """
        def test_it(table, lambda_guard):
            for number in range(3):
                table.put_item(Item={"id": str(number)})
            calls = {(call.service, call.operation): call for call in lambda_guard.usage}
            assert calls.keys() == {("dynamodb", "PutItem")}
            assert calls["dynamodb", "PutItem"].count == 3
            assert "orders" in calls["dynamodb", "PutItem"].resource
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_the_policy_of_a_suite_holds_what_all_tests_called(run: Run, workers: tuple[str, ...]) -> None:
    """Under xdist too, and the coverage is said with it."""
    result = run(
        """
        import app
        from moto import mock_aws
        def test_put(table): table.put_item(Item={"id": "1"})
        def test_get(table): table.get_item(Key={"id": "1"})
        @mock_aws
        def test_invoke(): app.quietly()
        """,
        "--lambda-guard-policy=out/policy.json",
        *workers,
    )
    result.assert_outcomes(passed=3)
    policy = json.loads((run.folder / "out" / "policy.json").read_text())
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert actions == {"dynamodb:PutItem", "dynamodb:GetItem", "lambda:InvokeFunction"}
    assert "seen in tests only: 3 tests" in result.stdout.str()
    assert "direct_invoke stock" in result.stdout.str()
    assert "seen in tests only" in (run.folder / "out" / "policy.json.coverage.txt").read_text()


def test_asynchronous_tests_are_guarded(run: Run) -> None:
    """Whatever plugin runs them: anyio's here."""
    result = run(
        """
        import app, pytest
        @pytest.mark.anyio
        @pytest.mark.lambda_guard(mode="enforce")
        async def test_it(lambda_guard):
            app.quietly()
            assert lambda_guard.findings
        """,
        "-k", "asyncio",
    )  # fmt: skip
    result.assert_outcomes(passed=1)


def test_motos_server_is_called_as_aws_is(run: Run) -> None:
    """Calls to an endpoint on this machine are recorded."""
    result = run(
        """
        import boto3
        from moto.server import ThreadedMotoServer
        def test_it(lambda_guard):
            server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
            server.start()
            try:
                host, port = server.get_host_and_port()
                boto3.client("dynamodb", "eu-west-1", endpoint_url=f"http://{host}:{port}").list_tables()
            finally:
                server.stop()
            assert [call.operation for call in lambda_guard.usage] == ["ListTables"]
            assert lambda_guard.findings == []
        """
    )
    result.assert_outcomes(passed=1)


def test_a_handler_runs_through_the_guard(run: Run) -> None:
    """The event is judged as Lambda's would be; a decorated handler as one that is not."""
    result = run(
        """
        import app, lambda_guard as guard, pytest
        decorated = guard.guard(app.handler)
        @pytest.mark.parametrize("handler", [app.handler, decorated])
        @pytest.mark.lambda_guard(mode="enforce")
        def test_it(lambda_guard, lambda_event, lambda_context, handler):
            authorized = lambda_event("http_api", authorizer="jwt")
            assert lambda_guard.invoke(handler, authorized, lambda_context)["statusCode"] == 200
            assert lambda_guard.findings == []
            assert lambda_guard.invoke(handler, lambda_event("http_api"))["statusCode"] in (401, 403)
            assert [found["rule"] for found in lambda_guard.findings] == ["authorizer"]
        """
    )
    result.assert_outcomes(passed=2)
