"""Other layers' redirects, and libraries that patch what the guard patches or bring the wrapt that it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_guard.analysis.emulator.function import Function

if TYPE_CHECKING:
    from .conftest import Start

Package = Callable[..., Path]
ENFORCE = {"LAMBDA_GUARD_MODE": "enforce"}
OPENTELEMETRY = (
    "opentelemetry-instrumentation-aws-lambda==0.66b1", "opentelemetry-instrumentation-botocore==0.66b1",
    "opentelemetry-sdk==1.45.1",
)  # fmt: skip
DATADOG = ("datadog-lambda==8.130.0",)
XRAY = ("aws-xray-sdk==2.15.0",)

APP = """
    import os

    import boto3
    from botocore.exceptions import ClientError

    def handler(event, context):
        try:
            boto3.client("lambda").invoke(FunctionName="other")
        except ClientError as error:
            return {"code": error.response["Error"]["Code"], "handler": os.environ["_HANDLER"], "patches": patches()}

    def patches():
        from botocore.client import BaseClient
        found, method = [], BaseClient.__dict__["_make_api_call"]
        while hasattr(method, "__wrapped__"):
            wrapper = getattr(method, "_self_wrapper", None)
            found.append((wrapper.__module__ if wrapper else method.__globals__["__name__"]).split(".")[0])
            method = method.__wrapped__
        return [name for name in found if name != "botocore"]
"""

# A wrapper that is in before the guard's: the guard then uses wrapt itself, since it must be bound as a class does.
WRAPPED_BEFORE = {
    "early.pth": "import early\n",
    "early.py": """
        import botocore.client
        import wrapt

        def bound(wrapped, instance, args, kwargs):
            assert instance.meta.service_model.service_name == "lambda"
            return wrapped(*args, **kwargs)

        wrapt.wrap_function_wrapper(botocore.client, "BaseClient._make_api_call", bound)
    """,
}

# OpenTelemetry's layer is not on the package index. This does what its otel_wrapper.py and otel-instrument do: the
# real instrumentors are turned on, then the module that ORIG_HANDLER names is imported; the script moves _HANDLER
# to ORIG_HANDLER and sets PYTHONPATH.
OTEL_WRAPPER = """
    import os
    import sys
    from importlib import import_module

    from opentelemetry import trace
    from opentelemetry.instrumentation.aws_lambda import AwsLambdaInstrumentor
    from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

    class Print(SpanExporter):
        def export(self, spans):
            for span in spans:
                print("SPAN", span.name, span.status.status_code.name, *(event.name for event in span.events))

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Print()))
    trace.set_tracer_provider(provider)
    BotocoreInstrumentor().instrument()
    AwsLambdaInstrumentor().instrument()
    module, _, name = os.environ["ORIG_HANDLER"].rpartition(".")
    lambda_handler = getattr(import_module(module.replace("/", ".")), name)
"""
OTEL_INSTRUMENT = """\
#!/bin/sh
export ORIG_HANDLER="$_HANDLER" _HANDLER="otel_wrapper.lambda_handler"
export PYTHONPATH="${0%/*}/python:$LAMBDA_RUNTIME_DIR"
exec "$@"
"""


def blocks(function: Function, *, name: str = "handler") -> dict[str, Any]:
    """Assert that the function's invoke is blocked and reported once, at the user's line; return the answer."""
    answer: dict[str, Any] = function.invoke({"key": "value"})
    assert isinstance(answer, dict), function.output
    assert answer.get("code") == "AccessDeniedException", function.output
    (finding,) = [finding for finding in function.of_kind("finding") if not finding["swallowed"]]
    assert finding["site"]["file"].endswith("/task/app.py")
    assert finding["site"]["function"] == name
    assert len(function.of_kind("attached")) == 1
    assert function.of_kind("error") == []
    assert function.of_kind("usage")[-1]["invocations"] == 1
    (call,) = [call for call in function.of_kind("usage")[-1]["calls"] if call["operation"] == "Invoke"]
    assert (call["count"], call["refused"]) == (0, 1)
    return answer


@pytest.fixture
def otel(package: Package, layers: Callable[[Mapping[str, str]], Path]) -> Path:
    """Our layer with what stands for OpenTelemetry's over it."""
    folder = layers({"python/otel_wrapper.py": OTEL_WRAPPER, "otel-instrument": OTEL_INSTRUMENT})
    for entry in package(*OPENTELEMETRY).iterdir():
        if not (folder / "python" / entry.name).exists():
            (folder / "python" / entry.name).symlink_to(entry)
    return folder


@pytest.mark.parametrize("order", ["inside the .pth redirect", "after our wrapper", "before our wrapper", "visible"])
def test_opentelemetry(start: Start, otel: Path, order: str) -> None:
    """OpenTelemetry's layer and ours guard and trace the same function, whichever has the exec wrapper's slot."""
    environ: dict[str, str] = {
        "inside the .pth redirect": {"ORIG_HANDLER": "app.handler"},
        "after our wrapper": {
            "AWS_LAMBDA_EXEC_WRAPPER": f"{otel}/lambda-guard", "LAMBDA_GUARD_NEXT_WRAPPER": f"{otel}/otel-instrument"
        },
        "before our wrapper": {"AWS_LAMBDA_EXEC_WRAPPER": f"{otel}/otel-then-guard"},
        "visible": {"AWS_LAMBDA_EXEC_WRAPPER": f"{otel}/otel-instrument", "LAMBDA_GUARD_HANDLER": "app.handler"},
    }[order]  # fmt: skip
    handler = {"inside the .pth redirect": "otel_wrapper.lambda_handler", "visible": "lambda_guard.handler"}.get(
        order, "app.handler"
    )
    chained = otel / "otel-then-guard"
    chained.write_text(OTEL_INSTRUMENT.replace('exec "$@"', 'exec "${0%/*}/lambda-guard" "$@"'))
    chained.chmod(0o755)
    function = start(APP, handler, layer=otel, environ={**ENFORCE, **environ})
    blocks(function)
    spans = [line.split() for line in function.output.splitlines() if line.startswith("SPAN")]
    assert [span[:2] for span in spans if span[1] == "function"] == [["SPAN", "function"]], function.output
    # The finding is on the call's span, where that is open by then; that its block was swallowed, on the handler's,
    # which is over where the guard is around OpenTelemetry.
    found = [span[1] for span in spans if "lambda_guard.finding" in span]
    assert found in (["function"], ["Lambda.Invoke"], ["Lambda.Invoke", "function"])


@pytest.mark.parametrize("handler", ["datadog_lambda.handler.handler", "lambda_guard.handler"])
def test_datadog(start: Start, package: Package, handler: str) -> None:
    """Datadog's handler redirect inside the guard, and the guard's public handler inside Datadog's."""
    environ = {
        **ENFORCE,
        "DD_LAMBDA_HANDLER": "app.handler",
        "DD_TRACE_ENABLED": "true",
        "DD_FLUSH_TO_LOG": "true",
        "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
        "DD_REMOTE_CONFIGURATION_ENABLED": "false",
        "DD_API_KEY": "none",
    }
    if handler == "lambda_guard.handler":
        handler = "datadog_lambda.handler.handler"
        environ |= {"DD_LAMBDA_HANDLER": "lambda_guard.handler", "LAMBDA_GUARD_HANDLER": "app.handler"}
    function = start(APP, handler, environ=environ, packages=[package(*DATADOG)])
    blocks(function)
    assert '"aws.lambda.enhanced.invocations"' in function.output  # Datadog's own count of this invocation


def test_user_decorated_with_opentelemetry(start: Start, package: Package) -> None:
    """A function that instruments itself by `_HANDLER` finds its own handler there, not the guard's."""
    source = """
        import os

        import boto3
        from botocore.exceptions import ClientError
        from opentelemetry.instrumentation.aws_lambda import AwsLambdaInstrumentor

        def handler(event, context):
            try:
                boto3.client("lambda").invoke(FunctionName="other")
            except ClientError as error:
                return {"code": error.response["Error"]["Code"]}

        AwsLambdaInstrumentor().instrument()
        wrapped = type(handler).__name__
    """
    function = start(source, environ=ENFORCE, packages=[package(*OPENTELEMETRY)])
    blocks(function)


# tracer -> its packages, and what turns its patch of botocore on
BOTOCORE_PATCHES = {
    "opentelemetry": (
        OPENTELEMETRY,
        """
        from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
        BotocoreInstrumentor().instrument()
        """,
    ),
    "aws_xray_sdk": (
        XRAY,
        """
        from aws_xray_sdk.core import patch, xray_recorder
        xray_recorder.configure(context_missing="IGNORE_ERROR")
        patch(["botocore"])
        """,
    ),
    "ddtrace": (
        DATADOG,
        """
        import ddtrace
        ddtrace.patch(botocore=True)
        """,
    ),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("tracer", BOTOCORE_PATCHES)
def test_other_patch_of_botocore(start: Start, package: Package, tracer: str, when: str) -> None:
    """A tracer that patched botocore before the guard or patches it afterwards keeps its patch, and so do we."""
    packages, code = BOTOCORE_PATCHES[tracer]
    environ = {**ENFORCE, "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false", "DD_TRACE_ENABLED": "false"}
    files = {"tracer.py": code, "app.py": APP if when == "before" else "import tracer\n" + APP.replace("\n    ", "\n")}
    if when == "before":
        files["early.pth"] = "import tracer\n"
    function = start(files, environ=environ, packages=[package(*packages)])
    patches = blocks(function)["patches"]
    assert sorted(patches) == sorted(["lambda_guard", tracer])
    assert tracer == "ddtrace" or patches.index(tracer) == (1 if when == "before" else 0)  # ddtrace waits as we do


@pytest.mark.parametrize("version", ["1.15.0", "1.16.0", "1.17.3", "2.0.1", "2.5.2"])
def test_own_wrapt(start: Start, package: Package, python: str, version: str) -> None:
    """The function's own wrapt comes before the layer's, and the guard works with it."""
    if version == "1.15.0" and python != "3.11":
        pytest.skip("wrapt 1.15 has no wheels for later Pythons")
    source = APP.replace('"handler": os.environ["_HANDLER"]', '"wrapt": __import__("wrapt").__version__')
    function = start(
        {**WRAPPED_BEFORE, "app.py": source}, environ=ENFORCE, packages=[package(f"wrapt=={version}")]
    )
    assert blocks(function)["wrapt"] == version


def test_wrapt_without_its_extension(start: Start) -> None:
    """The guard also works on wrapt's pure Python."""
    function = start({**WRAPPED_BEFORE, "app.py": APP}, environ={**ENFORCE, "WRAPT_DISABLE_EXTENSIONS": "1"})
    blocks(function)


@pytest.mark.parametrize("version", ["1.28.0", "1.34.0"])
def test_own_boto3(start: Start, package: Package, version: str) -> None:
    """An older SDK that the function brings along is guarded as the runtime's own is."""
    source = APP.replace('"handler": os.environ["_HANDLER"]', '"boto3": boto3.__version__')
    assert blocks(start(source, environ=ENFORCE, packages=[package(f"boto3=={version}")]))["boto3"] == version


# What wraps handlers, or the runtime client itself, in the user's own code.
AROUND = {
    "powertools": (
        ("aws-lambda-powertools==3.37.0",),
        """
        from aws_lambda_powertools import Logger, Metrics
        from aws_lambda_powertools.middleware_factory import lambda_handler_decorator

        @lambda_handler_decorator
        def middleware(handler, event, context):
            return handler(event, context)

        def wrap(handler):
            return middleware(Logger(service="orders").inject_lambda_context(handler))
        """,
    ),
    "sentry": (
        ("sentry-sdk==2.75.0",),
        """
        import sentry_sdk
        from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration

        sentry_sdk.init(integrations=[AwsLambdaIntegration()])

        def wrap(handler):
            return handler
        """,
    ),
}


@pytest.mark.parametrize("name", AROUND)
def test_wrapped_by_the_user(start: Start, package: Package, name: str) -> None:
    """Decorators of the function's own, and SDKs that patch the runtime client, go on working inside the guard."""
    packages, code = AROUND[name]
    files = {"around.py": code, "app.py": APP + "\n    import around\n    handler = around.wrap(handler)\n"}
    function = start(files, environ=ENFORCE, packages=[package(*packages)])
    blocks(function)
    function = start(files, packages=[package(*packages)])
    function.invoke({})
    (call,) = function.of_kind("usage")[-1]["calls"]
    assert call["in_handler"] == 1  # the handler is seen through what is around it


def test_site_behind_a_tracer(start: Start, package: Package) -> None:
    """A call made through a tracer's wrappers is reported at the user's line, not the tracer's."""
    packages, code = BOTOCORE_PATCHES["opentelemetry"]
    source = "import tracer\n" + APP.replace("\n    ", "\n")
    function = start({"tracer.py": code, "app.py": source}, packages=[package(*packages)])
    function.invoke({})
    (finding,) = function.of_kind("finding")
    assert finding["site"]["function"] == "handler"
