// Combined endpoints over scripted members, closed when the test ends.
import { afterEach } from "vitest";
import { type CombinedOptions, type CombinedUnderTest, startCombined } from "./combined-under-test.ts";
import type { LogLine } from "./recorded-log.ts";
import type { Responder } from "./recorder-server.ts";
import { type ScriptedMember, startMember } from "./scripted-member.ts";

const opened: { close(): Promise<void> }[] = [];

/** To be called once where tests are described. */
export function closeCombinedAfterEach(): void {
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
}

/** A member that is closed when the test ends. */
export async function member(script?: Record<string, Responder>): Promise<ScriptedMember> {
  const started = await startMember(script);
  opened.push(started);
  return started;
}

/** An endpoint over these members, each with the settings of its server file. */
export async function endpoint(
  members: Record<string, { url: string } & Record<string, unknown>>,
  options: Partial<CombinedOptions> = {},
): Promise<CombinedUnderTest> {
  const servers = Object.fromEntries(
    Object.entries(members).map(([name, { url, settings }]) => [
      name,
      { url, get_stream: true, ...(settings as object) },
    ]),
  );
  const started = await startCombined({ servers, ...options });
  opened.unshift(started);
  return started;
}

/** The audit lines so far. */
export function auditLines({ log }: CombinedUnderTest): Record<string, unknown>[] {
  return log.lines.filter(({ message }) => message === "request").map(({ fields }: LogLine) => fields);
}
