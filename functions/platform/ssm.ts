// The two reads of Parameter Store that the functions need, signed by the SDK's own signer. The SDK's client does the same, but to load it
// and use it first takes a good part of a cold start. Each is tried once; callers repeat it. No error holds a value or a credential.
import type { GetParameterRequest, GetParametersByPathRequest, Parameter } from "@aws-sdk/client-ssm";
import { SignatureV4 } from "@smithy/signature-v4";
import { SSM_ANSWER_MAX_BYTES } from "../core/limits.ts";
import type { OpenPostToRead, PostAnswer } from "./post-to-read.ts";
import { Sha256 } from "./sha256.ts";
import { type SsmSettings, ssmSettings } from "./ssm-settings.ts";

const MESSAGE_MAX_CHARACTERS = 1_000;

/** What is used of a parameter. */
type ReadParameter = Pick<Parameter, "Name" | "Version" | "Value">;

/**
 * Reads from Parameter Store. Both calls end when their signal aborts, and reject with an Error that names the operation. Where SSM
 * answered with an error, it has AWS's name for it, `$fault` and `$metadata.httpStatusCode`, as the SDK's exceptions have.
 */
export type Ssm = {
  /** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
  getParametersByPath(
    input: GetParametersByPathRequest,
    signal?: AbortSignal,
  ): Promise<{ Parameters?: ReadParameter[]; NextToken?: string }>;
  /** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
  getParameter(input: GetParameterRequest, signal?: AbortSignal): Promise<{ Parameter?: ReadParameter }>;
};

/**
 * Opens Parameter Store; nothing is sent yet.
 *
 * @param openPost how requests are sent
 * @param settings by default those of the function's environment
 * @throws Error where that environment can't be right
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function openSsm(
  openPost: OpenPostToRead,
  settings: SsmSettings = ssmSettings(),
  now: () => number = Date.now,
): Ssm {
  const { endpoint, region, credentials } = settings;
  const post = openPost(endpoint, SSM_ANSWER_MAX_BYTES, now);
  const signer = new SignatureV4({ service: "ssm", region, credentials, sha256: Sha256 });

  async function call(operation: string, input: object, signal: AbortSignal | undefined): Promise<object> {
    const body = JSON.stringify(input);
    const request = {
      method: "POST",
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      path: endpoint.pathname,
      query: {},
      headers: {
        host: endpoint.host,
        "content-type": "application/x-amz-json-1.1",
        "content-length": String(Buffer.byteLength(body)),
        "user-agent": "mcp-gateway",
        "x-amz-target": `AmazonSSM.${operation}`,
      },
      body,
    };
    const { headers } = await signer.sign(request, { signingDate: new Date(now()) });
    const answer = await post(headers, body, signal).catch((cause: NodeJS.ErrnoException) => {
      throw new Error(`${operation} failed: ${cause.message || cause.code}`, { cause });
    });
    return outputOf(operation, answer);
  }

  return {
    getParametersByPath: (input, signal) => call("GetParametersByPath", input, signal),
    getParameter: (input, signal) => call("GetParameter", input, signal),
  };
}

/** An error that SSM answered with. */
class SsmError extends Error {
  readonly $fault: "client" | "server";
  readonly $metadata: { httpStatusCode: number };

  constructor(operation: string, name: string, message: string, httpStatusCode: number) {
    super(`${operation} failed: ${name}${message && `: ${message}`}`);
    this.name = name;
    this.$fault = httpStatusCode < 500 ? "client" : "server";
    this.$metadata = { httpStatusCode };
  }
}

function outputOf(operation: string, { status, headers, text }: PostAnswer): object {
  const json = parseObject(text);
  if (status === 200) {
    // Not the parser's own error: it quotes the text.
    if (json === undefined) throw new Error(`${operation} failed: the answer is no JSON object`);
    return json;
  }
  const { __type, message, Message } = json ?? {};
  // `Name`, `com.amazonaws.ssm#Name` or `Name:http://…`, in the body or in a header.
  const type = String(__type ?? headers["x-amzn-errortype"] ?? "");
  const name = /(?:^|#)(\w{1,100})(?::|$)/.exec(type)?.[1] ?? "UnknownError";
  const said = String(message ?? Message ?? `status ${status}`).slice(0, MESSAGE_MAX_CHARACTERS);
  throw new SsmError(operation, name, said, status);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
