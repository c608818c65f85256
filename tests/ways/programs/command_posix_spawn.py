"""curl by `os.posix_spawnp`."""

import os

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
os.waitpid(os.posix_spawnp("curl", ["curl", "-s", "-o", "/dev/null", "-d", "{}", url], dict(os.environ)), 0)  # found here
