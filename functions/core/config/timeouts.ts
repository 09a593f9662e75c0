// Limits of the downstream call. API Gateway ends a stream that is silent for 5 minutes and any stream after 15.
import * as v from "valibot";
import { closedObject } from "./closed-object.ts";
import { notes, wholeNumber } from "./fields.ts";

const milliseconds = (max: number, description: string, example: number) =>
  v.pipe(wholeNumber("milliseconds", 1, max), notes({ description, examples: [example], source: "gateway" }));

/** The `timeouts` block of a server. */
export const timeoutsSchema = closedObject({
  connect_ms: v.optional(
    milliseconds(60_000, "Until the connection stands, TLS included; given up at most a second later.", 3000),
    3000,
  ),
  first_byte_ms: v.optional(milliseconds(900_000, "Until the downstream's answer begins.", 60_000), 60_000),
  idle_ms: v.optional(
    milliseconds(900_000, "Longest silence of the downstream within an answer.", 240_000),
    240_000,
  ),
});
