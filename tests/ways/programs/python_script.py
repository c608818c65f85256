"""A Python script, such as a tool's console script, started by its name."""

import os
import subprocess
import sys
import tempfile

code = """
import os, urllib.request
url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST"), timeout=5).read()  # found here
"""
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "tool"), "w") as script:
        script.write(f"#!{sys.executable}\nexec({code!r})\n")
    os.chmod(script.name, 0o755)
    os.environ["PATH"] += os.pathsep + folder
    child = subprocess.run(["tool"], capture_output=True, text=True)
if child.returncode:
    raise SystemExit(child.stderr)
