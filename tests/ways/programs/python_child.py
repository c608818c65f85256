"""A Python child that invokes with urllib, and whose output the function reads."""

import subprocess
import sys

code = """
import os, urllib.request
url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
print("a line that the function reads")
urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST"), timeout=5).read()  # found here
"""
child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
assert child.stdout == "a line that the function reads\n", child.stdout
if child.returncode:
    raise SystemExit(child.stderr)
