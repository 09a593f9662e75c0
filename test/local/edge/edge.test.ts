import type { RequestListener } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { createEdge } from "../../../local/edge/edge.ts";
import { startHttp } from "../../support/loopback-server.ts";

async function listening(handle: RequestListener): Promise<string> {
  const { origin, close } = await startHttp(handle);
  onTestFinished(close);
  return origin;
}

/** An edge before an API. */
async function edgeBefore(api: RequestListener, timeoutMs?: number) {
  let origin = "";
  const edge = createEdge(() => `${origin}/local`, timeoutMs);
  origin = await listening(edge.closed(api));
  return { url: await listening(edge.handle), origin };
}

it("sends requests below the stage, with their method, headers and body", async () => {
  const { url } = await edgeBefore((request, response) => {
    request.pipe(
      response.writeHead(200, {
        "x-path": `${request.method} ${request.url}`,
        "x-token": request.headers.authorization,
      }),
    );
  });
  const response = await fetch(`${url}/notes/mcp?a=1`, {
    method: "POST",
    headers: { authorization: "Bearer t" },
    body: "body",
  });
  expect([response.headers.get("x-path"), response.headers.get("x-token"), await response.text()]).toEqual([
    "POST /local/notes/mcp?a=1",
    "Bearer t",
    "body",
  ]);
});

it("restores the name of a renamed challenge, also with status 403", async () => {
  const { url } = await edgeBefore((_request, response) =>
    response.writeHead(403, { "x-amzn-remapped-www-authenticate": "Bearer scope" }).end(),
  );
  const { status, headers } = await fetch(url);
  expect([status, headers.get("www-authenticate"), headers.get("x-amzn-remapped-www-authenticate")]).toEqual([
    403,
    "Bearer scope",
    null,
  ]);
});

it("denies direct calls of the API", async () => {
  const { origin } = await edgeBefore((_request, response) => response.end("open"));
  expect((await fetch(`${origin}/local/notes/mcp`, { headers: { referer: "guess" } })).status).toBe(403);
});

it("relays events immediately", async () => {
  let end = () => {};
  const { url } = await edgeBefore((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    end = () => response.end();
  });
  const response = await fetch(url);
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1\n\n");
  end();
  expect((await reader?.read())?.done).toBe(true);
});

it("responds with 504 if the API does not respond in time", async () => {
  const { url } = await edgeBefore(() => {}, 50);
  expect((await fetch(url)).status).toBe(504);
});
