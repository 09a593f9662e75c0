// Calls AWS services that speak JSON 1.1 (SSM, KMS), signed by the SDK's own signer. The SDK's clients do the same after
// loading so much that a cold start would take twice as long. Nothing but a signed POST is needed here.
import { createHash, createHmac } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { SignatureV4 } from "@smithy/signature-v4";
import { type RetryLimits, readWithRetries } from "./read-with-retries.ts";

/** A service by the names under which it signs, finds its endpoint and takes its operations. */
export type AwsServiceName = { id: "ssm" | "kms"; target: string };

/** Where a service is and who calls it. */
export type AwsServiceSettings = {
  /** without a path: `https://ssm.eu-central-1.amazonaws.com` */
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
};

/**
 * Runs one operation.
 *
 * @param input its request as AWS documents it; members that are undefined are left out
 * @param signal ends the call
 * @throws AwsServiceError for what the service answers, Error where no answer came
 */
export type AwsService = <Output>(operation: string, input: object, signal?: AbortSignal) => Promise<Output>;

/** An error that a service answered with; `name` is AWS's own. The same shape as the SDK's service exceptions. */
export class AwsServiceError extends Error {
  readonly $fault: "client" | "server";

  constructor(name: string, message: string, status: number) {
    super(message);
    this.name = name;
    this.$fault = status < 500 ? "client" : "server";
  }
}

export const SSM: AwsServiceName = { id: "ssm", target: "AmazonSSM" };
export const KMS: AwsServiceName = { id: "kms", target: "TrentService" };

/** How a service is called. */
export type AwsServiceOptions = {
  /** how long a call is tried again that fails for want of an answer or of capacity; undefined: it is made once */
  retries?: RetryLimits;
  /** by default what Lambda puts into a function's environment, where credentials never change */
  settings?: AwsServiceSettings;
};

/**
 * Opens a service. Every operation that is called here may be called twice.
 *
 * @param service which one
 * @param options how it is called
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function openAwsService(service: AwsServiceName, options: AwsServiceOptions = {}): AwsService {
  const { retries, settings = settingsOf(service.id) } = options;
  const call = signedCalls(service, settings);
  if (retries === undefined) return call;
  return <Output>(operation: string, input: object) =>
    readWithRetries((signal) => call<Output>(operation, input, signal), Math.random, retries);
}

function signedCalls({ id, target }: AwsServiceName, settings: AwsServiceSettings): AwsService {
  const { region, credentials } = settings;
  const endpoint = new URL(settings.endpoint);
  const send = postTo(endpoint);
  const signer = new SignatureV4({ service: id, region, credentials, sha256: Sha256 });
  return async <Output>(operation: string, input: object, signal?: AbortSignal) => {
    const body = JSON.stringify(input);
    const { headers } = await signer.sign({
      method: "POST",
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      path: "/",
      query: {},
      headers: {
        host: endpoint.host,
        "content-type": "application/x-amz-json-1.1",
        "content-length": String(Buffer.byteLength(body)),
        "x-amz-target": `${target}.${operation}`,
      },
      body,
    });
    return read<Output>(await send(headers, body, signal));
  };
}

type Answer = { status: number; text: string };

function postTo(endpoint: URL) {
  const { request: open, Agent } = endpoint.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true });
  return function send(
    headers: Record<string, string>,
    body: string,
    signal: AbortSignal | undefined,
    again = true,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = open(
        endpoint,
        { method: "POST", headers, agent, ...(signal && { signal }) },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
          );
        },
      );
      request.on("error", (cause) => {
        // A frozen function hears nothing of a server that closes the connection meanwhile.
        const stale = again && request.reusedSocket && signal?.aborted !== true;
        if (stale) resolve(send(headers, body, signal, false));
        else reject(cause);
      });
      request.end(body);
    });
  };
}

function read<Output>({ status, text }: Answer): Output {
  let json: { __type?: unknown; message?: unknown; Message?: unknown };
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`AWS answered with status ${status} and no JSON`, { cause });
  }
  if (status === 200) return json as Output;
  // `com.amazonaws.service#Name` in some services, `Name` in others.
  const type = String(json.__type ?? "UnknownError").split("#");
  throw new AwsServiceError(type.at(-1) as string, String(json.message ?? json.Message ?? ""), status);
}

function settingsOf(id: AwsServiceName["id"]): AwsServiceSettings {
  const { env } = process;
  const region = env["AWS_REGION"] ?? "";
  const sessionToken = env["AWS_SESSION_TOKEN"];
  return {
    endpoint: env[`AWS_ENDPOINT_URL_${id.toUpperCase()}`] ?? `https://${id}.${region}.${domainOf(region)}`,
    region,
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
      ...(sessionToken && { sessionToken }),
    },
  };
}

// The partitions that AWS documents publicly.
function domainOf(region: string): string {
  if (region.startsWith("cn-")) return "amazonaws.com.cn";
  return region.startsWith("eusc-") ? "amazonaws.eu" : "amazonaws.com";
}

// The signer's interface over Node's own hash.
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("the signer makes a new hash for each message");
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
