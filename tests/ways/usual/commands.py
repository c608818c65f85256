"""Programs that invoke nothing, and a Python child whose output is read."""

import os
import subprocess
import sys

base = os.environ["AWS_ENDPOINT_URL"]
url = "https://abc.lambda-url.eu-west-1.on.aws/"
assert subprocess.check_output(["echo", "aws lambda invoke --function-name other", url])
assert subprocess.check_output(f"echo curl {url} | cat; printf '%s' \"aws lambda invoke\"", shell=True)
subprocess.run(["curl", "-s", "-o", "/dev/null", f"{base}/orders"], check=True)
subprocess.run(["sh", "-c", f"curl -s -o /dev/null -d '{url}' {base}/hooks"], check=True)
child = subprocess.run([sys.executable, "-c", "import json; print(json.dumps([1]))"], capture_output=True, check=True)
assert (child.stdout, child.stderr) == (b"[1]\n", b""), child
module = subprocess.run([sys.executable, "-m", "json.tool"], input=b"[]", capture_output=True, check=True)
assert (module.stdout, module.stderr) == (b"[]\n", b""), module
