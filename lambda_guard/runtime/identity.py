"""Whose credentials a client uses: the function's own, or those of a role that it has assumed.

Keys are only compared, by hashes that are random in each process; none is kept.
"""

from __future__ import annotations

import os
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Apart = tuple[tuple[str, str], ...]

OTHER: Apart = (("credentials", "other"),)
_MOST_ROLES = 100
# How botocore says that credentials come from the function's environment; for SnapStart from an address in it.
_OWN_METHODS = ("container-role", "iam-role")
_ADDRESSES = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")


class Identity:
    """Tells credentials apart. `own` are the identities of credential objects that are known to be the function's."""

    def __init__(self) -> None:
        key = os.environ.get("AWS_ACCESS_KEY_ID")
        self._key = hash(key) if key else None
        self._is_known = bool(key) or any(name in os.environ for name in _ADDRESSES)
        self.own: dict[int, object] = {}
        self._roles: dict[int, str] = {}  # hash of a key -> the role that it was given for

    def of(self, credentials: Any) -> Apart | None:
        """Return what a call is kept apart by; None for the function's own credentials, or where nobody can tell."""
        if credentials is None or not self._is_known:
            return None
        attributes = getattr(credentials, "__dict__", {})
        # Not the property: it fetches credentials that have expired.
        key = attributes.get("access_key", attributes.get("_access_key"))
        if attributes.get("method") in _OWN_METHODS or (key is not None and hash(key) == self._key):
            number = id(credentials)
            self.own[number] = ref(credentials, lambda _: self.own.pop(number, None))
            return None
        role = self._roles.get(hash(key)) or _role_of_profile(attributes)
        return (*OTHER, ("role", role)) if role else OTHER

    def assumed(self, params: Any, answer: Any) -> None:
        """Note which role an answer of STS gives credentials for."""
        role = _role(params["RoleArn"])
        if role is not None and len(self._roles) < _MOST_ROLES:
            self._roles[hash(answer["Credentials"]["AccessKeyId"])] = role


def _role_of_profile(attributes: dict[str, Any]) -> str | None:
    """Read the role that botocore itself assumes for a profile, with the first request that is signed."""
    fetch = attributes.get("_refresh_using")
    return _role(getattr(getattr(fetch, "__self__", None), "_role_arn", None))


def _role(arn: object) -> str | None:
    import re

    is_one = isinstance(arn, str) and re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]{1,600}", arn)
    return str(arn) if is_one else None
