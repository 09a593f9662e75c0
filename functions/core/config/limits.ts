// The `limits` block of gateway.json.
import * as v from "valibot";
import { closedObject } from "./closed-object.ts";
import { notes, wholeNumber } from "./fields.ts";

/** What a Lambda event holds at most. The body shares it with the envelope and grows when escaped as JSON text. */
const LAMBDA_EVENT_BYTES = 6_291_456;

/** The `limits` block. */
export const limitsSchema = closedObject({
  max_body_bytes: v.optional(
    v.pipe(
      wholeNumber("bytes", 1024, LAMBDA_EVENT_BYTES),
      notes({
        description:
          "Largest request body. The default, 4 MiB, is the MCP SDK's own and leaves room in the 6 MiB of a Lambda event for escaping; above it API Gateway may answer 413 by itself.",
        examples: [1_048_576],
        source: "gateway",
      }),
    ),
    4_194_304,
  ),
  max_json_depth: v.optional(
    v.pipe(
      wholeNumber("levels", 4, 512),
      notes({ description: "Deepest nesting of a request body.", examples: [32], source: "gateway" }),
    ),
    64,
  ),
  max_identity_bytes: v.optional(
    v.pipe(
      wholeNumber("bytes", 256, 8192),
      notes({
        description: "Largest identity header. Above it the request fails; nothing is cut.",
        examples: [4096],
        source: "gateway",
      }),
    ),
    8192,
  ),
  sse_heartbeat_seconds: v.optional(
    v.pipe(
      wholeNumber("seconds", 1, 60),
      notes({
        description: "Comment lines keep a silent event stream open: one after so many seconds.",
        examples: [30],
        source: "gateway",
      }),
    ),
    15,
  ),
});
