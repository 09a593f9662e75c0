// `upstream_auth` of type `descope_connection`: a token that Descope stores for the user or the tenant (Connections).
import * as v from "valibot";
import { quoteText } from "../faults.ts";
import {
  checked,
  checkedText,
  choice,
  closedObject,
  flag,
  optionalKey,
  requiredKey,
  textField,
} from "../fields.ts";
import { baseUrlFault, urlFault } from "../urls.ts";
import { cacheSecondsKey, extraParametersKey, placeKeys, scopesKey, secretReferenceKey } from "./fields.ts";

const LEVELS = ["user", "user_in_tenant", "tenant"] as const;

/** Members that the gateway sets. */
const SET_BY_GATEWAY = ["appId", "userId", "tenantId", "scopes", "options"];

/** Whose token it is. */
export type ConnectionLevel = (typeof LEVELS)[number];

const WITHOUT_KEY = `requires "management_key". Add "management_key": "{{ssm:/name}}", or remove it.`;
const KEY_ALONE = `a management key fetches tokens that Descope's policies would deny. Remove it, or add "bypass_descope_policies": true if that is intended.`;

export const descopeConnectionSchema = v.pipe(
  closedObject({
    type: requiredKey(v.literal("descope_connection"), {
      description: "A token from a Descope Connection.",
      examples: ["descope_connection"],
      source: "Descope",
    }),
    app_id: requiredKey(textField("the id of a Connection"), {
      description: "Id of the Connection in Descope.",
      examples: ["linear"],
      source: "Descope",
    }),
    level: optionalKey(choice(LEVELS), {
      description: "Whose token is used: the user's, the user's for the current tenant, or the tenant's.",
      examples: ["tenant"],
      source: "Descope",
      default: "user",
    }),
    scopes: scopesKey(
      "Scopes that the stored token must have, exactly. Without them the newest token is used.",
    ),
    connect_url: optionalKey(checkedText("an https URL", urlFault), {
      description:
        "Page on which users connect their account; the same URL for all users. Sent to users who have not connected an account.",
      examples: ["https://auth.descope.io/P2abc?flow=connect-linear"],
    }),
    base_url: optionalKey(checkedText("an https URL", baseUrlFault), {
      description: "Descope's base URL. The caller's token is sent there.",
      examples: ["https://api.descope.com"],
      defaultNote: "that of `descope`",
    }),
    project_id: optionalKey(
      checkedText("a Descope project id", (text) =>
        /^[A-Za-z0-9_-]{1,128}$/.test(text)
          ? undefined
          : `expected a Descope project id such as "P2abc…", got ${quoteText(text)}.`,
      ),
      {
        description: "Descope project of the Connection.",
        examples: ["P2abc"],
        defaultNote: "that of `descope`",
      },
    ),
    endpoint_path: optionalKey(
      checkedText("a path", (text) =>
        /^(?:\/[A-Za-z0-9_-]+)+$/.test(text)
          ? undefined
          : `expected a path such as "/v1/mgmt/outbound/app/user/token/latest", got ${quoteText(text)}.`,
      ),
      {
        description: "Path of the endpoint below `base_url`, in case Descope changes it.",
        examples: ["/v1/mgmt/outbound/app/user/token/latest"],
        defaultNote: "by `level` and `scopes`",
      },
    ),
    extra_parameters: extraParametersKey(SET_BY_GATEWAY),
    bypass_descope_policies: optionalKey(flag(), {
      description:
        "`true`, with `management_key`: fetches tokens with a management key, for which Descope checks no policy.",
      examples: [true],
      default: false,
    }),
    management_key: secretReferenceKey(
      "Management key that fetches the token in place of the caller's own. Only with `bypass_descope_policies`.",
      "{{ssm:/mcp-gateway-secrets/prod/descope-management-key}}",
    ),
    ...placeKeys,
    cache_seconds: cacheSecondsKey(
      "Maximum time for which a token is cached, in seconds. Descope's policies are not checked again for a cached token, and a disconnected account works until it expires.",
      300,
      60,
    ),
  }),
  checked(({ bypass_descope_policies: bypasses, management_key: key }) => {
    if (bypasses === (key !== undefined)) return [];
    return bypasses
      ? [{ path: ["bypass_descope_policies"], message: WITHOUT_KEY }]
      : [{ path: ["management_key"], message: KEY_ALONE }];
  }),
);

export type DescopeConnectionBlock = v.InferOutput<typeof descopeConnectionSchema>;
