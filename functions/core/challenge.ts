// WWW-Authenticate challenges (RFC 6750 §3, RFC 9728 §5.1), and the metadata document that they name.
import { COMBINED } from "./config/combined-endpoint.ts";
import { isServerName } from "./config/server-name.ts";

export type Challenge = { error?: "insufficient_scope" | "invalid_token"; scopes?: readonly string[] };

/** The metadata document that API Gateway's challenge names: the root document, that of the combined endpoint, one server's, or none. */
export type ChallengedDocument = "none" | "root" | "combined" | { server: string };

/** What the choice depends on. */
export type ChallengeParts = {
  /** `challenge_resource_metadata`, if configured */
  named: boolean | undefined;
  /** the gateway's URL, no trailing slash */
  publicUrl: string;
  /** the enabled servers that have a document; undefined if they are not known */
  servers: readonly string[] | undefined;
  /** whether there is a root document */
  hasRoot: boolean;
  /** whether the combined endpoint has a document */
  hasCombined: boolean;
};

/** Path of the root document below the gateway's URL; a server's is below it. */
const RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource";

/**
 * Chooses the document for the challenge that API Gateway sends, which is the same for all servers.
 *
 * A client must not use a document whose `resource` is not the URL that it calls (RFC 9728 §3.3). So the challenge names none if clients
 * find the right one at the well-known path of that URL. A gateway below a stage path has no such path, because API Gateway serves nothing
 * outside its stage: the challenge then names the document of the combined endpoint, the one URL that clients are given, or else the only
 * server's, or with several servers the root document, which strict clients reject. `true` never names that of the combined endpoint, for
 * gateways whose clients call the servers' own URLs.
 */
export function challengedDocument({
  named,
  publicUrl,
  servers,
  hasRoot,
  hasCombined,
}: ChallengeParts): ChallengedDocument {
  if (named === false || (named === undefined && !hasPath(publicUrl))) return "none";
  if (hasCombined && named === undefined) return "combined";
  const [only, ...others] = servers ?? [];
  if (only !== undefined && others.length === 0) return { server: only };
  return hasRoot || named === true ? "root" : "none";
}

/**
 * Whether a URL has a path. A URL that is known only after deployment may have one.
 *
 * @param url an absolute URL without a trailing slash, or a CDK token
 */
export function hasPath(url: string): boolean {
  return !/^https?:\/\/[^/]+$/.test(url);
}

/**
 * The URL of a server's document.
 *
 * @param publicUrl the gateway's own URL, no trailing slash
 * @param server the name in the path, or that of the combined endpoint; for an invalid server name, the root document
 */
export function metadataUrlOf(publicUrl: string, server: string): string {
  const ofServer = isServerName(server) ? `/${server}/mcp` : "";
  return `${publicUrl}${RESOURCE_METADATA_PATH}${server === COMBINED ? COMBINED : ofServer}`;
}

/**
 * The value of `WWW-Authenticate` in a response of the proxy. API Gateway renames it to `x-amzn-remapped-www-authenticate`.
 *
 * @param challenge the error and all scopes that the request needs
 */
export function bearerChallenge(metadataUrl: string, { error, scopes = [] }: Challenge): string {
  const parameters = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    `resource_metadata="${metadataUrl}"`,
    ...(scopes.length === 0 ? [] : [`scope="${scopes.join(" ")}"`]),
  ];
  return `Bearer ${parameters.join(", ")}`;
}
