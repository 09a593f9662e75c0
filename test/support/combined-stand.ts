// A gateway with a combined endpoint over members with all kinds of rules, its users, and what they learn of denials.
import { expect } from "vitest";
import { memberServer } from "./combined-members.ts";
import { type GatewayStand, type StandConfig, startStand } from "./gateway-stand.ts";
import { jsonOf, type McpRequest, PING, sendMcp } from "./mcp-request.ts";
import { clockAtFullHour } from "./movable-clock.ts";
import { type RawResponse, valuesOf } from "./raw-http.ts";
import { messageOf } from "./recorder-server.ts";
import type { TokenIssuer } from "./token-issuer.ts";

const PRO = { required_claims: { subscription: { values: "pro" } } };
const PRO_TOKEN = { subscription: { values: "pro" } };

const MEMBERS = ["ruled", "sealed", "strict", "banned", "tenanted", "limited", "plain"];

const config =
  (combined: object) =>
  ({ jwtValidation }: TokenIssuer): StandConfig => {
    return {
      gateway: {
        combined,
        blocked: [{ claim: "sub", values: ["U2blocked"] }],
      },
      servers: {
        ruled: {
          get_stream: true,
          tool_authorization: { "admin_*": PRO, send_mail: { required_scopes: ["mail:read", "mail:send"] } },
          prompt_authorization: { "secret*": PRO },
          resource_authorization: { "file:///private/*": PRO },
        },
        sealed: {
          tool_authorization: { "*": PRO, open: {} },
          prompt_authorization: { "*": PRO },
          resource_authorization: { "*": PRO },
        },
        closed: { enabled: false },
        strict: {
          jwt_validation: { ...jwtValidation, claimValues: { ...jwtValidation.claimValues, ...PRO_TOKEN } },
        },
        banned: { blocked: [{ claim: "sub", values: ["U2alice"] }] },
        tenanted: { tenant_required: true },
        limited: {
          rate_limits: [{ name: "once", per: ["sub"], tools: ["export_*"], limit: 1, window: "1h" }],
        },
        plain: { get_stream: true },
        outsider: {},
      },
    };
  };

/** `free` and `pro` are the same user with another subscription. */
export type User =
  | "free"
  | "pro"
  | "other"
  | "blocked"
  | "expired"
  | "of another audience"
  | "unsigned"
  | "first"
  | "second";

export type CombinedStand = Pick<GatewayStand, "close" | "recorder"> & {
  /** sends a request to a server's own URL, or to the combined endpoint if the name is empty */
  send(server: string, request: McpRequest, user?: User | "none"): Promise<RawResponse>;
  /** the client's id of a new session of a revision that has sessions */
  session(server: string, user?: User): Promise<string>;
  /** methods that reached a server, except those with which the combined endpoint begins its members' sessions */
  reached(): unknown[];
  /** checks the status and the reason of a denial, and that nothing of the request reached a server */
  expectDenied(
    expected: readonly unknown[],
    request: McpRequest,
    user?: User,
    server?: string,
  ): Promise<void>;
  /** begins to record anew */
  reset(): void;
};

/** @param combined the block of gateway.json */
export async function startCombinedStand(combined: object = { servers: MEMBERS }): Promise<CombinedStand> {
  const clock = clockAtFullHour();
  const stand = await startStand(config(combined), { runtime: clock.runtime });
  const token = (claims: object) => stand.issuer.token({ scope: "mail:read", ...claims });
  const tokens: Record<User, string> = {
    free: await token({ subscription: "free" }),
    pro: await token({ subscription: "pro" }),
    other: await token({ sub: "U2bob", subscription: "free" }),
    blocked: await token({ sub: "U2blocked" }),
    expired: await token({ exp: Math.floor(Date.now() / 1000) - 600 }),
    "of another audience": await token({ aud: "https://other.example.com" }),
    unsigned: `${(await token({})).split(".").slice(0, 2).join(".")}.`,
    first: await token({ sub: "U2first" }),
    second: await token({ sub: "U2second" }),
  };
  const url = (server: string) => (server === "" ? `${stand.url}/mcp` : stand.endpoint(server));
  const self: CombinedStand = {
    send: (server, request, user = "free") =>
      sendMcp(url(server), { ...(user !== "none" && { token: tokens[user] }), ...request }),
    session: async (server, user) => {
      const params = {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "c", version: "1" },
      };
      const response = await self.send(server, { body: { ...PING, method: "initialize", params } }, user);
      return String(valuesOf(response, "mcp-session-id")[0]);
    },
    reached: () => {
      const handshake = new Set(["initialize", "notifications/initialized", "server/discover"]);
      const methods = stand.recorder.requests.map((request) =>
        request.method === "POST" ? messageOf(request).method : request.method,
      );
      return methods.filter((method) => typeof method !== "string" || !handshake.has(method));
    },
    expectDenied: async (expected, request, user, server = "") => {
      const response = await self.send(server, request, user);
      expect([response.status, jsonOf(response).error?.data?.reason]).toEqual(expected);
      expect(self.reached()).toEqual([]);
    },
    reset: () => {
      stand.recorder.reset();
      stand.recorder.respondWith(memberServer);
    },
    recorder: stand.recorder,
    close: async () => {
      await stand.close();
      clock.remove();
    },
  };
  self.reset();
  return self;
}

/** What a client learns of a denial. */
export function denial(response: RawResponse): unknown[] {
  const { id, error } = jsonOf(response);
  return [response.status, id, error?.code, error?.data?.reason, error?.data?.scopes];
}
