"""curl in a subprocess."""

import os
import subprocess

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
subprocess.run(["curl", "-s", "-X", "POST", "-d", "{}", url], capture_output=True)  # found here
