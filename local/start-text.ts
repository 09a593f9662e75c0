// The text of `npm start` before the first request: URLs, and settings to paste into a client.
import { clientSettings, tokenBlock } from "./client-settings.ts";
import type { Paint } from "./terminal.ts";

export type StartFacts = {
  readonly url: string;
  /** `public_url` of the configuration, if there is one */
  readonly publicUrl?: string | undefined;
  readonly serverNames: readonly string[];
  /** names of the members of the combined endpoint; undefined without it */
  readonly combined?: readonly string[] | undefined;
  /** undefined without the demo, which issues the token. */
  readonly demo:
    | {
        readonly token: string;
        /** user of the token */
        readonly user: string;
        readonly users: readonly string[];
        readonly signInUrl: string;
        /** page to connect accounts; undefined: no server needs one */
        readonly connectionsUrl: string | undefined;
        readonly tokenCommand: string;
      }
    | undefined;
};

type Row = readonly [label: string, ...cells: string[]];

/** The text, without a line break at its end. */
export function startText({ url, publicUrl, serverNames, combined, demo }: StartFacts, paint: Paint): string {
  const endpoint = (name: string) => `${url}/${name}/mcp`;
  const places: Row[] = [
    ...(combined === undefined
      ? []
      : [["combined", `${url}/mcp`, paint.dim(`${combined.join(", ")} in one`)] as const]),
    ...serverNames.map((name) => [name, endpoint(name)] as const),
    ...(demo === undefined ? [] : [["sign-in", `${demo.signInUrl}  as ${demo.users.join(" or ")}`] as const]),
    ...(demo?.connectionsUrl === undefined ? [] : [["connections", demo.connectionsUrl] as const]),
    ["metadata", `${url}/.well-known/oauth-protected-resource`],
    ["health", `${url}/health`],
    ...(publicUrl === undefined || publicUrl === url
      ? []
      : [["public_url", paint.bad(otherUrlText(publicUrl, url))] as const]),
  ];
  const shown = shownEndpoint({ url, serverNames, combined }, endpoint);
  if (shown === undefined) return ["", ...table(places, paint), ""].join("\n");
  const settings = clientSettings(shown.name, shown.url);
  return [
    "",
    ...table(places, paint),
    "",
    paint.bold("Sign in: a client needs only the URL"),
    ...table(
      settings.map(({ client, into, text }) => [client, into === "" ? text : `${into}  ${text}`] as const),
      paint,
    ),
    "",
    paint.bold(
      demo === undefined ? "Or with a token" : `Or with a token: for ${demo.user}, valid for an hour`,
    ),
    tokenBlock(shown.name, shown.url, demo?.token ?? "<access token>"),
    ...(demo === undefined ? [] : [paint.dim(`Another user's: ${demo.tokenCommand}`)]),
    "",
  ].join("\n");
}

function otherUrlText(publicUrl: string, url: string): string {
  return `${publicUrl} is in the metadata, so clients cannot sign in at ${url}. Remove public_url to sign in here.`;
}

/** The one URL, or one server as an example: the others differ only in name and URL. */
function shownEndpoint(
  { url, serverNames, combined }: Pick<StartFacts, "url" | "serverNames" | "combined">,
  endpoint: (name: string) => string,
): { name: string; url: string } | undefined {
  if (combined !== undefined) return { name: "gateway", url: `${url}/mcp` };
  const name = serverNames.includes("whoami") ? "whoami" : serverNames[0];
  return name === undefined ? undefined : { name, url: endpoint(name) };
}

function table(rows: readonly Row[], paint: Paint): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, ...cells]) => `  ${paint.dim(label.padEnd(width))}  ${cells.join("  ")}`);
}
