// The two official TypeScript SDKs behind one face, each driven as its documentation says: connect, and when it sends the user to
// sign in, hand it the code that the user came back with.
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

/** How a client gets in: by signing in, or with headers of its own. */
export type Access = {
  authProvider?: OAuthClientProvider;
  headers?: Record<string, string>;
  /** stands between the client and the gateway */
  fetch?: typeof fetch;
};

export type Session = {
  tools(): Promise<string[]>;
  /** the text of a tool's result */
  call(tool: string): Promise<string>;
  close(): Promise<void>;
};

export type SdkClient = {
  name: string;
  /** rejects with the SDK's UnauthorizedError when the user has to sign in */
  connect(url: string, access: Access): Promise<Session>;
  isSignInNeeded(error: unknown): boolean;
  /** takes what the authorization server appended to the redirect URI */
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

/** What the session is made of: the part that both SDKs' clients share. */
type AnyClient = {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: object }): Promise<Content>;
  close(): Promise<void>;
};

function session(client: AnyClient): Session {
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name) => {
      const { content } = await client.callTool({ name, arguments: {} });
      return content.map(({ text }) => text ?? "").join("\n");
    },
    close: () => client.close(),
  };
}

export const SDK_CLIENTS: SdkClient[] = [
  version2("@modelcontextprotocol/client 2.x", "auto"),
  version2("@modelcontextprotocol/client 2.x at 2025-11-25", "legacy"),
  version1,
];
