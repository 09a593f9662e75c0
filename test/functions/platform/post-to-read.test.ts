// Posts over connections that are kept, closed behind their back, or left idle.
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { openPostToRead } from "../../../functions/platform/post-to-read.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

/** A server that gives each request the next answer: a body, a closed connection, or a part of a body. */
async function answering(...answers: ("closes" | "breaks off" | "hangs" | { body: string })[]) {
  const bodies: string[] = [];
  const clock = { ms: 0 };
  const started = await startHttp(async (request, response) => {
    bodies.push(await text(request));
    const answer = answers[bodies.length - 1] ?? { body: "good" };
    if (answer === "hangs") return;
    if (answer === "closes") return response.socket?.destroy();
    if (answer !== "breaks off") return response.end(answer.body);
    response.writeHead(200, { "content-length": "10" });
    return response.write("half", () => response.socket?.destroy());
  });
  server = started;
  const post = openPostToRead(new URL(started.url), 100, () => clock.ms);
  const send = (signal?: AbortSignal) => post({ "content-length": "4" }, "ping", signal);
  return { send, bodies, clock, connections: started.connections };
}

const GOOD = { status: 200, text: "good" };

describe("openPostToRead", () => {
  it("keeps its connection", async () => {
    const { send, bodies, connections } = await answering();
    expect([await send(), await send()]).toMatchObject([GOOD, GOOD]);
    expect(bodies).toEqual(["ping", "ping"]);
    expect(connections()).toBe(1);
  });

  it("leaves a connection that was idle for more than four seconds", async () => {
    const { send, clock, connections } = await answering();
    await send();
    clock.ms += 4_000;
    await send();
    expect(connections()).toBe(1);
    clock.ms += 4_001;
    await send();
    expect(connections()).toBe(2);
  });

  it("asks once more where a kept connection turns out closed", async () => {
    const { send, bodies, connections } = await answering({ body: "good" }, "closes");
    expect([await send(), await send()]).toMatchObject([GOOD, GOOD]);
    expect(bodies).toHaveLength(3);
    expect(connections()).toBe(2);
  });

  it("asks no third time", async () => {
    const good = { body: "good" };
    const { send, bodies, connections } = await answering(good, good, "closes", "closes");
    await Promise.all([send(), send()]);
    expect(connections()).toBe(2);
    await expect(send()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(bodies).toHaveLength(4);
  });

  it("does not ask again where a new connection is closed", async () => {
    const { send, bodies } = await answering("closes");
    await expect(send()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(bodies).toHaveLength(1);
  });

  it.each([
    ["breaks off", "breaks off" as const, "aborted"],
    ["is too large", { body: "x".repeat(101) }, "an answer of more than 100 bytes"],
  ])("does not ask again where an answer %s", async (_, answer, message) => {
    const { send, bodies } = await answering({ body: "x".repeat(100) }, answer);
    await send();
    await expect(send()).rejects.toThrow(message);
    expect(bodies).toHaveLength(2);
  });

  it("does not ask again once its signal has aborted", async () => {
    const { send, bodies } = await answering({ body: "good" }, "hangs");
    await send();
    const ending = new AbortController();
    const call = send(ending.signal);
    await server?.next("request");
    ending.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(bodies.length).toBeLessThanOrEqual(2);
  });
});
