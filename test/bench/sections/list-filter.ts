// The filter of a long list, beside reading and writing its text.
import { buildSnapshot } from "../../../functions/core/config-snapshot.ts";
import { filterListText, type ListView } from "../../../functions/core/list-filter.ts";
import { each, inTurns, seriesOf } from "../measure.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import { AUDIENCE, ISSUER } from "../services/gateway-services.ts";

const TOOLS = 200;

/** Runs it. */
export async function listFilter(rounds: number): Promise<Section> {
  const text = listOf(TOOLS);
  const view = callersView();
  const left = JSON.parse(filterListText(text, view) ?? "").result.tools.length;
  if (left !== TOOLS / 2) throw new Error(`${left} tools are left of ${TOOLS}`);
  const values = await inTurns(
    {
      "JSON.parse and JSON.stringify alone": () => each(50, () => JSON.stringify(JSON.parse(text))),
      "gateway: filtered list": () => each(50, () => filterListText(text, view)),
    },
    rounds,
  );
  const median = seriesOf(values["gateway: filtered list"] ?? []).median / 1_000;
  return {
    title: "Filter of tools/list",
    note: `${TOOLS} tools in ${Math.round(text.length / 1_000)} KB, rules for exact names and globs; half of them hidden from the caller`,
    rows: rowsOf(values, "µs", "JSON.parse and JSON.stringify alone"),
    targets: [atMost(`filter of ${TOOLS} tools`, median, 1, "ms")],
    skipped: [],
  };
}

/** The text of a list of so many tools. */
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
