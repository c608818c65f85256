"""What the layer attaches itself by, beside the exec wrapper, which lies in `opt/`."""

from __future__ import annotations

# One physical line: that is what site.py executes, in any Python from 2.7 on. It is compiled at every start, where a
# word costs as much as a file that is looked for: so it first says in few of them what `bootstrap.is_off` says at
# length, and the rest is text until it is needed. A module of the function's own by the guard's name comes first on the
# path, and is not to be run before its time: the guard stands aside.
_OFF = (
    '"off    " == "".join(map(os.getenv, "LAMBDA_GUARD_MODE LAMBDA_GUARD_AUTHORIZER LAMBDA_GUARD_EVENT_SOURCE '
    'LAMBDA_GUARD_DIRECT_INVOKE LAMBDA_GUARD_CONNECTION".split(), "     ")) '
    'and True not in map(os.access, map("%s/lambda_guard.toml".__mod__, os.sys.path), bytes(99))'
)
_ATTACH = (
    "os.sys.stderr.write('lambda_guard: this function is not guarded: a module of its own is called lambda_guard too"
    "\\\\n') if os.access(os.getenv('LAMBDA_TASK_ROOT', '') + '/lambda_guard.py', 0) else "
    "__import__('lambda_guard.bootstrap' if os.sys.version_info < (3, 11) else 'lambda_guard.runtime.attach', "
    "None, None, ['']).from_pth()"
)
PTH = f'import os; {_OFF} or eval("""{_ATTACH}""")\n'
# PEP 829's .start file takes its place from Python 3.15 on.
ENTRY_POINT = "lambda_guard.bootstrap:from_pth"
