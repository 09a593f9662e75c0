// Responses of Descope's Connections vault, as in its documentation or SDKs. A test or the page chooses one. The error codes of 404, 429 and
// a withdrawn consent are Descope's; those of the other errors are unknown and invented here.

export type VaultError = {
  readonly status: number;
  readonly errorCode: string;
  readonly errorDescription: string;
  readonly retryAfterSeconds?: number;
};

/** No such token: never connected, or for another tenant, or with other scopes. */
export const NOT_CONNECTED: VaultError = {
  status: 404,
  errorCode: "E111504",
  errorDescription: "Outbound application token not found",
};

/** Credential missing, invalid or expired. */
export const UNAUTHENTICATED: VaultError = {
  status: 401,
  errorCode: "E999401",
  errorDescription: "Invalid credential",
};

/** Credential without the scope, or for another user or tenant. */
export const FORBIDDEN: VaultError = {
  status: 403,
  errorCode: "E999403",
  errorDescription: "The credential does not allow this token",
};

export const BAD_REQUEST: VaultError = {
  status: 400,
  errorCode: "E011003",
  errorDescription: "Request contains invalid arguments",
};

/** Errors that do not depend on the caller. `undefined` is the ordinary response. */
export const VAULT_VARIANTS = {
  ordinary: undefined,
  policy_denied: {
    status: 403,
    errorCode: "E999403",
    errorDescription: "Access denied by policy",
  },
  policy_denied_401: {
    status: 401,
    errorCode: "E999403",
    errorDescription: "Access denied by policy",
  },
  consent_withdrawn: {
    status: 403,
    errorCode: "E063302",
    errorDescription: "Consent not found",
  },
  rate_limited: {
    status: 429,
    errorCode: "E130429",
    errorDescription: "API rate limit exceeded",
    retryAfterSeconds: 30,
  },
  failing: {
    status: 500,
    errorCode: "E999500",
    errorDescription: "Internal error",
  },
} as const satisfies Record<string, VaultError | undefined>;

export type VaultVariant = keyof typeof VAULT_VARIANTS;

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** `accessTokenExpiry`: always a string, in one of these forms. Absent, empty and `"0"` mean unknown. */
export const EXPIRY_FORMS = {
  epoch_seconds: (seconds: number): string | undefined => String(seconds),
  epoch_milliseconds: (seconds: number): string | undefined => String(seconds * 1000),
  rfc_3339: (seconds: number): string | undefined => iso(seconds),
  zero: (): string | undefined => "0",
  empty: (): string | undefined => "",
  absent: (): string | undefined => undefined,
} as const;

export type ExpiryForm = keyof typeof EXPIRY_FORMS;

/** The vault's current response. */
export type VaultSettings = { variant: VaultVariant; expiryForm: ExpiryForm };
