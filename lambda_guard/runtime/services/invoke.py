"""What a Lambda API call invokes: the functions named in its parameters, brought to one form."""

from __future__ import annotations

INVOKES = frozenset(("Invoke", "InvokeAsync", "InvokeWithResponseStream"))
CHECKPOINT = "CheckpointDurableExecution"


class Function:
    """A function as a caller named it; what the name left out is None.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html lists the forms: name, name:qualifier,
    partial ARN (account:function:name) and ARN, each with or without a qualifier.
    """

    __slots__ = ("account", "name", "partition", "qualifier", "region")

    def __init__(
        self,
        name: str,
        qualifier: str | None = None,
        account: str | None = None,
        region: str | None = None,
        partition: str | None = None,
    ) -> None:
        self.name = name
        self.qualifier = qualifier
        self.account = account
        self.region = region
        self.partition = partition

    def names(self) -> tuple[str, ...]:
        """Return the forms that an allow-list may use, each also with the qualifier; the fullest comes last."""
        forms = [self.name]
        if self.account:
            partial = f"{self.account}:function:{self.name}"
            forms += [partial, f"arn:{self.partition or 'aws'}:lambda:{self.region or '*'}:{partial}"]
        if self.qualifier:
            forms += [f"{form}:{self.qualifier}" for form in forms]
        return tuple(forms)

    def __str__(self) -> str:
        return self.names()[-1]


def parse(text: str, qualifier: str | None = None) -> Function:
    """Read a function's name, partial ARN or ARN; a qualifier given beside it is used where it holds none."""
    # An ARN has eight fields; whatever follows stays in the last, which is no qualifier then.
    parts = text.split(":", 8)
    partition = region = account = None
    at = 0
    if parts[0] == "arn" and len(parts) > 3:
        partition = parts[1] or None
        at = 3
    # What may stand before the name, each once: a region, an account, the word function.
    while at < len(parts) - 1:
        head = parts[at]
        if account is None and head.isdigit() and len(head) == 12:
            account = head
        elif head == "function":
            at += 1
            break
        elif region is None and _is_region(head) and (partition or account is None) and at < len(parts) - 2:
            region = head
        else:
            break
        at += 1
    own = parts[at + 1] if at + 1 < len(parts) and parts[at + 1] else None
    return Function(parts[at], own or qualifier or None, account, region, partition)


def _is_region(text: str) -> bool:
    return text.count("-") >= 2 and text[-1:].isdigit() and text.rpartition("-")[2].isdigit()


def invoked(operation: object, params: object) -> list[Function]:
    """Return the functions that a call of the `lambda` service would invoke; none for any other call.

    Parameters that botocore itself refuses name no function, so that botocore gets to refuse them.
    """
    if not isinstance(params, dict) or not isinstance(operation, str):
        return []
    if operation in INVOKES:
        if params.get("InvocationType") == "DryRun":
            return []
        name = params.get("FunctionName")
        qualifier = params.get("Qualifier")
        if not isinstance(name, str) or not name:
            return []
        return [parse(name, qualifier if isinstance(qualifier, str) else None)]
    if operation == CHECKPOINT:
        return _chained(params.get("Updates"))
    return []


def _chained(updates: object) -> list[Function]:
    """Return what a durable function's checkpoint starts; its other updates are bookkeeping."""
    found = []
    for update in updates if isinstance(updates, (list, tuple)) else ():
        if not isinstance(update, dict) or update.get("Type") != "CHAINED_INVOKE":
            continue
        if update.get("Action", "START") != "START":
            continue
        options = update.get("ChainedInvokeOptions")
        name = options.get("FunctionName") if isinstance(options, dict) else None
        if isinstance(name, str) and name:
            found.append(parse(name))
    return found
