"""Which functions a command is about: names, tags, prefixes, regular expressions, or all of some regions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

_QUALIFIED = re.compile(r"(?:(?:arn:[^:]+:lambda:[^:]+:)?\d{12}:function:)?[^:]+:[^:]+")


class WrongSelection(ValueError):
    """A selection that means nothing, or names a function that is not there."""


@dataclass(frozen=True)
class Selection:
    """What is selected: a function that any of names, prefixes, regexes and tags selects, less what is excluded.

    names: names, partial or full ARNs. tags: pairs that must all be there. exclude: globs of names.
    """

    names: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    prefixes: tuple[str, ...] = ()
    regexes: tuple[re.Pattern[str], ...] = ()
    everything: bool = False
    exclude: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise WrongSelection where nothing is selected: nobody changes a whole account by leaving out a word."""
        if not (self.names or self.tags or self.prefixes or self.regexes or self.everything):
            raise WrongSelection("Say which functions: names, --tag, --prefix, --regex or --all.")
        for name in self.names:
            if _QUALIFIED.fullmatch(name):
                raise WrongSelection(
                    f"{name} is a version or an alias, which cannot be changed: say {short_name(name)}."
                )

    def by_name(self, name: str) -> bool:
        """Tell whether a function is selected by its name alone."""
        return (
            self.everything
            or any(name.startswith(prefix) for prefix in self.prefixes)
            or any(regex.search(name) for regex in self.regexes)
        )

    def excluded(self, name: str) -> bool:
        """Tell whether a function is left out."""
        return any(fnmatchcase(name, glob) for glob in self.exclude)


def parse_tags(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Read K=V. Raises WrongSelection."""
    pairs = []
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise WrongSelection(f"--tag takes KEY=VALUE, not {text}")
        pairs.append((key, value))
    return tuple(pairs)


def parse_regexes(given: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Compile regular expressions. Raises WrongSelection."""
    compiled = []
    for text in given:
        try:
            compiled.append(re.compile(text))
        except re.error as error:
            raise WrongSelection(f"--regex {text} is no regular expression: {error}") from None
    return tuple(compiled)


def find(client: Any, tagging: Any, selection: Selection, region: str) -> Iterator[str | Mapping[str, Any]]:
    """Yield the selected functions of one region, each once: a name, an ARN, or what ListFunctions says of it.

    client, tagging: boto3's `lambda` and `resourcegroupstaggingapi`; the latter is only asked where tags select.
    """
    seen: set[str] = set()
    for found in _found(client, tagging, selection, region):
        short = short_name(found if isinstance(found, str) else found["FunctionName"])
        if short not in seen and not selection.excluded(short):
            seen.add(short)
            yield found


def _found(client: Any, tagging: Any, selection: Selection, region: str) -> Iterator[str | Mapping[str, Any]]:
    yield from (name for name in selection.names if region_of(name) in (None, region))
    if selection.everything or selection.prefixes or selection.regexes:
        for page in client.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                if selection.by_name(function["FunctionName"]):
                    yield function
    if selection.tags:
        yield from _tagged(tagging, selection.tags)


def _tagged(tagging: Any, tags: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Ask for the functions that have all tags. Filters of one key are alternatives there, so keys are grouped.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    filters: dict[str, list[str]] = {}
    for key, value in tags:
        filters.setdefault(key, []).append(value)
    pages = tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["lambda:function"],
        TagFilters=[{"Key": key, "Values": values} for key, values in filters.items()],
    )
    for page in pages:
        for resource in page["ResourceTagMappingList"]:
            arn: str = resource["ResourceARN"]
            if _has(resource, filters):
                yield arn


def _has(resource: Mapping[str, Any], filters: Mapping[str, list[str]]) -> bool:
    """Tell whether a resource has the tags, whatever the answer was filtered by."""
    tags = {tag["Key"]: tag["Value"] for tag in resource.get("Tags", ())}
    return all(tags.get(key) in values for key, values in filters.items())


def region_of(name: str) -> str | None:
    """Return the region that an ARN names; None for a name, which is of any."""
    fields = name.split(":")
    return fields[3] if fields[0] == "arn" and len(fields) > 5 else None


def short_name(name: str) -> str:
    """Return the name of a function in a name or in an ARN, whole or partial."""
    fields = name.split(":")
    if "function" in fields:
        return fields[fields.index("function") + 1] if fields[-1] != "function" else name
    return fields[0]
