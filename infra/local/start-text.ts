// What `npm start` prints before the first request: where the gateway is, and what to paste into a client.
import type { Paint } from "./terminal.ts";

/** What there is to show. */
export type StartFacts = {
  readonly url: string;
  readonly serverNames: readonly string[];
  /** undefined: no demo, so no token of ours. */
  readonly demo: { readonly token: string; readonly user: string; readonly signInUrl: string } | undefined;
  readonly tokenCommand: string;
};

/** The text, without a line break at its end. */
export function startText({ url, serverNames, demo, tokenCommand }: StartFacts, paint: Paint): string {
  const endpoints = serverNames.map((name) => `${url}/${name}/mcp`);
  const rows: [string, string][] = [
    ...endpoints.map((endpoint, index): [string, string] => [index === 0 ? "MCP" : "", endpoint]),
    ["Metadata", `${url}/.well-known/oauth-protected-resource`],
    ["Health", `${url}/health`],
    ...(demo === undefined ? [] : [["Sign-in", demo.signInUrl] as [string, string]]),
  ];
  const table = rows.map(([label, value]) => `  ${paint.dim(label.padEnd(9))} ${value}`);
  const headers = demo === undefined ? "Bearer <access token>" : `Bearer ${demo.token}`;
  const servers = serverNames.map((name, index): [string, object] => [
    name,
    { type: "http", url: endpoints[index], headers: { Authorization: headers } },
  ]);
  const block = JSON.stringify({ mcpServers: Object.fromEntries(servers) }, null, 2);
  const who = demo === undefined ? "With a token" : `With a token (signed in as ${demo.user}, one hour)`;
  return [
    "",
    ...table,
    "",
    paint.bold(who),
    block,
    "",
    paint.bold("By signing in: give the client the URL alone"),
    ...endpoints.map((endpoint) => `  ${endpoint}`),
    ...(demo === undefined ? [] : ["", paint.bold("A token for another user"), `  ${tokenCommand}`]),
    "",
  ].join("\n");
}
