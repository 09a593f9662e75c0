import { describe, expect, it } from "vitest";
import {
  isAcceptance,
  isJsonText,
  isSeenEnough,
  neededLook,
  responseVerdict,
} from "../../../functions/core/response-kind.ts";

const RPC_ERROR = '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}';
const PAGE = "<!doctype html><title>Welcome</title>";

describe("isAcceptance", () => {
  it.each([
    [200, undefined, true],
    [200, "application/json", true],
    [202, "application/json", true],
    [204, undefined, true],
    [202, undefined, false],
    [200, "text/event-stream", false],
    [400, "application/json", false],
  ])("is decided by status and media type: %i %s is %s", (status, contentType, expected) => {
    expect(isAcceptance({ status, contentType, awaitsMessage: false })).toBe(expected);
    expect(isAcceptance({ status, contentType, awaitsMessage: true })).toBe(false);
  });
});

describe("neededLook", () => {
  const look = (status: number, contentType?: string, awaitsMessage = true) =>
    neededLook({ status, contentType, awaitsMessage });

  it.each([
    [200, "application/json"],
    [200, "application/json; charset=utf-8"],
    [200, "application/json, application/json"],
    [200, "Application/Vnd.x+json"],
    [200, "text/event-stream"],
    [400, "text/event-stream"],
    [202, undefined],
    [202, "text/plain"],
    [204, undefined],
  ])("relays a %i of type %s without reading its body", (status, type) => {
    expect(look(status, type)).toBe("nothing");
  });

  it.each([[undefined], ["text/plain"], ["text/html"], ["application/octet-stream"], ["application/jsonp"]])(
    "reads the start of a 200 of type %s",
    (type) => {
      expect(look(200, type)).toBe("start");
    },
  );

  it("reads the start of an HTML page only if no message is expected", () => {
    expect([look(200, "text/plain", false), look(200, undefined, false)]).toEqual(["nothing", "nothing"]);
    expect([look(200, "text/html", false), look(200, "application/xhtml+xml", false)]).toEqual([
      "start",
      "start",
    ]);
  });

  it.each([400, 404, 405, 500, 599])("reads the error body of a %i of any type", (status) => {
    expect([look(status, "application/json"), look(status, undefined, false)]).toEqual(["error", "error"]);
  });
});

describe("isSeenEnough", () => {
  it("is true for a start with one visible byte, or a long one", () => {
    expect(isSeenEnough("start", Buffer.from("\uFEFF \n"))).toBe(false);
    expect(isSeenEnough("start", Buffer.from(" x"))).toBe(true);
    expect(isSeenEnough("start", Buffer.alloc(65_535, " "))).toBe(false);
    expect(isSeenEnough("start", Buffer.alloc(65_536, " "))).toBe(true);
  });

  it("is true for an error once it is recognized as JSON-RPC or an event, or is long", () => {
    expect(isSeenEnough("error", Buffer.from('{"error":'))).toBe(false);
    expect(isSeenEnough("error", Buffer.from('{"error":{},"jsonrpc": "2.0"'))).toBe(true);
    expect(isSeenEnough("error", Buffer.from("data: {"))).toBe(true);
    expect(isSeenEnough("error", Buffer.alloc(65_535, "x"))).toBe(false);
    expect(isSeenEnough("error", Buffer.alloc(65_536, "x"))).toBe(true);
  });
});

describe("responseVerdict", () => {
  const verdict = (status: number, body: string, contentType?: string, isActedOn = false) =>
    responseVerdict({ status, contentType, awaitsMessage: true }, { start: Buffer.from(body), isActedOn });

  it.each([200, 404, 405, 500, 503])("relays an empty %i", (status) => {
    expect([verdict(status, ""), verdict(status, " \n", "text/html")]).toEqual(["relay", "relay"]);
  });

  it.each([400, 404, 405, 422, 500, 503])("relays a JSON-RPC error with %i and any type", (status) => {
    for (const type of ["application/json", "text/plain", "text/html", undefined]) {
      expect([verdict(status, RPC_ERROR, type), verdict(status, ` [${RPC_ERROR}]`, type)]).toEqual([
        "relay",
        "relay",
      ]);
    }
  });

  it("relays JSON and events of a success response of any type", () => {
    expect([
      verdict(200, "{}", "text/plain"),
      verdict(200, "[]"),
      verdict(200, "data: 1\n\n", "text/html"),
    ]).toEqual(["relay", "relay", "relay"]);
    expect(verdict(500, "event: message\ndata: 1\n\n", "text/plain")).toBe("relay");
  });

  it.each([
    [200, PAGE, "text/html"],
    [200, PAGE, undefined],
    [200, "Welcome", "text/plain"],
    [404, PAGE, "text/html"],
    [404, "Not Found", "text/plain"],
    [404, '{"detail":"Not Found"}', "application/json"],
    [400, PAGE, undefined],
    [403, "Forbidden", "text/html"],
    [429, PAGE, "text/html"],
    [500, "Internal Server Error", "text/plain"],
    [502, PAGE, "text/html"],
    [503, '{"message":"Service Unavailable"}', "application/json"],
    [504, "upstream request timeout", undefined],
  ])("does not relay a %i with %j of type %s", (status, body, type) => {
    expect(verdict(status, body, type)).toBe("invalid");
  });

  it("does not treat text that mentions JSON-RPC as JSON-RPC", () => {
    expect(verdict(404, String.raw`{"detail":"expected \"jsonrpc\": \"2.0\""}`)).toBe("invalid");
    expect(verdict(404, '<p>"jsonrpc": "2.0"</p>')).toBe("invalid");
  });

  it.each([400, 403, 406, 409, 421, 422, 429])("relays the upstream's body with %i", (status) => {
    expect([verdict(status, "Not allowed", "text/plain"), verdict(status, '{"error":"no"}')]).toEqual([
      "relay",
      "relay",
    ]);
  });

  it.each([404, 405])(
    "keeps the status of a %i that clients act on, and relays its body unless it is a page",
    (status) => {
      expect(verdict(status, PAGE, "text/html", true)).toBe("head");
      expect(verdict(status, PAGE, undefined, true)).toBe("head");
      expect(verdict(status, "gone", "text/html", true)).toBe("head");
      expect(verdict(status, "gone", "text/plain", true)).toBe("relay");
      expect(verdict(status, "gone", undefined, true)).toBe("relay");
      expect(verdict(status, '{"detail":"gone"}', "application/json", true)).toBe("relay");
    },
  );

  it("relays the upstream's JSON error body, even with the media type of a page", () => {
    expect(verdict(400, '{"error":"no"}', "text/html")).toBe("relay");
  });
});

describe("isJsonText", () => {
  it("checks the first visible byte", () => {
    expect([" {", "\uFEFF[1]", "x{", "", '"a"'].map((text) => isJsonText(Buffer.from(text)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
