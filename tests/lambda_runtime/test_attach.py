"""The four ways in, on every Python that is here, and what stands in their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_guard.analysis.emulator.function import Function

if TYPE_CHECKING:
    from .conftest import Start

APP = """
    import os
    import boto3

    def handler(event, context):
        from botocore.exceptions import ClientError
        code = "sent"
        try:
            boto3.client("lambda").invoke(FunctionName="other")
        except ClientError as error:
            code = error.response["Error"]["Code"]
        return {"code": code, "handler": os.environ["_HANDLER"], "pythonpath": os.environ.get("PYTHONPATH")}
"""
DECORATED = APP.replace("def handler", "import lambda_guard\n\n    @lambda_guard.guard\n    def handler")
ENFORCE = {"LAMBDA_GUARD_MODE": "enforce"}
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "pth": ("app.handler", {}),
    "exec_wrapper": ("app.handler", {"AWS_LAMBDA_EXEC_WRAPPER": "{opt}/lambda-guard"}),
    "handler": ("lambda_guard.handler", {"LAMBDA_GUARD_HANDLER": "app.handler"}),
    "handler, manual": (
        "lambda_guard.handler", {"LAMBDA_GUARD_HANDLER": "app.handler", "LAMBDA_GUARD_ATTACH": "manual"}
    ),
    "exec_wrapper, manual": (
        "app.handler", {"LAMBDA_GUARD_ATTACH": "manual", "AWS_LAMBDA_EXEC_WRAPPER": "{opt}/lambda-guard"}
    ),
    # PYTHONPATH, which other layers set, keeps the runtime from running .pth files.
    "exec_wrapper, PYTHONPATH": (
        "app.handler", {"PYTHONPATH": "{opt}/python", "AWS_LAMBDA_EXEC_WRAPPER": "{opt}/lambda-guard"}
    ),
    "handler, PYTHONPATH": (
        "lambda_guard.handler", {"PYTHONPATH": "{opt}/python", "LAMBDA_GUARD_HANDLER": "app.handler"}
    ),
}  # fmt: skip


def attached(function: Function) -> dict[str, Any]:
    """Return the one `attached` record of a function's sandbox."""
    (record,) = function.of_kind("attached")
    return record


def blocks(function: Function, handler: str = "app.handler") -> None:
    """Assert that the guard blocks the function's invoke, and that it shows in nothing else."""
    answer = function.invoke({})
    assert answer["code"] == "AccessDeniedException", function.output
    assert answer["handler"] == handler
    (finding,) = [record for record in function.of_kind("finding") if not record["swallowed"]]
    assert (finding["issue"], finding["decision"]) == ("direct-invoke", "blocked")
    assert finding["site"]["function"] == "handler"


@pytest.mark.parametrize("way", WAYS)
def test_way_in(start: Start, opt: Path, python: str, way: str) -> None:
    """Each way in guards the function, and the first record says which it was."""
    handler, environ = WAYS[way]
    environ = {name: value.format(opt=opt) for name, value in environ.items()}
    function = start(APP, handler, environ={**ENFORCE, **environ})
    blocks(function)
    record = attached(function)
    assert record["seq"] == 1
    assert record["way"] == way.partition(",")[0]
    assert str(record["python"]).startswith(python + ".")
    assert record["awslambdaric"] == "4.2.2"
    assert "botocore.client" in record["patches"]
    assert record["settings"]["mode"] == "enforce"


@pytest.mark.parametrize("manual", [False, True], ids=["alone", "manual"])
def test_decorator_without_layer(start: Start, opt: Path, manual: bool) -> None:
    """The decorator guards where the package was installed by pip and there is no layer."""
    site_packages = {"LAMBDA_GUARD_ATTACH": "manual"} if manual else {}
    environ = {**ENFORCE, **site_packages, "PYTHONPATH": str(opt / "python")}
    function = start(DECORATED, layer=False, environ=environ)
    blocks(function)
    assert attached(function)["way"] == "decorator"


def test_all_ways_at_once(start: Start, opt: Path) -> None:
    """With every way in place the function is guarded once: one attached record, one finding, one count."""
    environ = {**ENFORCE, "AWS_LAMBDA_EXEC_WRAPPER": f"{opt}/lambda-guard"}
    function = start(DECORATED, environ=environ)
    blocks(function)
    function.invoke({})
    assert attached(function)["way"] == "exec_wrapper"
    assert function.of_kind("usage")[-1]["invocations"] == 2
    assert function.of_kind("usage")[-1]["calls"][0]["refused"] == 2


@pytest.mark.parametrize(
    "environ",
    [
        {"LAMBDA_GUARD_ATTACH": "manual"},
        {"LAMBDA_GUARD_MODE": "off"},
        {"LAMBDA_GUARD_MODE": "off", "AWS_LAMBDA_EXEC_WRAPPER": "{opt}/lambda-guard"},
    ],
    ids=["manual", "off", "off by exec wrapper"],
)
def test_not_attached(start: Start, opt: Path, environ: Mapping[str, str]) -> None:
    """With the guard off, or not asked for, nothing of the function or of the SDK is touched."""
    source = """
        import os, sys
        import boto3, botocore.client

        def handler(event, context):
            import __main__
            return {
                "handler": os.environ["_HANDLER"],
                "patched": type(botocore.client.BaseClient._make_api_call).__name__,
                "finders": [type(f).__module__ for f in sys.meta_path if "lambda_guard" in type(f).__module__],
                "callers": sys._getframe(1).f_code.co_filename.rpartition("/")[2],
                "wrapt": "wrapt" in sys.modules,
            }
    """
    environ = {name: value.format(opt=opt) for name, value in environ.items()}
    function = start(source, environ=environ)
    answer = function.invoke({})
    assert answer == {
        "handler": "app.handler", "patched": "function", "finders": [], "callers": "bootstrap.py", "wrapt": False
    }  # fmt: skip
    assert function.records == []


def test_silence_with_pythonpath_and_no_wrapper(start: Start, opt: Path) -> None:
    """Where another layer sets PYTHONPATH the .pth file is not run: only the other ways in help, and docs say so."""
    function = start(APP, environ={**ENFORCE, "PYTHONPATH": f"{opt}/python"})
    assert function.invoke({})["code"] == "sent"
    assert function.records == []


NEXT = """\
    #!/bin/sh
    export SEEN_BY_NEXT="$_HANDLER"
    exec "$@"
"""


def test_next_wrapper_runs(start: Start, layers: Callable[[Mapping[str, str]], Path]) -> None:
    """Another layer's exec wrapper has its turn after ours, and sees the handler that leads to the guard."""
    folder = layers({"other-wrapper": NEXT.replace("    ", "")})
    environ = {
        **ENFORCE,
        "AWS_LAMBDA_EXEC_WRAPPER": f"{folder}/lambda-guard",
        "LAMBDA_GUARD_NEXT_WRAPPER": f"{folder}/other-wrapper",
    }
    source = APP.replace("return {", 'return {"seen": os.environ["SEEN_BY_NEXT"], ')
    function = start(source, layer=folder, environ=environ)
    blocks(function)
    assert function.invoke({})["seen"] == "lambda_guard.handler"
    assert attached(function)["way"] == "exec_wrapper"


@pytest.mark.parametrize("kind", ["missing", "a folder", "not executable", "itself"])
def test_next_wrapper_that_cannot_run(start: Start, opt: Path, tmp_path: Path, kind: str) -> None:
    """A next wrapper that cannot be run is said to be so, and the function runs, guarded, without it."""
    (tmp_path / "not-executable").write_text("#!/bin/sh\nexit 1\n")
    wrapper = {
        "missing": "/opt/not-there",
        "a folder": str(tmp_path),
        "not executable": str(tmp_path / "not-executable"),
        "itself": f"{opt}/lambda-guard",
    }[kind]
    environ = {
        **ENFORCE, "AWS_LAMBDA_EXEC_WRAPPER": f"{opt}/lambda-guard", "LAMBDA_GUARD_NEXT_WRAPPER": wrapper
    }  # fmt: skip
    function = start(APP, environ=environ)
    blocks(function)
    assert f"LAMBDA_GUARD_NEXT_WRAPPER is {wrapper}" in function.output


def test_ours_as_the_next_wrapper(start: Start, layers: Callable[[Mapping[str, str]], Path]) -> None:
    """Another wrapper that holds the one slot may run ours after itself."""
    folder = layers({"first": '#!/bin/sh\nexec /bin/sh "${0%/first}/lambda-guard" "$@"\n'})
    function = start(APP, layer=folder, environ={**ENFORCE, "AWS_LAMBDA_EXEC_WRAPPER": f"{folder}/first"})
    blocks(function)


def test_way_in_with_strange_names(start: Start, tmp_path: Path) -> None:
    """Handlers in folders and in packages are found as the runtime finds them."""
    function = start({"sub/dir/app.py": APP}, "sub/dir/app.handler", environ=ENFORCE)
    blocks(function, "sub/dir/app.handler")
