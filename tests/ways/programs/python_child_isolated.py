"""A Python child started with -I, which nothing can be loaded into."""

import os
import subprocess
import sys

code = """
import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(sys.argv[1], data=b"{}", method="POST"), timeout=5).read()
"""
url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
subprocess.run([sys.executable, "-I", "-c", code, url], capture_output=True, check=True)  # found here
