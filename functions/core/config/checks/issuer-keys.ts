// Checks whether the key URL and the issuer of a `jwt_validation` block fit together.

import { quote } from "../../safe-text.ts";
import { ruleValues } from "../claim-rules.ts";
import { type ConfigFault, quoteText } from "../faults.ts";
import { isProjectId } from "../issuer-rules.ts";
import { type JwtValidation, jwksUrls } from "../jwt-validation.ts";

/** The parts of a Descope URL; `origin` is empty for a bare project id. */
type Named = { origin: string; project: string; server: string | undefined };

const DISCOVERY_DOCUMENT = /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)\/?$/;
const JWKS_PATH = "/.well-known/jwks.json";
const SERVER_ID = /^(?:MS|RS)\w/;
/** Hosts of Descope's regions. Each has separate projects; a custom domain does not. */
const REGION_HOST = /^https:\/\/api(?:\.[a-z0-9]+)?\.descope\.com$/;

/** Key URLs with which every token is denied: not a key set, or the keys of another project. */
export function keyUrlFaults(block: JwtValidation): ConfigFault[] {
  const urls = keyUrls(block);
  const documents = urls.filter((url) => DISCOVERY_DOCUMENT.test(url));
  if (documents.length > 0)
    return [
      fault(
        `${quoteText(documents[0] as string)} is the issuer's metadata, not its keys. Write its "jwks_uri"${descopeExample(documents[0] as string)}.`,
      ),
    ];
  const issuers = issuersOf(block);
  const same = urls.find((url) => issuers.includes(url));
  if (same !== undefined)
    return [
      fault(
        `${quoteText(same)} is the issuer itself, not its keys. Write its "jwks_uri"${descopeExample(same)}.`,
      ),
    ];
  const keys = urls.flatMap((url) => named(url) ?? []);
  const wanted = issuers.flatMap((text) => named(text) ?? []);
  const isKnown = keys.length === urls.length && wanted.length === issuers.length;
  const fits = keys.some((key) => wanted.some((issuer) => issuer.project === key.project));
  const [[key], [issuer]] = [keys, wanted];
  return !isKnown || fits || key === undefined || issuer === undefined
    ? []
    : [
        fault(
          `contains the keys of the Descope project ${key.project}, but "iss" is of ${issuer.project}: every token would be denied. Write ${quote(`${issuer.origin || key.origin}/${issuer.project}${JWKS_PATH}`)}, or name the issuer of ${key.project}.`,
        ),
      ];
}

/** Unusual combinations of key URL and issuer. */
export function keyUrlWarnings(block: JwtValidation): ConfigFault[] {
  const issuers = issuersOf(block);
  return [
    ...issuers.flatMap(issuerWarnings),
    ...placeWarnings(keyUrls(block).map(named), issuers.map(named)),
  ];
}

function placeWarnings(
  keys: readonly (Named | undefined)[],
  issuers: readonly (Named | undefined)[],
): ConfigFault[] {
  const [key, ...otherKeys] = keys;
  const [issuer, ...otherIssuers] = issuers;
  // With several URLs or issuers, it is unknown which belong together.
  if (key === undefined || issuer === undefined || otherKeys.length > 0 || otherIssuers.length > 0) return [];
  if (key.project !== issuer.project) return [];
  const [keyOrigin, issuerOrigin] = [key.origin, issuer.origin];
  if (REGION_HOST.test(keyOrigin) && REGION_HOST.test(issuerOrigin) && keyOrigin !== issuerOrigin)
    return [
      fault(
        `is at ${keyOrigin}, but "iss" is at ${issuerOrigin}: a project is in one region. Use the same host for both.`,
      ),
    ];
  if (key.server !== undefined && issuer.server !== undefined && key.server !== issuer.server)
    return [
      fault(`names ${key.server}, but "iss" is the issuer of ${issuer.server}. Use one MCP Server for both.`),
    ];
  return [];
}

function issuerWarnings(issuer: string): ConfigFault[] {
  const path = "jwt_validation.claimValues.iss.values";
  const url = named(issuer) === undefined ? undefined : URL.parse(issuer);
  if (url === null || url === undefined) return [];
  const normal = url.href.replace(/\/+$/, "");
  return normal === issuer
    ? []
    : [
        {
          path,
          message: `${quoteText(issuer)} is compared byte for byte, and Descope's issuers have no trailing slash and a lower-case host. Write ${quote(normal)}.`,
        },
      ];
}

function descopeExample(url: string): string {
  const { origin, project } = named(url) ?? {};
  return project === undefined ? "" : `: ${quote(`${origin}/${project}${JWKS_PATH}`)}`;
}

function keyUrls({ introspectEndpoint, jwks, jwksUri }: JwtValidation): string[] {
  return introspectEndpoint === undefined && jwks === undefined && jwksUri !== undefined
    ? jwksUrls(jwksUri)
    : [];
}

function issuersOf({ claimValues }: JwtValidation): string[] {
  const iss = claimValues["iss"];
  return iss === undefined || iss.matchType === "regex" ? [] : ruleValues(iss.values);
}

/** Whether every issuer is known, and none is Descope's. */
export function hasOnlyOtherIssuers(block: JwtValidation): boolean {
  const issuers = issuersOf(block);
  return issuers.length > 0 && issuers.every((issuer) => named(issuer) === undefined);
}

function named(text: string): Named | undefined {
  if (isProjectId(text)) return { origin: "", project: text, server: undefined };
  const url = URL.parse(text);
  if (url === null || !isDescopeUrl(url)) return undefined;
  const segments = url.pathname.split("/");
  const project = segments.find(isProjectId);
  if (project === undefined) return undefined;
  return { origin: url.origin, project, server: segments.find((segment) => SERVER_ID.test(segment)) };
}

/** Whether a URL is on a Descope host or has a Descope path on a custom domain. Other issuers may also have paths with `P`. */
function isDescopeUrl({ hostname, pathname }: URL): boolean {
  const forms = /^\/(?:v1\/apps\/|v2\/keys\/|P\w{20,}\/*$|P\w+\/\.well-known\/jwks\.json$)/;
  return hostname === "descope.com" || hostname.endsWith(".descope.com") || forms.test(pathname);
}

function fault(message: string): ConfigFault {
  return { path: "jwt_validation.jwksUri", message };
}
