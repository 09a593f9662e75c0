// The `descope` shorthand: ids from the Descope console in place of a whole `jwt_validation` block.
import * as v from "valibot";
import { closedObject } from "./closed-object.ts";
import { describeValue, listChoices, quoteText } from "./describe-value.ts";
import { checkedText, choice, filledList, notes, textField } from "./fields.ts";
import { audienceNeed, issuerFault } from "./issuer-rules.ts";
import type { JwtValidation } from "./jwt-validation.ts";
import { baseUrlFault } from "./urls.ts";

const BASE_URL_BY_REGION = {
  us: "https://api.descope.com",
  euc1: "https://api.euc1.descope.com",
  aps2: "https://api.aps2.descope.com",
  cac1: "https://api.cac1.descope.com",
} as const;
const REGIONS = ["us", "euc1", "aps2", "cac1"] as const;
const PRESETS = ["agentic", "project", "tenant"] as const;

function idFault(what: string, wrongStart: RegExp, hint: string) {
  return (text: string): string | undefined => {
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(text)) return `expected ${what}, got ${describeValue(text)}.`;
    return wrongStart.test(text) ? `expected ${what}, but ${quoteText(text)} looks like ${hint}.` : undefined;
  };
}

const projectIdFault = idFault(
  `a Descope project id such as "P2abc…" (Project Settings)`,
  /^(?:MS|RS)\w/,
  "an MCP Server id",
);
const serverIdFault = idFault(
  `a Descope MCP Server id such as "MS2abc…" (its Settings page)`,
  /^P\w{20}/,
  "a project id",
);

const issuerList = filledList(
  checkedText("an issuer", (text) =>
    (PRESETS as readonly string[]).includes(text)
      ? `a preset stands alone: write "issuers": ${JSON.stringify(text)}, or list issuer URLs.`
      : issuerFault(text),
  ),
  "issuer URLs",
);

/** The `descope` shorthand of gateway.json. */
export const descopeSchema = v.pipe(
  closedObject({
    project_id: v.pipe(
      checkedText("a Descope project id", projectIdFault),
      notes({
        description: "Project id (Project Settings in the Descope console).",
        examples: ["P2abc"],
        source: "gateway",
      }),
    ),
    mcp_server_id: v.pipe(
      checkedText("a Descope MCP Server id", serverIdFault),
      notes({
        description: "Id of the MCP Server that stands for this gateway in Descope's Agentic Identity Hub.",
        examples: ["MS2abc"],
        source: "gateway",
      }),
    ),
    region: v.optional(
      v.pipe(
        choice(REGIONS),
        notes({
          description: "Descope region. Not together with `base_url`.",
          examples: ["euc1"],
          source: "gateway",
          defaultNote: "`us`",
        }),
      ),
    ),
    base_url: v.optional(
      v.pipe(
        checkedText("an https URL", baseUrlFault),
        notes({
          description: "Base URL in place of the region's: a custom domain of the Descope project.",
          examples: ["https://auth.example.com"],
          source: "gateway",
        }),
      ),
    ),
    issuers: v.optional(
      v.pipe(
        v.union(
          [v.picklist(PRESETS), issuerList],
          (issue) =>
            `expected ${listChoices(PRESETS)}, or a list of issuer URLs, got ${describeValue(issue.input)}.`,
        ),
        notes({
          description:
            "Whose tokens are let in. `agentic`: those issued for this MCP Server. `project`: also project-wide ones. `tenant`: also tenant-scoped ones. Or a list of exact issuers. All but `agentic` need `audience`.",
          examples: ["agentic"],
          source: "gateway",
        }),
      ),
      "agentic",
    ),
    audience: v.optional(
      v.pipe(
        v.union(
          [textField("the gateway's URL"), filledList(textField("an audience"), "audiences")],
          (issue) => `expected the gateway's URL or a list of audiences, got ${describeValue(issue.input)}.`,
        ),
        notes({
          description:
            "`aud` must hold one of these. Use the MCP Server URL from the Descope console, byte for byte; a project id isolates nothing.",
          examples: ["https://mcp.example.com"],
          source: "gateway",
        }),
      ),
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { region, base_url, audience } = dataset.value;
    if (region !== undefined && base_url !== undefined) {
      addIssue({ message: `"region" and "base_url" both name the Descope host. Remove one.` });
    }
    const { values, matchType } = issuerRule(dataset.value);
    const need = audience === undefined ? audienceNeed(values, matchType) : undefined;
    if (need !== undefined) {
      addIssue({
        message: `needs "audience", because ${need}. Add "audience": "<MCP Server URL as in the Descope console>".`,
      });
    }
  }),
);

/** The `descope` shorthand with its defaults filled in. */
export type DescopeShorthand = v.InferOutput<typeof descopeSchema>;

/** The `jwt_validation` block that the shorthand stands for. */
export function expandDescope(descope: DescopeShorthand): JwtValidation {
  const claimValues: JwtValidation["claimValues"] = { iss: issuerRule(descope) };
  if (descope.audience !== undefined) {
    claimValues["aud"] = { values: [descope.audience].flat(), matchType: "contains" };
  }
  return {
    jwksUri: `${baseUrl(descope)}/${descope.project_id}/.well-known/jwks.json`,
    introspectContentType: "application/x-www-form-urlencoded",
    introspectCacheMaxAge: 0,
    algorithms: ["RS256"],
    clockTolerance: 5,
    cacheMaxAge: 86_400,
    requiredClaims: ["sub"],
    claimValues,
  };
}

/** The issuer that metadata names to clients: the MCP Server's own, or the first of an exact list. */
export function descopeIssuer(descope: DescopeShorthand): string {
  return typeof descope.issuers === "string" ? agenticIssuer(descope) : (descope.issuers[0] as string);
}

function issuerRule(descope: DescopeShorthand): {
  values: string[];
  matchType: "exact" | "contains" | "regex";
} {
  const { issuers, project_id } = descope;
  const agentic = agenticIssuer(descope);
  const base = baseUrl(descope);
  const project = [agentic, `${base}/v1/apps/${project_id}`, `${base}/${project_id}`];
  if (issuers === "agentic") return { values: [agentic], matchType: "exact" };
  if (issuers === "project") return { values: project, matchType: "contains" };
  if (issuers === "tenant") {
    const tenants = `^${escapePattern(`${base}/v1/apps/${project_id}`)}/T[A-Za-z0-9]+$`;
    return {
      values: [...project.map((issuer) => `^${escapePattern(issuer)}$`), tenants],
      matchType: "regex",
    };
  }
  return { values: issuers, matchType: issuers.length === 1 ? "exact" : "contains" };
}

function agenticIssuer(descope: DescopeShorthand): string {
  return `${baseUrl(descope)}/v1/apps/agentic/${descope.project_id}/${descope.mcp_server_id}`;
}

function baseUrl(descope: DescopeShorthand): string {
  return descope.base_url ?? BASE_URL_BY_REGION[descope.region ?? "us"];
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
