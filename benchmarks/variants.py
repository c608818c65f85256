"""What is measured beside the bare function: the guard by each way in, and the peers. One row each."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from lambda_guard.analysis.emulator import runtime

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
HERE = Path(__file__).resolve().parent

# What the managed runtime has already: a layer that ships it again would be measured for that.
IN_THE_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")

EVERY_RULE = {
    "LAMBDA_GUARD_MODE": "enforce",
    "LAMBDA_GUARD_AUTHORIZERS": "jwt,cognito,lambda",
    "LAMBDA_GUARD_API_IDS": "a1b2c3d4e5",
    "LAMBDA_GUARD_EVENT_SOURCES": "apigw_http_v2,apigw_rest_v1,sqs,direct",
    "LAMBDA_GUARD_PUBLIC_ROUTES": "GET /health, POST /hooks/*",
    "LAMBDA_GUARD_CONNECTION": "enforce",
}


@dataclass(frozen=True)
class Variant:
    """One way to run the same function.

    layer:   `guard` for the built layer, else the name of a folder filled with `requirements`; None for none.
    setup:   code at the top of the function's module; `after`: below its handler.
    environ: the function's variables; `{layer}` in a value is the layer's folder.
    """

    name: str
    layer: str | None = None
    requirements: tuple[str, ...] = ()
    setup: str = ""
    after: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    handler: str = "app.handler"

    @property
    def guard(self) -> bool:
        """Whether this is ours."""
        return self.layer == "guard"


BARE = Variant("bare")
OBSERVE = Variant("guard, observe", "guard")
ENFORCE = Variant("guard, enforce", "guard", environ={"LAMBDA_GUARD_MODE": "enforce"})
ALL_RULES = Variant("guard, every rule", "guard", environ=EVERY_RULE)
OTHER_WAYS_IN = (
    Variant("guard, exec wrapper", "guard", environ={"AWS_LAMBDA_EXEC_WRAPPER": "{layer}/lambda-guard"}),
    Variant("guard, handler", "guard", environ={"LAMBDA_GUARD_HANDLER": "app.handler"}, handler="lambda_guard.handler"),
    Variant(
        "guard, decorator",
        "guard",
        environ={"LAMBDA_GUARD_ATTACH": "manual"},
        setup="import lambda_guard",
        after="handler = lambda_guard.guard(handler)",
    ),
)

WRAPT = Variant(
    "wrapt 2.5.2 alone",
    "wrapt",
    ("wrapt==2.5.2",),
    setup="import wrapt",
    after="handler = wrapt.decorator(lambda wrapped, instance, args, kwargs: wrapped(*args, **kwargs))(handler)",
)
_POWERTOOLS = ("powertools", ("aws-lambda-powertools==3.37.0",))
LOGGER = Variant(
    "Powertools Logger",
    *_POWERTOOLS,
    setup="from aws_lambda_powertools import Logger\nlogger = Logger(service='function')",
    after="handler = logger.inject_lambda_context(handler)",
)
EVENT_SOURCE = Variant(
    "Powertools event_source",
    *_POWERTOOLS,
    setup="from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2, event_source",
    after="handler = event_source(data_class=APIGatewayProxyEventV2)(handler)",
)
XRAY = Variant(
    "X-Ray SDK",
    "xray",
    ("aws-xray-sdk==2.15.0",),
    setup="from aws_xray_sdk.core import patch_all\npatch_all()",
    # Nobody listens there: the packets of a real function go to the daemon's UDP port in the same way.
    environ={"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000"},
)
# What the OpenTelemetry layer's wrapper sets up, with an exporter that sends nothing.
OTEL = Variant(
    "OpenTelemetry",
    "otel",
    (
        "opentelemetry-sdk==1.45.0",
        "opentelemetry-instrumentation-botocore==0.66b0",
        "opentelemetry-instrumentation-aws-lambda==0.66b0",
    ),
    setup="""
from opentelemetry import trace
from opentelemetry.instrumentation.aws_lambda import AwsLambdaInstrumentor
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult


class Nowhere(SpanExporter):
    def export(self, spans):
        return SpanExportResult.SUCCESS


provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(Nowhere()))
trace.set_tracer_provider(provider)
BotocoreInstrumentor().instrument()
""",
    after="AwsLambdaInstrumentor().instrument()",
)
DATADOG = Variant(
    "Datadog",
    "datadog",
    ("datadog-lambda==8.130.0",),
    setup="from datadog_lambda.wrapper import datadog_lambda_wrapper",
    after="handler = datadog_lambda_wrapper(handler)",
    environ={"DD_FLUSH_TO_LOG": "true", "DD_SERVICE": "function", "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false"},
)
PEERS = (WRAPT, LOGGER, EVENT_SOURCE, XRAY, OTEL, DATADOG)

FUNCTION = """\
{collector}
{setup}
{boto3}
work = None


def plain(event, context):
    if work is not None:
        return work()
    {body}
    return {{"statusCode": 200}}


def many(call, params):
    for each in params:
        call(**each)


handler = plain
{after}
"""
BOTO3 = "import boto3\nimport stubbed_network\n\nclient = boto3.client('dynamodb')\n"
GET_ITEM = "client.get_item(TableName='orders', Key={'pk': {'S': '1'}})"


def task(folder: Path, variant: Variant, *, boto3: bool, collector: bool = True) -> Path:
    """Write the function's own folder and return it.

    collector: False to switch the garbage collector off. One of its full runs takes 20 ms once boto3 is loaded, and
    whether it falls into the start or after it is chance: a few hundred objects more or less decide.
    """
    kind = f"{'-boto3' if boto3 else ''}{'' if collector else '-uncollected'}"
    target = folder / f"task-{variant.name.replace(' ', '-').replace(',', '')}{kind}"
    target.mkdir(parents=True, exist_ok=True)
    source = FUNCTION.format(
        collector="" if collector else "import gc\ngc.disable()",
        setup=variant.setup,
        after=variant.after,
        boto3=BOTO3 if boto3 else "",
        body=GET_ITEM if boto3 else "pass",
    )
    (target / "app.py").write_text(source)
    shutil.copy(HERE / "stubbed_network.py", target)
    return target


def layer(variant: Variant, guard_layer: Path) -> Path | None:
    """Return the folder that stands for /opt, filled if need be; its packages are in `python`."""
    if variant.layer is None or variant.guard:
        return guard_layer if variant.guard else None
    opt = runtime.cache() / f"peer-{PYTHON}-{'-'.join(variant.requirements).replace('==', '-')}"
    if not opt.exists():
        partial = opt.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        runtime.install(PYTHON, partial / "python", *variant.requirements)
        for name in IN_THE_RUNTIME:
            found = partial / "python" / name
            shutil.rmtree(found, ignore_errors=True) if found.is_dir() else found.unlink(missing_ok=True)
        runtime.settle(partial, opt)
    return opt


def environ(variant: Variant, opt: Path | None) -> dict[str, str]:
    """Return the function's variables."""
    return {name: value.replace("{layer}", str(opt)) for name, value in variant.environ.items()}
