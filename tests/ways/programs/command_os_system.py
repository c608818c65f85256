"""curl by `os.system`."""

import os

os.system(f"curl -s -d '{{}}' {os.environ['AWS_ENDPOINT_URL']}/2015-03-31/functions/other/invocations >/dev/null")  # found here
