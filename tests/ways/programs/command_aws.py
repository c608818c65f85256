"""The AWS command line in a subprocess."""

import os
import subprocess

endpoint = os.environ["AWS_ENDPOINT_URL"]
subprocess.run(  # found here
    ["aws", "lambda", "invoke", "--function-name", "other", "--endpoint-url", endpoint, "/dev/null"],
    capture_output=True,
)
