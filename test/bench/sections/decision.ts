// The authorizer's decision on a token, from event to policy, compared with only jose's verification; on one core, like a function.
import { createRequire } from "node:module";
import { jwtVerify } from "jose";
import { cpuOfEach, inTurns, ratioOf } from "../measure.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { authorizerEvent } from "../services/events.ts";
import { AUDIENCE, ISSUER, startGatewayServices } from "../services/gateway-services.ts";

const CALLS = 200;
/** Warm-up: V8 is still optimising one of the subjects until then. */
const WARM_UP_ROUNDS = 60;
/** More than any cache can hold, so that each token is verified every time. */
const TOKENS = 6_000;
const JOSE = "jose jwtVerify";
const GATEWAY = "gateway: decision on a token";

/** Runs the section in this process, which must have one core for all its threads. */
export async function decision({ files }: Pick<Bundles, "files">, rounds: number): Promise<Section[]> {
  const services = await startGatewayServices();
  try {
    Object.assign(process.env, services.environment);
    const { handler } = createRequire(import.meta.url)(files.authorizer) as {
      handler: (event: object) => Promise<{ policyDocument: { Statement: { Effect: string }[] } }>;
    };
    const decide = async (event: object) => {
      const { policyDocument } = await handler(event);
      if (policyDocument.Statement[0]?.Effect !== "Allow") throw new Error("the token was denied");
    };
    const checks = {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ["RS256"],
      requiredClaims: ["sub", "exp", "iat"],
    };
    const ids = Array.from({ length: TOKENS }, (_, index) => String(index));
    const tokens = await Promise.all(ids.map((jti) => services.token({ jti })));
    // Created before the measurement: on Lambda, API Gateway writes the event and the runtime parses it.
    const events = tokens.map((token) => JSON.parse(JSON.stringify(authorizerEvent(token))) as object);
    const subjects = {
      [JOSE]: inSequence(tokens, (token) => jwtVerify(token, services.publicKey, checks)),
      [GATEWAY]: inSequence(events, decide),
    };
    await inTurns(subjects, WARM_UP_ROUNDS);
    const values = await inTurns(subjects, rounds * 6);
    return [
      {
        title: "Decision on a token",
        note: `RS256 with 2048 bits, token of ${tokens[0]?.length} bytes, one core; the gateway from event to policy and log line, jose with a local key and the same checks`,
        rows: rowsOf(values, "µs CPU", JOSE),
        targets: [atMost(`${GATEWAY} / ${JOSE}`, ratioOf(values[GATEWAY], values[JOSE]), 1.45)],
      },
    ];
  } finally {
    await services.close();
  }
}

/** A subject that calls with the inputs in rotation. */
function inSequence<Input>(inputs: readonly Input[], call: (input: Input) => Promise<unknown>) {
  let next = 0;
  const callNext = () => {
    next = (next + 1) % inputs.length;
    return call(inputs[next] as Input);
  };
  return () => cpuOfEach(CALLS, callNext);
}
