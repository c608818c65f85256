"""A Python child with an environment of its own."""

import os
import subprocess
import sys

code = """
import os, urllib.request
url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST"), timeout=5).read()  # found here
"""
child = subprocess.run([sys.executable, "-c", code], env={**os.environ, "STEP": "2"}, capture_output=True, text=True)
if child.returncode:
    raise SystemExit(child.stderr)
