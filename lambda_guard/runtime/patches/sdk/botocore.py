"""Every call of every boto3 client, resource, paginator and waiter goes through `BaseClient._make_api_call`.

A plain function stands around botocore's own method: importing wrapt would be a fifth of what the guard adds to a start
with boto3, and its calls cost more. wrapt stands around whatever else is found there, such as another library's
wrapper, which has to be bound as the class would bind it.

The call is judged where botocore builds the request of it: hooks on `provide-client-params` and
`before-parameter-build` may have made other names of those that were given.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial, update_wrapper

from ...boundary import hide_frame, outcome, passed_over, shielded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ...guard import Guard

_RULES = ("direct_invoke",)
INSIDE = "_convert_to_request_dict"
_BUILT_FROM = ("api_params", "operation_model", "endpoint_url", "context", "headers", "set_user_agent_header")
FRONT_DOORS = frozenset(f"{__package__}.{name}" for name in ("botocore", "aiobotocore"))


class Call:
    """A call that is on its way through the front door.

    judged: it has been, by the names that are sent. block: what refused it then. entry: what `guard.call` returned.
    params: the parameters that are sent. site: the line that made it, where it is sent from another one.
    """

    # Defaults of the class: it takes a third of the time that an `__init__` would.
    client: Any = None
    judged = False
    block: BaseException | None = None
    entry: Any = None
    params: Any = None
    site: Any = None


# Not a thread's own: greenlets and tasks share threads.
current: ContextVar[Call | None] = ContextVar("lambda_guard.call", default=None)


def apply(module: ModuleType, guard: Guard) -> None:
    """Wrap the methods on the class, which reaches clients and bound methods that exist already."""
    owner = module.BaseClient
    inside = _around_inside(owner.__dict__.get(INSIDE), guard)
    if inside is not None:
        setattr(owner, INSIDE, inside)
    original = owner.__dict__["_make_api_call"]
    early = inside is None or not is_sdks_own(original)
    if type(original) is type(apply):
        owner._make_api_call = _around(original, guard, early)
        return
    from ..guise import wrap

    wrap(owner, "_make_api_call", _wrapper(guard, early))


def is_sdks_own(method: Any) -> bool:
    """Tell whether botocore's own method is beneath whatever is there: it asks the hooks, and then builds the request.

    Where it is not, as beneath a test's mock, the call is judged by what was given.
    """
    for _ in range(50):
        beneath = getattr(method, "__wrapped__", None)
        if beneath is None:
            break
        method = beneath
    return str(getattr(method, "__module__", None)) in ("botocore.client", "aiobotocore.client")


def _around(original: Callable[..., Any], guard: Guard, early: bool) -> Callable[..., Any]:
    call, failed = guard.call, guard.failed
    get, put = current.get, current.set

    # Not botocore's own parameters: a caller's mistake would be reported from here, with a frame less than its own.
    def _make_api_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        stop = None
        usual = len(args) == 2 and not kwargs
        ours, outer = Call(), get()
        ours.client = self
        if early:
            ours.judged = True
            try:
                ours.entry = call(self, *arguments(*args, **kwargs))
            except Exception as error:
                stop = outcome(guard, "call", error, _RULES, (self, args, kwargs))
            if stop is not None:
                try:
                    raise stop
                finally:
                    del stop
        put(ours)
        try:
            if usual:  # Python calls quicker what it need not take apart
                operation, params = args
                answer = original(self, operation, params)
            else:
                answer = original(self, *args, **kwargs)
        except BaseException as error:
            try:
                ended(ours, error, failed)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904 - what was raised before is its context, as it would be
            raise
        finally:
            put(outer)
        if type(ours.params) is dict and "RoleArn" in ours.params:
            note_role(ours, answer)
        return answer

    note_role = shielded(partial(note_role_of, guard), guard, "call")
    return passed_over(update_wrapper(_make_api_call, original))


def _wrapper(guard: Guard, early: bool) -> Callable[..., Any]:
    call, failed = guard.call, guard.failed

    def _make_api_call(wrapped: Callable[..., Any], client: Any, args: Any, kwargs: Any) -> Any:
        stop = None
        ours, outer = Call(), current.get()
        ours.client = client
        if early:
            ours.judged = True
            try:
                ours.entry = call(client, *arguments(*args, **kwargs))
            except Exception as error:
                stop = outcome(guard, "call", error, _RULES, (client, args, kwargs))
            if stop is not None:
                try:
                    raise stop
                finally:
                    del stop
        current.set(ours)
        try:
            answer = wrapped(*args, **kwargs)
        except BaseException as error:
            try:
                ended(ours, error, failed)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904
            raise
        finally:
            current.set(outer)
        if type(ours.params) is dict and "RoleArn" in ours.params:
            note_role(ours, answer)
        return answer

    note_role = shielded(partial(note_role_of, guard), guard, "call")
    return passed_over(_make_api_call)


def note_role_of(guard: Guard, call: Call, answer: Any) -> None:
    guard.assumed(call.client, call.params, answer)


def ended(call: Call, error: BaseException, failed: Callable[[Any, BaseException], None]) -> None:
    """Note how a call ended that did not succeed, and take the guard's frames out of the stack trace."""
    if error is call.block:
        call.block = None
        error.with_traceback(None)  # botocore's frames below the front door tell the user nothing
        return
    hide_frame(error)
    failed(call.entry, error)


def _around_inside(original: Any, guard: Guard) -> Callable[..., Any] | None:
    """Return what stands around the method that builds the request: nothing of the user's runs between the two."""
    if not callable(getattr(original, "__get__", None)) or not hasattr(original, "__code__"):
        return None
    get, call = current.get, guard.call

    def _convert_to_request_dict(self: Any, *args: Any, **kwargs: Any) -> Any:
        ours = get()
        if ours is not None and not ours.judged and ours.client is self:
            stop = operation = None
            ours.judged = True
            try:
                ours.params, operation = built_from(*args, **kwargs)
                ours.entry = call(self, operation, ours.params)
            except Exception as error:
                ours.block = stop = outcome(guard, "call", error, _RULES, (self, (operation,), {}))
            if stop is not None:
                try:
                    raise stop
                finally:
                    del stop
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            try:
                hide_frame(error)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904
            raise

    code = original.__code__
    if code.co_varnames[1 : code.co_argcount] != _BUILT_FROM or original.__defaults__ != (None, None, True):
        return passed_over(update_wrapper(_convert_to_request_dict, original))

    # Python takes six times as long to take names apart and put them together again.
    def usual(
        self: Any, api_params: Any, operation_model: Any, endpoint_url: Any,
        context: Any = None, headers: Any = None, set_user_agent_header: Any = True,
    ) -> Any:  # fmt: skip
        ours = get()
        if ours is not None and not ours.judged and ours.client is self:
            stop = operation = None
            ours.judged = True
            ours.params = api_params
            try:
                operation = operation_model.name
                ours.entry = call(self, operation, api_params)
            except Exception as error:
                ours.block = stop = outcome(guard, "call", error, _RULES, (self, (operation,), {}))
            if stop is not None:
                try:
                    raise stop
                finally:
                    del stop
        try:
            return original(self, api_params, operation_model, endpoint_url, context, headers, set_user_agent_header)
        except BaseException as error:
            try:
                hide_frame(error)
            except Exception as fault:
                if (stop := outcome(guard, "usage", fault)) is not None:
                    raise stop  # noqa: B904
            raise

    return passed_over(update_wrapper(usual, original))


def built_from(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Read parameters and operation of what is given to the method that builds the request."""
    params = args[0] if args else kwargs["api_params"]
    return params, (args[1] if len(args) > 1 else kwargs["operation_model"]).name


def remove(module: ModuleType) -> None:
    """Put the original methods back, unless somebody else has wrapped it since."""
    unwrap(module.BaseClient)


def unwrap(owner: Any) -> None:
    """Take our wrappers off a class."""
    for name in ("_make_api_call", INSIDE):
        wrapper = owner.__dict__.get(name)
        if is_ours(wrapper):
            setattr(owner, name, wrapper.__wrapped__)


def is_ours(method: Any) -> bool:
    """Tell whether a method is our wrapper, whichever of the two; what is above or below it does not count."""
    code_of = getattr(method, "_self_wrapper", method)  # wrapt's keep their function there, and show the wrapped one's
    return getattr(code_of, "__globals__", {}).get("__name__") in FRONT_DOORS


def arguments(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Read `_make_api_call(operation_name, api_params)`, which some callers call with keywords."""
    operation = args[0] if args else kwargs.get("operation_name")
    return operation, args[1] if len(args) > 1 else kwargs.get("api_params")
