"""Powertools: logger, tracer, metrics and parameters."""

import os

os.environ["POWERTOOLS_TRACE_DISABLED"] = "true"

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities import parameters

Logger(service="orders").info("hello")
metrics = Metrics(namespace="shop", service="orders")
metrics.add_metric(name="orders", unit="Count", value=1)
metrics.flush_metrics()
try:
    parameters.get_parameter("/orders/limit")
except parameters.GetParameterError:
    pass  # nobody answers in the shape of Systems Manager here
