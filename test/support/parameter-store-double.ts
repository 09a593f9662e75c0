// The Parameter Store double, which the SDK finds by its standard environment variables during each test.
import { afterEach, beforeEach, vi } from "vitest";
import type { JsonService } from "../../local/ssm/json-service.ts";
import { ParameterStore } from "../../local/ssm/parameter-store.ts";
import { startSsm } from "../../local/ssm/ssm-service.ts";

export type StoreDouble = { parameters: ParameterStore; ssm: JsonService };

/** Call it inside `describe`. The object is filled before each test. */
export function parameterStoreDouble(): StoreDouble {
  const double = {} as StoreDouble;
  beforeEach(async () => {
    double.parameters = new ParameterStore();
    double.ssm = await startSsm(double.parameters);
    vi.stubEnv("AWS_ENDPOINT_URL_SSM", double.ssm.url);
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await double.ssm.close();
  });
  return double;
}
