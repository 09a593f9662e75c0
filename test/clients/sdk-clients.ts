// The two official TypeScript SDKs behind one interface, each used as documented: connect, and if a sign-in is required, pass it the code
// from the redirect.
import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import {
  type OAuthClientProvider as Provider1,
  UnauthorizedError as UnauthorizedError1,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

/** How a client authenticates: by signing in, or with its own headers. */
export type Access = {
  authProvider?: OAuthClientProvider;
  headers?: Record<string, string>;
  /** replaces fetch for requests to the gateway */
  fetch?: typeof fetch;
};

export type Session = {
  tools(): Promise<string[]>;
  /** the text of a tool's result */
  call(tool: string, args?: object): Promise<string>;
  /** the text of a resource */
  read(uri: string): Promise<string>;
  close(): Promise<void>;
};

export type SdkClient = {
  name: string;
  /** rejects with the SDK's UnauthorizedError if the user must sign in */
  connect(url: string, access: Access): Promise<Session>;
  isSignInNeeded(error: unknown): boolean;
  /** completes the sign-in with the query of the redirect URI */
  finishSignIn(url: string, access: Access, back: URLSearchParams): Promise<void>;
};

const INFO = { name: "client-under-test", version: "1.0.0" };
type Content = { content: { type: string; text?: string }[] };

/** @param era the revision at which the 2.x client starts */
function version2(name: string, mode: "auto" | "legacy"): SdkClient {
  const transport = (url: string, { authProvider, headers, fetch }: Access) =>
    new StreamableHTTPClientTransport(new URL(url), {
      ...(authProvider && { authProvider }),
      ...(fetch && { fetch }),
      requestInit: { headers: headers ?? {} },
    });
  return {
    name,
    connect: async (url, access) => {
      const client = new Client(INFO, { versionNegotiation: { mode } });
      await client.connect(transport(url, access));
      return session(client as never);
    },
    isSignInNeeded: (error) => error instanceof UnauthorizedError,
    finishSignIn: (url, access, back) => transport(url, access).finishAuth(back),
  };
}

const version1: SdkClient = {
  name: "@modelcontextprotocol/sdk 1.x",
  connect: async (url, access) => {
    const client = new Client1(INFO);
    await client.connect(transport1(url, access));
    return session(client as never);
  },
  isSignInNeeded: (error) => error instanceof UnauthorizedError1,
  finishSignIn: (url, access, back) => transport1(url, access).finishAuth(back.get("code") ?? ""),
};

function transport1(url: string, { authProvider, headers, fetch }: Access): Transport1 {
  return new Transport1(new URL(url), {
    ...(authProvider && { authProvider: authProvider as Provider1 }),
    ...(fetch && { fetch }),
    requestInit: { headers: headers ?? {} },
  });
}

/** The part of the client that both SDKs share. */
type AnyClient = {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: object }): Promise<Content>;
  readResource(resource: { uri: string }): Promise<{ contents: { text?: string }[] }>;
  close(): Promise<void>;
};

function session(client: AnyClient): Session {
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}) => {
      const { content } = await client.callTool({ name, arguments: args });
      return content.map(({ text }) => text ?? "").join("\n");
    },
    read: async (uri) =>
      (await client.readResource({ uri })).contents.map(({ text }) => text ?? "").join("\n"),
    close: () => client.close(),
  };
}

export const SDK_CLIENTS: SdkClient[] = [
  version2("@modelcontextprotocol/client 2.x", "auto"),
  version2("@modelcontextprotocol/client 2.x at 2025-11-25", "legacy"),
  version1,
];
