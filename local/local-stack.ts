// Runs a synthesised stack: its functions in child processes, its parameters in a Parameter Store on loopback, its signing keys
// in a local KMS, and its REST API as a request handler.
import { ApiGateway, type ApiGatewayOptions } from "./api-gateway/api-gateway.ts";
import { startDynamoDb } from "./dynamodb/dynamodb-service.ts";
import { KeyStore } from "./kms/key-store.ts";
import { startKms } from "./kms/kms-service.ts";
import { LambdaFunction } from "./lambda/lambda-function.ts";
import type { JsonService } from "./ssm/json-service.ts";
import { ParameterStore } from "./ssm/parameter-store.ts";
import { startSsm } from "./ssm/ssm-service.ts";
import type { SynthesisedStack } from "./template/cloudformation.ts";
import { readFunctions } from "./template/functions.ts";
import { readParameters } from "./template/parameters.ts";
import { invokedFunctions, readRestApi } from "./template/rest-api.ts";
import { readSigningKeyArns } from "./template/signing-keys.ts";
import { readTables } from "./template/tables.ts";

export type LocalStackOptions = Pick<
  ApiGatewayOptions,
  "stagePath" | "onRequest" | "streamLimits" | "now"
> & {
  readonly stack: SynthesisedStack;
  /** Called with every line that a function writes. */
  readonly onLogLine?: (functionName: string, line: string) => void;
  /** Arguments of node for the functions' processes; by default the local runtime. */
  readonly runtime?: readonly string[] | undefined;
  /** Called when requests wait because all processes of a function are busy. */
  readonly onPoolFull?: ((functionName: string, processes: number) => void) | undefined;
  /** Aborts a start that is still running. */
  readonly signal?: AbortSignal | undefined;
};

export type LocalStack = {
  readonly stage: string;
  readonly apiGateway: ApiGateway;
  /** By logical ID or function name. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly parameters: ParameterStore;
  readonly ssm: JsonService;
  readonly kms: JsonService;
  /** Undefined if the stack has no table. */
  readonly dynamoDb: JsonService | undefined;
  close(): Promise<void>;
};

/** Starts a stack; resolves when one process of each function is ready. @throws TemplateFault, InitFailed */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { stack, onLogLine, runtime, onPoolFull, signal, ...gatewayOptions } = options;
  const api = readRestApi(stack.template);
  const invoked = invokedFunctions(api);
  const specs = readFunctions(stack, (arn) => invoked.has(arn));
  const parameters = new ParameterStore();
  for (const { name, value, type } of readParameters(stack.template)) parameters.put(name, value, type);
  const keys = new KeyStore(readSigningKeyArns(stack.template));
  const tables = readTables(stack.template);
  const [ssm, kms, dynamoDb] = await Promise.all([
    startSsm(parameters),
    startKms(keys),
    tables.length === 0 ? undefined : startDynamoDb(tables),
  ]);
  // Any other service gets an error from the local endpoint instead of a request with dummy credentials.
  const endpoints = {
    AWS_ENDPOINT_URL: ssm.url,
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_ENDPOINT_URL_KMS: kms.url,
    ...(dynamoDb && { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url }),
  };
  const functions = specs.map(
    (spec) =>
      new LambdaFunction({
        spec,
        endpoints,
        runtime,
        onLogLine: (line) => onLogLine?.(spec.name, line),
        onPoolFull: (processes) => onPoolFull?.(spec.name, processes),
      }),
  );
  const closeFunctions = () => Promise.all(functions.map((each) => each.close()));
  const close = async () => {
    await closeFunctions();
    await Promise.all([ssm.close(), kms.close(), dynamoDb?.close()]);
  };
  const stop = () => void closeFunctions();
  signal?.addEventListener("abort", stop);
  const started = await Promise.allSettled(functions.map((each) => each.warm()));
  signal?.removeEventListener("abort", stop);
  const failed = started.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const byArn = new Map(functions.map((each) => [each.spec.arn, each] as const));
  return {
    stage: api.stage,
    apiGateway: new ApiGateway({ ...gatewayOptions, api, functions: byArn }),
    functions: new Map(functions.map((each) => [each.spec.name, each] as const)),
    parameters,
    ssm,
    kms,
    dynamoDb,
    close,
  };
}
