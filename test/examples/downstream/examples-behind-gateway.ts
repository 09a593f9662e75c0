// All examples behind the local gateway, each with both identity methods, and the sign-in server.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalGateway, startGateway } from "../../../local/gateway.ts";
import { type SignInServer, startSignIn } from "../../../local/sign-in/sign-in-server.ts";
import { exampleUrl, freePort, LANGUAGES, startExample } from "./example-programs.ts";

const IDS = {
  project_id: "P2ExampleProjectId000000000000",
  mcp_server_id: "MS2ExampleMcpServerId0000000000",
};
const GATEWAY_SECRET = "a-secret-of-the-gateway-and-this-server";
const SECRET_NAME = "/mcp-gateway-secrets/local/gateway-secret";
const CLAIMS = ["sub", "email", "name", "tenants", "roles", "subscription"];

/** The running examples. Servers are called `<language>-jwt` and `<language>-claims`. */
export type ExamplesBehindGateway = {
  gateway: LocalGateway;
  signIn: SignInServer;
  /** A server's own MCP endpoint, bypassing the gateway. */
  direct(server: string): string;
  close(): Promise<void>;
};

/** Starts everything. */
export async function startExamplesBehindGateway(): Promise<ExamplesBehindGateway> {
  const names = LANGUAGES.flatMap((language) => [`${language}-jwt`, `${language}-claims`]);
  const ports = new Map<string, string>();
  for (const name of names) ports.set(name, await freePort());
  const portOf = (name: string) => ports.get(name) as string;

  const configDir = await writeConfig(names, portOf);
  let signIn: SignInServer | undefined;
  const gateway = await startGateway({
    configDir,
    port: 0,
    overlay: async (publicUrl) => {
      signIn = await startSignIn({
        projectId: IDS.project_id,
        mcpServerId: IDS.mcp_server_id,
        resource: publicUrl,
      });
      return { publicUrl, descopeBaseUrl: signIn.baseUrl };
    },
  });
  gateway.parameters.put(SECRET_NAME, GATEWAY_SECRET, "SecureString");
  const programs = await Promise.all(
    LANGUAGES.flatMap((language) => {
      const [jwt, claims] = [portOf(`${language}-jwt`), portOf(`${language}-claims`)];
      return [
        startExample(language, { PORT: jwt, GATEWAY_URL: gateway.url, AUDIENCE: exampleUrl(jwt) }),
        startExample(language, { PORT: claims, IDENTITY_METHOD: "claims_header", GATEWAY_SECRET }),
      ];
    }),
  );
  return {
    gateway,
    signIn: signIn as SignInServer,
    direct: (server) => exampleUrl(portOf(server)),
    close: async () => {
      await Promise.all(programs.map((program) => program.close()));
      await Promise.all([gateway.close(), signIn?.close()]);
      await rm(configDir, { recursive: true });
    },
  };
}

async function writeConfig(names: readonly string[], portOf: (name: string) => string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "examples-"));
  const write = (file: string, content: object) => writeFile(join(directory, file), JSON.stringify(content));
  await mkdir(join(directory, "servers"));
  await write("gateway.json", { descope: IDS });
  for (const name of names) {
    const signed = name.endsWith("-jwt");
    await write(join("servers", `${name}.json`), {
      url: exampleUrl(portOf(name)),
      user_identity_forwarding: {
        method: signed ? "jwt_header" : "claims_header",
        include_claims: CLAIMS,
      },
      ...(!signed && { headers: { "X-Gateway-Secret": `{{ssm:${SECRET_NAME}}}` } }),
    });
  }
  return directory;
}
