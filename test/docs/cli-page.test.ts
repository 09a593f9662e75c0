// Every example of docs/cli.md, in order: JSON blocks with a name are written, console blocks are run and compared word for word.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runConfig } from "../../cli/config.ts";
import { runExplain } from "../../cli/explain.ts";
import { configDirectory } from "../support/config-directory.ts";
import { type KeyServer, startKeyServer } from "../support/key-server.ts";
import { parameterStoreDouble } from "../support/parameter-store-double.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";
import { makeKey, NOW, signToken, type TestKey } from "../support/tokens.ts";

const PAGE = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
const BLOCK = /```(json|console) ?(\S*)\n([\s\S]*?)```/g;
const EXPECTED_RUNS = 8;

/** Matches what the page shows, in which a line `[...]` stands for lines of checks that passed. */
function asShown(text: string): RegExp {
  const literal = text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("  \\[\\.\\.\\.\\]\n", "(?: {2}pass .*\\n)+")}$`);
}

describe("docs/cli.md", () => {
  parameterStoreDouble();
  let key: TestKey;
  let keys: KeyServer;

  beforeAll(async () => {
    key = await makeKey("RS256", "SK2key");
    keys = await startKeyServer(key);
  });
  afterAll(() => keys.close());

  it("shows what its commands print", async () => {
    vi.setSystemTime(NOW);
    const dir = configDirectory({});
    // The page's hosts and paths stand for those of the test.
    const origin = new URL(keys.url).origin;
    const real = (text: string) =>
      text
        .replaceAll("https://auth.example.com", origin)
        .replaceAll("my-gateway", dir)
        .replaceAll(/\S+\.txt/g, (file) => join(dir, file));
    const shown = (text: string) =>
      text.replaceAll(origin, "https://auth.example.com").replaceAll(dir, "my-gateway");
    const issuer = `${origin}/v1/apps/agentic/P2abc/MS2abc`;
    const more = { dct: "T2acme", scope: "openid" };
    const good = { iss: issuer, aud: ["P2abc", "https://mcp.example.com"], ...more };
    writeFileSync(join(dir, "good.txt"), await signToken(key, good));
    writeFileSync(join(dir, "plan.txt"), await signToken(key, { ...good, plan: ["free", "pro"] }));
    writeFileSync(
      join(dir, "session.txt"),
      await signToken(key, { iss: "P2abc", aud: undefined, drn: "DS" }),
    );

    let runs = 0;
    for (const [, kind, file = "", content = ""] of PAGE.matchAll(BLOCK)) {
      if (kind === "json") {
        mkdirSync(dirname(join(dir, file)), { recursive: true });
        writeFileSync(join(dir, file), real(content));
        continue;
      }
      const [command = "", ...output] = content.split("\n");
      const [, program, args = ""] = /^\$ npm run -s (\w+) -- (.*)$/.exec(command) ?? [];
      const run = program === "config" ? runConfig : runExplain;
      const recorded = await recordTerminal((terminal) =>
        run(real(args).split(" "), terminal, Readable.from([])),
      );
      expect(shown(recorded.out + recorded.err), command).toMatch(asShown(output.join("\n")));
      runs += 1;
    }
    vi.useRealTimers();
    expect(runs).toBe(EXPECTED_RUNS);
  });
});
