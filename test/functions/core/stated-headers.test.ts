// What the gateway states itself about a request to a server, whatever the client and the configuration say.
import { describe, expect, it } from "vitest";
import { type DownstreamHeaderParts, downstreamRequestHeaders } from "../../../functions/core/headers.ts";
import { headerValues } from "../../../functions/platform/event-headers.ts";

type EventHeaders = Parameters<typeof headerValues>[0];

const STATED = {
  accept: "application/json, text/event-stream",
  "accept-encoding": "identity",
  "content-type": "application/json",
};

function build({
  inbound,
  ...parts
}: Partial<Omit<DownstreamHeaderParts, "inbound">> & { inbound: EventHeaders }) {
  return downstreamRequestHeaders({
    method: "POST",
    inbound: headerValues(inbound),
    forward: [],
    identity: {},
    identityNames: new Set<string>(),
    ...parts,
  });
}

describe("the request headers that the gateway sets", () => {
  const stated = (method: string, inbound: EventHeaders = {}) => build({ method, inbound });

  it.each([
    "application/json; charset=utf-7",
    "application/json; charset=utf-16le",
    "application/xml",
    "application/json\r\nX: y",
  ])("ignore the client's Content-Type: %j", (type) => {
    const inbound = {
      "content-type": [type],
      "content-encoding": ["gzip"],
      "transfer-encoding": ["chunked"],
    };
    expect(stated("POST", inbound)).toEqual(STATED);
  });

  it("are kept although Connection names them", () => {
    expect(build({ inbound: { connection: ["content-type, accept"] } })).toEqual(STATED);
  });

  it.each<[string, string[] | undefined]>([
    ["application/json, text/event-stream", undefined],
    ["application/json, text/event-stream", ["*/*"]],
    ["application/json, text/event-stream", ["text/event-stream", "application/json;q=0.1"]],
    ["application/json, text/event-stream", ["application/*, text/*"]],
    ["application/json", ["application/json"]],
    ["application/json", ["application/*, text/plain"]],
    ["application/json", ["*/*, text/event-stream;q=0"]],
    ["text/event-stream", ["text/event-stream"]],
  ])("contain the Accept value %s if the client accepts %j", (accept, values) => {
    expect(stated("POST", { accept: values })["accept"]).toBe(accept);
  });

  it("contain no body headers without a body", () => {
    const inbound = { accept: ["application/json"], "content-type": ["application/json"] };
    expect(stated("GET", inbound)).toEqual({ accept: "text/event-stream", "accept-encoding": "identity" });
    expect(stated("DELETE", inbound)).toEqual({ accept: "*/*", "accept-encoding": "identity" });
  });
});
