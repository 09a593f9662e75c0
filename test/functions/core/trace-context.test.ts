import { expect, it } from "vitest";
import { traceparentOf } from "../../../functions/core/trace-context.ts";

it.each([
  ["Root=1-67891233-abcdef012345678912345678", "00-67891233abcdef012345678912345678-2345678912345678-00"],
  [
    "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1",
    "00-67891233abcdef012345678912345678-53995c3f42cd8ad8-01",
  ],
  [
    "Self=1-67891233-000000000000000000000001; Root=1-67891233-abcdef012345678912345678; Sampled=0",
    "00-67891233abcdef012345678912345678-2345678912345678-00",
  ],
])("makes of %s the trace context %s", (traceId, traceparent) => {
  expect(traceparentOf(traceId)).toBe(traceparent);
});

it.each([
  undefined,
  "",
  "Root=1-67891233-abcdef01234567891234567",
  "Root=1-67891233-ABCDEF012345678912345678",
  "NotRoot=1-67891233-abcdef012345678912345678",
  "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
  "Root=1-67891233-abcdef01234567890000000000000000",
  "Root=1-67891233-abcdef010000000000000000",
  "Root=1-67891233-abcdef012345678912345678;Parent=0000000000000000",
])("makes nothing of %s", (traceId) => {
  expect(traceparentOf(traceId)).toBe(undefined);
});
