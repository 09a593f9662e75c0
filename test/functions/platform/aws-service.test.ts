// The functions' own calls to AWS: what is sent and signed, and what becomes of answers, refusals and broken connections.
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { KMS, openAwsService, SSM } from "../../../functions/platform/aws-service.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";

type Seen = { headers: IncomingMessage["headers"]; body: string };

let server: LoopbackServer | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
});

const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI", sessionToken: "session" };

/** A service that gives each call the next answer; a status of 0 closes the connection instead. */
async function service(...answers: { status: number; body: string }[]) {
  const seen: Seen[] = [];
  server = await startHttp(async (request, response) => {
    seen.push({ headers: request.headers, body: await text(request) });
    const { status, body } = answers[seen.length - 1] ?? { status: 200, body: "{}" };
    if (status === 0) return response.socket?.destroy();
    response.writeHead(status);
    return response.end(body);
  });
  const endpoint = new URL(server.url).origin;
  return { seen, settings: { endpoint, region: "eu-central-1", credentials: CREDENTIALS } };
}

/** Signature Version 4 as AWS describes it, written down independently of the signer that is used. */
function expectedSignature({ headers, body }: Seen): string {
  const [, date = "", signed = ""] =
    /Credential=AKIDEXAMPLE\/(\d{8})\/eu-central-1\/ssm\/aws4_request, SignedHeaders=([^,]+)/.exec(
      headers.authorization ?? "",
    ) ?? [];
  const names = signed.split(";");
  const sha256 = (value: string) => createHash("sha256").update(value).digest("hex");
  const lines = names.map((name) => `${name}:${headers[name]}`);
  const canonical = ["POST", "/", "", ...lines, "", signed, sha256(body)].join("\n");
  const scope = `${date}/eu-central-1/ssm/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  let key: Buffer = Buffer.from("AWS4wJalrXUtnFEMI");
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return createHmac("sha256", key).update(toSign).digest("hex");
}

describe("openAwsService", () => {
  it("sends a signed call, leaving out what is undefined", async () => {
    const { seen, settings } = await service({ status: 200, body: '{"Parameters":[]}' });
    const ssm = openAwsService(SSM, { settings });
    const output = await ssm("GetParametersByPath", { Path: "/mcp-gateway/é", NextToken: undefined });
    expect(output).toEqual({ Parameters: [] });
    const [call] = seen as [Seen];
    expect(call.body).toBe('{"Path":"/mcp-gateway/é"}');
    expect(call.headers).toMatchObject({
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonSSM.GetParametersByPath",
      "x-amz-security-token": "session",
    });
    const signed = /SignedHeaders=([^,]+), Signature=(\w+)/.exec(call.headers.authorization ?? "");
    expect(signed?.[1]?.split(";")).toEqual(expect.arrayContaining(["host", "x-amz-date", "x-amz-target"]));
    expect(signed?.[2]).toBe(expectedSignature(call));
  });

  it.each([
    [400, '{"__type":"com.amazonaws.ssm#ThrottlingException","message":"Rate exceeded"}', "client"],
    [500, '{"__type":"ThrottlingException","Message":"Rate exceeded"}', "server"],
  ])("rejects with AWS's own name for status %s", async (status, body, $fault) => {
    const { settings } = await service({ status, body });
    await expect(openAwsService(SSM, { settings })("GetParameter", {})).rejects.toMatchObject({
      name: "ThrottlingException",
      message: "Rate exceeded",
      $fault,
    });
  });

  it("rejects an answer that is not JSON", async () => {
    const { settings } = await service({ status: 502, body: "<html>" });
    await expect(openAwsService(SSM, { settings })("GetParameter", {})).rejects.toThrow(
      "AWS answered with status 502 and no JSON",
    );
  });

  it("calls once more where a kept connection turns out closed, and not where a new one does", async () => {
    const good = { status: 200, body: "{}" };
    const closed = { status: 0, body: "" };
    const { seen, settings } = await service(good, closed, good, closed, closed);
    const ssm = openAwsService(SSM, { settings });
    await ssm("GetParameter", {});
    await ssm("GetParameter", {});
    expect(seen).toHaveLength(3);
    await expect(ssm("GetParameter", {})).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(seen).toHaveLength(5);
  });

  it("tries again what failed for want of capacity, where it is told to", async () => {
    const busy = { status: 400, body: '{"__type":"ThrottlingException"}' };
    const { seen, settings } = await service(busy, busy, { status: 200, body: '{"KeyId":"k"}' });
    const kms = openAwsService(KMS, { settings, retries: { totalMs: 8_000, first: 1, longest: 2 } });
    expect(await kms("Sign", {})).toEqual({ KeyId: "k" });
    expect(seen.map(({ headers }) => headers["x-amz-target"])).toEqual(Array(3).fill("TrentService.Sign"));
  });

  it("ends with its signal", async () => {
    const { settings } = await service();
    const call = openAwsService(SSM, { settings })("GetParameter", {}, AbortSignal.abort());
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
  });

  it("takes what Lambda puts into the environment", async () => {
    const { seen, settings } = await service();
    vi.stubEnv("AWS_ENDPOINT_URL_SSM", settings.endpoint);
    vi.stubEnv("AWS_REGION", "eu-central-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI");
    vi.stubEnv("AWS_SESSION_TOKEN", "session");
    await openAwsService(SSM)("GetParameter", {});
    const [call] = seen as [Seen];
    expect(call.headers.authorization).toContain(`Signature=${expectedSignature(call)}`);
  });
});
