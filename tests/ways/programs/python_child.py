"""A Python child that invokes with urllib, and whose output the function reads."""

import os
import subprocess
import sys

code = """
import sys, urllib.request
print("a line that the function reads", flush=True)
urllib.request.urlopen(urllib.request.Request(sys.stdin.read(), data=b"{}", method="POST"), timeout=5).read()
"""
url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
child = subprocess.run([sys.executable, "-c", code], input=url, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # found here
assert child.stdout == "a line that the function reads\n", child.stdout
