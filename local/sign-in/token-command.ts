// `npm run token`: prints an access token from the running sign-in server, and nothing else on standard output, so that
// `$(npm run -s token)` can be used in a header.
import { processTerminal, readArgs, runGuarded, UsageError } from "../../cli/terminal.ts";
import { commandText, DEMO_COMMAND } from "../../infra/package-paths.ts";

/** Where `npm start` runs the sign-in server, unless another port was chosen. */
export const DEFAULT_BASE_URL = "http://127.0.0.1:8788";
const DEFAULT_USER = "pro";
const USAGE = `Usage: ${commandText("token", `[--user free|pro] [--scope "a b"] [--kind id_token] [--expires-in 3600] [--base-url ${DEFAULT_BASE_URL}]`)}
`;

type TokenRequest = {
  baseUrl: string;
  body: { user: string; scope?: string; kind?: string; expires_in?: number };
};

function readArguments(args: string[]): TokenRequest | undefined {
  const { values } = readArgs({
    args,
    options: {
      user: { type: "string", default: DEFAULT_USER },
      scope: { type: "string" },
      kind: { type: "string" },
      "expires-in": { type: "string" },
      "base-url": { type: "string", default: DEFAULT_BASE_URL },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const { user, scope, kind, "expires-in": expiresIn, "base-url": baseUrl } = values;
  if (expiresIn !== undefined && !/^\d+$/.test(expiresIn)) {
    throw new UsageError(`--expires-in expects a whole number of seconds, but got "${expiresIn}"`);
  }
  if (!URL.canParse(baseUrl)) {
    throw new UsageError(`--base-url expects a URL such as ${DEFAULT_BASE_URL}, but got "${baseUrl}"`);
  }
  const lifetime = expiresIn === undefined ? {} : { expires_in: Number(expiresIn) };
  const asked = { ...(scope === undefined ? {} : { scope }), ...(kind === undefined ? {} : { kind }) };
  return { baseUrl, body: { user, ...asked, ...lifetime } };
}

async function requestToken({ baseUrl, body }: TokenRequest): Promise<string> {
  let response: Response;
  try {
    response = await fetch(new URL("/local/token", baseUrl), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error(
      `No sign-in server responds at ${baseUrl}. Start it with \`${DEMO_COMMAND}\` in another terminal, or name it with --base-url.`,
    );
  }
  const result = (await response.json().catch(() => ({}))) as {
    access_token?: string;
    error_description?: string;
  };
  if (result.access_token) return result.access_token;
  throw new Error(
    result.error_description ??
      `${baseUrl} returned ${response.status}: it is not this project's sign-in server.`,
  );
}

export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runGuarded(processTerminal(), commandText("token", "--help"), async ({ out }) => {
    const request = readArguments([...args]);
    out(request ? `${await requestToken(request)}\n` : USAGE);
    return 0;
  });
}

if (import.meta.main) await main(process.argv.slice(2));
