"""What is known of one function before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lambda_guard.analysis.fleet import record
from lambda_guard.analysis.fleet.record import PREFIX as PREFIX

LAYER_NAME = "lambda-guard"
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
NEXT_WRAPPER = "LAMBDA_GUARD_NEXT_WRAPPER"
OUR_WRAPPER = "/opt/lambda-guard"


@dataclass(frozen=True)
class State:
    """A function's configuration, as far as attaching concerns it.

    layers:    ARNs of versions, in their order. sizes: bytes of code and layers as they are zipped.
    revision:  changes with each update; an update names the one that it was planned on.
    update:    LastUpdateStatus: Successful, InProgress or Failed.
    signing:   a code signing configuration enforces signatures; None where nobody asked.
    aliases:   names of aliases: what they point to is not changed by an update; None where nobody asked.
    locked:    Lambda could not decrypt the variables for this reader: what there are is not known.
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
    signing: bool | None = None
    aliases: tuple[str, ...] | None = None
    locked: bool = False

    @property
    def guard_layer(self) -> str | None:
        """Return the version of the guard's layer that the function has."""
        return next((layer for layer in self.layers if self.is_guard(layer)), None)

    def is_guard(self, layer: str) -> bool:
        """Tell whether a layer is the guard's: by its name, or by what attaching noted where a team renamed it."""
        before = record.parse(self.tags.get(record.TAG))
        return layer_name(layer) == LAYER_NAME or (before is not None and record.layer_id(layer) in before.layers)

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


def read(client: Any, found: str | Mapping[str, Any]) -> State:
    """Read one function: by name or ARN, or what ListFunctions said of it, which lacks LastUpdateStatus.

    Where a key of the account's own encrypts the variables, the function itself is asked: whether a list would tell
    that they could not be decrypted is documented nowhere, and variables that are not known would be overwritten.
    Raises botocore's ClientError.
    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """
    known = {} if isinstance(found, str) else found
    if not known.get("RevisionId") or known.get("KMSKeyArn"):
        name = found if isinstance(found, str) else found["FunctionName"]
        known = client.get_function_configuration(FunctionName=name)
    state = from_configuration(known, {})
    if not state.is_python:
        return state  # nothing is done with it, whatever its tags
    return replace(state, tags=client.list_tags(Resource=state.arn).get("Tags") or {})


def signing(client: Any, state: State) -> State:
    """Add whether a function takes signed layers only."""
    answer = client.get_function_code_signing_config(FunctionName=state.name)
    return replace(state, signing=bool(answer.get("CodeSigningConfigArn")))


def aliases(client: Any, state: State) -> State:
    """Add the names of a function's aliases."""
    pages = client.get_paginator("list_aliases").paginate(FunctionName=state.name)
    return replace(state, aliases=tuple(alias["Name"] for page in pages for alias in page.get("Aliases", ())))


def from_configuration(configuration: Mapping[str, Any], tags: Mapping[str, str]) -> State:
    """Return the state that Lambda's answer describes."""
    layers = configuration.get("Layers") or ()
    environment = configuration.get("Environment") or {}
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
        variables=environment.get("Variables") or {},
        tags=tags,
        revision=configuration.get("RevisionId", ""),
        update=configuration.get("LastUpdateStatus") or "Successful",
        locked=bool(environment.get("Error")),
    )
