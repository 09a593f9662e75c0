import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { recordChangedTools } from "../../../functions/proxy/changed-tools.ts";
import { configSnapshot } from "../../support/gateway-config.ts";

const pin = (character: string) => `sha256-${character.repeat(43)}`;

function serverWith(tools: Record<string, unknown>, file: Record<string, unknown> = {}): EffectiveServer {
  return configSnapshot({ servers: { tools: { tools, ...file } } }).servers.get("tools") as EffectiveServer;
}

const shown = (entries: Record<string, boolean>) => new Map(Object.entries(entries));

describe("the record of changed tools", () => {
  it("denies a changed tool until a list shows the pinned definition again", () => {
    const server = serverWith({ pin: { a: pin("A"), b: pin("A") } });
    const changes = recordChangedTools();
    expect(changes.withDenied(server)).toBe(server);
    expect(changes.record(server, shown({ a: false, b: true }))).toEqual({ changed: ["a"], found: ["a"] });
    expect(changes.withDenied(server).changedTools).toEqual(new Set(["a"]));
    expect(changes.record(server, shown({ a: false }))).toEqual({ changed: ["a"], found: [] });
    expect(changes.record(server, shown({ a: true }))).toEqual({ changed: [], found: [] });
    expect(changes.withDenied(server)).toBe(server);
  });

  it("drops a change when the pin changes", () => {
    const changes = recordChangedTools();
    changes.record(serverWith({ pin: { a: pin("A") } }), shown({ a: false }));
    const repinned = serverWith({ pin: { a: pin("E") } });
    expect(changes.withDenied(repinned)).toBe(repinned);
    expect(changes.record(repinned, shown({ a: false })).found).toEqual(["a"]);
  });

  it("keeps a change when another configuration has the same pins, in any order, and drops it with one more", () => {
    const changes = recordChangedTools();
    changes.record(serverWith({ pin: { a: [pin("A"), pin("E")] } }), shown({ a: false }));
    const denied = (pins: unknown) => changes.withDenied(serverWith({ pin: { a: pins } })).changedTools;
    expect(denied([pin("E"), pin("A")])).toEqual(new Set(["a"]));
    expect(denied([pin("A"), pin("E"), pin("I")])).toBeUndefined();
    expect(denied(pin("A"))).toBeUndefined();
  });

  it("denies nothing with on_change warn or without curation, but reports the change", () => {
    const changes = recordChangedTools();
    const server = serverWith({ pin: { a: pin("A") }, on_change: "warn" });
    expect(changes.record(server, shown({ a: false })).found).toEqual(["a"]);
    expect(changes.withDenied(server)).toBe(server);
    const { curation: _, ...rest } = server;
    const plain = { ...rest, curation: undefined };
    expect(changes.withDenied(plain)).toBe(plain);
  });

  it("keeps servers at other URLs apart, such as those of tenants", () => {
    const changes = recordChangedTools();
    const server = serverWith({ pin: { a: pin("A") } });
    changes.record(server, shown({ a: false }));
    const other = { ...server, url: "https://acme.example.com/mcp" };
    expect(changes.withDenied(other)).toBe(other);
  });
});
