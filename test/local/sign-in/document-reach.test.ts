import { expect, it } from "vitest";
import { documentsAreReachable } from "../../../local/sign-in/document-reach.ts";

it("reports documents as reachable if their host name resolves", async () => {
  expect(await documentsAreReachable("localhost")).toBe(true);
});

it("reports documents as unreachable if their host name does not resolve", async () => {
  expect(await documentsAreReachable("client.invalid")).toBe(false);
});
