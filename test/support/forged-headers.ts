// Header sets with which a client might impersonate a user. Each contains `forged`, which must not arrive.

export type ForgedHeaders = readonly [name: string, headers: readonly string[]];

const CLAIMS = '{"sub":"forged"}';

const single = (name: string, value = CLAIMS): ForgedHeaders => [`${name}: ${value}`, [name, value]];

/** Spellings of one name: case, and `_` which CGI and WSGI servers read as `-`. */
function spellings(name: string): ForgedHeaders[] {
  const words = name.split("-");
  const mixed = [...name]
    .map((char, at) => (at % 2 === 0 ? char.toLowerCase() : char.toUpperCase()))
    .join("");
  return [
    name,
    name.toLowerCase(),
    name.toUpperCase(),
    mixed,
    words.join("_"),
    words.join("_").toUpperCase(),
    `${words[0]}_${words.slice(1).join("-")}`,
    `${words.slice(0, -1).join("-")}_${words.at(-1)}`,
  ].map((spelling) => single(spelling));
}

const IDENTITY = [
  ...spellings("X-User-Claims"),
  ...spellings("X-User-JWT"),
  // The name that another server of the gateway uses.
  ...spellings("X-Inner-Identity"),
];

const REPEATED: ForgedHeaders[] = [
  ["the identity header twice", ["X-User-Claims", CLAIMS, "X-User-Claims", CLAIMS]],
  ["the identity header in two cases", ["X-User-Claims", CLAIMS, "x-user-claims", CLAIMS]],
  ["the identity header with - and _", ["X-User-Claims", CLAIMS, "X_User_Claims", CLAIMS]],
  ["an empty identity header and a full one", ["X-User-Claims", "", "X-User-Claims", CLAIMS]],
  ["twenty identity headers", Array.from({ length: 20 }, () => ["X-User-Claims", CLAIMS]).flat()],
];

const CREDENTIALS = [
  single("Cookie", "session=forged"),
  single("Cookie2", "forged"),
  single("Set-Cookie", "session=forged"),
  single("Proxy-Authorization", "Basic forged"),
  single("Proxy-Authenticate", "forged"),
  single("Proxy-Connection", "forged"),
  single("X-Api-Key", "forged"),
  single("X-Auth-Token", "forged"),
  single("X-Amz-Security-Token", "forged"),
  single("X-Amz-Date", "forged"),
  single("X-Amzn-Oidc-Identity", "forged"),
  single("X-Amzn-Oidc-Data", "forged"),
  single("X-Amz-Cf-Id", "forged"),
  single("X-Amzn-Request-Context", CLAIMS),
  single("X-Amzn-Lambda-Context", CLAIMS),
];

const ADDRESSES = [
  single("X-Forwarded-For", "forged"),
  single("X-Forwarded-Host", "forged.example.com"),
  single("X-Forwarded-Proto", "forged"),
  single("X-Forwarded-User", "forged"),
  single("X-Forwarded-Email", "forged@example.com"),
  single("X_Forwarded_User", "forged"),
  single("X-Forwarded-Prefix", "/forged"),
  single("X-Original-URL", "/forged"),
  single("X-Rewrite-URL", "/forged"),
  single("X-Real-IP", "forged"),
  single("X-Remote-User", "forged"),
  single("Remote-User", "forged"),
  single("Forwarded", "for=forged"),
  single("Via", "1.1 forged"),
  single("True-Client-IP", "forged"),
  single("Front-End-Https", "forged"),
];

const HOP_BY_HOP: ForgedHeaders[] = [
  [
    "Connection names the identity header",
    ["Connection", "X-User-Claims, keep-alive", "X-User-Claims", CLAIMS],
  ],
  single("Keep-Alive", "forged"),
  single("TE", "forged"),
  single("Upgrade", "forged"),
  single("Expect-CT", "forged"),
  single("Max-Forwards", "forged"),
];

const FORWARDING: ForgedHeaders[] = [
  // `forward_headers` of the server lets these two through under names that another server uses for identity.
  ["a renamed header", ["X-Alias", CLAIMS]],
  ["a forwarded name of another server's identity", ["X-Inner-Identity", CLAIMS]],
];

/** All of them, each with its name. */
export const FORGED_HEADERS: readonly ForgedHeaders[] = [
  ...IDENTITY,
  ...REPEATED,
  ...CREDENTIALS,
  ...ADDRESSES,
  ...HOP_BY_HOP,
  ...FORWARDING,
];
