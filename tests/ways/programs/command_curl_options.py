"""curl with options that only look as if they took a value."""

import os
import subprocess

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
subprocess.run(["curl", "-s", "-XPOST", "--post301", "--form-escape", "--url", url], capture_output=True)  # found here
