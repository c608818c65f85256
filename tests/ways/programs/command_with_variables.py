"""curl with variables of the line and of the environment."""

import os
import subprocess

subprocess.run(  # found here
    'FUNCTION=other; curl -s -d x "$API/2015-03-31/functions/${FUNCTION}/invocations"',
    shell=True,
    env={"PATH": os.environ["PATH"], "API": os.environ["AWS_ENDPOINT_URL"]},
    capture_output=True,
)
