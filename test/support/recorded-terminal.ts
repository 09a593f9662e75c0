// A terminal without colours that records what a command writes, and replies to prompts.
import type { Terminal } from "../../cli/terminal.ts";

export type Recorded = { code: number; out: string; err: string; questions: string[] };

/** Runs a command; `answer` replies to prompts. */
export async function recordTerminal(
  command: (terminal: Terminal) => Promise<number>,
  answer?: string,
): Promise<Recorded> {
  const recorded = { out: "", err: "", questions: [] as string[] };
  const terminal: Terminal = {
    out: (text) => {
      recorded.out += text;
    },
    err: (text) => {
      recorded.err += text;
    },
    style: (_format, text) => text,
    ...(answer !== undefined && {
      ask: async (question: string) => {
        recorded.questions.push(question);
        return answer;
      },
    }),
  };
  return { code: await command(terminal), ...recorded };
}
