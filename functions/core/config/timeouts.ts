// Limits of the downstream call. API Gateway ends a stream that is silent for 5 minutes and any stream after 15.
import * as v from "valibot";
import { closedObject } from "./closed-object.ts";
import { notes, wholeNumber } from "./fields.ts";

/** Longest useful wait for a response: API Gateway ends an integration that has sent nothing for 5 minutes. */
export const FIRST_BYTE_MAX_MS = 290_000;

const milliseconds = (max: number, description: string, example: number) =>
  v.pipe(wholeNumber("milliseconds", 1, max), notes({ description, examples: [example], source: "gateway" }));

/** The `timeouts` block of a server. */
export const timeoutsSchema = closedObject({
  connect_ms: v.optional(
    milliseconds(60_000, "Until the connection stands, TLS included; given up at most a second later.", 3000),
    3000,
  ),
  first_byte_ms: v.optional(
    milliseconds(
      900_000,
      "Until the downstream's answer begins: for a tool that answers with JSON, as long as it runs. API Gateway waits for 5 minutes.",
      FIRST_BYTE_MAX_MS,
    ),
    FIRST_BYTE_MAX_MS,
  ),
  idle_ms: v.optional(
    milliseconds(900_000, "Longest silence of the downstream within an answer.", 240_000),
    240_000,
  ),
});
