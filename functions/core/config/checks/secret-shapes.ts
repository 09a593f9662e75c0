// Patterns of credentials, to detect them in a configuration and to keep them out of messages. The vendors' prefixes are those of
// secret scanners such as gitleaks.

const SHAPES = [
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}/,
  /\b(?:Bearer|Basic)\s+(?=\S*\d)[\w.~+/=-]{16,}/i,
  /\b(?:gh[opusr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,})/,
  /\b(?:xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{20,})/,
  /\b(?:sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{16,}|whsec_\w{20,})/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\b(?:AIza[\w-]{35}|ya29\.[\w-]{20,})/,
  /\b(?:npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,}|hf_[A-Za-z0-9]{30,})/,
  /\b(?:dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-f]{32}|SG\.[\w-]{16,}\.[\w-]{16,})/,
  /\b(?:lin_api_\w{30,}|ntn_\w{30,}|secret_[A-Za-z0-9]{40,}|pat[A-Za-z0-9]{14}\.[0-9a-f]{64})/,
];

const CREDENTIAL_WORD =
  /api[-_]?key|access[-_]?key|subscription[-_]?key|private[-_]?key|function[s]?[-_]key|token|secret|passw(?:or)?d|credential/i;
/** Names with such a word that describe a credential, or are CSRF headers, and do not contain a credential. */
const ABOUT_CREDENTIALS =
  /csrf|xsrf|atlassian|tokens|max|limit|budget|type|version|expir|lifetime|ttl|hint|url|endpoint|issuer|algorithm|[-_](?:id|name)$/i;
const CREDENTIAL_HEADER = /^(?:x-)?(?:authorization|cookie|auth)$/i;
/** Query parameters that contain a credential in some APIs and a plain word in others. */
const AMBIGUOUS_PARAMETER = /^(?:key|code|auth|authorization|sig|signature|pat|pwd|pass)$/i;
const PLAIN_VALUE = /^(?:|true|false|none|no-?check|fetch|required|\d{1,6})$/i;

const URL_CREDENTIALS = /\/\/[^/\s]*@/g;
const QUERY_PARAMETER = /([?&;])([^=&;#\s]+)=([^&;#\s]*)/g;

/** Whether a text contains a credential of a known form. */
export function hasSecretShape(text: string): boolean {
  return SHAPES.some((shape) => shape.test(text));
}

/** Whether a header carries a credential, judging by its name and value. */
export function isCredentialHeader(name: string, value: string): boolean {
  const named = CREDENTIAL_HEADER.test(name) || isCredentialName(name);
  return named && !PLAIN_VALUE.test(value.trim());
}

/** The query parameters of a URL that contain a credential. */
export function credentialParameters(url: string): string[] {
  return [...url.matchAll(QUERY_PARAMETER)]
    .filter(([, , name = "", value = ""]) => isCredentialParameter(name, value))
    .map(([, , name = ""]) => name);
}

/** Removes user name, password and credentials in the query from a URL. */
export function withoutUrlCredentials(text: string): string {
  return text
    .replaceAll(URL_CREDENTIALS, "//…@")
    .replaceAll(QUERY_PARAMETER, (whole, separator, name, value) =>
      isCredentialName(name) || AMBIGUOUS_PARAMETER.test(name) || isOpaque(value)
        ? `${separator}${name}=…`
        : whole,
    );
}

function isCredentialParameter(name: string, value: string): boolean {
  if (isCredentialName(name)) return !PLAIN_VALUE.test(value);
  return (AMBIGUOUS_PARAMETER.test(name) && isOpaque(value)) || hasSecretShape(value);
}

function isCredentialName(name: string): boolean {
  return CREDENTIAL_WORD.test(name) && !ABOUT_CREDENTIALS.test(name);
}

const PUBLIC_FORMS = [
  // A UUID, a digest or a commit, a trace id.
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  /^(?:sha(?:256|384|512)[-:].+|[0-9a-f]{40}|00-[0-9a-f-]+)$/i,
  // Ids of Descope and of AWS.
  /^(?:P|MS|RS|U|T|C)2\w{25,}$/,
  /^(?:arn:|[a-z]+-[0-9a-f]{17}$)/,
];

/** Whether a text looks like a key: letters and digits mixed, no words, and not the form of an id. */
export function isOpaque(text: string): boolean {
  if (text.length < 16 || !/^[\w.~+/=%:-]+$/.test(text)) return false;
  if (PUBLIC_FORMS.some((form) => form.test(text)) || /^https?:|^\d{4}-\d\d-\d\d/.test(text)) return false;
  const digits = text.replace(/\D/g, "").length;
  const switches = [...text.matchAll(/[A-Za-z]\d|\d[A-Za-z]|[a-z][A-Z]/g)].length;
  return digits >= 3 && switches >= 4 && characterEntropy(text) >= MIN_ENTROPY_BITS;
}

/** Entropy in bits per character below which a text is too repetitive to be a key. */
const MIN_ENTROPY_BITS = 3;

function characterEntropy(text: string): number {
  const counts = Map.groupBy(text, (character) => character);
  return [...counts.values()].reduce((bits, { length }) => {
    const share = length / text.length;
    return bits - share * Math.log2(share);
  }, 0);
}
