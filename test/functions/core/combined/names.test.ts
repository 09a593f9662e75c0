import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clientEventId,
  clientId,
  clientName,
  clientOpaqueId,
  clientUri,
  memberOfEventId,
  memberOfId,
  memberOfName,
  memberOfOpaqueId,
  memberOfUri,
} from "../../../../functions/core/combined/names.ts";
import { streamOfRequest } from "../../../../functions/core/combined/own-responses.ts";
import { readJson } from "../../../../functions/core/json.ts";

const NAMES = { members: ["notes", "reports", "a", "a-b"], separator: "__" };
const SOLE = { members: ["notes"], separator: "" };

const member = fc.constantFrom(...NAMES.members);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.webUrl(),
  fc
    .array(
      fc.constantFrom("notes", "reports", "a", "://", ":", "/", "__", ".", "..", "%2F", "urn", "\n", '"', ""),
    )
    .map((parts) => parts.join("")),
);

describe("the name of a tool", () => {
  it("can be read back to its member and the member's own name, whatever the name is", () => {
    fc.assert(
      fc.property(member, text, (own, name) => {
        expect(memberOfName(clientName(own, name, NAMES), NAMES)).toEqual({ member: own, name });
      }),
    );
  });

  it("is the same text if it is made again from the member and name that were read from it", () => {
    fc.assert(
      fc.property(text, (name) => {
        const found = memberOfName(name, NAMES);
        if (found !== undefined) expect(clientName(found.member, found.name, NAMES)).toBe(name);
      }),
    );
  });

  it.each([
    "add",
    "",
    "notes",
    "notes_add",
    "__add",
    "Notes__add",
    "NOTES__add",
    " notes__add",
    "other__add",
    "note\u0000s__add",
    "notes\u200b__add",
    "%6Eotes__add",
    "a-b",
    "reports/notes__add",
  ])("is no member's if it does not begin with the member's exact name: %j", (name) => {
    expect(memberOfName(name, NAMES)).toBeUndefined();
  });

  it("is no member's if two members' names fit", () => {
    const names = { members: ["a", "a-"], separator: "-" };
    expect(memberOfName("a--x", names)).toBeUndefined();
    expect(memberOfName("a-x", names)).toEqual({ member: "a", name: "x" });
  });
});

describe("the URI of a resource", () => {
  it.each([
    ["docs://public/a", "docs://notes/public/a"],
    ["file:///x", "file://notes//x"],
    ["urn:isbn:1", "urn:notes/isbn:1"],
    ["ui://widget/x", "ui://notes/widget/x"],
    ["x", "notes/x"],
    ["", "notes/"],
    ["docs://", "docs://notes/"],
    ["docs:/x", "docs:notes//x"],
    ["//host/x", "notes///host/x"],
    ["docs://public/{name}", "docs://notes/public/{name}"],
    ["{+base}/x:y", "notes/{+base}/x:y"],
    ["1a:b", "notes/1a:b"],
    ["docs://a\nb", "docs://notes/a\nb"],
  ])("contains the member's name behind the scheme: %j", (uri, forClients) => {
    expect(clientUri("notes", uri, NAMES)).toBe(forClients);
    expect(memberOfUri(forClients, NAMES)).toEqual({ member: "notes", uri });
  });

  it("can be read back to its member and the member's own URI, whatever the URI is", () => {
    fc.assert(
      fc.property(member, text, (own, uri) => {
        expect(memberOfUri(clientUri(own, uri, NAMES), NAMES)).toEqual({ member: own, uri });
      }),
    );
  });

  it("is the same text if it is made again from the member and URI that were read from it", () => {
    fc.assert(
      fc.property(text, (uri) => {
        const found = memberOfUri(uri, NAMES);
        if (found !== undefined) expect(clientUri(found.member, found.uri, NAMES)).toBe(uri);
      }),
    );
  });

  it.each([
    "docs://public/a",
    "docs://notes",
    "docs://Notes/a",
    "docs://notes%2Fa",
    "docs://%6Eotes/a",
    "docs://notes.example/a",
    "docs://user@notes/a",
    "docs://notes:80/a",
    "docs:///notes/a",
    "docs:/notes/a",
    "docs://./notes/a",
    "docs://x/../notes/a",
    "docs://notes\\a",
    "docs://notes?x/a",
    " docs://notes/a",
    "\ndocs://notes/a",
    "/notes/a",
    "notes",
    "",
    "file:///notes/a",
  ])("is no member's if the member's exact name is not its first part: %j", (uri) => {
    expect(memberOfUri(uri, NAMES)).toBeUndefined();
  });

  it("leads to no other member if a client writes it in the normal form of the URL standard", () => {
    fc.assert(
      fc.property(member, text, (own, uri) => {
        const normal = URL.parse(clientUri(own, uri, NAMES))?.href;
        const found = normal === undefined ? undefined : memberOfUri(normal, NAMES);
        expect([own, undefined]).toContain(found?.member);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    "http:../reports/a",
    "http://..\\reports\\a",
    "file:../reports/a",
    "file:/../reports/a",
    "docs://../reports/a",
    "https://user@reports/a",
    "ws:\t//reports/a",
  ])("leads to no other member with dots, slashes or a user name that URL parsers move: %j", (uri) => {
    const normal = URL.parse(clientUri("notes", uri, NAMES))?.href as string;
    expect(["notes", undefined]).toContain(memberOfUri(normal, NAMES)?.member);
  });

  it.each([
    ["docs://notes/../reports/a", { member: "notes", uri: "docs://../reports/a" }],
    ["docs://notes//reports/a", { member: "notes", uri: "docs:///reports/a" }],
    ["docs://notes/", { member: "notes", uri: "docs://" }],
    ["docs://notes/docs://reports/a", { member: "notes", uri: "docs://docs://reports/a" }],
  ])("belongs to the member that its first part names: %j", (uri, found) => {
    expect(memberOfUri(uri, NAMES)).toEqual(found);
  });
});

const id = fc.oneof(
  fc.string({ unit: "binary" }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
  fc.constantFrom("1.0", "1e400", "-0", "9007199254740993", '"\\u0061"', '"a.b"', '""'),
);

describe("the id of a member's request", () => {
  it("can be read back to its member and the JSON text of the member's own id", () => {
    fc.assert(
      fc.property(member, id, (own, json) => {
        const reading = readJson(clientId(own, json, NAMES));
        expect(reading.ok && memberOfId(reading.value, NAMES)).toEqual({ member: own, json });
      }),
    );
  });

  it.each([
    7,
    null,
    undefined,
    {},
    "",
    "1",
    "notes",
    "notes.",
    "notes.null",
    "notes.x",
    'notes."x',
    "notes.{}",
    "notes.[1]",
    "notes.NaN",
    'notes.1,"method":"x"',
    'notes.1},{"id":2',
    "Notes.1",
    "other.1",
    "notes__1",
    ".1",
  ])("is no member's if it is not its name with one string or number: %j", (value) => {
    expect(memberOfId(value, NAMES)).toBeUndefined();
  });
});

describe("the id of a task", () => {
  it("can be read back to its member and the member's own id, whatever the id is", () => {
    fc.assert(
      fc.property(member, text, (own, taskId) => {
        expect(memberOfOpaqueId(clientOpaqueId(own, taskId, NAMES), NAMES)).toEqual({
          member: own,
          id: taskId,
        });
      }),
    );
  });

  it.each(["", "t1", "notes", "Notes.t1", "other.t1", ".t1", "notes/t1"])(
    "is no member's if it does not begin with a member's exact name: %j",
    (taskId) => {
      expect(memberOfOpaqueId(taskId, NAMES)).toBeUndefined();
    },
  );
});

describe("the id of an event", () => {
  it("can be read back to its member, stream and the member's own id", () => {
    fc.assert(
      fc.property(member, fc.constantFrom("g", streamOfRequest(1)), text, (own, stream, eventId) => {
        expect(memberOfEventId(clientEventId(own, stream, eventId, NAMES), NAMES)).toEqual({
          member: own,
          stream,
          id: eventId,
        });
      }),
    );
  });

  it.each([
    ...["", "e1", "notes", "notes.e1", "notes.x.e1", "notes.g", "other.g.e1", "Notes.g.e1", "notes.G.e1"],
    ...["notes.p.e1", "notes.pAAAAAAAAAA.e1", "notes.pAAAAAAAAAAAA.e1", "notes.pAAAAAAAAAA=.e1"],
  ])("is no member's in another form: %j", (eventId) => {
    expect(memberOfEventId(eventId, NAMES)).toBeUndefined();
  });
});

describe("without a separator", () => {
  it("all names, URIs and ids are the only member's own", () => {
    fc.assert(
      fc.property(text, (own) => {
        expect(clientName("notes", own, SOLE)).toBe(own);
        expect(clientUri("notes", own, SOLE)).toBe(own);
        expect(clientOpaqueId("notes", own, SOLE)).toBe(own);
        expect(clientEventId("notes", "g", own, SOLE)).toBe(own);
        expect(clientId("notes", JSON.stringify(own), SOLE)).toBe(JSON.stringify(own));
        expect(memberOfName(own, SOLE)).toEqual({ member: "notes", name: own });
        expect(memberOfUri(own, SOLE)).toEqual({ member: "notes", uri: own });
        expect(memberOfOpaqueId(own, SOLE)).toEqual({ member: "notes", id: own });
        expect(memberOfEventId(own, SOLE)).toEqual({ member: "notes", stream: undefined, id: own });
        expect(memberOfId(own, SOLE)).toEqual({ member: "notes", json: JSON.stringify(own) });
      }),
    );
    expect(memberOfId(JSON.rawJSON("9007199254740993"), SOLE)).toEqual({
      member: "notes",
      json: "9007199254740993",
    });
  });

  it.each([{ members: [] }, { members: ["notes", "reports"] }])(
    "nothing is found unless there is one member: $members",
    ({ members }) => {
      const names = { members, separator: "" };
      expect(memberOfName("add", names)).toBeUndefined();
      expect(memberOfUri("docs://a", names)).toBeUndefined();
      expect(memberOfId(1, names)).toBeUndefined();
      expect(memberOfOpaqueId("t1", names)).toBeUndefined();
      expect(memberOfEventId("e1", names)).toBeUndefined();
    },
  );
});
