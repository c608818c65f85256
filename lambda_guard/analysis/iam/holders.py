"""Files that hold whole roles: templates of CloudFormation, SAM and CDK, plans of Terraform, account details of IAM."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambda_guard.analysis.iam.current import Existing
from lambda_guard.analysis.iam.grammar import Twice, UnreadablePolicy

# What stands in the place of policies in a project, and what its tool makes of it that can be read.
_INSTEAD = {
    ".tf": "Terraform's own language; give its plan: terraform plan -out=PLAN && terraform show -json PLAN > plan.json",
    ".py": "a program; for CDK give the folder that `cdk synth` writes, cdk.out",
    ".ts": "a program; for CDK give the folder that `cdk synth` writes, cdk.out",
    ".js": "a program; for CDK give the folder that `cdk synth` writes, cdk.out",
    ".tfplan": "a plan that only Terraform reads; give what `terraform show -json PLAN` prints",
}
_LISTED = 6


@dataclass
class HeldRole:
    """A role of a file. names: what it goes by there: its own, its logical id, the functions that have it."""

    names: list[str]
    statements: list[Existing] = field(default_factory=list)


def load(path: Path) -> Any:
    """Read JSON or YAML, whatever its encoding, with CloudFormation's short forms; a folder as all its templates.

    Raises UnreadablePolicy, which says what to give instead.
    """
    if path.is_dir():
        return _folder(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadablePolicy(f"{path} cannot be read: {error.strerror}.") from None
    if path.suffix.lower() in _INSTEAD:
        raise UnreadablePolicy(f"{path} is {_INSTEAD[path.suffix.lower()]}.")
    try:
        return parse_json(content)
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() in (".yaml", ".yml", ".template"):
            return _yaml(path, content)
        raise UnreadablePolicy(f"{path} holds no JSON policy: {_first(error)}") from None


def parse_json(text: str | bytes) -> Any:
    """Parse JSON of any Unicode encoding, with its mark or without; a member that stands twice is kept in mind."""
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_object)


def roles_in(found: Any) -> list[HeldRole] | None:
    """Return the roles of a parsed file; None where it is none that could hold any."""
    from lambda_guard.analysis.iam import account_details, cloudformation, terraform_plan

    if isinstance(found, dict) and "provider" in found and "service" in found:
        raise UnreadablePolicy(
            "A file of the Serverless Framework is no template yet: give what `serverless package` makes of it, "
            ".serverless/cloudformation-template-update-stack.json."
        )
    for kind in (cloudformation, terraform_plan, account_details):
        if kind.is_one(found):
            try:
                held: list[HeldRole] = kind.roles(found)
            except (AttributeError, KeyError, TypeError) as error:
                # Its own tool would not take it either: a list where an object belongs, a name that is missing.
                what = kind.__name__.rpartition(".")[2].replace("_", " ")
                raise UnreadablePolicy(f"A file that looks like {what} is not in its form: {error}.") from None
            return held
    return None


def choose(file: str, held: Sequence[HeldRole], wanted: Sequence[str]) -> list[Existing]:
    """Return the policies of the role that goes by one of the wanted names, or of the only one there is."""
    if not held:
        raise UnreadablePolicy(f"{file} has no role in it. Give the file with the role, or the role's name in IAM.")
    named = [role for role in held if any(_is_named(name, alias) for name in wanted for alias in role.names)]
    if len(named) == 1:
        return named[0].statements
    if len(held) == 1 and not any("#" in name for name in wanted):
        return held[0].statements
    names = [role.names[0] for role in held]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    raise UnreadablePolicy(
        f"{file} has {len(held)} roles ({', '.join(names[:_LISTED])}{more}), and which of them is meant is not clear: "
        f"say {file}#ROLE, or --role with its name."
    )


def _is_named(wanted: str, alias: str) -> bool:
    """Tell whether a deployed name is that of a template: CloudFormation's are STACK-LOGICALID-RANDOM."""
    name = wanted.lstrip("#").rpartition("/")[2]
    return name == alias or re.search(rf"(^|-){re.escape(alias)}-[A-Za-z0-9]+$", name) is not None


def _folder(path: Path) -> Any:
    """Merge the templates of a folder that CDK wrote: logical ids are unique within one, so each gets its file's."""
    templates = sorted(path.rglob("*.template.json"))
    if not templates:
        raise UnreadablePolicy(f"{path} has no *.template.json in it. Give a policy file, or the cdk.out of an app.")
    return {"templates": [load(template) for template in templates]}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    doubled = Twice(found)
    doubled.names = tuple(key for key in found if keys.count(key) > 1)
    return doubled


def _yaml(path: Path, content: bytes) -> Any:
    import yaml

    from lambda_guard.analysis.iam.cloudformation import loader

    try:
        return yaml.load(content, loader())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadablePolicy(f"{path} holds neither JSON nor YAML: {_first(error)}") from None


def _first(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    return str(error).splitlines()[0] if str(error) else type(error).__name__
