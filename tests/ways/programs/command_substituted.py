"""curl in a command substitution within quotes."""

import os
import subprocess

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
subprocess.run(f"echo \"answer: $(curl -s -d x {url})\"", shell=True, capture_output=True)  # found here
