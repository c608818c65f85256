"""Guards a Python program that a guarded function has started; found through PYTHONPATH, by no other way.

Nothing here may stop the program, and nothing may be printed where the function reads the program's output.
"""

import sys


def _guard(folder: str, root: str) -> None:
    try:
        sys.path.remove(folder)
        sys.path.append(root)
        from lambda_guard.runtime.patches.programs.child.following import install

        install()
    except Exception as fault:
        print(f"lambda_guard: a Python child runs unguarded: {type(fault).__name__}", file=sys.stderr)


def _other(name: str) -> None:
    """Import the `sitecustomize` that this one stands before."""
    ours = sys.modules.pop(name)
    try:
        __import__(name)
    except ImportError as error:
        if error.name != name:
            raise
    finally:
        sys.modules.setdefault(name, ours)  # the import that runs us looks for it


_folder = __file__.rpartition("/")[0]
if sys.version_info >= (3, 11):  # noqa: UP036 - this one file may be found by any Python that a function starts
    _guard(_folder, _folder.rsplit("/", 3)[0])
_other(__name__)
