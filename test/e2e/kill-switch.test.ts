// A leaked token at the gateway with the authorizer cache on: `config block` ends its use within the configuration's
// refresh, and no other caller's. The functions' clock is set forward; API Gateway's cache is never flushed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { runConfig } from "../../cli/config.ts";
import { writeGatewayFile } from "../../cli/local-gateway-file.ts";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { sendMcp, toolCall } from "../support/mcp-request.ts";
import { type MovableClock, movableClock } from "../support/movable-clock.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

type LogLine = Record<string, unknown>;

/** A function's log lines may arrive after its response. */
const LOG_LINES = { timeout: 30_000 };

const clock: MovableClock = movableClock();
const lines: LogLine[] = [];
let stand: GatewayStand;
let removeGatewayFile: () => void;
let leaked: string;
let other: string;

beforeAll(async () => {
  stand = await startStand(
    { servers: { tools: {} } },
    {
      runtime: clock.runtime,
      onLogLine: (_, line) => {
        if (line.startsWith("{")) lines.push(JSON.parse(line));
      },
    },
  );
  const { gateway } = stand;
  removeGatewayFile = writeGatewayFile(`kill-switch-${process.pid}`, {
    url: gateway.url,
    ssmEndpoint: gateway.ssm.url,
    prefix: `/mcp-gateway/${gateway.stage}`,
    configDir: stand.configDir,
    overlay: {},
    pid: process.pid,
  });
  [leaked, other] = await Promise.all([stand.issuer.token({ jti: "J1" }), stand.issuer.token({ jti: "J2" })]);
});
afterAll(async () => {
  removeGatewayFile?.();
  await stand?.close();
  clock.remove();
});

const call = (token: string) => sendMcp(stand.endpoint("tools"), { token, body: toolCall("add") });
const config = (...args: string[]) => {
  const where = ["--local", "--port", new URL(stand.url).port];
  return recordTerminal((terminal) => runConfig([...args, ...where], terminal));
};
const loggedBy = (service: string) =>
  lines.filter((line) => line["service"] === `mcp-gateway-${service}` && line["message"] !== undefined);

it("config block denies a leaked token within 75 seconds, by a claim without a rule, although its Allow is cached", async () => {
  for (const token of [leaked, other, leaked]) expect((await call(token)).status).toBe(200);
  const authorized = loggedBy("authorizer").length;
  expect(authorized).toBe(2);

  const { code, out } = await config("block", "jti=J1", "--reason", "leaked token", "--yes");
  expect([code, out]).toEqual([0, expect.stringContaining("The functions use it within 75 seconds.")]);
  stand.gateway.checkConfig();
  clock.advance(75_000);

  const denied = await call(leaked);
  expect(denied.status).toBe(403);
  expect(JSON.parse(denied.body)).toMatchObject({ error: { code: 403, data: { reason: "blocked" } } });
  expect(denied.headers).not.toHaveProperty("www-authenticate");
  expect((await call(other)).status).toBe(200);
  expect(stand.recorder.requests).toHaveLength(4);
  // The proxy denied it: API Gateway did not run the authorizer again.
  expect(loggedBy("authorizer")).toHaveLength(authorized);
  await vi.waitFor(
    () =>
      expect(loggedBy("proxy").find(({ decision }) => decision === "deny")).toMatchObject({
        reason: "blocked",
        claim: "jti",
        block_reason: "leaked token",
      }),
    LOG_LINES,
  );
});

it("config block denies the token at the authorizer if nothing is cached, with the same reason", async () => {
  stand.gateway.flushAuthorizerCache();
  const denied = await call(leaked);
  expect([denied.status, JSON.parse(denied.body).error.data.reason]).toEqual([403, "blocked"]);
  await vi.waitFor(
    () =>
      expect(loggedBy("authorizer").at(-1)).toMatchObject({
        decision: "deny",
        reason: "blocked",
        claim: "jti",
      }),
    LOG_LINES,
  );
});

it("config block keeps the entry in the file, and unblock removes it", async () => {
  const entries = () => JSON.parse(readFileSync(join(stand.configDir, "gateway.json"), "utf8")).blocked;
  expect(entries()).toEqual([{ claim: "jti", values: ["J1"], reason: "leaked token" }]);
  expect((await config("blocked")).out).toBe("gateway  jti = J1  no end date  leaked token\n");
  expect((await config("unblock", "jti=J1", "--yes")).code).toBe(0);
  expect(entries()).toEqual([]);
  stand.gateway.flushAuthorizerCache();
  clock.advance(75_000);
  expect((await call(leaked)).status).toBe(200);
});
