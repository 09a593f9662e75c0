// Settings to paste into clients, for one server of the gateway. Each client has its own file and key.

/** A client, the file for its setting, and the setting for one server. */
export type ClientSetting = { readonly client: string; readonly into: string; readonly text: string };

/** Settings for clients that sign their user in: only the URL. */
export function clientSettings(name: string, url: string): ClientSetting[] {
  return [
    { client: "Claude Code", into: "", text: `claude mcp add --transport http ${name} ${url}` },
    {
      client: "VS Code",
      into: ".vscode/mcp.json",
      text: compact({ servers: { [name]: { type: "http", url } } }),
    },
    { client: "Cursor", into: ".cursor/mcp.json", text: compact({ mcpServers: { [name]: { url } } }) },
    {
      client: "Inspector",
      into: "",
      text: `npx @modelcontextprotocol/inspector --server-url ${url} --transport http`,
    },
  ];
}

/** The `mcpServers` block that most clients read, with a token. */
export function tokenBlock(name: string, url: string, token: string): string {
  const server = { type: "http", url, headers: { Authorization: `Bearer ${token}` } };
  return JSON.stringify({ mcpServers: { [name]: server } }, null, 2);
}

/** On one line, to be read as well as pasted. */
function compact(value: object): string {
  return JSON.stringify(value)
    .replaceAll(/([:,{])(?=["{])/g, "$1 ")
    .replaceAll("}", " }");
}
