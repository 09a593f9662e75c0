// Whatever a member sends: a translated message is the same JSON, apart from texts that say the same with the member's name.
import fc from "fast-check";
import { expect, it } from "vitest";
import { messageTranslator } from "../../../../functions/core/combined/client-message.ts";

const NAMES = { members: ["notes", "reports"], separator: "__" };

const METHODS = [
  "notifications/resources/updated",
  "notifications/cancelled",
  "notifications/tasks",
  "notifications/subscriptions/acknowledged",
  "sampling/createMessage",
  "elicitation/create",
];
const KEYS = [
  ..."id method params result error data _meta ui resourceUri ui/resourceUri progressToken requestId".split(
    " ",
  ),
  ..."tools prompts resources resourceTemplates name uri uriTemplate contents content messages".split(" "),
  ..."type resource task tasks taskId status inputRequests notifications resourceSubscriptions".split(" "),
  ..."taskIds elicitations elicitationId x".split(" "),
];
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "large", withCrossShrink: true },
    fc.constantFrom<unknown>(
      "docs://a",
      "add",
      "resource_link",
      "resource",
      "tool_result",
      7,
      1.5,
      null,
      true,
    ),
    fc.constantFrom(...METHODS),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 6, noNullPrototype: true }),
  ),
}));
const message = fc.record(
  { id: fc.oneof(fc.nat(), fc.string()), method: fc.constantFrom(...METHODS), params: value, result: value },
  { requiredKeys: [], noNullPrototype: true },
);

function expectSame(sent: unknown, received: unknown): void {
  if (Array.isArray(sent)) {
    expect(received).toHaveLength(sent.length);
    for (const [at, entry] of sent.entries()) expectSame(entry, (received as unknown[])[at]);
  } else if (sent !== null && typeof sent === "object") {
    expect(Object.keys(received as object)).toEqual(Object.keys(sent));
    for (const [key, member] of Object.entries(sent))
      expectSame(member, (received as Record<string, unknown>)[key]);
  } else if (sent !== received) {
    const json = JSON.stringify(sent);
    const [, scheme = "", rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*:(?:\/\/)?)?(.*)$/s.exec(String(sent)) ?? [];
    expect([`notes__${sent}`, `notes.${sent}`, `notes.${json}`, `${scheme}notes/${rest}`]).toContain(
      received,
    );
  }
}

it("a message of any form stays the same JSON, apart from texts with the member's name", () => {
  let changed = 0;
  fc.assert(
    fc.property(fc.oneof(message, fc.array(message, { maxLength: 2 }), value), (sent) => {
      const text = JSON.stringify(sent);
      const translated = messageTranslator("notes", NAMES)(text);
      if (translated === undefined) return;
      if (translated !== text) changed += 1;
      expectSame(JSON.parse(text), JSON.parse(translated));
    }),
    { numRuns: 500 },
  );
  expect(changed).toBeGreaterThan(50);
});
