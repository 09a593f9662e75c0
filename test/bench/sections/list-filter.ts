// The filter for a long list, compared with parsing and writing its text.
import { buildSnapshot } from "../../../functions/core/config-snapshot.ts";
import { filterListText, type ListView } from "../../../functions/core/list-filter.ts";
import { cpuOfEach, inTurns, ratioOf } from "../measure.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import { AUDIENCE, ISSUER } from "../services/gateway-services.ts";

const TOOLS = 200;
const CALLS = 50;
/** Warm-up: V8 is still optimising until then. */
const WARM_UP_ROUNDS = 40;
const PARSING = "JSON.parse and JSON.stringify";
const GATEWAY = "gateway: filtered list";

/** Runs the section in this process. */
export async function listFilter(rounds: number): Promise<Section> {
  const text = listOf(TOOLS);
  const view = callersView();
  const left = JSON.parse(filterListText(text, view) ?? "").result.tools.length;
  if (left !== TOOLS / 2) throw new Error(`${left} tools are left of ${TOOLS}`);
  const subjects = {
    [PARSING]: () => cpuOfEach(CALLS, () => JSON.stringify(JSON.parse(text))),
    [GATEWAY]: () => cpuOfEach(CALLS, () => filterListText(text, view)),
  };
  await inTurns(subjects, WARM_UP_ROUNDS);
  const values = await inTurns(subjects, rounds * 6);
  return {
    title: "Filtered tools/list",
    note: `${TOOLS} tools in ${Math.round(text.length / 1_000)} KB, four rules with exact names and globs, half of the tools hidden from the caller`,
    rows: rowsOf(values, "µs CPU", PARSING),
    targets: [atMost(`${GATEWAY} / ${PARSING}`, ratioOf(values[GATEWAY], values[PARSING]), 1.2)],
  };
}

/** The text of a list with the given number of tools. */
export function listOf(count: number): string {
  const tools = Array.from({ length: count }, (_, index) => ({
    name: `${index % 2 === 0 ? "admin" : "mail"}_tool_${index}`,
    description: "Reads the messages of a mailbox by folder, sender and date, newest first.",
    inputSchema: { type: "object", properties: { folder: { type: "string" }, limit: { type: "number" } } },
  }));
  return JSON.stringify({ jsonrpc: "2.0", id: 1, result: { tools } });
}

/** The view of a caller from whom four rules hide every second tool. */
export function callersView(): ListView {
  return {
    server: serverWithRules(),
    principal: { ...CALLER, claims: { roles: ["member"] } },
    statesCacheScope: false,
  };
}

const CALLER = {
  server: "tools",
  sub: "U2abc",
  issuer: ISSUER,
  exp: 4_000_000_000,
  tenant: "",
  clientId: "",
  scopes: ["mail:read"],
  admitted: true,
};

function serverWithRules() {
  const rules = {
    "admin_*": { required_claims: { roles: { values: ["admin"], matchType: "contains" } } },
    "mail_*": { required_scopes: ["mail:read"] },
    mail_tool_1: { required_scopes: ["mail:read"] },
    "*": { required_claims: { roles: { values: ["admin"], matchType: "contains" } } },
  };
  const gateway = {
    jwt_validation: {
      jwksUri: "https://auth.example.com/jwks.json",
      claimValues: { iss: { values: ISSUER }, aud: { values: AUDIENCE } },
    },
  };
  const file = { url: "https://tools.example.com/mcp", tool_authorization: rules };
  const parameters = [
    { name: "gateway", version: 1, text: JSON.stringify(gateway) },
    { name: "servers/tools", version: 1, text: JSON.stringify(file) },
  ];
  const { snapshot, faults } = buildSnapshot(parameters, { servers: new Map() });
  const server = snapshot?.servers.get("tools");
  if (server === undefined) throw new Error(JSON.stringify(faults));
  return server;
}
