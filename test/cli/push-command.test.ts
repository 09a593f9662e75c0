// `config diff` and `config push` with the real SDK against the Parameter Store double.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { runConfig } from "../../cli/config.ts";
import { parameterValue } from "../../infra/parameter-value.ts";
import { ServiceError } from "../../local/ssm/json-service.ts";
import { configDirectory } from "../support/config-directory.ts";
import { parameterStoreDouble } from "../support/parameter-store-double.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

const PREFIX = "/mcp-gateway/prod";
const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const SERVER = { url: "https://tools.example.com/mcp" };

const double = parameterStoreDouble();

const config = (args: string[], response?: string) =>
  recordTerminal((terminal) => runConfig(args, terminal), response);
const push = (dir: string, ...more: string[]) => config(["push", dir, "--prefix", PREFIX, "--yes", ...more]);
const stored = (name: string) => double.parameters.get(`${PREFIX}/${name}`);

function directory(servers: Record<string, object> = { tools: SERVER }, gateway: object = GATEWAY): string {
  const files = Object.entries(servers).map(([name, server]) => [`servers/${name}.json`, server]);
  return configDirectory({ "gateway.json": gateway, ...Object.fromEntries(files) });
}

function rewrite(dir: string, file: string, content: object): void {
  writeFileSync(join(dir, file), JSON.stringify(content, null, 2));
}

describe("config push", () => {
  it("writes a first configuration and prints versions", async () => {
    const { code, out, err } = await push(directory());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(`new      ${PREFIX}/gateway
         + {
         +   "descope": {
         +     "project_id": "P2abc",
         +     "mcp_server_id": "MS2abc"
         +   }
         + }
new      ${PREFIX}/servers/tools
         + {
         +   "url": "https://tools.example.com/mcp"
         + }

This is a first push: no parameters exist below ${PREFIX} in the Region us-east-1. If the gateway is deployed, check --prefix, AWS_REGION and AWS_PROFILE.

wrote  ${PREFIX}/gateway  version 1
wrote  ${PREFIX}/servers/tools  version 1
The functions use it within 75 seconds.
`);
    expect(stored("gateway")).toMatchObject({
      Type: "String",
      Value: '{"descope":{"project_id":"P2abc","mcp_server_id":"MS2abc"}}',
    });
  });

  it("writes only changed parameters, and prints a line diff", async () => {
    const dir = directory({ tools: SERVER, other: SERVER });
    await push(dir);
    rewrite(dir, "servers/tools.json", { ...SERVER, get_stream: true });
    const { code, out } = await push(dir);
    expect(code).toBe(0);
    expect(out).toBe(`same     ${PREFIX}/gateway  (version 1)
same     ${PREFIX}/servers/other  (version 1)
changed  ${PREFIX}/servers/tools  (version 1)
           {
         -   "url": "https://tools.example.com/mcp"
         +   "url": "https://tools.example.com/mcp",
         +   "get_stream": true
           }

wrote  ${PREFIX}/servers/tools  version 2
The functions use it within 75 seconds.
`);
    expect([stored("gateway")?.Version, stored("servers/other")?.Version]).toEqual([1, 1]);
  });

  it("writes nothing at the second push", async () => {
    const dir = directory();
    await push(dir);
    const { code, out } = await push(dir);
    expect(code).toBe(0);
    expect(out).toContain("\nNothing to write.\n");
    expect(double.ssm.requests.get("PutParameter")).toBe(2);
  });

  it("writes only one server with --server, checked with the deployed gateway", async () => {
    const dir = directory({ tools: SERVER, other: SERVER });
    const { out } = await push(dir, "--server", "tools", "--json");
    expect(JSON.parse(out).written).toEqual([{ name: "servers/tools", version: 1, overtaken: false }]);
    expect(stored("servers/other")).toBeUndefined();
  });

  it("keeps a server without a file and says so", async () => {
    const dir = directory({ tools: SERVER, gone: SERVER });
    await push(dir);
    rmSync(join(dir, "servers/gone.json"));
    const { out } = await push(dir);
    expect(out).toContain(
      `only SSM ${PREFIX}/servers/gone  (version 1, no local file; not deleted, and a server stays available)\n`,
    );
    expect(stored("servers/gone")).toBeDefined();
  });

  it("writes secret references in the form that SSM accepts", async () => {
    const { code } = await push(
      directory({ tools: { ...SERVER, headers: { "X-Api-Key": "{{ssm:/key}}" } } }),
    );
    expect(code).toBe(0);
    expect(stored("servers/tools")?.Value).toContain("\\u007b\\u007bssm:/key}}");
  });

  it("rejects secrets below the path that it writes to", async () => {
    const below = { ...SERVER, headers: { "X-Api-Key": `{{ssm:${PREFIX}/key}}` } };
    const { code, out } = await push(directory({ tools: below }));
    expect(code).toBe(1);
    expect(out).toContain(`the secret ${PREFIX}/key is below the SSM path`);
    expect(double.ssm.requests.size).toBe(0);
  });

  it("writes the checked text, and detects a difference in the last digit of a number", async () => {
    const claim = (value: string) =>
      `{"url": "https://tools.example.com/mcp", "tool_authorization": {"*": {"required_claims": {"id": {"values": "${value}"}}}}}`;
    const dir = configDirectory({
      "gateway.json": GATEWAY,
      "servers/tools.json": claim("\u007b\u007b#\u007b"),
    });
    expect((await push(dir)).code).toBe(0);
    expect(stored("servers/tools")?.Value).toBe(
      parameterValue({ file: "x", text: claim("\u007b\u007b#\u007b") }).value,
    );
    double.parameters.put(`${PREFIX}/servers/tools`, '{"url": 9007199254740993}');
    rewrite(dir, "servers/tools.json", SERVER);
    const { out } = await config(["diff", dir, "--prefix", PREFIX]);
    expect(out).toContain('-   "url": 9007199254740993\n');
  });

  it("uses the Advanced tier above 4096 bytes, and says so", async () => {
    const claims = Array.from({ length: 90 }, (_, n) => `claim_with_a_long_name_to_fill_the_parameter_${n}`);
    const server = {
      ...SERVER,
      user_identity_forwarding: { method: "claims_header", include_claims: claims },
    };
    const { code, out } = await push(directory({ tools: server }));
    expect(code).toBe(0);
    expect(out).toContain(`new      ${PREFIX}/servers/tools  (Advanced tier, which AWS charges for)\n`);
    expect(stored("servers/tools")?.Value.length).toBeGreaterThan(4096);
  });

  it("keeps a parameter in the Advanced tier, because SSM cannot change it back", async () => {
    let rejected = false;
    double.ssm.intercept = (operation) => {
      if (operation !== "PutParameter" || rejected) return;
      rejected = true;
      throw new ServiceError(
        "ValidationException",
        "You can't downgrade a parameter from the advanced-parameter tier",
      );
    };
    expect((await push(directory({}))).code).toBe(0);
    expect(stored("gateway")).toBeDefined();
  });

  it("prompts on a TTY", async () => {
    const args = ["push", directory(), "--prefix", PREFIX];
    const declined = await config(args, "");
    expect([declined.code, declined.questions]).toEqual([
      1,
      [`\nWrite these 2 parameters below ${PREFIX}? [y/N] `],
    ]);
    expect(declined.out).toContain("\nNothing was written.\n");
    expect(stored("gateway")).toBeUndefined();
    expect((await config(args, "y")).code).toBe(0);
    expect(stored("gateway")?.Version).toBe(1);
  });

  it.each([[[]], [["--json"]]])("writes nothing without a TTY and --yes (%j)", async (more) => {
    const { code, err } = await config(["push", directory(), "--prefix", PREFIX, ...more]);
    expect(code).toBe(2);
    expect(err).toContain(
      "error: cannot prompt: no TTY, or --json was given. Add --yes to write without a prompt\n",
    );
    expect(stored("gateway")).toBeUndefined();
  });

  it("validates all files first", async () => {
    const dir = directory({ tools: SERVER, other: { url: "ftp://x" } });
    const { code, out } = await push(dir, "--server", "tools");
    expect(code).toBe(1);
    expect(out).toContain(`error  ${dir}/servers/other.json`);
    expect(double.ssm.requests.size).toBe(0);
  });

  it("rejects changes that would lock out all callers, unless --force is given", async () => {
    const dir = directory();
    await push(dir);
    rewrite(dir, "gateway.json", { descope: { project_id: "P2abc", mcp_server_id: "MS2other" } });
    const rejected = await push(dir);
    expect(rejected.code).toBe(1);
    expect(rejected.out).toContain(`
This would lock out all callers:
  tools: "iss" would have to be https://api.descope.com/v1/apps/agentic/P2abc/MS2other, but current tokens have https://api.descope.com/v1/apps/agentic/P2abc/MS2abc. All callers would have to sign in again, and are allowed only if Descope issues that value.

Nothing was written. Test with npm run explain, then add --force to write anyway.
`);
    expect(stored("gateway")?.Version).toBe(1);
    expect((await push(dir, "--force")).code).toBe(0);
    expect(stored("gateway")?.Version).toBe(2);
  });

  it("writes the servers' own blocks before it removes the gateway's block", async () => {
    const dir = directory();
    await push(dir);
    const block = {
      jwksUri: "https://api.descope.com/P2abc/.well-known/jwks.json",
      claimValues: { iss: { values: "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc" } },
    };
    rewrite(dir, "gateway.json", {});
    rewrite(dir, "servers/tools.json", { ...SERVER, jwt_validation: block });
    const { out } = await push(dir, "--json");
    expect(JSON.parse(out).written.map(({ name }: { name: string }) => name)).toEqual([
      "servers/tools",
      "gateway",
    ]);
  });

  it("writes nothing if a parameter was changed while the prompt waited", async () => {
    const dir = directory();
    await push(dir);
    rewrite(dir, "gateway.json", { ...GATEWAY, resource_name: "Tools" });
    rewrite(dir, "servers/tools.json", { ...SERVER, get_stream: true });
    const { code, err } = await recordTerminal((terminal) => {
      const ask = async () => {
        double.parameters.put(`${PREFIX}/servers/tools`, '{"enabled":false}');
        return "y";
      };
      return runConfig(["push", dir, "--prefix", PREFIX], { ...terminal, ask });
    });
    expect(code).toBe(2);
    expect(err).toBe(
      `error: ${PREFIX}/servers/tools was changed by another write since it was read. Nothing was written. Run the command again.\n`,
    );
    expect([stored("gateway")?.Version, stored("servers/tools")?.Value]).toEqual([1, '{"enabled":false}']);
  });

  it("reports another write in between", async () => {
    const dir = directory();
    await push(dir);
    rewrite(dir, "servers/tools.json", { ...SERVER, get_stream: true });
    double.ssm.intercept = (operation) => {
      if (operation === "PutParameter") double.parameters.put(`${PREFIX}/servers/tools`, "{}");
    };
    const { out } = await push(dir);
    expect(out).toContain(
      "version 3  (another write happened in between: run npm run config -- diff again)\n",
    );
  });

  it("lists the written parameters if a write fails", async () => {
    let writes = 0;
    double.ssm.intercept = (operation) => {
      if (operation !== "PutParameter") return;
      writes += 1;
      if (writes === 2)
        throw new ServiceError("AccessDeniedException", "not authorized to perform: ssm:PutParameter");
    };
    const { code, err } = await push(directory());
    expect(code).toBe(2);
    expect(err).toBe(
      `error: ${PREFIX}/servers/tools could not be written: AccessDeniedException: not authorized to perform: ssm:PutParameter (written before: gateway). Push again.\n`,
    );
  });

  it("prints JSON with --json", async () => {
    const { code, out } = await push(directory({}), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      prefix: PREFIX,
      refused: false,
      changes: [
        {
          name: "gateway",
          kind: "create",
          tier: "Standard",
          diff: [
            "+{",
            '+  "descope": {',
            '+    "project_id": "P2abc",',
            '+    "mcp_server_id": "MS2abc"',
            "+  }",
            "+}",
          ],
        },
      ],
      lockouts: [],
      written: [{ name: "gateway", version: 1, overtaken: false }],
    });
  });
});

describe("config diff", () => {
  it("shows the changes and writes nothing", async () => {
    const dir = directory();
    await push(dir);
    rewrite(dir, "servers/tools.json", { ...SERVER, enabled: false });
    rewrite(dir, "servers/more.json", SERVER);
    const { code, out } = await config(["diff", dir, "--prefix", `${PREFIX}/`]);
    expect(code).toBe(0);
    expect(out).toContain(`same     ${PREFIX}/gateway  (version 1)\nnew      ${PREFIX}/servers/more\n`);
    expect(out).toContain(`         +   "enabled": false\n`);
    expect(double.ssm.requests.get("PutParameter")).toBe(2);
  });

  it("exits with 1 if a push would be rejected", async () => {
    const dir = directory();
    await push(dir);
    rewrite(dir, "servers/tools.json", { ...SERVER, enabled: false });
    const { code, out } = await config(["diff", dir, "--prefix", PREFIX, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out).lockouts).toEqual([
      { servers: ["tools"], reason: "no server would remain enabled." },
    ]);
  });

  it("ignores differences in white space and escapes", async () => {
    double.parameters.put(`${PREFIX}/gateway`, JSON.stringify(GATEWAY, null, 4));
    const { out } = await config(["diff", directory({}), "--prefix", PREFIX]);
    expect(out).toBe(`same     ${PREFIX}/gateway  (version 1)\n`);
  });

  it("prints a deployed parameter that is not JSON unchanged", async () => {
    double.parameters.put(`${PREFIX}/gateway`, "{oops");
    const { code, out } = await config(["diff", directory({}), "--prefix", PREFIX]);
    expect(code).toBe(0);
    expect(out).toContain("         - {oops\n");
  });
});

describe("a usage error of diff or push", () => {
  it.each<[string, string[], string]>([
    ["no prefix", ["diff"], "--prefix is missing, such as --prefix /mcp-gateway/prod"],
    [
      "a prefix without a slash",
      ["diff", "--prefix", "prod"],
      '--prefix expects an SSM path such as /mcp-gateway/prod, but got "prod"',
    ],
    ["both places at once", ["diff", "--prefix", "/a", "--local"], "give either --prefix or --local"],
    [
      "an unknown server",
      ["diff", "--prefix", "/a", "--server", "nope"],
      "--server nope: the file servers/nope.json does not exist",
    ],
    ["an option of another command", ["diff", "--prefix", "/a", "--yes"], "diff does not accept --yes"],
    ["an unused prefix", ["validate", "--prefix", "/a"], "validate does not accept --prefix"],
  ])("exits with 2 for %s", async (_name, args, message) => {
    const { code, err } = await config(args);
    expect(code).toBe(2);
    expect(err).toContain(`error: ${message}\n`);
    expect(err).toContain("To list the options: npm run config -- --help\n");
  });

  it.each([
    [
      "ExpiredTokenException",
      "The security token included in the request is expired",
      "ExpiredTokenException: The security token included in the request is expired. Sign in to AWS again, or set AWS_PROFILE.",
    ],
    [
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
      "UnrecognizedClientException: The security token included in the request is invalid. Sign in to AWS again, or set AWS_PROFILE.",
    ],
  ])("says what to do about AWS's error %s", async (name, message, expected) => {
    double.ssm.intercept = () => {
      throw new ServiceError(name, message);
    };
    expect((await config(["diff", "--prefix", PREFIX])).err).toBe(
      `error: the parameters below ${PREFIX} could not be read: ${expected}\n`,
    );
  });

  it("says which AWS sign-in has expired", async () => {
    const dir = configDirectory({});
    writeFileSync(
      join(dir, "aws"),
      "[profile sso]\nsso_start_url=https://acme.awsapps.com/start\nsso_region=eu-central-1\nsso_account_id=111122223333\nsso_role_name=Admin\n",
    );
    vi.stubEnv("AWS_CONFIG_FILE", join(dir, "aws"));
    vi.stubEnv("AWS_PROFILE", "sso");
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
    vi.stubEnv("HOME", "/nonexistent");
    expect((await config(["diff", "--prefix", PREFIX])).err).toMatch(/ no AWS credentials \(.*aws sso login/);
  });

  it("prints AWS's message, without the usage text", async () => {
    double.ssm.intercept = () => {
      throw new ServiceError("AccessDeniedException", "not authorized to perform: ssm:GetParametersByPath");
    };
    expect(await config(["diff", "--prefix", PREFIX])).toMatchObject({
      code: 2,
      err: `error: the parameters below ${PREFIX} could not be read: AccessDeniedException: not authorized to perform: ssm:GetParametersByPath\n`,
    });
  });

  it("reports missing credentials, with advice", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("HOME", "/nonexistent");
    expect((await config(["diff", "--prefix", PREFIX])).err).toBe(
      `error: the parameters below ${PREFIX} could not be read: no AWS credentials (Could not load credentials from any providers). Set AWS_PROFILE, or sign in with the AWS CLI.\n`,
    );
  });
});
