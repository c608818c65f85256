"""What is known of one function before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LAYER_NAME = "lambda-guard"
PREFIX = "LAMBDA_GUARD_"
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
NEXT_WRAPPER = "LAMBDA_GUARD_NEXT_WRAPPER"
OUR_WRAPPER = "/opt/lambda-guard"


@dataclass(frozen=True)
class State:
    """A function's configuration, as far as attaching concerns it.

    layers:    ARNs of versions, in their order. sizes: bytes of code and layers as they are zipped.
    revision:  changes with each update; an update names the one that it was planned on.
    update:    LastUpdateStatus: Successful, InProgress or Failed.
    signing:   a code signing configuration enforces signatures.
    aliases:   names of aliases: what they point to is not changed by an update.
    """

    name: str
    arn: str
    region: str
    runtime: str
    handler: str
    package: str
    architectures: tuple[str, ...]
    layers: tuple[str, ...]
    sizes: int
    variables: Mapping[str, str] = field(repr=False)
    tags: Mapping[str, str] = field(repr=False)
    revision: str = ""
    update: str = "Successful"
    signing: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def guard_layer(self) -> str | None:
        """Return the version of the guard's layer that the function has."""
        return next((layer for layer in self.layers if layer_name(layer) == LAYER_NAME), None)

    @property
    def is_python(self) -> bool:
        """Tell whether the function runs a managed Python; an image does not say what it runs."""
        return self.runtime.startswith("python") or self.package == "Image"


def layer_name(arn: str) -> str:
    """Return the name of a layer in the ARN of one of its versions."""
    fields = arn.split(":")
    return fields[6] if len(fields) > 6 else ""


def layer_version(arn: str) -> int | None:
    """Return the number of a layer's version; None where the ARN has none."""
    number = arn.rpartition(":")[2]
    return int(number) if number.isdecimal() else None


def read(client: Any, name: str) -> State:
    """Read one function, by name or ARN, with the three calls that tell most and need least.

    Raises botocore's ClientError.
    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """
    configuration = client.get_function_configuration(FunctionName=name)
    arn, name = configuration["FunctionArn"], configuration["FunctionName"]
    tags = client.list_tags(Resource=arn).get("Tags") or {}
    signing = False
    if configuration.get("PackageType", "Zip") == "Zip":
        signing = bool(client.get_function_code_signing_config(FunctionName=name).get("CodeSigningConfigArn"))
    pages = client.get_paginator("list_aliases").paginate(FunctionName=name)
    aliases = tuple(alias["Name"] for page in pages for alias in page.get("Aliases", ()))
    return from_configuration(configuration, tags, signing=signing, aliases=aliases)


def from_configuration(
    configuration: Mapping[str, Any],
    tags: Mapping[str, str],
    *,
    signing: bool = False,
    aliases: tuple[str, ...] = (),
) -> State:
    """Return the state that Lambda's answer describes."""
    layers = configuration.get("Layers") or ()
    arn = configuration["FunctionArn"]
    return State(
        name=configuration["FunctionName"],
        arn=arn,
        region=arn.split(":")[3],
        runtime=configuration.get("Runtime") or "",
        handler=configuration.get("Handler") or "",
        package=configuration.get("PackageType") or "Zip",
        architectures=tuple(configuration.get("Architectures") or ("x86_64",)),
        layers=tuple(layer["Arn"] for layer in layers),
        sizes=configuration.get("CodeSize", 0) + sum(layer.get("CodeSize", 0) for layer in layers),
        variables=(configuration.get("Environment") or {}).get("Variables") or {},
        tags=tags,
        revision=configuration.get("RevisionId", ""),
        update=configuration.get("LastUpdateStatus") or "Successful",
        signing=signing,
        aliases=aliases,
    )
