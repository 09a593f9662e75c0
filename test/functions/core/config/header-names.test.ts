import { describe, expect, it } from "vitest";
import {
  forwardedNameFault,
  headerNameFault,
  isHeaderValue,
  normalHeaderName,
} from "../../../../functions/core/config/header-names.ts";
import { CREDENTIAL_HEADERS } from "../../../support/credential-header-names.ts";

describe("header names", () => {
  const LATIN_1 = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

  describe("normalHeaderName", () => {
    it("returns the same for names that servers treat as the same", () => {
      expect(normalHeaderName("X_User-Claims_")).toBe("x-user-claims-");
    });
  });

  describe("headerNameFault", () => {
    it("accepts exactly the characters of a token (RFC 9110, section 5.6.2)", () => {
      const accepted = LATIN_1.filter((character) => headerNameFault(`X${character}Y`) === undefined);
      expect(accepted.join("")).toBe(
        "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
      );
    });

    it("accepts one to 128 characters", () => {
      expect(headerNameFault("X")).toBeUndefined();
      expect(headerNameFault("X".repeat(128))).toBeUndefined();
      expect(headerNameFault("X".repeat(129))).toContain(
        'expected a header name (letters, digits, "-"), got ',
      );
    });

    it.each(["", "X-A\n", " X-A"])("rejects %j", (name) => {
      expect(headerNameFault(name)).toContain("expected a header name");
    });

    it.each([
      "connection",
      "keep-alive",
      "proxy-authenticate",
      "proxy-authorization",
      "proxy-connection",
      "te",
      "http2-settings",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "Keep_Alive",
      "TE",
    ])("rejects the hop-by-hop header %s", (name) => {
      const message = `${name} is a hop-by-hop header and cannot be set. Choose another name.`;
      expect(headerNameFault(name)).toBe(message);
      expect(forwardedNameFault(name)).toBe(message);
    });

    it.each([
      "accept",
      "accept-encoding",
      "content-encoding",
      "content-length",
      "content-range",
      "content-transfer-encoding",
      "content-type",
      "expect",
      "host",
      "last-event-id",
      "mcp-method",
      "mcp-name",
      "mcp-protocol-version",
      "mcp-session-id",
      "mcp-param-",
      "Mcp-Param-Region",
      "MCP_Session_Id",
    ])("rejects %s, which the gateway sets", (name) => {
      const message = `${name} is set by the gateway. Choose another name.`;
      expect(headerNameFault(name)).toBe(message);
      expect(forwardedNameFault(name)).toBe(message);
    });

    it.each(["Authorization", "Cookie", "X-Mcp-Param-A", "Accept-Language", "X-Forwarded-For", "X-User-JWT"])(
      "accepts %s if the gateway sets it",
      (name) => expect(headerNameFault(name)).toBeUndefined(),
    );
  });

  describe("forwardedNameFault", () => {
    it.each([
      "authorization",
      "cookie",
      "cookie2",
      "set-cookie",
      "set-cookie2",
      "via",
      "proxy-anything",
      "forwarded",
      ...CREDENTIAL_HEADERS,
      "x-real-ip",
      "x-forwarded-for",
      "x-amz-date",
      "x-amzn-trace-id",
      "X-Api_Key",
      "X-AMZ-Anything",
    ])("never allows %s", (name) => {
      expect(forwardedNameFault(name)).toBe(
        `${name} carries credentials or the caller's address and is never forwarded. Remove it; to send a credential of the gateway, use "headers".`,
      );
    });

    it.each([
      "X-HTTP-Method",
      "X-HTTP-Method-Override",
      "x_method_override",
      "X-Original-URL",
      "X-Rewrite-URL",
    ])("never allows a client to replace the method or path by %s", (name) => {
      expect(forwardedNameFault(name)).toBe(
        `${name} lets a client replace the method or path of the request and is never forwarded. Remove it.`,
      );
    });

    it.each(["X-User-Claims", "X-User-JWT", "x_user_claims", "X-USER-JWT"])(
      "never allows a client to set %s",
      (name) => {
        expect(forwardedNameFault(name)).toBe(
          `${name} carries the identity that servers trust, so a client must not set it. Remove it.`,
        );
      },
    );

    it.each(["User-Agent", "user_agent"])("never allows a client's %s", (name) => {
      expect(forwardedNameFault(name)).toBe(
        `${name} identifies the gateway to servers and is never forwarded. Remove it; set a fixed value in "headers".`,
      );
    });

    it.each([
      "X-Request-Id",
      "Accept-Language",
      "X-Forwarded",
      "My-X-Amz-Date",
      "X-User-Claims-2",
      "X-Cookie",
    ])("allows %s", (name) => expect(forwardedNameFault(name)).toBeUndefined());
  });

  describe("isHeaderValue", () => {
    it("accepts exactly the tab and printable ASCII", () => {
      const accepted = LATIN_1.filter((character) => isHeaderValue(`a${character}b`));
      expect(accepted.join("")).toBe(
        "\t !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
      );
    });

    it.each(["\na", "a\n", "a\r", "\u0000"])("rejects %j", (value) => {
      expect(isHeaderValue(value)).toBe(false);
    });

    it("accepts an empty value", () => {
      expect(isHeaderValue("")).toBe(true);
    });
  });
});
