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
const responding = (act: (socket: Socket) => void) =>
  serving(startTcp((socket) => socket.once("data", () => act(socket))));

beforeAll(() => tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]));
afterAll(() => tls.setDefaultCACertificates(trusted));

describe("the cause of a failed request", () => {
  it("names a host that cannot be resolved", async () => {
    const { message } = await failureOf("http://no-such-host.invalid/mcp");
    expect(message).toMatch(/^dns: the host name no-such-host\.invalid could not be resolved \(E\w+\)$/);
  });

  it("reports that the connection was refused", async () => {
    const port = await closedPort();
    expect((await failureOf(`http://127.0.0.1:${port}/mcp`)).message).toBe(
      `refused: nothing accepts connections at 127.0.0.1:${port} (ECONNREFUSED)`,
    );
  });

  it("reports that an https URL leads to a server without TLS", async () => {
    const server = await serving(startHttp((_, response) => response.end()));
    expect((await failureOf(secure(server))).message).toMatch(
      /^wrong_scheme: the URL says https, but 127\.0\.0\.1:\d+ does not speak TLS/,
    );
  });

  it("reports that an http URL leads to a server with TLS, if the server says so", async () => {
    const alert = Buffer.from("15030300020246", "hex");
    const server = await responding((socket) => socket.end(alert));
    expect((await failureOf(server.url)).message).toMatch(
      /^wrong_scheme: the URL says http, but 127\.0\.0\.1:\d+ speaks TLS/,
    );
  });

  it("suggests https if an https server closes the connection of an http URL", async () => {
    const server = await serving(listen(https.createServer(TLS)));
    expect((await failureOf(server.url)).message).toMatch(
      /^(?:closed: .* a server that expects https does this|wrong_scheme: )/,
    );
  });

  it("reports that a certificate is invalid, and why", async () => {
    const server = await serving(listen(https.createServer(TLS)));
    tls.setDefaultCACertificates(trusted);
    const failure = await failureOf(secure(server));
    tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]);
    expect(failure.message).toMatch(
      /^tls_certificate: the certificate of 127\.0\.0\.1:\d+ was rejected: .*self-signed/,
    );
  });

  it("reports that the TLS handshake was aborted", async () => {
    const server = await responding((socket) => socket.end());
    expect((await failureOf(secure(server))).message).toMatch(
      /^tls: 127\.0\.0\.1:\d+ closed the connection during the TLS handshake/,
    );
  });

  it.each([
    ["in clear text", () => http2.createServer(), (server: LoopbackServer) => server.url],
    ["over TLS", () => tls.createServer({ ...TLS, ALPNCallback: () => undefined }), secure],
  ])("reports that a server supports only HTTP/2, %s", async (_, create, urlOf) => {
    const server = await serving(listen(create()));
    expect((await failureOf(urlOf(server))).message).toMatch(/^http2_only: the server offers HTTP\/2 only/);
  });

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ["a connection reset", (socket) => socket.resetAndDestroy(), /^reset: the server reset the connection/],
    [
      "a closed connection",
      (socket) => socket.end(),
      /^closed: the server closed the connection without a response/,
    ],
    [
      "a response that is not HTTP",
      (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"),
      /^invalid_http: the response is not valid HTTP/,
    ],
    [
      "response headers that are too large",
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`),
      /^headers_too_large: the response headers exceed 16 KiB/,
    ],
    [
      "a switch to another protocol",
      (socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      /^invalid_http: the server switched protocols/,
    ],
  ])("reports %s", async (_, act, expected) => {
    expect((await failureOf((await responding(act)).url)).message).toMatch(expected);
  });
});

describe("an error code that no loopback server can cause:", () => {
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
  ])("%s is reported as %s", (code, fault) => {
    const cause = Object.assign(new Error("failed"), { code });
    expect(connectionError(cause, { url, connected: false, responded: false })).toMatchObject({
      fault,
      cause,
    });
  });
});
