// Names of headers that carry credentials besides Authorization and cookies, in several spellings.

/** None of them is ever forwarded. */
export const CREDENTIAL_HEADERS = [
  "x-api-key",
  "api-key",
  "API_Key",
  "apikey",
  "x-auth-token",
  "X-Access-Token",
  "x-portkey-api-key",
];
