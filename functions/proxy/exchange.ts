// One request and the reply to it, with what every step needs to know of them.
import type { GatewayRequest } from "../core/admit-request.ts";
import type { CorsHeaders } from "../core/cors.ts";
import type { Reply } from "../platform/response-stream.ts";
import type { Audit } from "./audit.ts";

/** A request being answered. */
export type Exchange = {
  request: GatewayRequest;
  requestId: string;
  /** server name in the path */
  server: string;
  reply: Reply;
  audit: Audit;
  /** the gateway's own URL, no trailing slash */
  publicUrl: string;
  /** the metadata document that API Gateway's challenge names; undefined where it names none */
  challengeMetadataUrl: string | undefined;
  /** headers that let a page of an allowed origin read the answer */
  cors: CorsHeaders;
  /** headers that state the rate limits of the request; empty where none applies */
  limitHeaders: Readonly<Record<string, string>>;
};
