// A call of a member in this process: its response as it arrives, and how it ends.
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { callMember, discardRest } from "../../../functions/combined/member-call.ts";
import type { ServedRequest, ServeRequest } from "../../../functions/proxy/serve-request.ts";
import { settled } from "../../support/http-calls.ts";
import { principalWith } from "../../support/principals.ts";

const call = (serve: ServeRequest) =>
  callMember(serve, {
    member: { name: "notes", principal: principalWith({ server: "notes" }) },
    request: { method: "POST", server: "/mcp", headers: new Map(), body: "{}" },
    requestId: "request",
    leftMs: () => 1_000,
  });

const head = { status: 200, headers: { "content-type": "text/plain" } };

describe("a call to a member", () => {
  it("is a request to the member's own URL by its own principal, through the combined endpoint", async () => {
    let served: ServedRequest | undefined;
    const { response } = call(async (request) => {
      served = request;
      await request.reply.send(head, "done");
    });
    const { status, headers, body } = await response;
    expect([status, headers, await text(body)]).toEqual([200, head.headers, "done"]);
    expect(served).toMatchObject({
      request: { server: "notes" },
      principal: { server: "notes" },
      requestId: "request",
      endpoint: "/mcp",
    });
  });

  it("fails if there is no response", async () => {
    const { response, served } = call(() => Promise.reject(new Error("a defect")));
    await expect(response).rejects.toThrow("a defect");
    await expect(served).resolves.toBeUndefined();
  });

  it("has a body that fails if the response breaks off", async () => {
    const { response, served } = call(async ({ reply }) => {
      const upstream = new PassThrough();
      upstream.write("some");
      setImmediate(() => upstream.destroy(new Error("broken off")));
      await reply.relay(head, upstream);
    });
    const { body } = await response;
    await expect(text(body)).rejects.toThrow("broken off");
    await served;
  });

  it("ends without an error if the rest of its response was closed as not needed", async () => {
    const finish = Promise.withResolvers<void>();
    let isClosed: (() => boolean) | undefined;
    const { response, served } = call(async (request) => {
      isClosed = request.isClosed;
      await request.reply.send(head, "some");
      await finish.promise;
    });
    const received = await response;
    expect(isClosed?.()).toBe(false);
    received.close();
    expect([isClosed?.(), received.body.destroyed]).toEqual([true, true]);
    finish.resolve();
    await served;
  });

  it("whose response is discarded leaves no timer", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const { response } = call(({ reply }) => reply.send(head, "done"));
    const received = await response;
    discardRest(received);
    await settled();
    expect(received.body.closed).toBe(true);
    discardRest(received);
    expect(timers()).toBe(before);
  });
});
