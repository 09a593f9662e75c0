"""Who is calling, from the headers that the gateway sets on every request. Both ways raise where the caller is not proven."""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt

Claims = dict[str, Any]
Identify = Callable[[Mapping[str, str]], Claims]


def jwt_header(gateway_url: str, audience: str) -> Identify:
    """`jwt_header`: the gateway's signature proves the caller, whatever way the request came.

    gateway_url: `iss` of the JWTs: the gateway's `public_url`, byte for byte
    audience: `aud` of the JWTs: `audience` in the server's configuration, else its `url`
    """
    # Keys are cached for 5 minutes; an unknown `kid` fetches them again, at most every 30 seconds.
    keys = jwt.PyJWKClient(f"{gateway_url}/.well-known/jwks.json", timeout=5)

    def identify(headers: Mapping[str, str]) -> Claims:
        token = headers.get("x-user-jwt", "")
        return jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["ES256"],
            issuer=gateway_url,
            audience=audience,
            leeway=5,
            options={"require": ["iss", "aud", "exp", "sub"]},
        )

    return identify


def claims_header(secret: str) -> Identify:
    """`claims_header`: plain JSON, which proves nothing by itself. The secret does, which only the gateway sends.

    secret: value of `X-Gateway-Secret` in the server's `headers` configuration
    """

    def identify(headers: Mapping[str, str]) -> Claims:
        sent = headers.get("x-gateway-secret", "")
        if not hmac.compare_digest(sent.encode(), secret.encode()):
            raise ValueError("X-Gateway-Secret is missing or invalid")
        claims = json.loads(headers.get("x-user-claims", ""))
        if not isinstance(claims, dict) or not isinstance(claims.get("sub"), str):
            raise ValueError("X-User-Claims has no sub")
        return claims

    return identify
