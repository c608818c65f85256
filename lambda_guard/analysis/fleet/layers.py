"""The layer's versions in an account: published where the content is new, found by its digest, shared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambda_guard.analysis.fleet.plan import ARCHITECTURES, RUNTIMES
from lambda_guard.analysis.fleet.state import LAYER_NAME

_ACCOUNT = re.compile(r"\d{12}")
_VERSION = re.compile(r"arn:[^:]+:lambda:([^:]+):\d{12}:layer:[A-Za-z0-9_-]+:\d+")
_ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}")


class WrongShare(ValueError):
    """Neither an account nor an organisation."""


class WrongLayer(ValueError):
    """No ARN of a layer's version, or of one in another region."""


@dataclass(frozen=True)
class Version:
    """A published version: its ARN and number, and whether it was published now."""

    arn: str
    number: int
    new: bool


def description(version: str, digest: str) -> str:
    """Return what a version's description says, by which the same content is found again."""
    return f"lambda_guard {version} sha256:{digest[:32]}"


def find(client: Any, text: str) -> Version | None:
    """Return the newest version with a description; None where there is none.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html
    """
    for page in client.get_paginator("list_layer_versions").paginate(LayerName=LAYER_NAME):
        for version in page["LayerVersions"]:
            if version.get("Description") == text:
                return Version(version["LayerVersionArn"], version["Version"], False)
    return None


def newest(client: Any, layer: str = LAYER_NAME) -> int | None:
    """Return the number of a layer's newest version, by its name or ARN; None where it has none."""
    versions = client.list_layer_versions(LayerName=layer, MaxItems=1)["LayerVersions"]
    return versions[0]["Version"] if versions else None


def publish(client: Any, zip_file: Path, text: str) -> Version:
    """Publish a zip as the next version, unless its content is there already."""
    found = find(client, text)
    if found is not None:
        return found
    made = client.publish_layer_version(
        LayerName=LAYER_NAME,
        Description=text,
        Content={"ZipFile": zip_file.read_bytes()},
        CompatibleRuntimes=list(RUNTIMES),
        CompatibleArchitectures=list(ARCHITECTURES),
        LicenseInfo="Apache-2.0",
    )
    return Version(made["LayerVersionArn"], made["Version"], True)


def check_share(whom: Iterable[str]) -> None:
    """Raise WrongShare for what is neither an account nor an organisation, before anything is published."""
    for one in whom:
        if not (_ACCOUNT.fullmatch(one) or _ORGANISATION.fullmatch(one)):
            raise WrongShare(f"--share takes an account (12 digits) or an organisation (o-...), not {one}")


def check_arn(arn: str, regions: Iterable[str]) -> None:
    """Raise WrongLayer for what functions of these regions cannot have: Lambda takes layers of the own region only."""
    found = _VERSION.fullmatch(arn)
    if found is None:
        raise WrongLayer(f"--layer takes the ARN of a layer's version, with its number at the end, not {arn}")
    others = [region for region in regions if region != found[1]]
    if others:
        raise WrongLayer(f"--layer is of {found[1]}, and cannot be put on functions of {', '.join(others)}: give each "
                         "region the version that is published there")  # fmt: skip


def share(client: Any, version: Version, whom: Iterable[str]) -> None:
    """Let accounts or organisations use a version, each as check_share found it.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
    """
    for one in whom:
        request = {"LayerName": LAYER_NAME, "VersionNumber": version.number, "Action": "lambda:GetLayerVersion"}
        if _ACCOUNT.fullmatch(one):
            request |= {"StatementId": f"account-{one}", "Principal": one}
        else:
            request |= {"StatementId": f"organisation-{one}", "Principal": "*", "OrganizationId": one}
        try:
            client.add_layer_version_permission(**request)
        except client.exceptions.ResourceConflictException:
            continue  # shared with them already
