// The module that Lambda loads, in a process of its own: which reads belong to the init phase.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { updateFunctionBundles } from "../../build/function-bundles.ts";
import { type JsonService, ServiceError } from "../../local/ssm/json-service.ts";
import { ParameterStore } from "../../local/ssm/parameter-store.ts";
import { startSsm } from "../../local/ssm/ssm-service.ts";
import { authorizerEvent } from "../support/gateway-events.ts";
import { type KeyServer, startKeyServer } from "../support/key-server.ts";
import { makeKey, signToken } from "../support/tokens.ts";

const MODULE = join(import.meta.dirname, "../../dist/bundles/authorizer/lambda.mjs");
const PREFIX = "/mcp-gateway/test";
const ISSUER = "https://auth.example.com";

// Reports when the module is loaded, then sends the outcome of the handler for every event.
const PROGRAM = `
  const { handler } = await import(process.env.MODULE);
  process.on("message", (event) => handler(event).then(
    (result) => process.send(result.policyDocument.Statement[0].Effect),
    (error) => process.send(error.message),
  ));
  process.send("loaded");
`;

let parameters: ParameterStore;
let ssm: JsonService;
let keys: KeyServer;
let token: string;
let environment: ChildProcess | undefined;

beforeAll(() => updateFunctionBundles());
beforeEach(async () => {
  const key = await makeKey();
  keys = await startKeyServer(key);
  const now = Math.floor(Date.now() / 1_000);
  token = await signToken(key, { iss: ISSUER, aud: ISSUER, sub: "U2alice", iat: now, exp: now + 600 });
  const jwt_validation = {
    jwksUri: keys.url,
    claimValues: { iss: { values: ISSUER }, aud: { values: ISSUER } },
  };
  parameters = new ParameterStore();
  parameters.put(`${PREFIX}/gateway`, JSON.stringify({ public_url: ISSUER, jwt_validation }));
  parameters.put(`${PREFIX}/servers/tools`, JSON.stringify({ url: "http://127.0.0.1:1/mcp" }));
  ssm = await startSsm(parameters);
});
afterEach(async () => {
  environment?.kill("SIGKILL");
  await Promise.all([ssm.close(), keys.close()]);
});

/** Starts an environment; resolves at the end of its init phase. */
async function startEnvironment(): Promise<void> {
  environment = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    env: {
      MODULE,
      CONFIG_PREFIX: PREFIX,
      PUBLIC_URL: ISSUER,
      SIGNING_KEY_ARNS: "",
      SESSION_SECRET_PARAMETERS: "",
      DECISION_CACHE_SECONDS: "300",
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL_SSM: ssm.url,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  expect(await nextMessage()).toBe("loaded");
}

async function nextMessage(): Promise<unknown> {
  const [message] = await once(environment as ChildProcess, "message");
  return message;
}

function invoke(): Promise<unknown> {
  environment?.send(authorizerEvent({ headers: { Authorization: `Bearer ${token}` } }));
  return nextMessage();
}

const configReads = () => ssm.requests.get("GetParametersByPath") ?? 0;

it("reads the configuration and the gateway's keys in the init phase: the first request reads neither", async () => {
  await startEnvironment();
  expect([configReads(), keys.requests()]).toEqual([1, 1]);
  expect(await invoke()).toBe("Allow");
  expect([configReads(), keys.requests()]).toEqual([1, 1]);
});

it("starts without a configuration, and denies", async () => {
  ssm.intercept = () => {
    throw new ServiceError("AccessDeniedException", "not authorized to perform ssm:GetParametersByPath");
  };
  await startEnvironment();
  expect(await invoke()).toMatch(/^no decision could be made: configuration_unavailable/);
});

it("starts without keys, and denies", async () => {
  await keys.close();
  await startEnvironment();
  expect(await invoke()).toMatch(/^no decision could be made: keys_unavailable/);
});
