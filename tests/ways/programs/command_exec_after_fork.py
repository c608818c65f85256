"""curl by `os.fork` and `os.execvp`."""

import os
import sys

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
pid = os.fork()
if pid == 0:
    try:
        os.execvp("curl", ["curl", "-s", "-o", "/dev/null", "-d", "{}", url])  # found here
    except BaseException as error:
        print(type(error).__name__, file=sys.stderr)
        os._exit(1)
if os.waitpid(pid, 0)[1]:
    raise SystemExit("the child could not start curl")
