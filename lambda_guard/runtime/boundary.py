"""The one way from user code into the guard: what goes wrong in here is reported here, and never comes out.

Whatever the user's code, Python or a library calls of ours (a wrapper, a hook, a finder) has one `try` around what it
calls of ours, and asks `outcome` what became of it. Nothing else stands between the user's code and what it called.
"""

from __future__ import annotations

from .errors import ConnectionBlocked, GuardError, InvokeBlocked, UnauthorizedEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, TypeVar

    from .guard import Guard

    Call = tuple[Any, tuple[Any, ...], dict[str, Any]]
    Wrapper = TypeVar("Wrapper", bound=Callable[..., Any])

# Read and set past the exception's own class, which may refuse both: a frozen dataclass, a property of that name.
_traceback_of: Callable[[BaseException], TracebackType | None] = BaseException.__dict__["__traceback__"].__get__
_with_traceback = BaseException.with_traceback
# Rule -> what refuses in its name.
BLOCKS: dict[str, type[GuardError]] = {
    "direct_invoke": InvokeBlocked, "connection": ConnectionBlocked,
    **dict.fromkeys(("event_source", "authorizer"), UnauthorizedEvent),
}  # fmt: skip
_UNJUDGED = "lambda_guard blocked this: the guard could not judge it; see its error record"
_RAISE = ("RAISE_VARARGS", "RERAISE")
_HEAP_TYPE = 1 << 9


def outcome(
    guard: Guard | None, where: str, error: Exception, rules: tuple[str, ...] = (), call: Call | None = None
) -> Exception | None:
    """Return what the user's code is to see of an error that came out of the guard's; None where it goes on.

    A block comes out, and so does what is the user's own, such as an error that a signal handler raised meanwhile.
    Anything else is a fault: it is reported, and refused where one of `rules` is enforced and faults are `closed`.
    call: the client and the arguments of an SDK's call, which tell whether it is one that a rule may refuse.
    Raises nothing, and returns errors with none of the guard's frames.
    """
    try:
        if isinstance(error, GuardError):
            error.__suppress_context__ = True
            return error.with_traceback(None)
        users = of_user(error)
        if users is not None:
            return _with_traceback(error, users[0])
    except Exception as nested:  # there is no room on the stack, or no memory, to look into it
        del nested
    if guard is None:
        return None
    try:
        guard.journal.report(where, error)
        return guard.unjudged(rules, call)
    except Exception as nested:
        guard.journal.report_later(where, error)
        del nested
    for rule in rules:
        if rule in guard.closes:
            return BLOCKS[rule](_UNJUDGED)
    return None


def shielded(look: Callable[..., None], guard: Guard | None, where: str) -> Callable[..., None]:
    """Return a function that does what `look` does, and raises no fault of it: for what is not called often."""

    def shield(*args: Any) -> None:
        stop = None
        try:
            look(*args)
        except Exception as error:
            stop = outcome(guard, where, error)
        if stop is not None:
            try:
                raise stop
            finally:
                del stop

    return passed_over(shield)


def passed_over(wrapper: Wrapper) -> Wrapper:
    """Keep a wrapper's frame out of what users see of the stack, where Python and the runtime let one; returns it.

    Two of them go by a code's file name. `warnings.warn(stacklevel=2)` and `logging` pass over frames whose file has
    both "importlib" and "_bootstrap" in its name, as Python's own import system has. AWS's runtime client cuts the
    first frames with "/bootstrap.py" in theirs. So the code gets such a name. Source lines are found all the same, by
    the module's loader.
    """
    code = wrapper.__code__
    folder, _, file = code.co_filename.rpartition("/")
    if not folder.endswith("importlib_bootstrap"):
        wrapper.__code__ = code.replace(co_filename=f"{folder}/importlib_bootstrap/{file}")
    return wrapper


def hide_frame(error: BaseException) -> None:
    """Take our wrapper's frame out of a user's stack trace; a bare `raise` adds none."""
    trace = _traceback_of(error)
    if trace is not None:
        _with_traceback(error, trace.tb_next)


def of_user(error: Exception) -> tuple[TracebackType | None] | None:
    """Tell an error that is none of the guard's, though it was raised while its code ran, and return its traceback.

    Signal handlers raise such errors, and other threads, by PyThreadState_SetAsyncExc: time-outs do both.
    """
    trace = _traceback_of(error)
    try:
        last = trace
        while trace is not None:
            if _is_signal_handler(trace):
                return (trace,)
            last, trace = trace, trace.tb_next
        return (None,) if last is not None and _was_thrown_in(error, last) else None
    finally:
        del error, trace, last


def _is_signal_handler(trace: TracebackType) -> bool:
    """Tell where a signal handler begins: it is given the frame that it interrupts, as hardly anything else is."""
    frame = trace.tb_frame
    if str(frame.f_globals.get("__name__")).startswith("lambda_guard."):
        return False
    for value in frame.f_locals.values():
        given = value if type(value) is tuple else (value,)
        if any(type(one) is type(frame) for one in given):
            return True
    return False


def _was_thrown_in(error: Exception, last: TracebackType) -> bool:
    """Tell whether another thread had an error raised: by no `raise`, and made of its class alone, without a word.

    What C code raises has a text, but for these two.
    """
    from opcode import opname

    if type(error) in (MemoryError, StopIteration) or opname[last.tb_frame.f_code.co_code[last.tb_lasti]] in _RAISE:
        return False
    kind = type(error)
    is_made_by_python = kind.__flags__ & _HEAP_TYPE and hasattr(kind.__init__, "__code__")
    return bool(is_made_by_python) or BaseException.__dict__["args"].__get__(error) == ()
