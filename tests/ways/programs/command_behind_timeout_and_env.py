"""curl in a shell behind `timeout` and `env`."""

import os
import subprocess

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
subprocess.run(  # found here
    ["timeout", "-s", "KILL", "9", "env", "-u", "STEP", "STAGE=test", "sh", "-ec", f"curl -s -d x {url}"], capture_output=True
)
