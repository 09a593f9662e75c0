// What went wrong between the gateway and a server, in the words of the audit line: real servers that fail in each way.
import http2 from "node:http2";
import https from "node:https";
import type { Socket } from "node:net";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectionError } from "../../../functions/platform/connection-fault.ts";
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../../fixtures/loopback-tls.ts";
import { closeServersAfterEach, failureOf, serving } from "../../support/http-calls.ts";
import {
  closedPort,
  type LoopbackServer,
  listen,
  startHttp,
  startTcp,
} from "../../support/loopback-server.ts";

closeServersAfterEach();

const trusted = tls.getCACertificates("default");
const TLS = { key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE };
const secure = ({ url }: LoopbackServer) => url.replace("http:", "https:");
const answering = (act: (socket: Socket) => void) =>
  serving(startTcp((socket) => socket.once("data", () => act(socket))));

beforeAll(() => tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]));
afterAll(() => tls.setDefaultCACertificates(trusted));

describe("the cause of a failed request", () => {
  it("names a host that can't be resolved", async () => {
    const { message } = await failureOf("http://no-such-host.invalid/mcp");
    expect(message).toMatch(/^dns: the host name no-such-host\.invalid could not be resolved \(E\w+\)$/);
  });

  it("says that nothing accepts connections", async () => {
    const port = await closedPort();
    expect((await failureOf(`http://127.0.0.1:${port}/mcp`)).message).toBe(
      `refused: nothing accepts connections at 127.0.0.1:${port} (ECONNREFUSED)`,
    );
  });

  it("says that an https URL leads to a server without TLS", async () => {
    const server = await serving(startHttp((_, response) => response.end()));
    expect((await failureOf(secure(server))).message).toMatch(
      /^wrong_scheme: the URL says https, but 127\.0\.0\.1:\d+ does not speak TLS/,
    );
  });

  it("says that an http URL leads to a server with TLS, where the server says so", async () => {
    const alert = Buffer.from("15030300020246", "hex");
    const server = await answering((socket) => socket.end(alert));
    expect((await failureOf(server.url)).message).toMatch(
      /^wrong_scheme: the URL says http, but 127\.0\.0\.1:\d+ speaks TLS/,
    );
  });

  it("hints at https where an https server closes the connection of an http URL", async () => {
    const server = await serving(listen(https.createServer(TLS)));
    expect((await failureOf(server.url)).message).toMatch(
      /^(?:closed: .* a server that expects https does this|wrong_scheme: )/,
    );
  });

  it("says that a certificate is not accepted, and why", async () => {
    const server = await serving(listen(https.createServer(TLS)));
    tls.setDefaultCACertificates(trusted);
    const failure = await failureOf(secure(server));
    tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]);
    expect(failure.message).toMatch(
      /^tls_certificate: the certificate of 127\.0\.0\.1:\d+ was rejected: .*self-signed/,
    );
  });

  it("says that the TLS handshake was cut", async () => {
    const server = await answering((socket) => socket.end());
    expect((await failureOf(secure(server))).message).toMatch(
      /^tls: 127\.0\.0\.1:\d+ closed the connection during the TLS handshake/,
    );
  });

  it.each([
    ["in clear text", () => http2.createServer(), (server: LoopbackServer) => server.url],
    ["over TLS", () => tls.createServer({ ...TLS, ALPNCallback: () => undefined }), secure],
  ])("says that a server offers HTTP/2 only, %s", async (_, create, urlOf) => {
    const server = await serving(listen(create()));
    expect((await failureOf(urlOf(server))).message).toMatch(/^http2_only: the server offers HTTP\/2 only/);
  });

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ["a reset", (socket) => socket.resetAndDestroy(), /^reset: the server reset the connection/],
    ["a close", (socket) => socket.end(), /^closed: the server closed the connection without a response/],
    [
      "garbage",
      (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"),
      /^invalid_http: the response is not valid HTTP/,
    ],
    [
      "too many headers",
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`),
      /^headers_too_large: the response headers exceed 16 KiB/,
    ],
    [
      "another protocol",
      (socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      /^invalid_http: the server switched protocols/,
    ],
  ])("names %s", async (_, act, expected) => {
    expect((await failureOf((await answering(act)).url)).message).toMatch(expected);
  });
});

describe("error codes that no loopback server causes", () => {
  const url = new URL("https://tools.example.com/mcp");
  it.each([
    ["EHOSTUNREACH", "unreachable"],
    ["ENETUNREACH", "unreachable"],
    ["ETIMEDOUT", "connect_timeout"],
    ["EAI_AGAIN", "dns"],
    ["CERT_HAS_EXPIRED", "tls_certificate"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls_certificate"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls"],
    ["EPROTO", "tls"],
    ["EMFILE", "other"],
  ])("%s is %s", (code, fault) => {
    const cause = Object.assign(new Error("failed"), { code });
    expect(connectionError(cause, { url, connected: false, responded: false })).toMatchObject({
      fault,
      cause,
    });
  });
});
