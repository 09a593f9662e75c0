"""A FastMCP server as an application mounts it: Starlette redirects `/mcp` to `/mcp/`, where the server is. With sessions."""

import os

import uvicorn
from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from starlette.applications import Starlette
from starlette.routing import Mount

server = FastMCP("mounted", version="1.2.3", instructions="A server for transcripts.")


@server.tool
def echo(text: str) -> str:
    """Returns the text."""
    return text


@server.tool
def add(a: int, b: int) -> dict[str, int]:
    """Adds two numbers."""
    return {"sum": a + b}


@server.tool
def fail() -> str:
    """Fails."""
    raise ToolError("It failed.")


@server.tool
async def count(steps: int, ctx: Context) -> str:
    """Reports each step."""
    for step in range(1, steps + 1):
        await ctx.report_progress(step, steps, f"step {step}")
    return f"counted to {steps}"


@server.resource("notes://today", mime_type="text/plain")
def today() -> str:
    """Notes of today."""
    return "nothing"


@server.resource("notes://{day}/all", mime_type="text/plain")
def notes(day: str) -> str:
    """Notes of a day."""
    return f"notes of {day}"


@server.prompt
def greeting(name: str) -> str:
    """A greeting."""
    return f"Greet {name}."


mcp_app = server.http_app(path="/")
app = Starlette(routes=[Mount("/mcp", app=mcp_app)], lifespan=mcp_app.lifespan)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
