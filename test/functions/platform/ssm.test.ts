// Calls of Parameter Store as they go over a socket: their signature, their answers and their errors.
import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openPostToRead } from "../../../functions/platform/post-to-read.ts";
import { openSsm } from "../../../functions/platform/ssm.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";

type Seen = { url: string; headers: IncomingHttpHeaders; body: string };

const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: SECRET_KEY,
  sessionToken: "session token/+=",
};
const NOW = Date.UTC(2015, 7, 30, 12, 36, 0);
const PAGE = { Path: "/mcp-gateway/é", Recursive: true, WithDecryption: false, NextToken: undefined };

let server: LoopbackServer | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
});

/** A service that gives each call the next answer. */
async function service(...answers: { status?: number; headers?: Record<string, string>; body: string }[]) {
  const seen: Seen[] = [];
  server = await startHttp(async (request, response) => {
    seen.push({ url: request.url ?? "", headers: request.headers, body: await text(request) });
    const { status = 200, headers, body } = answers[seen.length - 1] ?? { body: "{}" };
    // The SDK sets its clock by this header.
    response.writeHead(status, { ...headers, date: new Date(NOW).toUTCString() }).end(body);
  });
  const endpoint = new URL(new URL(server.url).origin);
  const settings = { endpoint, region: "eu-central-1", credentials: CREDENTIALS };
  return { seen, settings, ssm: openSsm(openPostToRead, settings, () => NOW) };
}

const failureOf = (call: Promise<unknown>) => call.then(() => undefined).catch((error: Error) => error);

/** Signature Version 4 as AWS's user guide describes it, written down independently of the signer that is used. */
function expectedSignature({ url, headers, body }: Seen): string {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1] ?? "";
  const sha256 = (value: string) => createHash("sha256").update(value).digest("hex");
  const lines = signed.split(";").map((name) => `${name}:${headers[name]}`);
  const canonical = ["POST", url, "", ...lines, "", signed, sha256(body)].join("\n");
  const scope = "20150830/eu-central-1/ssm/aws4_request";
  const toSign = ["AWS4-HMAC-SHA256", "20150830T123600Z", scope, sha256(canonical)].join("\n");
  let key: Buffer = Buffer.from(`AWS4${SECRET_KEY}`);
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return createHmac("sha256", key).update(toSign).digest("hex");
}

/** The SDK's client, which signs nothing here that the gateway does not send: its retry count, call id and telemetry. */
function sdkClient(settings: Awaited<ReturnType<typeof service>>["settings"]): SSMClient {
  const client = new SSMClient({ ...settings, endpoint: settings.endpoint.origin, maxAttempts: 1 });
  const fewerHeaders =
    <Args extends { request: unknown }, Result>(next: (args: Args) => Promise<Result>) =>
    (args: Args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      for (const name of Object.keys(headers))
        if (/^(?:amz-sdk-|x-amz-user-agent)/i.test(name)) delete headers[name];
      return next(args);
    };
  client.middlewareStack.addRelativeTo(fewerHeaders, {
    relation: "before",
    toMiddleware: "httpSigningMiddleware",
  });
  return client;
}

describe("a call", () => {
  it("has the form of AWS JSON 1.1, leaving out what is undefined", async () => {
    const { seen, ssm } = await service({ body: '{"Parameters":[],"NextToken":"n"}' });
    expect(await ssm.getParametersByPath(PAGE)).toEqual({ Parameters: [], NextToken: "n" });
    const [call] = seen as [Seen];
    expect(call.body).toBe('{"Path":"/mcp-gateway/é","Recursive":true,"WithDecryption":false}');
    expect(call.url).toBe("/");
    expect(call.headers).toMatchObject({
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonSSM.GetParametersByPath",
      "user-agent": "mcp-gateway",
    });
  });

  it("is signed as AWS describes it, over everything that matters", async () => {
    const { seen, ssm } = await service();
    await ssm.getParametersByPath(PAGE);
    const [call] = seen as [Seen];
    expect(call.headers).toMatchObject({
      "x-amz-date": "20150830T123600Z",
      "x-amz-security-token": "session token/+=",
    });
    expect(call.headers.authorization).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-central-1/ssm/aws4_request, " +
        "SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target, " +
        `Signature=${expectedSignature(call)}`,
    );
  });

  it("has the signature that the SDK's client gives it", async () => {
    const { seen, settings, ssm } = await service();
    vi.useFakeTimers({ toFake: ["Date"], now: NOW });
    const client = sdkClient(settings);
    await ssm.getParametersByPath(PAGE);
    await client.send(new GetParametersByPathCommand(PAGE));
    await ssm.getParameter({ Name: "/secrets/ü", WithDecryption: true });
    await client.send(new GetParameterCommand({ Name: "/secrets/ü", WithDecryption: true }));
    client.destroy();
    const [page, sdkPage, secret, sdkSecret] = seen.map(({ headers }) => headers.authorization);
    expect(page).toMatch(/Signature=[0-9a-f]{64}$/);
    expect(page).toBe(sdkPage);
    expect(secret).toBe(sdkSecret);
    expect(secret).not.toBe(page);
  });

  it("goes to the path of an endpoint that has one", async () => {
    const { seen, settings } = await service();
    const endpoint = new URL("/aws/ssm", settings.endpoint);
    await openSsm(openPostToRead, { ...settings, endpoint }, () => NOW).getParameter({ Name: "/a" });
    const [call] = seen as [Seen];
    expect(call.url).toBe("/aws/ssm");
    expect(call.headers.authorization).toContain(`Signature=${expectedSignature(call)}`);
  });

  it("needs no session token", async () => {
    const { seen, settings } = await service();
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET_KEY };
    await openSsm(openPostToRead, { ...settings, credentials }, () => NOW).getParameter({ Name: "/a" });
    expect(seen[0]?.headers).not.toHaveProperty("x-amz-security-token");
  });

  it("ends with its signal", async () => {
    const { ssm } = await service();
    await expect(ssm.getParameter({ Name: "/a" }, AbortSignal.abort())).rejects.toMatchObject({
      message: "GetParameter failed: The operation was aborted",
      cause: { name: "AbortError" },
    });
  });
});

describe("an error", () => {
  it.each([
    ["com.amazonaws.ssm#ThrottlingException", 400, "ThrottlingException", "client"],
    ["ThrottlingException:http://internal.amazon.com/coral/", 400, "ThrottlingException", "client"],
    ["AccessDeniedException", 403, "AccessDeniedException", "client"],
    ["InternalServerError", 500, "InternalServerError", "server"],
  ])("%s has AWS's name, the side at fault and the status", async (__type, status, name, $fault) => {
    const { ssm } = await service({ status, body: JSON.stringify({ __type, message: "said so" }) });
    await expect(ssm.getParameter({ Name: "/a" })).rejects.toMatchObject({
      name,
      message: `GetParameter failed: ${name}: said so`,
      $fault,
      $metadata: { httpStatusCode: status },
    });
  });

  it("may have its name in a header alone", async () => {
    const { ssm } = await service({
      status: 400,
      headers: { "x-amzn-errortype": "ThrottlingException" },
      body: "{}",
    });
    await expect(ssm.getParameter({ Name: "/a" })).rejects.toMatchObject({ name: "ThrottlingException" });
  });

  it.each([
    ['{"__type":"ParameterNotFound"}', "ParameterNotFound: status 400"],
    ['{"__type":"ParameterNotFound","message":""}', "ParameterNotFound"],
    ['{"__type":"ValidationException","Message":"capital"}', "ValidationException: capital"],
    ['{"__type":"no name\\n"}', "UnknownError: status 400"],
    ["{}", "UnknownError: status 400"],
    ["null", "UnknownError: status 400"],
    ["<html>", "UnknownError: status 400"],
    ["", "UnknownError: status 400"],
  ])("of body %j is told as far as it is understood", async (body, told) => {
    const { ssm } = await service({ status: 400, body });
    await expect(ssm.getParameter({ Name: "/a" })).rejects.toMatchObject({
      name: told.split(":")[0],
      message: `GetParameter failed: ${told}`,
    });
  });

  it("of many words is cut", async () => {
    const { ssm } = await service({ status: 400, body: JSON.stringify({ message: "x".repeat(5_000) }) });
    const { message } = (await failureOf(ssm.getParameter({ Name: "/a" }))) as Error;
    expect(message).toBe(`GetParameter failed: UnknownError: ${"x".repeat(1_000)}`);
  });

  it.each(['"a secret value', '"a secret value"', "null"])(
    "of an answer that is no JSON object shows nothing of it: %s",
    async (body) => {
      const { ssm } = await service({ body });
      const failure = (await failureOf(ssm.getParameter({ Name: "/a" }))) as Error;
      expect(failure.message).toBe("GetParameter failed: the answer is no JSON object");
      expect(failure.cause).toBeUndefined();
    },
  );

  it("of a connection names the operation and keeps its cause", async () => {
    const { ssm } = await service();
    await server?.close();
    await expect(ssm.getParametersByPath({ Path: "/" })).rejects.toMatchObject({
      message: expect.stringMatching(/^GetParametersByPath failed: connect ECONNREFUSED/),
      cause: { code: "ECONNREFUSED" },
    });
  });

  it("shows no credential", async () => {
    const { ssm } = await service({ status: 403, body: "{}" });
    const failure = (await failureOf(ssm.getParameter({ Name: "/a" }))) as Error;
    const shown = JSON.stringify(failure, Object.getOwnPropertyNames(failure));
    expect(shown).not.toContain("session token");
    expect(shown).not.toContain(SECRET_KEY);
  });
});

it("an answer of more than five megabytes is refused", async () => {
  const value = (length: number) => JSON.stringify({ Parameter: { Value: "x".repeat(length) } });
  const { ssm } = await service({ body: value(4_999_000) }, { body: value(5_000_000) });
  expect((await ssm.getParameter({ Name: "/a" })).Parameter?.Value).toHaveLength(4_999_000);
  await expect(ssm.getParameter({ Name: "/a" })).rejects.toThrow(
    "GetParameter failed: an answer of more than 5000000 bytes",
  );
});
