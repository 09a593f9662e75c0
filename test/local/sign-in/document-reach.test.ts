import { expect, it } from "vitest";
import { documentsAreReachable } from "../../../local/sign-in/document-reach.ts";

it("takes documents for reachable when their host's name resolves", async () => {
  expect(await documentsAreReachable("localhost")).toBe(true);
});

it("takes documents for unreachable when their host's name does not resolve", async () => {
  expect(await documentsAreReachable("client.invalid")).toBe(false);
});
