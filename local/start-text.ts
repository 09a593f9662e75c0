// The text of `npm start` before the first request: URLs, and settings to paste into a client.
import { clientSettings, tokenBlock } from "./client-settings.ts";
import type { Paint } from "./terminal.ts";

export type StartFacts = {
  readonly url: string;
  readonly serverNames: readonly string[];
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
export function startText({ url, serverNames, demo }: StartFacts, paint: Paint): string {
  const endpoint = (name: string) => `${url}/${name}/mcp`;
  const places: Row[] = [
    ...serverNames.map((name) => [name, endpoint(name)] as const),
    ...(demo === undefined ? [] : [["sign-in", `${demo.signInUrl}  as ${demo.users.join(" or ")}`] as const]),
    ...(demo?.connectionsUrl === undefined ? [] : [["connections", demo.connectionsUrl] as const]),
    ["metadata", `${url}/.well-known/oauth-protected-resource`],
    ["health", `${url}/health`],
  ];
  // One server as an example: the others differ only in name and URL.
  const shown = serverNames.includes("whoami") ? "whoami" : serverNames[0];
  if (shown === undefined) return ["", ...table(places, paint), ""].join("\n");
  const settings = clientSettings(shown, endpoint(shown));
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
    tokenBlock(shown, endpoint(shown), demo?.token ?? "<access token>"),
    ...(demo === undefined ? [] : [paint.dim(`Another user's: ${demo.tokenCommand}`)]),
    "",
  ].join("\n");
}

function table(rows: readonly Row[], paint: Paint): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, ...cells]) => `  ${paint.dim(label.padEnd(width))}  ${cells.join("  ")}`);
}
