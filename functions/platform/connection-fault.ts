// Classifies failed requests: a closed union of causes, and a sentence for the log. Uses Node's error codes, and the first bytes of
// the response to detect another protocol.

/** Cause of a failed request. */
export type ConnectionFault =
  | "dns"
  | "refused"
  | "unreachable"
  | "connect_timeout"
  | "tls_certificate"
  | "tls"
  | "wrong_scheme"
  | "http2_only"
  | "reset"
  | "closed"
  | "invalid_http"
  | "headers_too_large"
  | "first_byte_timeout"
  | "idle_timeout"
  | "aborted"
  | "other";

/** A failed request. The message begins with the fault and contains no header and no body. */
export class ConnectionError extends Error {
  override name = "ConnectionError";
  readonly fault: ConnectionFault;

  constructor(fault: ConnectionFault, detail: string, options?: { cause: unknown }) {
    super(`${fault}: ${detail}`, options);
    this.fault = fault;
  }
}

export type RequestProgress = {
  url: URL;
  /** TCP and, for https, TLS are complete */
  connected: boolean;
  /** the response headers have arrived */
  responded: boolean;
};

type NodeError = Error & { code?: string; rawPacket?: Buffer };

// OpenSSL's and Node's error codes for rejected certificates.
const CERTIFICATE =
  /^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|ERROR_IN_CERT|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH)/;
const NO_ROUTE = /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EACCES|EPERM)$/;

/** Classifies an error of `node:http`, `node:https` or the sockets below them. */
export function connectionError(cause: unknown, progress: RequestProgress): ConnectionError {
  if (cause instanceof ConnectionError) return cause;
  const error = cause as NodeError;
  const { fault, detail } = faultOf(error, progress);
  const code = error.code === undefined ? "" : ` (${error.code})`;
  return new ConnectionError(fault, `${detail}${code}`, { cause });
}

function faultOf(error: NodeError, { url, connected, responded }: RequestProgress) {
  const { code = "", rawPacket } = error;
  const secure = url.protocol === "https:";
  const is = (fault: ConnectionFault, detail: string) => ({ fault, detail });
  if (error.name === "AbortError") return is("aborted", "the request was aborted");
  if (code === "ENOTFOUND" || code.startsWith("EAI_"))
    return is("dns", `the host name ${url.hostname} could not be resolved`);
  if (code === "ECONNREFUSED") return is("refused", `nothing accepts connections at ${url.host}`);
  if (NO_ROUTE.test(code)) return is("unreachable", `there is no network route to ${url.host}`);
  if (code === "ETIMEDOUT") return is("connect_timeout", `timeout while connecting to ${url.host}`);
  if (CERTIFICATE.test(code))
    return is("tls_certificate", `the certificate of ${url.host} was rejected: ${error.message}`);
  // OpenSSL's reason is in the code or, with EPROTO, only in the message.
  const reason = `${code} ${error.message}`.replaceAll("_", " ");
  if (/no application protocol/i.test(reason)) return is("http2_only", HTTP2_ONLY);
  if (/wrong version number|packet length too long|http request|unknown protocol/i.test(reason))
    return is("wrong_scheme", `the URL says https, but ${url.host} does not speak TLS`);
  if (code.startsWith("ERR_SSL") || code === "EPROTO")
    return is("tls", `the TLS handshake with ${url.host} failed`);
  if (code === "HPE_HEADER_OVERFLOW") return is("headers_too_large", "the response headers exceed 16 KiB");
  if (code.startsWith("HPE_")) {
    if (isTlsRecord(rawPacket)) return is("wrong_scheme", `the URL says http, but ${url.host} speaks TLS`);
    if (isHttp2Frame(rawPacket)) return is("http2_only", HTTP2_ONLY);
    return is("invalid_http", `the response is not valid HTTP/1.1: ${error.message}`);
  }
  if (code === "ECONNRESET" || code === "EPIPE") {
    if (secure && !connected) return is("tls", `${url.host} closed the connection during the TLS handshake`);
    if (responded) return is("closed", "the server closed the connection before the response was complete");
    if (/hang up|aborted/.test(error.message)) {
      const hint = secure ? "" : "; a server that expects https does this";
      return is("closed", `the server closed the connection without a response${hint}`);
    }
    return is("reset", "the server reset the connection without a response");
  }
  return is("other", error.message || "unknown error");
}

const HTTP2_ONLY = "the server offers HTTP/2 only; the gateway speaks HTTP/1.1";

// RFC 8446 §5.1: an alert or a handshake record.
function isTlsRecord(bytes: Buffer | undefined): boolean {
  return (bytes?.[0] === 0x15 || bytes?.[0] === 0x16) && bytes[1] === 0x03;
}

// RFC 9113 §3.4: a server's first frame is SETTINGS (type 4) on stream 0; servers may also send only GOAWAY (type 7).
function isHttp2Frame(bytes: Buffer | undefined): boolean {
  return (
    bytes !== undefined &&
    bytes.length >= 9 &&
    (bytes[3] === 4 || bytes[3] === 7) &&
    bytes.readUInt32BE(5) === 0
  );
}
