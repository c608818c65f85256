"""A look at each call of a method of an unknown kind: another library's wrapper, or a coroutine of a class.

What is put in its place is wrapt's proxy of it, so that whoever asks the method for anything but a call gets the answer
that the method itself gives. A stack trace shows nothing of it.
"""

from __future__ import annotations

from ..boundary import hide_frame, passed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # (what it stands for, bound; the object; positional arguments; keyword arguments) -> what the method returns
    Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]


def wrap(owner: Any, name: str, wrapper: Wrapper) -> None:
    """Put `wrapper` around a method of a class."""
    original = owner.__dict__[name]

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return wrapper(original.__get__(self, type(self)), self, args, kwargs)
        except BaseException as error:
            hide_frame(error)
            raise

    put(owner, name, method, wrapper)


def put(owner: Any, name: str, method: Callable[..., Any], wrapper: Callable[..., Any]) -> None:
    """Put a function in a method's place. `wrapper` is kept as `_self_wrapper`, the method as `__wrapped__`."""
    original = owner.__dict__[name]
    called = passed_over(method)

    class Guise(_proxy()):  # type: ignore[misc]
        def __get__(self, instance: Any, owner: Any = None) -> Any:
            return self if instance is None else called.__get__(instance, owner)

        __call__ = staticmethod(called)

    guise = Guise(original)
    guise._self_wrapper = wrapper
    setattr(owner, name, guise)


def _proxy() -> Any:
    """Return wrapt's `ObjectProxy`: the layer's own, which no other layer can replace, or the one that is installed."""
    try:
        from .._wrapt.wrappers import ObjectProxy
    except ModuleNotFoundError:
        from wrapt import ObjectProxy
    return ObjectProxy
