"""Checks AWS Signature Version 4 as a service does, with botocore: makes the signature anew over what arrived and compares.

Reads one JSON object per line from standard input and answers each with one line: {"ok": true} or {"ok": false, "reason": "..."}.
With "sign" in place of "verify" as its "do", botocore signs the request and the line holds the headers that it adds.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;!#$%&'*+.^_`|~-]+), Signature=([0-9a-f]{64})"
)
MAX_SKEW = timedelta(minutes=5)


def values(headers, name):
    return [value for key, value in headers if key.lower() == name]


def verify(asked):
    headers, body = asked["headers"], base64.b64decode(asked["body"])
    authorization = values(headers, "authorization")
    if len(authorization) != 1:
        return "expected one Authorization header, got %d" % len(authorization)
    match = AUTHORIZATION.fullmatch(authorization[0])
    if match is None:
        return "the Authorization header is not one of Signature Version 4"
    key, date, region, service, signed, signature = match.groups()
    expected = asked["credentials"]
    if key != expected["accessKeyId"]:
        return "unknown access key"
    if (service, region) != (asked["service"], asked["region"]):
        return "signed for %s in %s" % (service, region)

    signed_names = signed.split(";")
    if signed_names != sorted(set(signed_names)):
        return "SignedHeaders are not sorted, or name one twice"
    for name in {key.lower() for key, _ in headers}:
        must_be_signed = name in ("host", "content-type") or name.startswith("x-amz")
        if must_be_signed and name not in signed_names:
            return "the header %s is not signed" % name
    for name in signed_names:
        if not values(headers, name):
            return "the signed header %s did not arrive" % name

    dates = values(headers, "x-amz-date")
    if len(dates) != 1 or not dates[0].startswith(date):
        return "expected one X-Amz-Date of the credential's day"
    at = datetime.strptime(dates[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    if abs(datetime.now(timezone.utc) - at) > MAX_SKEW:
        return "signature expired, or not yet valid"
    if values(headers, "x-amz-security-token") != [expected["sessionToken"]]:
        return "the session token is not the role's"
    hashes = values(headers, "x-amz-content-sha256")
    if hashes and hashes != [hashlib.sha256(body).hexdigest()]:
        return "X-Amz-Content-SHA256 is not the hash of the body"

    # botocore leaves out what a proxy on the way may change (traceparent and the like): signed, such a header would not verify here.
    request = AWSRequest(method=asked["method"], url=asked["url"], data=body)
    for name, value in headers:
        if name.lower() in signed_names:
            request.headers.add_header(name.lower(), value)
    request.context["timestamp"] = dates[0]
    auth = SigV4Auth(credentials_of(expected), service, region)
    canonical = auth.canonical_request(request)
    made = auth.signature(auth.string_to_sign(request, canonical), request)
    if not hmac.compare_digest(made, signature):
        return "the signature does not match. Canonical request:\n" + canonical
    return None


def sign(asked):
    request = AWSRequest(
        method=asked["method"],
        url=asked["url"],
        data=base64.b64decode(asked["body"]),
        headers={**dict(asked["headers"]), "host": urlsplit(asked["url"]).netloc},
    )
    SigV4Auth(credentials_of(asked["credentials"]), asked["service"], asked["region"]).add_auth(request)
    return [[name.lower(), value] for name, value in request.headers.items()]


def credentials_of(given):
    return Credentials(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])


for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "sign":
        answer = {"headers": sign(asked)}
    else:
        reason = verify(asked)
        answer = {"ok": reason is None, "reason": reason}
    print(json.dumps(answer), flush=True)
