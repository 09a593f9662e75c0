// What must come of every fault: the part that fails, how, when, and the responses that are right. A client's own faults are in clients.test.ts.
import type { Fault } from "./faulty-front.ts";

/** One cell. `bound` is the longest time that a request may take, in milliseconds, by the limits of functions/core/limits.ts. */
export type Cell = {
  part:
    | "SSM"
    | "SSM secret"
    | "KMS"
    | "DynamoDB"
    | "DynamoDB, on_store_failure deny"
    | "JWKS"
    | "downstream"
    | "downstream, filtered"
    | "token endpoint";
  /** `woken`: warm, but frozen for so long that a request waits for a read, within a limit */
  phase: "cold" | "warm" | "woken" | "mid-stream";
  fault: Fault;
  expected: readonly (number | "broken off")[];
  bound: number;
};

/** The faults that every part has, apart from `slow`. */
export const BREAKS: readonly Fault[] = [
  "refused",
  "hangs before the response",
  "hangs in the headers",
  "hangs in the body",
  "resets in the body",
  "garbage",
  "500",
  "503",
  "429",
  "huge",
];
const HANGS: readonly Fault[] = [
  "hangs before the response",
  "hangs in the headers",
  "hangs in the body",
  "huge",
];

const cells = (
  part: Cell["part"],
  phase: Cell["phase"],
  faults: readonly Fault[],
  expected: Cell["expected"],
  bound: number,
): Cell[] => faults.map((fault) => ({ part, phase, fault, expected, bound }));

/** Time that the machine may add when it is busy. */
const SLACK_MS = 2_500;

/** The matrix. */
export const MATRIX: readonly Cell[] = [
  ...cells("SSM", "cold", ["slow"], [200], 2_000 + SLACK_MS),
  ...cells("SSM", "cold", BREAKS, [503], 8_000 + SLACK_MS),
  ...cells("SSM", "warm", BREAKS, [200], 2_000 + SLACK_MS),
  ...cells("SSM", "woken", BREAKS, [200], 2_500 + SLACK_MS),
  ...cells("SSM secret", "cold", ["slow"], [200], 2_000 + SLACK_MS),
  ...cells("SSM secret", "cold", BREAKS, [503], 4_000 + SLACK_MS),
  ...cells("SSM secret", "warm", BREAKS, [200], 4_000 + SLACK_MS),
  ...cells("KMS", "cold", ["slow"], [200], 2_000 + SLACK_MS),
  ...cells("KMS", "cold", BREAKS, [502], 5_000 + SLACK_MS),
  // A signature made before serves its caller; another caller's has to be made.
  ...cells("KMS", "warm", BREAKS, [200], 1_000 + SLACK_MS),
  // A call that can't be counted passes, or is denied where the configuration says so. A 500 or a 429 of DynamoDB is tried again once.
  ...cells("DynamoDB", "cold", ["slow"], [200], 2_000 + SLACK_MS),
  ...cells("DynamoDB", "cold", BREAKS, [200], 2_500 + SLACK_MS),
  ...cells("DynamoDB", "warm", BREAKS, [200], 2_500 + SLACK_MS),
  ...cells("DynamoDB, on_store_failure deny", "cold", ["slow"], [200], 2_000 + SLACK_MS),
  ...cells("DynamoDB, on_store_failure deny", "cold", BREAKS, [503], 2_500 + SLACK_MS),
  ...cells("DynamoDB, on_store_failure deny", "warm", BREAKS, [503], 2_500 + SLACK_MS),
  ...cells("JWKS", "cold", ["slow"], [200], 2_000 + SLACK_MS),
  ...cells("JWKS", "cold", BREAKS, [503], 5_000 + SLACK_MS),
  ...cells("JWKS", "warm", BREAKS, [200], 5_000 + SLACK_MS),
  ...cells("downstream", "cold", ["slow"], [200], 2_000 + SLACK_MS),
  ...cells("downstream", "cold", ["refused", "garbage"], [502], 500 + SLACK_MS),
  ...cells(
    "downstream",
    "cold",
    ["hangs before the response", "hangs in the headers"],
    [504],
    700 + SLACK_MS,
  ),
  ...cells("downstream", "warm", ["refused", "garbage"], [502], 500 + SLACK_MS),
  ...cells(
    "downstream",
    "warm",
    ["hangs before the response", "hangs in the headers"],
    [504],
    700 + SLACK_MS,
  ),
  ...cells(
    "downstream",
    "mid-stream",
    ["hangs in the body", "resets in the body"],
    ["broken off"],
    700 + SLACK_MS,
  ),
  ...cells("token endpoint", "cold", ["slow"], [200], 1_000 + SLACK_MS),
  ...cells(
    "token endpoint",
    "cold",
    ["refused", "garbage", "resets in the body", "500", "503", "huge"],
    [502],
    3_000 + SLACK_MS,
  ),
  ...cells("token endpoint", "cold", ["429"], [503], 1_000 + SLACK_MS),
  ...cells(
    "token endpoint",
    "cold",
    ["hangs before the response", "hangs in the headers", "hangs in the body"],
    [504],
    3_000 + SLACK_MS,
  ),
  // A token that was fetched before serves.
  ...cells("token endpoint", "warm", BREAKS, [200], 500 + SLACK_MS),
  // Their body is not MCP: the gateway sends an error response.
  ...cells("downstream", "cold", ["500", "503"], [502], 500 + SLACK_MS),
  ...cells("downstream", "cold", ["429"], [429], 500 + SLACK_MS),
  // A list is read before its status is sent.
  ...cells("downstream, filtered", "mid-stream", ["huge"], [502], 4_000 + SLACK_MS),
  ...cells(
    "downstream, filtered",
    "mid-stream",
    ["hangs in the body", "resets in the body"],
    [502],
    700 + SLACK_MS,
  ),
];

/** Faults in which a connection could be left open. */
export const leavesConnection = (fault: Fault): boolean => HANGS.includes(fault);
