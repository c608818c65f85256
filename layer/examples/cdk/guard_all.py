"""An Aspect that guards every Python function of a CDK app, with one line in it:

    Aspects.of(app).add(Guarded(layer_arns={"eu-west-1": "arn:aws:lambda:eu-west-1:123456789012:layer:lambda-guard:3"}))

or, where the layer is not published yet, from the zip that `make layer` writes:

    Aspects.of(app).add(Guarded(layer_zip="dist/lambda-guard-layer.zip", mode="enforce"))

Functions in other languages stay as they are. What the guard cannot be put on by a layer, and what would have a sixth
layer, is said as a warning of the CDK's, which `cdk synth --strict` makes an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsii
from aws_cdk import Annotations, IAspect, Stack, Token
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
MOST_LAYERS = 5
LAYER = "LambdaGuardLayer"


@jsii.implements(IAspect)
class Guarded:
    """Puts the layer and its settings on every Python function below the construct that it is added to.

    layer_arns: region -> ARN of a version of the layer. layer_zip: the layer's zip, published once in each stack that
    has a Python function. settings: more of the guard's settings by name, such as {"direct_invoke": "enforce"}.
    For one function to differ, add another Guarded to that function: the nearest one has the last word.
    """

    def __init__(
        self,
        *,
        mode: str = "observe",
        settings: Mapping[str, str] | None = None,
        layer_arns: Mapping[str, str] | None = None,
        layer_zip: str | None = None,
    ) -> None:
        if (layer_arns is None) == (layer_zip is None):
            raise ValueError("Guarded takes layer_arns or layer_zip")
        self.variables = {f"LAMBDA_GUARD_{name.upper()}": value for name, value in (settings or {}).items()}
        self.variables["LAMBDA_GUARD_MODE"] = mode
        self.layer_arns = layer_arns
        self.layer_zip = layer_zip

    def visit(self, node: IConstruct) -> None:
        # CfnFunction is what every way of making a function comes down to, constructs of other libraries included.
        if not isinstance(node, lambda_.CfnFunction):
            return
        if node.package_type == "Image":
            self.warn(node, "a container image has no layers: install lambda-guard in the image")
            return
        runtime = node.runtime or ""
        if not runtime.startswith("python"):
            return
        if runtime not in RUNTIMES:
            self.warn(node, f"{runtime} is not supported by lambda_guard")
            return
        stack = Stack.of(node)
        # What a function has may be a promise until now, to which nothing can be added: it is kept first.
        layers = stack.resolve(node.layers) or []
        if len(layers) >= MOST_LAYERS:
            self.warn(node, f"it has {MOST_LAYERS} layers, which is the most")
            return
        layer = self.layer(stack)
        if layer is None:
            self.warn(node, f"layer_arns has no layer for the region of the stack {stack.stack_name}")
            return
        node.add_property_override("Layers", [*layers, layer])
        for name, value in self.variables.items():
            node.add_property_override(f"Environment.Variables.{name}", value)

    def layer(self, stack: Stack) -> Any:
        if self.layer_arns is not None:
            return None if Token.is_unresolved(stack.region) else self.layer_arns.get(stack.region)
        made: Any = stack.node.try_find_child(LAYER)
        if made is None:
            made = lambda_.LayerVersion(
                stack,
                LAYER,
                layer_version_name="lambda-guard",
                code=lambda_.Code.from_asset(str(self.layer_zip)),
                compatible_runtimes=[lambda_.Runtime(name) for name in RUNTIMES],
                compatible_architectures=[lambda_.Architecture.X86_64, lambda_.Architecture.ARM_64],
            )
        return stack.resolve(made.layer_version_arn)

    def warn(self, node: IConstruct, reason: str) -> None:
        Annotations.of(node).add_warning_v2("lambda-guard:not-guarded", f"not guarded: {reason}")
