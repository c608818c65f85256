"""Programs that invoke nothing."""

import os
import subprocess

base = os.environ["AWS_ENDPOINT_URL"]
url = "https://abc.lambda-url.eu-west-1.on.aws/"
assert subprocess.check_output(["echo", "aws lambda invoke --function-name other", url])
assert subprocess.check_output(f"echo curl {url} | cat; printf '%s' \"aws lambda invoke\"", shell=True)
subprocess.run(["curl", "-s", "-o", "/dev/null", f"{base}/orders"], check=True)
subprocess.run(["sh", "-c", f"curl -s -o /dev/null -d '{url}' {base}/hooks"], check=True)
for line in (
    f"echo '$(curl {url})' '`aws lambda invoke --function-name other`' # curl {url}",
    f"cat <<END\ncurl {url}\nEND",
    f"cat <<'END'\n$(curl {url})\nEND",
    f"timeout 9 echo curl {url}; echo x | xargs -n 1 echo aws lambda invoke --function-name",
    f"TARGET={url}; echo \"curl $TARGET\" | grep -c curl",
    f"sh -c 'echo \"curl {url}\"'",
    f"curl -s -o /dev/null -H 'Origin: {url}' -e {url} --data-raw 'u={url}' -A {url} {base}/hooks",
    f"command -v wget || exit 0; wget -q -O /dev/null --header 'Origin: {url}' --referer {url} {base}/pages",
):
    assert subprocess.run(line, shell=True, capture_output=True, check=True).stderr == b"", line
