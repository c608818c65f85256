"""A function's start in a fresh interpreter, as the runtime does it. Run by the benchmarks, never imported by them.

    python -I -S -B fresh.py < SPEC

SPEC is JSON: path (to go on sys.path: the function's folder, the layer, the runtime's packages), environ, pth (attach
as the layer's .pth file does), event, collector (whether garbage is collected during the start), task (`time`, `count`,
or one of loops.py's) and what that task takes. The answer is JSON on the real standard output; what the function
prints goes nowhere.

Imports nothing at the top that the runtime client does not load anyway: what it loads is what is measured.
"""

import json
import os
import sys
import time


class Context:
    aws_request_id = "request"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    function_name = "function"
    function_version = "$LATEST"
    memory_limit_in_mb = "512"

    def get_remaining_time_in_millis(self):
        return 30000


def start(spec):
    """Attach, resolve the handler, and run the first event; return the handler and the seconds of the three."""
    clock = time.process_time if spec.get("clock") == "cpu" else time.perf_counter
    from awslambdaric.bootstrap import _get_handler

    event, context = spec["event"], Context()
    if not spec["collector"]:
        import gc

        gc.disable()
    times = [clock()]
    if spec["pth"]:
        import lambda_guard.bootstrap

        lambda_guard.bootstrap.from_pth()
    times.append(clock())
    handler = _get_handler(os.environ["_HANDLER"])
    times.append(clock())
    handler(event, context)
    times.append(clock())
    return handler, [times[1] - times[0], times[2] - times[1], times[3] - times[2]]


def resident():
    """Return this process's resident memory in KiB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def with_room(task, spec):
    """Run a task above a frame so large that Python takes a chunk of 1 MiB for it and for all that follow.

    Frames lie in chunks of 16 KiB, mapped and unmapped as calls cross their ends. A loop that happens to call across
    one maps it at every turn, and whether one does is decided by a few frames more or less on the stack.
    """
    names = "=".join(f"x{number}" for number in range(70_000))
    found = {}
    exec(f"def roomy(task, spec):\n    return task(spec)\n    {names} = 0", found)
    return found["roomy"](task, spec)


def timed(spec):
    _, seconds = start(spec)
    return {"ms": [1000 * each for each in seconds], "resident_kib": resident()}


def counted(spec):
    """Count what a start does: modules, audit events, calls of functions."""
    modules, audit, calls = set(sys.modules), {}, [0]

    def hook(event, _arguments):
        audit[event] = audit.get(event, 0) + 1

    def profile(_frame, event, _argument):
        if event == "call" or event == "c_call":
            calls[0] += 1

    sys.addaudithook(hook)
    sys.setprofile(profile)
    start(spec)
    sys.setprofile(None)
    return {"modules": sorted(set(sys.modules) - modules), "audit": audit, "calls": calls[0]}


def main():
    spec = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(spec.get("output", os.devnull), os.O_WRONLY | os.O_CREAT), 1)
    sys.path[:0] = spec["path"]
    os.environ.update(spec["environ"])
    import awslambdaric.__main__  # noqa: F401

    if spec["task"] == "time":
        result = with_room(timed, spec)
    elif spec["task"] == "count":
        result = counted(spec)
    else:
        sys.path.append(os.path.dirname(os.path.abspath(__file__)))
        import loops

        result = with_room(getattr(loops, spec["task"]), spec)
    json.dump(result, answer)
    answer.close()
    os._exit(0)  # what peers do at exit, such as waiting for an agent, is not what is measured


if __name__ == "__main__":
    main()
