// The `user_identity_forwarding` block: how an MCP server receives the caller's identity.
import * as v from "valibot";
import { claimName } from "./claim-rules.ts";
import {
  checkedText,
  choice,
  closedObject,
  faultPath,
  filledList,
  flag,
  notes,
  textField,
  wholeNumber,
} from "./fields.ts";
import { headerNameFault } from "./header-settings.ts";

const METHODS = ["claims_header", "jwt_header", "bearer"] as const;

export type IdentityMethod = (typeof METHODS)[number];

/** Default lifetime of the gateway's JWT. */
export const DEFAULT_JWT_EXPIRY_SECONDS = 300;

const DEFAULT_CLAIMS = [
  "sub",
  "email",
  "username",
  "user_id",
  "workspace_id",
  "organisation_id",
  "scope",
  "client_id",
];

/** Default header by method. */
export const IDENTITY_HEADER_BY_METHOD: Readonly<Record<IdentityMethod, string>> = {
  claims_header: "X-User-Claims",
  jwt_header: "X-User-JWT",
  bearer: "Authorization",
};

/** The `user_identity_forwarding` block. */
export const identityForwardingSchema = v.pipe(
  closedObject({
    method: v.pipe(
      choice(METHODS),
      notes({
        description:
          "`claims_header`: claims as one line of JSON. `jwt_header`: a JWT signed by the gateway. `bearer`: the caller's access token.",
        examples: ["claims_header"],
        source: "Portkey",
      }),
    ),
    include_claims: v.optional(
      v.pipe(
        filledList(claimName(), "claim names"),
        notes({
          description: "Claims to send, by name or path. Absent claims are omitted.",
          examples: [["sub", "email"]],
          source: "Portkey",
        }),
      ),
      DEFAULT_CLAIMS,
    ),
    header_name: v.optional(
      v.pipe(
        checkedText("a header name", headerNameFault),
        notes({
          description: "Header with the identity. Values from clients are removed.",
          examples: ["X-Identity"],
          source: "Portkey",
          defaultNote: "`X-User-Claims`, `X-User-JWT` or `Authorization`, by method",
        }),
      ),
    ),
    jwt_expiry_seconds: v.optional(
      v.pipe(
        wholeNumber("seconds", 1, 3600),
        notes({
          description:
            "Lifetime of the signed JWT in seconds, 1 to 3600; never longer than that of the access token. `jwt_header` only.",
          examples: [300],
          source: "Portkey",
        }),
      ),
      DEFAULT_JWT_EXPIRY_SECONDS,
    ),
    audience: v.optional(
      v.pipe(
        textField(),
        notes({
          description: "`aud` of the signed JWT. `jwt_header` only.",
          examples: ["https://tools.example.com/mcp"],
          source: "gateway",
          defaultNote: "origin and path of the server's `url`",
        }),
      ),
    ),
    allow_token_passthrough: v.optional(
      v.pipe(
        flag(),
        notes({
          description:
            "Required with `bearer`: confirms that the server is an audience of the caller's token. The MCP authorization specification forbids passing a token to any other server.",
          examples: [true],
          source: "gateway",
        }),
      ),
      false,
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.method !== "bearer" || dataset.value.allow_token_passthrough) return;
    addIssue({
      message: `"bearer" sends the caller's token to the server, which MCP forbids unless the token was also issued for that server. Use "claims_header" or "jwt_header", or add "allow_token_passthrough": true if it was.`,
      path: faultPath("method"),
    });
  }),
);

/** A `user_identity_forwarding` block with its defaults. */
export type UserIdentityForwarding = v.InferOutput<typeof identityForwardingSchema>;
