"""Tells what kind of template a file is, and decodes it with its lines; cfn-lint does the decoding.

CloudFormation takes no template over 1 MB, so none is read here; plans may be larger, and lose their positions then.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lambda_guard.analysis.lint.findings import Unreadable
from lambda_guard.analysis.lint.templates import plan, serverless
from lambda_guard.analysis.lint.templates.template import Template, from_document

SUFFIXES = (".yaml", ".yml", ".json", ".template")
_MOST_BYTES = 1_000_000
_MOST_PLAN_BYTES = 64_000_000
_MOST_PLACED_BYTES = 2_000_000
_SNIFFED = 4_000_000
_MOST_INDENT = 400
_CFN = re.compile(
    rb"(?:AWSTemplateFormatVersion|[\"']?Type[\"']?\s*:\s*[\"']?(?:AWS|Custom)::|Transform[\"']?\s*:.*AWS::)"
)
_RESOURCES = re.compile(rb"^\s*[\"']?Resources[\"']?\s*:|[{,]\s*\"Resources\"\s*:", re.MULTILINE)
_PLAN = (b'"planned_values"', b'"format_version"')
_SERVERLESS = re.compile(rb"^(?:functions|resources)\s*:", re.MULTILINE)
_AWS = re.compile(rb"name[\"']?\s*:\s*[\"']?aws\b|provider\s*:\s*aws\b")
_DEEP = re.compile(rb"[\[{]\s*" * 300)


class MissingDecoder(RuntimeError):
    """cfn-lint is not installed."""


def kind_of(path: Path) -> str:
    """Return cfn, serverless or plan by what a file holds; empty for any other file. Raises Unreadable."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(_SNIFFED)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    if path.name.startswith("serverless.") and path.suffix in (".yml", ".yaml", ".json"):
        return "serverless" if _AWS.search(start) else ""  # the framework deploys to others, too
    if all(mark in start for mark in _PLAN) or (b'"resource_changes"' in start and b'"terraform_version"' in start):
        return "plan"
    if _RESOURCES.search(start) and _CFN.search(start):
        return "cfn"
    if b"provider:" in start and b"name: aws" in start and b"handler:" in start and _SERVERLESS.search(start):
        return "serverless"
    if size > _MOST_BYTES and b"AWSTemplateFormatVersion" in start:
        return "cfn"
    return ""


def decode(path: Path, kind: str) -> Template:
    """Decode a template of a kind that `kind_of` told. Raises Unreadable, with the line; MissingDecoder."""
    limit = _MOST_PLAN_BYTES if kind == "plan" else _MOST_BYTES
    if path.stat().st_size > limit:
        raise Unreadable(f"is larger than {limit / 1e6:g} MB, the most that is read of such a file")
    content = path.read_bytes()
    if _DEEP.search(content) or _is_indented_too_deeply(content):
        raise Unreadable("is nested too deeply to be decoded")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8: {error.reason}", content.count(b"\n", 0, error.start) + 1) from None
    document = _document(path, text, kind)
    if not isinstance(document, dict):
        raise Unreadable("is no mapping at its top")
    if kind == "plan":
        return plan.read(path, document)
    return serverless.read(path, document) if kind == "serverless" else from_document(path, document)


def _is_indented_too_deeply(content: bytes) -> bool:
    """Tell of block YAML nested for its own sake: indentation costs the square of the depth in memory."""
    return bool(re.search(rb"^ {%d,}[-\w\"']+ *(?::|-)" % _MOST_INDENT, content, re.MULTILINE)) or bool(
        re.search(rb"(?:- ){200,}", content)
    )


def _document(path: Path, text: str, kind: str) -> Any:
    if kind == "plan" and len(text) > _MOST_PLACED_BYTES:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"is not JSON: {error}", getattr(error, "lineno", 1), getattr(error, "colno", 1)) from None
    try:
        from cfnlint.decode import cfn_json, cfn_yaml
    except ImportError:
        raise MissingDecoder("templates are decoded by cfn-lint: pip install 'lambda-guard[lint]'") from None
    from yaml import YAMLError

    try:
        if path.suffix == ".json" or text.lstrip().startswith("{"):
            return json.loads(text, cls=cfn_json.CfnJSONDecoder)
        return serverless.load(text) if kind == "serverless" else cfn_yaml.loads(text, str(path))
    except cfn_yaml.CfnParseError as error:
        match = error.matches[0]
        raise Unreadable(f"cannot be decoded: {match.message}", match.linenumber, match.columnnumber) from None
    except cfn_json.JSONDecodeError as error:
        match = error.matches[0]
        raise Unreadable(f"is not JSON: {match.message}", match.linenumber, match.columnnumber) from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise Unreadable(f"is not YAML: {getattr(error, 'problem', None) or 'cannot be decoded'}", *where) from None
    except RecursionError:
        raise Unreadable("is nested too deeply, or holds itself") from None
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        line = getattr(error, "lineno", 1)
        raise Unreadable(f"cannot be decoded: {type(error).__name__}", line if isinstance(line, int) else 1) from None
