// Posts to Parameter Store through the client of downstream calls: answers whole, too large, broken off, given up.
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { createDownstream } from "../../../functions/platform/downstream.ts";
import { postThrough } from "../../../functions/platform/post-through.ts";
import { closedPort, type LoopbackServer, startHttp } from "../../support/loopback-server.ts";

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

async function answering(
  answer: (body: string) => { status?: number; body?: string } | "hangs" | "breaks off",
) {
  const bodies: string[] = [];
  server = await startHttp(async (request, response) => {
    const body = await text(request);
    bodies.push(`${request.headers["x-amz-target"]} ${body}`);
    const chosen = answer(body);
    if (chosen === "hangs") return;
    if (chosen === "breaks off") {
      response.writeHead(200, { "content-length": "10" });
      response.write("half", () => response.socket?.destroy());
      return;
    }
    response.writeHead(chosen.status ?? 200, { "x-amzn-errortype": "Some" }).end(chosen.body ?? "");
  });
  const post = postThrough(createDownstream())(new URL(server.url), 100);
  const send = (body: string, signal?: AbortSignal) => post({ "x-amz-target": "Read" }, body, signal);
  return { send, bodies, connections: server.connections };
}

describe("postThrough", () => {
  it("gives status, headers and the whole text, and keeps the connection", async () => {
    const { send, bodies, connections } = await answering((body) => ({ status: 400, body: `${body} é` }));
    expect(await send("one")).toMatchObject({
      status: 400,
      headers: { "x-amzn-errortype": "Some" },
      text: "one é",
    });
    expect((await send("two")).text).toBe("two é");
    expect(bodies).toEqual(["Read one", "Read two"]);
    expect(connections()).toBe(1);
  });

  it("gives an empty answer", async () => {
    const { send } = await answering(() => ({}));
    expect((await send("one")).text).toBe("");
  });

  it("takes an answer of the largest size, and no larger one", async () => {
    const { send } = await answering((body) => ({ body: "x".repeat(Number(body)) }));
    expect((await send("100")).text).toHaveLength(100);
    await expect(send("101")).rejects.toThrow("an answer of more than 100 bytes");
    expect((await send("3")).text).toBe("xxx");
  });

  it("rejects where the answer breaks off, and where nobody listens", async () => {
    const { send, bodies } = await answering(() => "breaks off");
    await expect(send("one")).rejects.toBeInstanceOf(Error);
    expect(bodies).toHaveLength(1);
    const nobody = new URL(`http://127.0.0.1:${await closedPort()}/`);
    await expect(postThrough(createDownstream())(nobody, 100)({}, "one", undefined)).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  it("rejects with the signal's reason before there is an answer", async () => {
    const { send } = await answering(() => "hangs");
    const ending = new AbortController();
    const sent = send("one", ending.signal);
    await server?.next("request");
    ending.abort(new Error("the time is up"));
    await expect(sent).rejects.toThrow("the time is up");
    await expect(send("two", ending.signal)).rejects.toThrow("the time is up");
  });

  it("closes the connection of an answer that begins after it was given up", async () => {
    const ending = new AbortController();
    let closed: Promise<unknown> | undefined;
    server = await startHttp((request, response) => {
      closed = new Promise((resolve) => request.socket.once("close", resolve));
      ending.abort(new Error("the time is up"));
      response.write("and it never ends");
    });
    const sent = postThrough(createDownstream())(new URL(server.url), 100)({}, "one", ending.signal);
    await expect(sent).rejects.toThrow("the time is up");
    await closed;
  });

  it("rejects with the signal's reason in the midst of an answer", async () => {
    let finish = () => {};
    server = await startHttp((_, response) => {
      response.writeHead(200, { "content-length": "10" }).write("half");
      finish = () => response.end();
    });
    const ending = new AbortController();
    const sent = postThrough(createDownstream())(new URL(server.url), 100)({}, "one", ending.signal);
    await server.next("request");
    setTimeout(() => ending.abort(new Error("the time is up")), 50);
    await expect(sent).rejects.toThrow("the time is up");
    finish();
  });
});
