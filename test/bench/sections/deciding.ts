// The authorizer's whole decision, from event to policy, beside libraries that only verify the token; and the filter of a long list.
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { createRequire } from "node:module";
import { JwtVerifier } from "aws-jwt-verify";
import { jwtVerify } from "jose";
import { each, inTurns, ratioOf } from "../measure.ts";
import { fastJwtVerifier } from "../peers/installed.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { authorizerEvent } from "../services/events.ts";
import { AUDIENCE, ISSUER, startGatewayServices } from "../services/gateway-services.ts";
import { listFilter } from "./list-filter.ts";
import { runQuietly } from "./quiet.ts";

const CALLS = 200;
// Until then V8 is still at work on one subject or another.
const WARM_UP_ROUNDS = 60;
// Every subject goes through as many tokens, so that no cache of any of them can help.
const TOKENS = 6_000;

/** Runs it in processes of its own. */
export async function deciding(bundles: Bundles, rounds: number): Promise<Section[]> {
  const onOneCore = (await runQuietly("decidingOnOneCore", bundles, rounds)) as Section[];
  const [decisions, ...others] = (await runQuietly("deciding", bundles, rounds)) as [Section, ...Section[]];
  return [decisions, ...onOneCore, ...others];
}

/** Runs it here. `rounds` are those of the other sections: these are shorter, so there are more of them. */
export async function decide(bundles: Pick<Bundles, "files">, rounds: number): Promise<Section[]> {
  return [await decisions(bundles, rounds * 3), await listFilter(rounds * 3)];
}

/** Runs the decisions in this process, which has one core for all its threads. No target is made of it. */
export async function decideOnOneCore(bundles: Pick<Bundles, "files">, rounds: number): Promise<Section[]> {
  const { title, rows, note } = await decisions(bundles, rounds * 3);
  return [{ title: `${title}, on one core`, note, rows, targets: [], skipped: [] }];
}

async function decisions(bundles: Pick<Bundles, "files">, rounds: number): Promise<Section> {
  const services = await startGatewayServices();
  try {
    Object.assign(process.env, services.environment);
    const { handler } = createRequire(import.meta.url)(bundles.files.authorizer) as {
      handler: (event: object) => Promise<{ policyDocument: { Statement: { Effect: string }[] } }>;
    };
    const tokens = await Promise.all(
      Array.from({ length: TOKENS }, (_, index) => services.token({ jti: String(index) })),
    );
    const first = await handler(authorizerEvent(await services.token()));
    if (first.policyDocument.Statement[0]?.Effect !== "Allow") throw new Error("the token is not let in");

    const keyObject = createPublicKey({ key: services.publicJwk as JsonWebKey, format: "jwk" });
    const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["RS256"] };
    const awsVerifier = JwtVerifier.create({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUri: `${services.url}/jwks.json`,
    });
    // Its own fetcher takes https alone.
    awsVerifier.cacheJwks({ keys: [services.publicJwk as never] });
    const pem = keyObject.export({ format: "pem", type: "spki" }).toString();
    const fastJwt = fastJwtVerifier(pem, ISSUER, AUDIENCE);
    const next = counters(tokens.length);
    const subjects = {
      "node:crypto verify, nothing else": () =>
        each(CALLS, () => verifySignature(tokens[next("crypto")] as string, keyObject)),
      "jose jwtVerify": () =>
        each(CALLS, () => jwtVerify(tokens[next("jose")] as string, services.publicKey, options)),
      "aws-jwt-verify": () => each(CALLS, () => awsVerifier.verify(tokens[next("aws")] as string)),
      ...(fastJwt && { "fast-jwt": () => each(CALLS, () => fastJwt(tokens[next("fast")] as string)) }),
      "gateway: decision on a token": () => {
        // Made as they are needed: thousands of waiting events would be the collector's work.
        const events = Array.from({ length: CALLS }, () =>
          authorizerEvent(tokens[next("gateway")] as string),
        );
        return each(CALLS, () => handler(events.pop() as object));
      },
    };
    await inTurns(subjects, WARM_UP_ROUNDS);
    const values = await inTurns(subjects, rounds);
    const valuesOf = (name: string) => values[name] ?? [];
    const ratio = ratioOf(valuesOf("gateway: decision on a token"), valuesOf("jose jwtVerify"));
    return {
      title: "Decision on a token",
      note: `RS256 2048, token of ${tokens[0]?.length} bytes, one at a time; the gateway from event to policy, the libraries verification alone`,
      rows: rowsOf(values, "µs", "jose jwtVerify"),
      targets: [atMost("event to policy / jose alone", ratio, 1.45, "x")],
      skipped: fastJwt === undefined ? ["fast-jwt is not installed (npm ci --prefix test/bench/peers)"] : [],
    };
  } finally {
    await services.close();
  }
}

function verifySignature(token: string, key: ReturnType<typeof createPublicKey>): void {
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  if (!verify("sha256", Buffer.from(token.slice(0, end)), key, signature)) throw new Error("not verified");
}

// Each subject goes through the tokens by itself.
function counters(length: number): (subject: string) => number {
  const at = new Map<string, number>();
  return (subject) => {
    const index = at.get(subject) ?? 0;
    at.set(subject, index + 1);
    return index % length;
  };
}
