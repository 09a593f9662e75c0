// AWS endpoints that accept a connection and never respond, or stop within the response: every call times out.
import { KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSecretReader } from "../../../functions/platform/parameter-store.ts";
import { openSigningKeys } from "../../../functions/platform/signing-keys.ts";
import { type LoopbackServer, startTcp } from "../../support/loopback-server.ts";
import { loopbackSsm } from "../../support/loopback-ssm.ts";

const ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
const HALF = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"half":"';

let silent: LoopbackServer;
let stopping: LoopbackServer;

beforeAll(async () => {
  silent = await startTcp(() => {});
  stopping = await startTcp((socket) => socket.once("data", () => socket.write(HALF)));
});
afterAll(() => Promise.all([silent.close(), stopping.close()]));

const keysOf = ({ port }: LoopbackServer) => {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const endpoint = `http://127.0.0.1:${port}`;
  return openSigningKeys([ARN], new KMSClient({ endpoint, region: "us-east-1", credentials }));
};
const secretOf = ({ port }: LoopbackServer) =>
  createSecretReader(loopbackSsm(`http://127.0.0.1:${port}`))("/secret");

it("calls to an AWS endpoint that hangs are aborted: for a secret after three seconds, for KMS after four", async () => {
  const failures = [
    secretOf(silent),
    secretOf(stopping),
    keysOf(silent).signingKeyId(),
    keysOf(stopping).signingKeyId(),
    keysOf(stopping).sign("a.b"),
  ].map((call) => call.then(String, ({ message }: Error) => message));
  expect(await Promise.all(failures)).toEqual([
    "no complete response within 3000 ms",
    "no complete response within 3000 ms",
    "no complete response within 4000 ms",
    "no complete response within 4000 ms",
    "no complete response within 4000 ms",
  ]);
  expect(silent.connections()).toBeGreaterThan(0);
  expect(stopping.connections()).toBeGreaterThan(0);
});
