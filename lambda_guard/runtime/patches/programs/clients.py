"""What the command lines of curl, wget, the AWS command line and their like send."""

from __future__ import annotations

import re

from ...services.endpoints import Request, is_function_url, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_HTTPIE = (
    "A a o p s auth auth-type boundary cert cert-key cert-key-pass ciphers default-scheme format-options max-headers "
    "max-redirects output pretty print proxy raw response-charset response-mime session session-read-only ssl style "
    "timeout verify"
)
# What goes to a URL -> its options that take a value: `curl --help all`, `wget --help`. `--url` is none of them.
HTTP = {
    "aria2c": "U d i j k l o s t x all-proxy dir header http-proxy https-proxy input-file load-cookies log "
    "max-connection-per-server max-concurrent-downloads min-split-size out referer save-cookies split timeout "
    "user-agent",
    "curl": "A C D E F H K P Q T U X Y b c d e h m o r t u w x y z abstract-unix-socket alt-svc aws-sigv4 cacert "
    "capath cert cert-type ciphers config connect-timeout connect-to continue-at cookie cookie-jar create-file-mode "
    "crlfile curves data data-ascii data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr "
    "dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save expect100-timeout form "
    "form-string ftp-account ftp-alternative-to-user ftp-method ftp-port ftp-ssl-ccc-mode happy-eyeballs-timeout-ms "
    "haproxy-clientip header help hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway json keepalive-cnt "
    "keepalive-time key key-type krb libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt "
    "max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir parallel-max "
    "parallel-max-host pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert proxy-capath "
    "proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass "
    "proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser "
    "proxy-user proxy1.0 pubkey quote random-file range rate referer request request-target resolve retry retry-delay "
    "retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5 socks5-gssapi-service socks5-hostname "
    "speed-limit speed-time ssl-sessions stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers "
    "tlsauthtype tlspassword tlsuser trace trace-ascii trace-config unix-socket upload-file upload-flags url-query "
    "user user-agent variable vlan-priority write-out",
    "wget": "A B D I O P Q R T U X a e i l o t w accept accept-regex append-output base bind-address body-data "
    "body-file ca-certificate ca-directory certificate certificate-type ciphers compression config connect-timeout "
    "crl-file cut-dirs default-page directory-prefix dns-timeout domains exclude-directories exclude-domains execute "
    "follow-tags ftp-password ftp-user header hsts-file http-password http-user ignore-tags include-directories "
    "input-file level limit-rate load-cookies local-encoding max-redirect method output-document output-file password "
    "pinnedpubkey post-data post-file prefer-family private-key private-key-type progress proxy-password proxy-user "
    "quota read-timeout referer regex-type reject reject-regex rejected-log remote-encoding report-speed "
    "restrict-file-names retry-on-http-error save-cookies secure-protocol start-pos timeout tries use-askpass user "
    "user-agent wait waitretry warc-dedup warc-file warc-header warc-max-size warc-tempdir",
    **dict.fromkeys(("http", "https", "xh", "xhs"), _HTTPIE),
}
_URL = re.compile(r"(?:(https?)://)?([^/?#]*)([^#]*)", re.IGNORECASE | re.DOTALL)
_AWS = {
    "invoke": ("2015-03-31", "invocations"),
    "invoke-async": ("2014-11-13", "invoke-async"),
    "invoke-with-response-stream": ("2021-11-15", "response-streaming-invocations"),
}
# The options with a value of every command, which may stand anywhere, and then those of an invoke. Any may be
# abbreviated, and the former are tried first, as the AWS command line does.
_AWS_OPTIONS = (
    "--ca-bundle", "--cli-binary-format", "--cli-connect-timeout", "--cli-read-timeout", "--color", "--endpoint-url",
    "--output", "--profile", "--query", "--region",
    "--client-context", "--cli-input-json", "--cli-input-yaml", "--durable-execution-name", "--function-name",
    "--invocation-type", "--invoke-args", "--log-type", "--payload", "--qualifier", "--tenant-id",
)  # fmt: skip
_AWS_FIELDS = {"--function-name": "FunctionName", "--invocation-type": "InvocationType", "--qualifier": "Qualifier"}


def takes_value(option: str, names: Collection[str]) -> bool:
    """Tell whether what follows an option is its value; names: letters and words of the options that have one."""
    if option.startswith("--"):
        return option[2:] in names
    first = next((index for index, letter in enumerate(option) if index and letter in names), 0)
    return 0 < first == len(option) - 1  # what follows the letter in the same word is its value


def of_http(program: str, words: list[str]) -> Iterator[Request]:
    """Read what curl, wget or one of their like sends: each word that is an invoke's URL and no option's value."""
    names, is_value = HTTP[program].split(), False
    for word in words:
        if is_value:
            is_value = False
            continue
        if word.startswith("-"):
            is_value = takes_value(word, names)
            name, _, word = word.partition("=")
            if name != "--url":
                continue
        url = _URL.match(word)
        host = url[2].rpartition("@")[2] if url is not None else "="
        if url is None or "=" in host or (not url[1] and "://" in word.partition("?")[0]):
            continue  # another scheme, or a field of the body as HTTPie has it
        if "/functions/" in url[3] or is_function_url(normal(host)):
            yield Request("POST", host, url[3])


def aws_call(words: list[str]) -> tuple[str, dict[str, str]] | None:
    """Read `aws lambda invoke` as operation and options; None for any other command."""
    places: list[str] = []
    options: dict[str, str] = {}
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if not name.startswith("--"):
            places.append(word)
            continue
        option = next((known for known in _AWS_OPTIONS if known.startswith(name)), None)
        if option is not None:
            options[option] = value if equals else next(waiting, "")
        elif name == "--generate-cli-skeleton":
            return None  # prints, and sends nothing
    if places[:1] != ["lambda"] or len(places) < 2 or places[1] not in _AWS or places[2:3] == ["help"]:
        return None
    return places[1], options


def of_aws(operation: str, options: dict[str, str]) -> Request | None:
    """Return the request that the AWS command line sends; None where its function cannot be told."""
    from json import loads
    from urllib.parse import quote

    try:
        given = loads(options.get("--cli-input-json") or "{}")
    except (ValueError, RecursionError):
        given = None
    fields = {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    fields.update({_AWS_FIELDS[option]: value for option, value in options.items() if option in _AWS_FIELDS})
    if (fields.get("FunctionName") or "file://").startswith(("file://", "fileb://")):
        return None
    version, end = _AWS[operation]
    target = f"/{version}/functions/{quote(fields['FunctionName'], safe='', errors='replace')}/{end}"
    if fields.get("Qualifier"):
        target += f"?Qualifier={quote(fields['Qualifier'], errors='replace')}"
    region = options.get("--region")
    host = f"lambda.{region}.amazonaws.com" if region else "lambda"
    return Request("POST", host, target, [("x-amz-invocation-type", fields.get("InvocationType", ""))])
