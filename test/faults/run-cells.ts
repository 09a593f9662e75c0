// Runs cells of the fault matrix as tests. Each cell has its own external services; what must hold besides its response: no request without a token is allowed, no
// connection to the part stays open, nothing more is read than a limit allows, and after the fault the gateway works again.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { forgeToken } from "../support/tokens.ts";
import { type GatewayParts, type Outcome, startParts } from "./gateway-parts.ts";
import { type Cell, leavesConnection, MATRIX } from "./matrix.ts";
import { type Row, writeReport } from "./report.ts";

const MINUTE = 60_000;
/** Within this every limit has passed, that of a read in the background too. */
const CLOSING_MS = 10_000;

const frontOf = (parts: GatewayParts, { part }: Cell) => {
  if (part === "SSM" || part === "SSM secret") return parts.fronts.SSM;
  if (part.startsWith("DynamoDB")) return parts.fronts.DynamoDB;
  return part === "KMS" || part === "JWKS" || part === "token endpoint"
    ? parts.fronts[part]
    : parts.fronts.downstream;
};

/** Sends the request that depends on the part. */
function send(cell: Cell, functions: ReturnType<GatewayParts["start"]>, token: string): Promise<Outcome> {
  switch (cell.part) {
    case "SSM":
    case "JWKS":
      return functions.authorize(token);
    case "SSM secret":
      return functions.call("keyed");
    case "KMS":
      return functions.call("signed");
    case "token endpoint":
      return functions.call("credentialed");
    case "DynamoDB":
      return functions.call("limited");
    case "DynamoDB, on_store_failure deny":
      return functions.call("strict");
    case "downstream":
      return functions.call("tools");
    case "downstream, filtered":
      return functions.call("ruled");
  }
}

async function run(
  cell: Cell,
): Promise<{ outcome: Outcome; unverified: Outcome; after: Outcome; open: number; sent: number }> {
  const parts = await startParts();
  try {
    const front = frontOf(parts, cell);
    const token = await parts.issuer.token();
    const coldPart = cell.part === "SSM" && cell.phase === "cold";
    if (coldPart) await front.fail(cell.fault);
    const functions = parts.start();
    if (cell.phase === "warm" || cell.phase === "woken") {
      const before = await send(cell, functions, token);
      if (before.status !== 200) throw new Error(`not warm: ${JSON.stringify(before)}`);
      // Past the age at which each part is read again, within that for which what was read serves.
      if (cell.part === "SSM") functions.advance("config", cell.phase === "woken" ? 6 * MINUTE : 70_000);
      else if (cell.part !== "KMS") functions.advance("others", 6 * MINUTE);
    } else if (!coldPart && cell.part !== "JWKS") await functions.authorize("warm.the.config");
    if (!coldPart) await front.fail(cell.fault);

    const outcome = await send(cell, functions, token);
    const forged = forgeToken(
      { alg: "RS256", kid: parts.issuer.key.kid },
      { sub: "U2admin", exp: 9_999_999_999 },
    );
    const unverified = await functions.authorize(forged);
    for (
      let waited = 0;
      leavesConnection(cell.fault) && front.open() > 0 && waited < CLOSING_MS;
      waited += 50
    )
      await sleep(50);
    const [open, sent] = [front.open(), front.sent()];
    await front.fail("none");
    const after = await send(cell, parts.start(), token);
    return { outcome, unverified, after, open, sent };
  } finally {
    await parts.close();
  }
}

/** Makes tests of the cells of some parts, and writes their results into the section of that name. */
export function testParts(section: string, ...names: Cell["part"][]): void {
  const rows: Row[] = [];
  afterAll(() => writeReport(section, rows));
  // One after another: the SDK finds its endpoints in the environment, which all cells of a process share.
  describe.each(names)("%s", (name) => {
    it.each(MATRIX.filter(({ part }) => part === name))("$phase, $fault: $expected", async (cell) => {
      const { outcome, unverified, after, open, sent } = await run(cell);
      rows.push({ ...cell, status: outcome.status, reason: outcome.reason, ms: outcome.ms });
      expect(cell.expected, JSON.stringify(outcome)).toContain(outcome.status);
      expect(outcome.ms).toBeLessThan(cell.bound);
      expect([401, 503], "a forged token").toContain(unverified.status);
      if (leavesConnection(cell.fault)) expect(open, "connections left open").toBe(0);
      // AWS's own endpoints are held to a time alone.
      const bySize = ["JWKS", "downstream, filtered", "token endpoint"].includes(cell.part);
      if (bySize && cell.fault === "huge") expect(sent, "bytes read").toBeLessThan(40_000_000);
      expect(after.status, "after the fault").toBe(200);
    });
  });
}
