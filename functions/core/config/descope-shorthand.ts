// The `descope` shorthand: ids from the Descope console instead of a `jwt_validation` block. Tokens of one project have different
// issuers (agentic/P/M, P, customized/P, P/T…, host/P). By default, only the issuer of the MCP Server is accepted without an audience;
// with any other issuer, `aud` must name this gateway.

import * as v from "valibot";
import { isJsonObject } from "../json.ts";
import { describeValue, listChoices, quoteText } from "./faults.ts";
import {
  checked,
  checkedText,
  choice,
  closedObject,
  filledList,
  optionalKey,
  requiredKey,
  textField,
} from "./fields.ts";
import { audienceNeed, issuerFault } from "./issuer-rules.ts";
import type { JwtValidation } from "./jwt-validation.ts";
import { compileTokenRules, type TokenRules } from "./token-rules.ts";
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
      ? `a preset cannot be part of a list: write "issuers": ${JSON.stringify(text)}, or list issuer URLs.`
      : issuerFault(text),
  ),
  "issuer URLs",
);

const entries = {
  project_id: requiredKey(checkedText("a Descope project id", projectIdFault), {
    description: "Project id (Project Settings in the Descope console).",
    examples: ["P2abc"],
  }),
  mcp_server_id: requiredKey(checkedText("a Descope MCP Server id", serverIdFault), {
    description: "Id of the MCP Server that represents this gateway in Descope's Agentic Identity Hub.",
    examples: ["MS2abc"],
  }),
  region: optionalKey(choice(REGIONS), {
    description: "Descope region. Cannot be combined with `base_url`.",
    examples: ["euc1"],
    defaultNote: "`us`",
  }),
  base_url: optionalKey(checkedText("an https URL", baseUrlFault), {
    description: "Custom domain of the Descope project, as a base URL. Replaces the region's.",
    examples: ["https://auth.example.com"],
  }),
  issuers: optionalKey(
    v.union(
      [v.picklist(PRESETS), issuerList],
      (issue) =>
        `expected ${listChoices(PRESETS)}, or a list of issuer URLs, got ${describeValue(issue.input)}.`,
    ),
    {
      description:
        "Issuers whose tokens are allowed: `agentic` (the issuer of this MCP Server), `project` (also project-wide issuers), `tenant` (also tenant-scoped issuers), or a list of exact issuers. All except `agentic` require `audience`.",
      examples: ["agentic"],
      defaultNote:
        "the issuer of this MCP Server, and any other issuer of the project if `aud` contains this gateway's URL or an `audience`",
    },
  ),
  audience: optionalKey(
    v.union(
      [textField("the gateway's URL"), filledList(textField("an audience"), "audiences")],
      (issue) => `expected the gateway's URL or a list of audiences, got ${describeValue(issue.input)}.`,
    ),
    {
      description:
        "`aud` must contain one of these. Use the exact MCP Server URL from the Descope console, not a project id: all tokens of the project may have that. Without `issuers`, this gateway's URL is also allowed.",
      examples: ["https://mcp.example.com"],
    },
  ),
};

const shorthand = closedObject(entries);

/** The `descope` shorthand of gateway.json. */
export const descopeSchema = v.pipe(
  shorthand,
  checked((descope) => descopeFaults(descope).map((message) => ({ message }))),
);

/** The `descope` shorthand of a server: a separate MCP Server or Resource in the gateway's project or in another project. */
export const serverDescopeSchema = v.pipe(
  closedObject({
    ...entries,
    project_id: optionalKey(entries.project_id, {
      description: "Project id (Project Settings in the Descope console).",
      examples: ["P2abc"],
      defaultNote: "the gateway's",
    }),
    mcp_server_id: requiredKey(entries.mcp_server_id, {
      description:
        "Id of the MCP Server or Resource that represents only this server. Its URL in the Descope console is `<public_url>/<server>/mcp`.",
      examples: ["RS2abc"],
    }),
  }),
  checked((descope) => hostFaults(descope).map((message) => ({ message }))),
);

/** The error of a file with both forms of token rules. The file may have other errors. */
export function twoBlocksFault(file: unknown): string | undefined {
  const { descope, jwt_validation } = (isJsonObject(file) ? file : {}) as Record<string, unknown>;
  if (descope === undefined || jwt_validation === undefined) return undefined;
  return `"descope" is the short form of "jwt_validation". Use only one of them.`;
}

/** The `descope` shorthand of gateway.json, or a server's after `serverDescope`. */
export type DescopeShorthand = v.InferOutput<typeof shorthand>;

/** The checked `descope` shorthand of a server, without the gateway's values. */
export type ServerDescope = v.InferOutput<typeof serverDescopeSchema>;

/**
 * A server's shorthand, completed with project and host of the gateway's. `issuers` and `audience` are not inherited: a token for the
 * gateway's MCP Server must not be valid at a server with its own.
 *
 * @returns errors if the result is incomplete
 */
export function serverDescope(
  server: ServerDescope,
  gateway: DescopeShorthand | undefined,
): { ok: true; descope: DescopeShorthand } | { ok: false; faults: string[] } {
  const projectId = server.project_id ?? gateway?.project_id;
  if (projectId === undefined) {
    return {
      ok: false,
      faults: ['needs "project_id", because gateway.json has no "descope" block. Add it.'],
    };
  }
  const namesHost = server.region !== undefined || server.base_url !== undefined;
  const host = namesHost ? {} : { region: gateway?.region, base_url: gateway?.base_url };
  const merged = { ...host, ...server, project_id: projectId };
  const faults = descopeFaults(merged);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, descope: merged };
}

function descopeFaults(descope: DescopeShorthand): string[] {
  const faults = hostFaults(descope);
  const rule = issuerRule(descope);
  const need =
    rule !== undefined && descope.audience === undefined
      ? audienceNeed(rule.values, rule.matchType)
      : undefined;
  if (need !== undefined) {
    faults.push(
      `needs "audience", because ${need}. Add "audience": "<MCP Server URL as in the Descope console>".`,
    );
  }
  return faults;
}

function hostFaults({ region, base_url }: Pick<DescopeShorthand, "region" | "base_url">): string[] {
  return region !== undefined && base_url !== undefined
    ? [`"region" and "base_url" both name the Descope host. Remove one.`]
    : [];
}

/**
 * The `jwt_validation` block that is equivalent to the shorthand.
 *
 * @returns undefined without `issuers`: no block can express that the required `aud` depends on `iss`
 */
export function expandDescope(descope: DescopeShorthand): JwtValidation | undefined {
  const iss = issuerRule(descope);
  if (iss === undefined) return undefined;
  const claimValues: JwtValidation["claimValues"] = { iss };
  if (descope.audience !== undefined) {
    claimValues["aud"] = { values: [descope.audience].flat(), matchType: "contains" };
  }
  return { ...blockWithoutIssuer(descope), claimValues };
}

/**
 * Compiles the shorthand.
 *
 * @param headerKey the header with the token
 * @param gatewayUrls URLs of this gateway that `aud` may contain
 */
export function compileDescope(
  descope: DescopeShorthand,
  headerKey: string,
  gatewayUrls: readonly string[],
): TokenRules {
  const block = expandDescope(descope);
  if (block !== undefined) return compileTokenRules(block, headerKey);
  const audiences = [...gatewayUrls, ...[descope.audience ?? []].flat()];
  return compileTokenRules(blockWithoutIssuer(descope), headerKey, {
    own: agenticIssuer(descope),
    baseUrl: descopeBaseUrl(descope),
    projectId: descope.project_id,
    audiences: [...new Set(audiences)],
    audienceAlways: descope.audience !== undefined,
  });
}

function blockWithoutIssuer(descope: DescopeShorthand): JwtValidation {
  return {
    jwksUri: `${descopeBaseUrl(descope)}/${descope.project_id}/.well-known/jwks.json`,
    introspectContentType: "application/x-www-form-urlencoded",
    introspectCacheMaxAge: 0,
    algorithms: ["RS256"],
    clockTolerance: 5,
    cacheMaxAge: 86_400,
    requiredClaims: ["sub"],
    headerPayloadMatch: [],
    claimValues: {},
  };
}

/** The issuer in the metadata: the MCP Server's, or the first of an exact list. */
export function descopeIssuer(descope: DescopeShorthand): string {
  return Array.isArray(descope.issuers) ? (descope.issuers[0] as string) : agenticIssuer(descope);
}

function issuerRule(
  descope: DescopeShorthand,
): { values: string[]; matchType: "exact" | "contains" | "regex" } | undefined {
  const { issuers, project_id } = descope;
  if (issuers === undefined) return undefined;
  const agentic = agenticIssuer(descope);
  const base = descopeBaseUrl(descope);
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
  return `${descopeBaseUrl(descope)}/v1/apps/agentic/${descope.project_id}/${descope.mcp_server_id}`;
}

/** Base URL of the Descope project, no trailing slash. */
export function descopeBaseUrl(descope: Pick<DescopeShorthand, "base_url" | "region">): string {
  return descope.base_url ?? BASE_URL_BY_REGION[descope.region ?? "us"];
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
