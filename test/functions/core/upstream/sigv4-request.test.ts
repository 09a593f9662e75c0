import { describe, expect, it } from "vitest";
import { signedUrl } from "../../../../functions/core/upstream/sigv4-request.ts";

const REQUEST = {
  url: "https://tools.example.com/mcp",
  method: "POST",
  headers: { accept: "x" },
  body: "{}",
};
const prepared = (url: string, service = "lambda") => signedUrl({ ...REQUEST, url }, service);

describe("signedUrl", () => {
  it.each([
    ["?b=2&a=1&a=0", "?b=2&a=1&a=0", { b: ["2"], a: ["1", "0"] }],
    ["?q=a+b%20c", "?q=a%20b%20c", { q: ["a b c"] }],
    ["?name=J%C3%BCrgen", "?name=J%C3%BCrgen", { name: ["Jürgen"] }],
    ["?flag", "?flag=", { flag: [""] }],
    ["?s=(*'!)", "?s=%28%2A%27%21%29", { s: ["(*'!)"] }],
    ["", "", {}],
  ])("sends the query %j as %j, which is the signed form", (query, sent, signed) => {
    const { url, toSign } = prepared(`https://tools.example.com/mcp${query}`);
    expect([url, toSign.query]).toEqual([`https://tools.example.com/mcp${sent}`, signed]);
  });

  it("signs the host with its port, and the path as it is written", () => {
    const { toSign } = prepared("http://127.0.0.1:8080/runtimes/arn%3Aaws/invocations");
    expect(toSign).toMatchObject({
      protocol: "http:",
      hostname: "127.0.0.1",
      path: "/runtimes/arn%3Aaws/invocations",
      headers: { accept: "x", host: "127.0.0.1:8080" },
      body: "{}",
    });
  });

  it("omits the payload only for VPC Lattice", () => {
    expect(prepared(REQUEST.url, "vpc-lattice-svcs").toSign.headers).toMatchObject({
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    });
    expect(prepared(REQUEST.url).toSign.headers).not.toHaveProperty("x-amz-content-sha256");
  });

  it("signs no header with non-ASCII bytes, which UTF-8 would change", () => {
    const headers = { "last-event-id": "caf\xe9", accept: "x" };
    expect(signedUrl({ ...REQUEST, headers }, "lambda").unsignableHeaders).toEqual(
      new Set(["last-event-id"]),
    );
  });
});
