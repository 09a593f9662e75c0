// Which issuers require an audience. Descope signs the tokens of all applications of a project with the same keys: a project-wide
// issuer without an audience would allow the tokens of every application.

import type { MatchType } from "./claim-rules.ts";
import { quoteText } from "./faults.ts";

/** Project ids: `P` and base62 (a KSUID, or shorter with digits in examples). */
const PROJECT_ID = /^P(?:[A-Za-z0-9]{20,}|(?=[A-Za-z]*\d)[A-Za-z0-9]{3,})$/;
const PROJECT_WIDE_PATH = /\/v1\/apps\/[^/]+(?:\/[^/]+)?$/;

/** Whether a text has the form of a Descope project id. */
export function isProjectId(text: string): boolean {
  return PROJECT_ID.test(text);
}

/** Whether an issuer is shared by every application of a project: `P`, `B/P`, `B/v1/apps/P` and the tenant forms. */
export function isProjectWideIssuer(issuer: string): boolean {
  if (isProjectId(issuer)) return true;
  if (!URL.canParse(issuer)) return false;
  const url = new URL(issuer);
  const path = url.pathname.replace(/\/+$/, "");
  if (PROJECT_WIDE_PATH.test(path)) return true;
  const segments = path.split("/").slice(1);
  return segments.length === 1 && isProjectId(segments[0] as string);
}

/**
 * The issuers that a `descope` block accepts by default (see `descope-shorthand.ts`): only the MCP Server's requires no audience.
 */
export type DescopeIssuers = {
  /** the MCP Server's issuer */
  own: string;
  baseUrl: string;
  projectId: string;
  /** `aud` must contain one of these with any other issuer */
  audiences: readonly string[];
  /** true if audiences are configured: they are then required with the MCP Server's issuer too */
  audienceAlways: boolean;
};

/**
 * Which issuer of a `descope` block a token has: the MCP Server's, or another of the project. The bare project id is not accepted,
 * because session tokens of every application have it.
 */
export function issuerBranch(issuers: DescopeIssuers, iss: unknown): "own" | "project" | undefined {
  const { own, baseUrl, projectId } = issuers;
  if (typeof iss !== "string") return undefined;
  if (iss === own) return "own";
  if (iss === `${baseUrl}/${projectId}`) return "project";
  const apps = `${baseUrl}/v1/apps/`;
  if (!iss.startsWith(apps)) return undefined;
  const path = iss.slice(apps.length);
  const isForm = PROJECT_FORMS.some(({ prefix, rest }) => {
    const start = prefix + projectId;
    return path.startsWith(start) && rest.test(path.slice(start.length));
  });
  return isForm ? "project" : undefined;
}

/** `P`, `P/T…`, `customized/P`, `customized/P/T…` and `agentic/P/M`. */
const PROJECT_FORMS = [
  { prefix: "", rest: /^(?:\/T[A-Za-z0-9]+)?$/ },
  { prefix: "customized/", rest: /^(?:\/T[A-Za-z0-9]+)?$/ },
  { prefix: "agentic/", rest: /^\/[A-Za-z0-9_-]+$/ },
];

/** Why an `iss` rule requires an `aud` rule; undefined if it does not. */
export function audienceNeed(values: readonly string[], matchType: MatchType): string | undefined {
  if (matchType === "regex") return "a pattern can match more than one issuer";
  if (values.length > 1) return `${values.length} issuers are allowed`;
  const wide = values.find(isProjectWideIssuer);
  return wide === undefined
    ? undefined
    : `${quoteText(wide)} is shared by every application of the Descope project`;
}

/** The error of an exact issuer; undefined if valid. */
export function issuerFault(issuer: string): string | undefined {
  if (/^[^\s<>{}]+$/.test(issuer)) return undefined;
  return `expected an issuer such as "https://api.descope.com/v1/apps/agentic/<project id>/<MCP server id>", got ${quoteText(issuer)}.`;
}
