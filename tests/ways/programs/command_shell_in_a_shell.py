"""curl in a shell that another shell starts."""

import os
import subprocess

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
subprocess.run(f"sh -c \"sh -c 'curl -s -d x {url}'\"", shell=True, capture_output=True)  # found here
