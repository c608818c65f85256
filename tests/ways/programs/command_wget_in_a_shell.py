"""wget in a shell."""

import os
import subprocess

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
subprocess.run(f"cd /tmp && timeout 5 wget -q -O - --post-data '{{}}' {url}", shell=True, capture_output=True)  # found here
