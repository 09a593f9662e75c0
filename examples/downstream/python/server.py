"""An MCP server behind the gateway: handles a request only for a caller with a verified, forwarded identity."""

import asyncio
import logging
import os
from typing import Any

import jwt
import uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_http_request
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from identity import Claims, claims_header, jwt_header



def required(name: str) -> str:
    """Nothing starts with an empty issuer, audience or secret: each is compared with what a request says, or leaves out."""
    if value := os.environ.get(name):
        return value
    raise SystemExit(f"Set {name}.")


if os.environ.get("IDENTITY_METHOD") == "claims_header":
    identify = claims_header(required("GATEWAY_SECRET"))
else:
    identify = jwt_header(required("GATEWAY_URL"), required("AUDIENCE"))

server = FastMCP("downstream-example")


@server.tool
def who_am_i() -> dict[str, Any]:
    """Returns the caller's verified identity."""
    return caller()


@server.tool
def admin_report() -> str:
    """A report for callers with the role admin."""
    roles = caller().get("roles")
    # Only a list: in a string, "in" would find "admin" inside "no-admin".
    if not isinstance(roles, list) or "admin" not in roles:
        raise ToolError("admin_report needs the role admin.")
    return f"All is well, {caller()['sub']}."


def caller() -> Claims:
    """Identity of the current request, never of its session or connection."""
    return get_http_request().state.caller


class RequireIdentity:
    """Denies requests without a verified caller."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            try:
                # In a thread, because fetching the gateway's keys blocks.
                claims = await asyncio.to_thread(identify, Headers(scope=scope))
            except (jwt.PyJWTError, ValueError) as error:
                logging.warning("denied: %s", type(error).__name__)
                denial = PlainTextResponse("Only the gateway may call this server.\n", 401)
                return await denial(scope, receive, send)
            scope.setdefault("state", {})["caller"] = claims
        await self.app(scope, receive, send)


app = server.http_app(path="/mcp", stateless_http=True, middleware=[Middleware(RequireIdentity)])

if __name__ == "__main__":
    uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1"), port=int(required("PORT")))
