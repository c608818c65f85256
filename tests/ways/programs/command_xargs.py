"""The AWS command line behind `xargs`."""

import os
import subprocess

subprocess.run(  # found here
    f"echo out | xargs -I {{}} aws --endpoint-url {os.environ['AWS_ENDPOINT_URL']} lambda invoke --function-name other /tmp/{{}}",
    shell=True,
    capture_output=True,
)
