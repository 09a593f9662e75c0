// Line diff of two texts by their longest common subsequence.

/** One line of a diff; `gap` stands for omitted unchanged lines. */
export type DiffLine = { sign: "+" | "-" | " " | "gap"; text: string };

const CONTEXT_LINES = 2;

/** Lines of `before` and `after` in order; unchanged lines only near changes. */
export function lineDiff(before: string, after: string): DiffLine[] {
  return withoutFarLines(allLines(linesOf(before), linesOf(after)));
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

function allLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const common = commonLengths(before, after);
  const lines: DiffLine[] = [];
  let a = 0;
  let b = 0;
  while (a < before.length || b < after.length) {
    if (a < before.length && b < after.length && before[a] === after[b]) {
      lines.push({ sign: " ", text: before[a] as string });
      a += 1;
      b += 1;
    } else if (b === after.length || (a < before.length && at(common, a + 1, b) >= at(common, a, b + 1))) {
      lines.push({ sign: "-", text: before[a] as string });
      a += 1;
    } else {
      lines.push({ sign: "+", text: after[b] as string });
      b += 1;
    }
  }
  return lines;
}

/** `[a][b]`: number of common lines from line a and line b on. Files are small, so quadratic time is fine. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0));
  for (let a = before.length - 1; a >= 0; a -= 1) {
    for (let b = after.length - 1; b >= 0; b -= 1) {
      const row = lengths[a] as number[];
      row[b] =
        before[a] === after[b]
          ? at(lengths, a + 1, b + 1) + 1
          : Math.max(at(lengths, a + 1, b), at(lengths, a, b + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly number[][], a: number, b: number): number {
  return lengths[a]?.[b] ?? 0;
}

function withoutFarLines(lines: readonly DiffLine[]): DiffLine[] {
  const near = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1)
      .some(({ sign }) => sign !== " "),
  );
  return lines.flatMap((line, index) => {
    if (near[index]) return [line];
    return index === 0 || near[index - 1] ? [{ sign: "gap" as const, text: "…" }] : [];
  });
}
