"""A Python client: connects to a URL, calls `whoami`, waits, calls it again, then performs the given actions; prints each result on a line.

Usage: client.py mcp|fastmcp URL [ACTION...]. An action is `list` (the names of all tools), a resource's URI, or a tool, with arguments as in
`add={"a": 2}`. WHOAMI is the name of the tool `whoami`, if it has another one. With TOKEN set it sends that as a bearer header; else it
signs in, by the program that SIGN_IN (prints the redirect) or BROWSER (follows it) names.
"""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import fastmcp
import httpx2
import mcp
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

REDIRECT_URI = "http://127.0.0.1:40210/callback"


class Memory:
    """Token storage of the SDK's OAuth provider."""

    def __init__(self):
        self.tokens = None
        self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


def sdk_sign_in(url):
    visited = {}

    async def redirect(authorization_url):
        program = [os.environ["SIGN_IN"], authorization_url]
        back = await asyncio.to_thread(subprocess.check_output, program, text=True)
        visited.update(parse_qs(urlsplit(back.strip()).query))

    async def callback():
        return AuthorizationCodeResult(**{name: visited.get(name, [None])[0] for name in ("code", "state", "iss")})

    metadata = OAuthClientMetadata(client_name="Python SDK", redirect_uris=[REDIRECT_URI], token_endpoint_auth_method="none")
    return OAuthClientProvider(url, metadata, Memory(), redirect, callback)


@asynccontextmanager
async def sdk_client(url, token):
    access = {"headers": {"Authorization": f"Bearer {token}"}} if token else {"auth": sdk_sign_in(url)}
    async with httpx2.AsyncClient(timeout=60, **access) as http:
        async with mcp.Client(streamable_http_client(url, http_client=http)) as client:
            yield client


def fastmcp_client(url, token):
    return fastmcp.Client(url, auth=token or "oauth")


async def perform(client, action):
    """The SDK's results contain the list that FastMCP returns."""
    if action == "list":
        tools = await client.list_tools()
        return " ".join(tool.name for tool in getattr(tools, "tools", tools))
    if "://" in action:
        resource = await client.read_resource(action)
        return getattr(resource, "contents", resource)[0].text
    name, _, arguments = action.partition("=")
    return (await client.call_tool(name, json.loads(arguments or "{}"))).content[0].text


async def main(kind, url, *actions):
    open_client = {"mcp": sdk_client, "fastmcp": fastmcp_client}[kind]
    async with open_client(url, os.environ.get("TOKEN")) as client:
        for pause in (0, float(os.environ.get("WAIT_SECONDS", "0"))):
            await asyncio.sleep(pause)
            result = await client.call_tool(os.environ.get("WHOAMI", "whoami"), {})
            print(json.dumps(json.loads(result.content[0].text)["claims"]), flush=True)
        for action in actions:
            print(await perform(client, action), flush=True)


asyncio.run(main(*sys.argv[1:]))
