"""Which deployment a function belongs to, as its tags tell, and the lines that belong into that template."""

from __future__ import annotations

from collections.abc import Mapping

from lambda_guard.analysis.fleet.state import State

_STACK = "aws:cloudformation:stack-name"
_LOGICAL = "aws:cloudformation:logical-id"


def owner(tags: Mapping[str, str]) -> str | None:
    """Say which tool deploys a function; None where no tag tells.

    CloudFormation tags what it makes; SAM adds `lambda:createdBy`, the Serverless Framework `STAGE`, the CDK nothing
    that stays on the function. Terraform adds no tag by itself, but many who use it do.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """
    tool = tool_of(tags)
    if tool is None:
        return None
    stack = tags.get(_STACK)
    return f"{tool} stack {stack}" if stack else tool


def tool_of(tags: Mapping[str, str]) -> str | None:
    """Name the tool that deploys a function."""
    if _STACK in tags:
        if tags.get("lambda:createdBy") == "SAM":
            return "SAM"
        if any(name.startswith(("aws-cdk:", "aws:cdk:")) for name in tags):
            return "CDK"
        if "STAGE" in tags and tags[_STACK].endswith(f"-{tags['STAGE']}"):
            return "Serverless Framework"
        return "CloudFormation"
    words = " ".join(f"{name} {value}" for name, value in tags.items()).lower()
    if "terraform" in words or "opentofu" in words:
        return "Terraform"
    return "Pulumi" if "pulumi" in words else None


def lines(state: State, layer: str, settings: Mapping[str, str]) -> str:
    """Return what a template has to say of this function, so that a deployment keeps what was attached."""
    tool = tool_of(state.tags)
    if tool in ("SAM", "CloudFormation"):
        name = state.tags.get(_LOGICAL, "YourFunction")
        variables = "".join(f"\n        {key}: {_quoted(value)}" for key, value in sorted(settings.items()))
        environment = f"\n    Environment:\n      Variables:{variables}" if variables else ""
        return f"{name}:\n  Properties:\n    Layers:\n      - {layer}{environment}"
    if tool == "Serverless Framework":
        variables = "".join(f"\n      {key}: {_quoted(value)}" for key, value in sorted(settings.items()))
        environment = f"\n    environment:{variables}" if variables else ""
        return f"functions:\n  {state.name}:\n    layers:\n      - {layer}{environment}"
    if tool == "Terraform":
        variables = "".join(f"\n    {key} = {_quoted(value)}" for key, value in sorted(settings.items()))
        environment = f"\nenvironment {{\n  variables = {{{variables}\n  }}\n}}" if variables else ""
        return f"layers = [{_quoted(layer)}]{environment}"
    if tool == "CDK":
        added = (f"\nfn.add_environment({_quoted(key)}, {_quoted(value)})" for key, value in sorted(settings.items()))
        variables = "".join(added)
        return f'fn.add_layers(LayerVersion.from_layer_version_arn(self, "LambdaGuard", {_quoted(layer)})){variables}'
    return ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
