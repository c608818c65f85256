"""Everything that runs inside a function: standard library only, plus wrapt where others' wrappers are wrapped.

In the layer, the bytecode of this file holds that of the modules which every function loads (`layer/compile.py`): to
look for them and read them one by one takes longer than to run them. Anywhere else it holds nothing.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

# File below this folder -> its code, in an order in which each module finds those that it imports.
HELD: dict[str, CodeType] = {}


def _load() -> None:
    """Do what the import system does to import each of them, but look for none."""
    from _frozen_importlib import ModuleSpec, module_from_spec
    from _frozen_importlib_external import SourceFileLoader
    from _imp import _fix_co_filename  # type: ignore[attr-defined]

    here = __file__.rpartition("/")[0]
    waiting = []
    for file, code in HELD.items():
        path = f"{here}/{file}"
        name = f"{__name__}.{file[:-3].removesuffix('/__init__').replace('/', '.')}"
        if name in sys.modules:
            continue
        is_package = file.endswith("/__init__.py")
        spec = ModuleSpec(name, SourceFileLoader(name, path), origin=path, is_package=is_package)
        if is_package:
            spec.submodule_search_locations = [path.rpartition("/")[0]]
        module = sys.modules[name] = module_from_spec(spec)
        # Now, for with a location a spec works out where the module's own bytecode would be.
        spec.has_location, module.__file__ = True, path
        _fix_co_filename(code, path)  # made for /opt, where the layer is unless it is tried elsewhere
        waiting.append((name, code, module))
    # Run when all are there: a package may import its modules, which are in it already then.
    waiting.reverse()
    try:
        while waiting:
            name, code, module = waiting[-1]
            exec(code, module.__dict__)
            above, _, own = name.rpartition(".")
            setattr(sys.modules[above], own, module)
            waiting.pop()
    except BaseException:
        for name, _, _ in waiting:
            del sys.modules[name]
        raise


if HELD:
    _load()
    HELD.clear()
