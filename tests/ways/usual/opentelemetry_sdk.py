"""OpenTelemetry with a tracer provider and a span around calls."""

import boto3
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
with trace.get_tracer("orders").start_as_current_span("handler"):
    boto3.client("dynamodb").get_item(TableName="orders", Key={"pk": {"S": "1"}})
assert len(exporter.get_finished_spans()) == 1
