// Parameter Store for functions on this machine: the operations that the gateway and its command line use, with Systems Manager's
// limits and errors.
import { type JsonService, type Operation, ServiceError, startJsonService } from "./json-service.ts";
import type { ParameterStore, StoredParameter } from "./parameter-store.ts";

const PAGE_SIZE = 10;
const MAX_NAMES = 10;
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;

/** Starts the endpoint for AWS_ENDPOINT_URL_SSM. */
export function startSsm(store: ParameterStore): Promise<JsonService> {
  return startJsonService("AmazonSSM", {
    GetParameter: (input) => ({ Parameter: visible(found(store, text(input, "Name")), input) }),
    GetParameters: (input) => getParameters(store, input),
    GetParametersByPath: (input) => getParametersByPath(store, input),
    PutParameter: (input) => putParameter(store, input),
    DeleteParameter: (input) => deleteParameter(store, input),
  } satisfies Record<string, Operation>);
}

function getParameters(store: ParameterStore, input: Record<string, unknown>): object {
  const names = input.Names as string[];
  if (!Array.isArray(names) || names.length < 1 || names.length > MAX_NAMES) {
    throw new ServiceError("ValidationException", `Names must have 1 to ${MAX_NAMES} members`);
  }
  const parameters = names.map((name) => store.get(name));
  return {
    Parameters: parameters.flatMap((parameter) =>
      parameter === undefined ? [] : [visible(parameter, input)],
    ),
    InvalidParameters: names.filter((_name, index) => parameters[index] === undefined),
  };
}

function getParametersByPath(store: ParameterStore, input: Record<string, unknown>): object {
  const path = text(input, "Path");
  if (!path.startsWith("/")) {
    throw new ServiceError("ValidationException", "The parameter path must begin with a slash");
  }
  if (input.ParameterFilters !== undefined) {
    throw new ServiceError("ValidationException", "ParameterFilters are not supported by the local run");
  }
  const size = Number(input.MaxResults ?? PAGE_SIZE);
  if (!(size >= 1 && size <= PAGE_SIZE)) {
    throw new ServiceError("ValidationException", `MaxResults must be between 1 and ${PAGE_SIZE}`);
  }
  const from = input.NextToken === undefined ? 0 : tokenOffset(text(input, "NextToken"));
  const all = store.below(path, input.Recursive === true);
  const next = from + size;
  return {
    Parameters: all.slice(from, next).map((parameter) => visible(parameter, input)),
    ...(next < all.length && { NextToken: Buffer.from(`page:${next}`).toString("base64") }),
  };
}

function putParameter(store: ParameterStore, input: Record<string, unknown>): object {
  const [name, value] = [text(input, "Name"), text(input, "Value")];
  const existing = store.get(name);
  if (existing !== undefined && input.Overwrite !== true) {
    throw new ServiceError(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  if (value.includes("{{")) {
    throw new ServiceError("ValidationException", "Parameter value can't nest another parameter.");
  }
  const limit = input.Tier === undefined || input.Tier === "Standard" ? STANDARD_BYTES : ADVANCED_BYTES;
  if (Buffer.byteLength(value) > limit) {
    throw new ServiceError("ValidationException", `The value is longer than ${limit} bytes`);
  }
  const { Version } = store.put(name, value, String(input.Type ?? existing?.Type ?? "String"));
  return { Version, Tier: limit === STANDARD_BYTES ? "Standard" : "Advanced" };
}

function deleteParameter(store: ParameterStore, input: Record<string, unknown>): object {
  if (!store.delete(text(input, "Name"))) throw notFound();
  return {};
}

function found(store: ParameterStore, name: string): StoredParameter {
  const parameter = store.get(name);
  if (parameter === undefined) throw notFound();
  return parameter;
}

// AWS's message is empty too: it does not repeat the name.
function notFound(): ServiceError {
  return new ServiceError("ParameterNotFound", "");
}

// Without decryption, the value of a SecureString is ciphertext.
function visible(parameter: StoredParameter, input: Record<string, unknown>): StoredParameter {
  if (parameter.Type !== "SecureString" || input.WithDecryption === true) return parameter;
  return { ...parameter, Value: Buffer.from(`encrypted:${parameter.Value}`).toString("base64") };
}

function tokenOffset(token: string): number {
  const offset = /^page:(\d+)$/.exec(Buffer.from(token, "base64").toString("utf8"))?.[1];
  if (offset === undefined) throw new ServiceError("InvalidNextToken", "The specified token is not valid.");
  return Number(offset);
}

function text(input: Record<string, unknown>, name: string): string {
  const value = input[name];
  if (typeof value === "string" && value !== "") return value;
  throw new ServiceError("ValidationException", `${name} must be a string`);
}
