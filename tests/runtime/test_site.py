"""Finding the user's line among the frames of SDKs, tracers and thread pools."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.runtime import site


def is_library(filename: str) -> bool:
    """Tell what a module that was loaded from a file is."""
    return site._kind(filename) != site._USERS


LIBRARIES = (
    "/var/lang/lib/python3.13/site-packages/botocore/client.py",
    "/var/runtime/boto3/resources/action.py",
    str(Path(site.__file__).with_name("patches") / "botocore.py"),
    "/opt/python/wrapt/wrappers.py",
    "/var/task/opentelemetry/instrumentation/botocore/__init__.py",
    "/opt/python/lib/python3.13/site-packages/ddtrace/contrib/internal/botocore/patch.py",
    "/var/runtime/awslambdaric/bootstrap.py",
    "/var/runtime/simplejson/__init__.py",
    "/var/lang/lib/python3.13/site-packages/peewee.py",
    "/var/lang/lib/python3.13/site-packages/some_orm/connections.py",
    f"{os.path.dirname(os.__file__)}/site-packages/some_orm/connections.py",
    "/usr/lib/python3/dist-packages/some_orm/connections.py",
    "/var/task/mysql/connector/network.py",
    "/var/task/redis/connection.py",
    "/var/task/peewee.py",
    f"{os.path.dirname(os.__file__)}/concurrent/futures/thread.py",
    "<frozen importlib._bootstrap>",
)
USERS = (
    "/var/task/app.py",
    "/var/task/boto_helpers/client.py",
    "/opt/python/shared/store.py",
    "/var/task/app/redis/store.py",
    "/var/task/clients/requests.py",
    "/var/task/mysql/queries.py",
    "/home/me/project/django/views.py",
    "<string>",
)


@pytest.mark.parametrize("filename", LIBRARIES)
def test_library(filename: str) -> None:
    """SDKs, tracers, the runtime and the standard library are not the user's, wherever they lie."""
    assert is_library(filename)
    assert is_library(filename)


@pytest.mark.parametrize("filename", USERS)
def test_user(filename: str) -> None:
    """The function's own files are the user's, and so are packages that it brings and layers that it shares."""
    assert not is_library(filename)
    assert not is_library(filename)


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that code is imported from, and forget what is known of other files."""
    monkeypatch.setattr(site, "_kinds", {})
    monkeypatch.setattr(site, "_distributions", {})
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), "", "relative"])
    return tmp_path


def test_what_was_installed_beside_the_users_code(task: Path) -> None:
    """Metadata beside the code tells which modules are libraries, by their names or in `top_level.txt`."""
    for entry in ("Some_ORM-1.0.dist-info", "PyThings-2.1.3.dist-info", "broken-1.dist-info/top_level.txt"):
        (task / entry).mkdir(parents=True)
    (task / "PyThings-2.1.3.dist-info" / "top_level.txt").write_text("things\n_things\n")
    (task / "our_project.egg-info").mkdir()  # a project that is developed where it lies is the user's
    libraries = ("some_orm/fields.py", "things.py", "_things/core.py")
    users = ("app.py", "our_project/views.py", "app/some_orm/fields.py", "common/things.py")
    assert [name for name in (*libraries, *users) if is_library(str(task / name))] == list(libraries)


def test_a_folder_that_cannot_be_read(task: Path) -> None:
    """Without metadata to look at, what is no known library is the user's."""
    task.rmdir()
    assert not is_library(str(task / "app.py"))
    assert is_library(str(task / "redis" / "client.py"))


@pytest.mark.parametrize(
    ("variable", "handler"),
    [("_HANDLER", "our_app.api.main"), ("_HANDLER", "our_app/api.main"), ("DD_LAMBDA_HANDLER", "our_app.main")],
)
def test_an_installed_handler_is_the_users(
    task: Path, monkeypatch: pytest.MonkeyPatch, variable: str, handler: str
) -> None:
    """Images often have the function's own package installed among the libraries that it uses."""
    monkeypatch.setenv("_HANDLER", "datadog_lambda.handler.handler")
    monkeypatch.setenv(variable, handler)
    assert not is_library("/var/lang/lib/python3.13/site-packages/our_app/store.py")
    assert is_library("/var/lang/lib/python3.13/site-packages/datadog_lambda/wrapper.py")
    assert is_library("/var/lang/lib/python3.13/site-packages/other/store.py")


def test_a_librarys_line_where_there_is_no_other() -> None:
    """In a thread of a package's own its line is named, and never that of a driver or of a thread pool."""
    folder = "/var/lang/lib/python3.13/site-packages"
    worker = function_in(f"{folder}/company_jobs/worker.py", "call()", name="run")
    driver = function_in(f"{folder}/redis/connection.py", "import sys; found.append(see(sys._getframe()))")
    found: list[Any] = []
    driver.__globals__.update(found=found, see=site.caller)
    for target in (functools.partial(worker, functools.partial(driver, None)), functools.partial(driver, None)):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    assert (found[0].file, found[0].function) == (f"{folder}/company_jobs/worker.py", "run")
    assert found[1:] == [None]


def function_in(filename: str, body: str = "return call()", name: str = "work") -> Callable[..., Any]:
    """Return a function whose code says that it lies in a file."""
    space: dict[str, Any] = {}
    exec(compile(f"def {name}(call):\n    {body}\n", filename, "exec"), space)
    found: Callable[..., Any] = space[name]
    return found


def test_caller_is_the_nearest_line_of_the_users() -> None:
    """Of the frames on the way to the wire, the innermost that is the user's is the site."""
    outer, inner = function_in("/var/task/app.py"), function_in("/var/task/store.py", name="save")
    library = function_in("/var/runtime/botocore/client.py", "import sys; return call(sys._getframe())")
    found = outer(functools.partial(inner, functools.partial(library, site.caller)))
    assert (found.file, found.line, found.function) == ("/var/task/store.py", 2, "save")
    assert str(found) == "/var/task/store.py:2 (save)"


def test_generated_code_of_a_library_is_no_line_of_the_users() -> None:
    """A dataclass's `__init__` is made by `exec` in its module, which is a library's here."""
    space: dict[str, Any] = {"__name__": "some_orm", "__file__": "/var/lang/lib/python3.13/site-packages/some_orm.py"}
    exec("def __init__(look): return look()", space)
    found = space["__init__"](lambda: site.caller(sys._getframe(1)))
    assert found is not None
    assert found.function.endswith("test_generated_code_of_a_library_is_no_line_of_the_users")


def test_no_line_of_the_users() -> None:
    """A thread that runs nothing of the user's has no site."""
    assert site.caller(None) is None


def test_a_deep_stack() -> None:
    """The user's line is found below any number of a library's."""
    body = "import sys; return work(call - 1) if call else see(sys._getframe())"
    library = function_in("/var/runtime/botocore/client.py", body)
    library.__globals__.update(work=library, see=site.caller)
    assert function_in("/var/task/app.py")(lambda: library(500)).file == __file__


def module_in(file: Path, text: str, name: str, monkeypatch: pytest.MonkeyPatch, compiled_at: str = "") -> Any:
    """Return a module that says it was loaded from a file; compiled_at: what its code says, without source."""
    module: Any = type(sys)(name)
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(text, compiled_at or str(file), "exec"), module.__dict__)
    return module


SEES = "import sys\ndef work(see): return see(sys._getframe())\n"
CALLS = "def handler(call): return call()\n"


@pytest.mark.parametrize("compiled_at", ["{name}", "/codebuild/src/{name}"])
def test_without_source(task: Path, monkeypatch: pytest.MonkeyPatch, compiled_at: str) -> None:
    """Code compiled without source names a relative file or one of another machine: its module tells where it is."""
    library = module_in(
        task / "redis" / "client.pyc", SEES, "redis.client", monkeypatch, compiled_at.format(name="redis/client.py")
    )
    app = module_in(task / "app.pyc", CALLS, "app", monkeypatch, compiled_at.format(name="app.py"))
    found = app.handler(lambda: library.work(site.caller))
    assert found is not None
    assert found.file == __file__  # the lambda is the nearest line of the user's
    direct = app.handler(functools.partial(library.work, site.caller))
    expected = str(task / "app.py") if "codebuild" not in compiled_at else "/codebuild/src/app.py"
    assert (direct.file, direct.line) == (expected, 1)


def test_a_library_without_metadata(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slim deployment package holds libraries without their metadata: they say their version."""
    package = module_in(task / "some_orm" / "__init__.py", "__version__ = '1.0'", "some_orm", monkeypatch)
    assert package.__version__
    library = module_in(task / "some_orm" / "models.py", SEES, "some_orm.models", monkeypatch)
    app = module_in(task / "app.py", CALLS, "app", monkeypatch)
    assert app.handler(functools.partial(library.work, site.caller)).file == str(task / "app.py")
    assert not is_library(str(task / "our_models" / "orders.py"))


@pytest.mark.parametrize("handler", ["redis/app.handler", "redis.app.handler"])
def test_a_handler_in_a_folder_called_like_a_library(
    task: Path, monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    """The handler's own package is the user's whatever it is called; the library of that name is elsewhere."""
    monkeypatch.setenv("_HANDLER", handler)
    module_in(task / "redis" / "app.py", CALLS, "redis.app", monkeypatch)
    assert not is_library(str(task / "redis" / "app.py"))
    assert not is_library(str(task / "redis" / "store.py"))
    assert is_library("/opt/python/redis/client.py")


def test_a_handler_called_like_a_library(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file of that name beside others."""
    monkeypatch.setenv("_HANDLER", "motor.handler")
    module_in(task / "motor.py", CALLS, "motor", monkeypatch)
    assert not is_library(str(task / "motor.py"))
    assert is_library("/opt/python/motor/core.py")
    assert is_library(str(task / "redis" / "client.py"))


def test_metadata_that_names_files_only(task: Path) -> None:
    """Build tools that write no `top_level.txt` list the files."""
    (task / "beautifulsoup4-4.13.dist-info").mkdir()
    (task / "beautifulsoup4-4.13.dist-info" / "RECORD").write_text("bs4/__init__.py,sha256=x,1\n../bin/x,,\n")
    assert is_library(str(task / "bs4" / "element.py"))
    assert not is_library(str(task / "app.py"))


ODD: list[Any] = [Path("/var/task/lib"), None, 7, b"/var/task", object()]


def test_what_lies_about_may_be_anything(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python ignores what is no text on `sys.path`; globals and modules hold whatever somebody put there."""
    monkeypatch.setattr(sys, "path", [*ODD, *sys.path])
    monkeypatch.setitem(sys.modules, "lib", object())
    monkeypatch.setitem(sys.modules, "app", None)
    monkeypatch.setenv("_HANDLER", "app.handler")
    assert not is_library(str(task / "lib" / "store.py"))
    for odd in ODD:
        library = function_in("/var/runtime/botocore/client.py", "import sys; return call(sys._getframe())")
        library.__globals__.update(__name__=odd, __file__=odd)
        assert function_in("/var/task/app.py")(functools.partial(library, site.caller)).file == "/var/task/app.py"
        assert library(site.module_name) == ""


def test_a_compiled_handler() -> None:
    """Cython's functions have no frames: the guard's own frame, which called one, tells which it was."""
    library = function_in("/var/runtime/botocore/client.py", "import sys; return call(sys._getframe())")

    class Compiled:
        """Has no frame of its own, and says where its source is, as Cython's functions do."""

        __code__ = function_in("/var/task/app.pyx", name="handler").__code__

    def run(handler: Any, call: Callable[[], Any]) -> Any:
        space: dict[str, Any] = {"__name__": "lambda_guard.runtime.bootstrap", "__file__": site.__file__}
        exec("def guarded(handler, call): return call()", space)
        return space["guarded"](handler, call)

    code = Compiled.__code__
    found = run(Compiled(), functools.partial(library, site.caller))
    assert (found.file, found.line, found.function) == ("/var/task/app.pyx", 1, "handler")
    assert run(Compiled(), functools.partial(library, functools.partial(site.called_in, handler=code))) is True


def test_a_clients_method_that_is_given_to_a_pool() -> None:
    """No frame of the worker's is the user's: the line is the one that the main thread is at, which started it."""
    api_call = function_in("/var/runtime/botocore/client.py", "import sys; return call(sys._getframe())", "_api_call")
    api_call.__globals__["__name__"] = "botocore.client"
    with ThreadPoolExecutor() as pool:
        found = pool.submit(api_call, site.caller).result()
    assert found is not None
    assert (found.file, found.function) == (__file__, "test_a_clients_method_that_is_given_to_a_pool")


HANDLER = """
def handler(event, context):
    call = event
    direct = call()
    listed = [call() for _ in range(1)][0]
    generated = next(call() for _ in range(1))
    inner = (lambda: call())()
    return direct, listed, generated, inner, helper(call)

def helper(call):
    return call()
"""


def test_in_handler() -> None:
    """A call is in the handler if its line is, comprehensions and inner functions included, and not in a helper."""
    space: dict[str, Any] = {}
    exec(compile(HANDLER, "/var/task/app.py", "exec"), space)
    handler = space["handler"]
    library = function_in("/var/runtime/botocore/client.py", "import sys; return call(sys._getframe())")
    judge = functools.partial(site.called_in, handler=handler.__code__)
    assert handler(functools.partial(library, judge), None) == (True, True, True, True, False)
    assert site.called_in(sys._getframe(), None) is False


def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap as decorators do that set `__wrapped__`."""

    def wrapper(*args: Any) -> Any:
        return function(*args)

    wrapper.__wrapped__ = function  # type: ignore[attr-defined]
    return wrapper


def user_handler(event: Any, context: Any) -> None:
    """Stand for a user's handler."""


class Callable_:
    """Stands for a user's handler that is an object."""

    def __call__(self, event: Any, context: Any) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (user_handler, user_handler.__code__),
        (decorate(decorate(user_handler)), user_handler.__code__),
        (Callable_(), Callable_.__call__.__code__),
        (Callable_().__call__, Callable_.__call__.__code__),
        (print, None),
        (None, None),
        (7, None),
    ],
)
def test_handler_code(handler: object, code: object) -> None:
    """The handler's own code is seen through decorators; what has none has none."""
    assert site.handler_code(handler) is code


def test_endless_wrapping() -> None:
    """A handler that says to wrap itself ends the search."""
    user = decorate(user_handler)
    user.__wrapped__ = user  # type: ignore[attr-defined]
    site.handler_code(user)


@pytest.mark.parametrize("variable", ["DD_LAMBDA_HANDLER", "ORIG_HANDLER", "NEW_RELIC_LAMBDA_HANDLER"])
def test_redirected_handler(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Behind another layer's redirect the user's handler is the one that the layer was told."""
    module = type(sys)("some.orders")
    module.main = user_handler  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "some.orders", module)
    monkeypatch.setenv(variable, "some/orders.main")
    assert site.handler_code(print) is user_handler.__code__
    monkeypatch.setenv(variable, "nowhere.main")
    assert site.handler_code(user_handler) is user_handler.__code__
