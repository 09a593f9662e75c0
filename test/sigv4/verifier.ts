// Signature Version 4 checked by botocore, which shares no code with the JavaScript SDK that signs: one Python process, a line for a request.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The virtual environment that prepare.ts makes. */
export const PYTHON = join(import.meta.dirname, "../../.local/sigv4");

/** A role's credentials. */
export type RoleCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** A request as it arrived at a service, or one to sign. */
export type SignedRequest = {
  method: string;
  /** with the path and query as they were on the wire */
  url: string;
  /** name and value of each header line */
  headers: readonly (readonly [string, string])[];
  body: Buffer;
};

/** Whom a request must be signed by, and for which service. */
export type SignedFor = { credentials: RoleCredentials; service: string; region: string };

export type Verifier = {
  /** @returns why a service would deny the request; undefined: it is signed well */
  verify(request: SignedRequest, expected: SignedFor): Promise<string | undefined>;
  /** @returns the headers of the request with botocore's own signature */
  sign(request: SignedRequest, as: SignedFor): Promise<[string, string][]>;
  close(): Promise<void>;
};

type Responder = { ok?: boolean; reason?: string; headers?: [string, string][] };

export function startVerifier(): Verifier {
  const child = spawn(join(PYTHON, "bin/python"), ["-B", join(import.meta.dirname, "python/verify.py")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting: ((responder: Responder) => void)[] = [];
  createInterface(child.stdout).on("line", (line) => waiting.shift()?.(JSON.parse(line)));
  const ask = (what: "verify" | "sign", { body, ...request }: SignedRequest, expected: SignedFor) => {
    const { promise, resolve } = Promise.withResolvers<Responder>();
    waiting.push(resolve);
    const asked = { do: what, ...request, body: body.toString("base64"), ...expected };
    child.stdin.write(`${JSON.stringify(asked)}\n`);
    return promise;
  };
  return {
    verify: async (request, expected) => {
      const { ok, reason } = await ask("verify", request, expected);
      return ok === true ? undefined : (reason ?? "no reason was given");
    },
    sign: async (request, as) => (await ask("sign", request, as)).headers ?? [],
    close: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
