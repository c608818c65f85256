"""Everything that runs inside a function: standard library only, plus wrapt where others' wrappers are wrapped.

In the layer, the bytecode of those modules that every function loads is in one file, `__pycache__/start.*.bin`. It is
read here, and the modules are made of it: to look for two dozen files and to read them one by one takes longer than to
run what is in them. What comes of it is what importing each of them would have made: the same names, files, lines and
loaders, run in the same order. All others are imported as usual, and so are these where there is no such file: in a
clone, in a pip installation, on a Python that the layer was not built for. `analysis/layer/compile.py` writes the file,
and says which modules it holds.
"""

from __future__ import annotations

import sys


def _load() -> None:
    from _frozen_importlib import ModuleSpec
    from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader
    from _imp import _fix_co_filename  # type: ignore[attr-defined]
    from marshal import loads

    here = __file__.rpartition("/")[0]
    try:
        with open(f"{here}/__pycache__/start.{sys.implementation.cache_tag}.bin", "rb", 0) as file:
            content = file.read()
    except OSError:
        return
    if content[:4] != MAGIC_NUMBER:
        return
    made = []
    for name, code in loads(content[4:]):
        full = f"{__name__}.{name.replace('/', '.')}"
        path = f"{here}/{name}.py"
        is_package = name.endswith("/__init__")
        if is_package:
            full = full[:-9]
        if full in sys.modules:
            continue
        spec = ModuleSpec(full, SourceFileLoader(full, path), origin=path, is_package=is_package)
        spec.has_location = True
        module = sys.modules[full] = type(sys)(full)
        names = module.__dict__
        names["__spec__"], names["__loader__"], names["__file__"] = spec, spec.loader, path
        names["__package__"] = full if is_package else full.rpartition(".")[0]
        if is_package:
            names["__path__"] = spec.submodule_search_locations = [path.rpartition("/")[0]]
        _fix_co_filename(code, path)  # made for /opt, where the layer is unless it is tried elsewhere
        made.append((full, module, code))
    # In an order in which each finds those that it imports; a package may import what is in it.
    while made:
        full, module, code = made[0]
        try:
            exec(code, module.__dict__)
        except BaseException:
            for full, _, _ in made:
                del sys.modules[full]
            raise
        above, _, own = full.rpartition(".")
        setattr(sys.modules[above], own, module)
        del made[0]


_load()
