// When an issuer alone does not tell which gateway a token is meant for. Descope signs tokens of all applications of
// a project with the same keys, so a project-wide issuer without an audience would let every one of them in.

import type { MatchType } from "./claim-rules.ts";
import { quoteText } from "./faults.ts";

/** Project ids: `P` and base62 (a KSUID, or shorter with digits in examples). */
const PROJECT_ID = /^P(?:[A-Za-z0-9]{20,}|(?=[A-Za-z]*\d)[A-Za-z0-9]{3,})$/;
const PROJECT_WIDE_PATH = /\/v1\/apps\/[^/]+(?:\/[^/]+)?$/;

/** True for what a Descope project id looks like. */
export function isProjectId(text: string): boolean {
  return PROJECT_ID.test(text);
}

/** True for `P`, `B/P`, `B/v1/apps/P` and the tenant forms: issuers shared by every application of a project. */
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
 * The issuers that a `descope` block takes by default. One project's tokens carry several forms of issuer, all signed with the same keys
 * (see `descope-shorthand.ts`): the MCP Server's own stands alone, any other needs an audience.
 */
export type DescopeIssuers = {
  /** the MCP Server's own issuer */
  own: string;
  baseUrl: string;
  projectId: string;
  /** `aud` must hold one of these, beside any other issuer than the own one */
  audiences: readonly string[];
  /** true where the operator has configured audiences: then they hold for the own issuer as well */
  audienceAlways: boolean;
};

/**
 * Which issuer of a `descope` block a token has: the MCP Server's own, or another form of the project's. The bare project id is not
 * accepted, because session tokens of every application have it.
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

/** Why an `iss` rule needs an `aud` rule beside it, or undefined when it stands alone. */
export function audienceNeed(values: readonly string[], matchType: MatchType): string | undefined {
  if (matchType === "regex") return "a pattern can match more than one issuer";
  if (values.length > 1) return `${values.length} issuers are allowed`;
  const wide = values.find(isProjectWideIssuer);
  return wide === undefined
    ? undefined
    : `${quoteText(wide)} is shared by every application of the Descope project`;
}

/** What is wrong with an issuer that is named exactly, or undefined. */
export function issuerFault(issuer: string): string | undefined {
  if (/^[^\s<>{}]+$/.test(issuer)) return undefined;
  return `expected an issuer such as "https://api.descope.com/v1/apps/agentic/<project id>/<MCP server id>", got ${quoteText(issuer)}.`;
}
