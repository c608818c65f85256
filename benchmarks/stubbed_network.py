"""Answers every request of botocore's without a network: what is left is the SDK's own work."""

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session


class _Body:
    def __init__(self, content):
        self._content = content

    def stream(self):
        yield self._content


def _send(self, request):
    # S3 answers in XML, and nothing at all to a write.
    body = _Body(b"" if ".s3." in request.url else b"{}")
    return AWSResponse(request.url, 200, {"x-amzn-requestid": "request"}, body)


URLLib3Session.send = _send
