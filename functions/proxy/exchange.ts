// A request and its response, as used by every step.
import type { GatewayRequest } from "../core/admit-request.ts";
import type { CorsHeaders } from "../core/cors.ts";
import type { Reply } from "../platform/response-stream.ts";
import type { Audit } from "./audit.ts";

export type Exchange = {
  request: GatewayRequest;
  requestId: string;
  /** server name in the path */
  server: string;
  /** the server, or the combined endpoint through which the request came: challenges name its metadata */
  endpoint: string;
  reply: Reply;
  audit: Audit;
  /** the gateway's URL, no trailing slash */
  publicUrl: string;
  /** the metadata document in API Gateway's challenge; undefined if it has none */
  challengeMetadataUrl: string | undefined;
  /** headers that allow a page of an allowed origin to read the response */
  cors: CorsHeaders;
  /** headers that state the rate limits of the request; empty if none applies */
  limitHeaders: Readonly<Record<string, string>>;
};
