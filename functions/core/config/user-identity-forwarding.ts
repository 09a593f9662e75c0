// The `user_identity_forwarding` block: how an MCP server receives the caller's identity.
import * as v from "valibot";
import { claimName } from "./claim-rules.ts";
import {
  checked,
  checkedText,
  choice,
  closedObject,
  filledList,
  flag,
  optionalKey,
  requiredKey,
  textField,
  wholeNumber,
} from "./fields.ts";
import { headerNameFault } from "./header-names.ts";

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

const UNCONFIRMED = `"bearer" sends the caller's token to the server, which MCP forbids unless the token was also issued for that server. Use "claims_header" or "jwt_header", or add "allow_token_passthrough": true if it was.`;

/** The `user_identity_forwarding` block. */
export const identityForwardingSchema = v.pipe(
  closedObject({
    method: requiredKey(choice(["claims_header", "jwt_header", "bearer"]), {
      description:
        "`claims_header`: claims as one line of JSON. `jwt_header`: a JWT signed by the gateway. `bearer`: the caller's access token.",
      examples: ["claims_header"],
      source: "Portkey",
    }),
    include_claims: optionalKey(filledList(claimName(), "claim names"), {
      description: "Claims to send, by name or path. Absent claims are omitted.",
      examples: [["sub", "email"]],
      source: "Portkey",
      default: DEFAULT_CLAIMS,
    }),
    header_name: optionalKey(checkedText("a header name", headerNameFault), {
      description: "Header with the identity. Values from clients are removed.",
      examples: ["X-Identity"],
      source: "Portkey",
      defaultNote: "`X-User-Claims`, `X-User-JWT` or `Authorization`, by method",
    }),
    jwt_expiry_seconds: optionalKey(wholeNumber("seconds", 1, 3600), {
      description:
        "Lifetime of the signed JWT in seconds, 1 to 3600; never longer than that of the access token. `jwt_header` only.",
      examples: [300],
      source: "Portkey",
      default: DEFAULT_JWT_EXPIRY_SECONDS,
    }),
    audience: optionalKey(textField(), {
      description: "`aud` of the signed JWT. `jwt_header` only.",
      examples: ["https://tools.example.com/mcp"],
      defaultNote: "origin and path of the server's `url`",
    }),
    allow_token_passthrough: optionalKey(flag(), {
      description:
        "Required with `bearer`: confirms that the server is an audience of the caller's token. The MCP authorization specification forbids passing a token to any other server.",
      examples: [true],
      default: false,
    }),
  }),
  checked(({ method, allow_token_passthrough: isConfirmed }) =>
    method === "bearer" && !isConfirmed ? [{ path: ["method"], message: UNCONFIRMED }] : [],
  ),
);

/** A `user_identity_forwarding` block with its defaults. */
export type UserIdentityForwarding = v.InferOutput<typeof identityForwardingSchema>;
