// Reports words of this project's former dialect in code, comments, tests and docs, with the word to use instead
// (the glossary in docs/architecture.md). Part of `npm run lint`.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What not to write, and what to write instead. */
const RULES: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(turn(s|ed|ing)? away|lets? in|letting in)\b/i, "deny, allow"],
  [/\b(mend|mends|mended|mending)\b/i, "fix"],
  [/\bwrong use\b/i, "usage error"],
  [/\bwho(ever|soever)\b/i, "name the role: the operator, the client, the caller"],
  [
    /(?<!["/])\bnobody\b(?!["/])/i,
    "no one who matters: name the caller, the client or the request, or rewrite",
  ],
  [/\b(of late|so long as|nor the reverse|of another making|whatever may happen)\b/i, "plain words"],
  [/\b(that|which) (is|are|was) none\b|\bis none that\b/i, "say what is missing or invalid"],
  [
    /(?<!\bthere )\bis no (token|JSON|text|number|string|object|array|list|MCP|URL|JWT|UTF-8|positive|event|such|name|message|header|valid)\b/i,
    "is not a ...",
  ],
  [/\b(vouch(es)?|makes? good|made good)\b/i, "verify, prove"],
  [/\bif it stays\b/i, "if the problem persists"],
  [/\b(give|gives|gave|given|giving) up\b/i, "time out, abort, stop"],
  [/\b(fall|falls|fell|fallen) silent\b|\bwakes? up\b/i, "idle, re-arm"],
  [/\b(is|are|was|were) gone\b/i, "disconnected, removed, expired"],
  [/\bbelongs? into\b/i, "belongs in"],
  [/\ban? (other|own) one\b/i, "another"],
  [
    /\b(remember(?!:)|remembers|remembered|recall|recalls|forget|forgets|forgotten)\b/i,
    "cache, evict, expire",
  ],
  // Except for connections, a start that fails, quoted names, JSON keys and table cells.
  [
    /(?<!["\w]|\| |connections? (?:(?:is|are|was|were) )?)refus(?:e|es|ed|ing|als?)\b(?!: | connections?\b| the connection\b| to start\b)|[a-z]Refusal/i,
    "deny (requests, tokens), reject (input, configuration)",
  ],
];

/** Texts in which a word is data, or a term of the system that it names. */
const EXCEPTIONS =
  /^(CHANGELOG\.md|LICENSE|\.ci\/plain-english\.ts|test\/.*\/(vectors|corpus|golden)\/|package-lock\.json)/;

const files = execFileSync(
  "git",
  ["ls-files", "*.ts", "*.mjs", "*.js", "*.md", "*.json", "*.yml", "*.html", "*.go", "*.py"],
  {
    encoding: "utf8",
  },
)
  .split("\n")
  .filter((file) => file !== "" && !EXCEPTIONS.test(file));

let found = 0;
for (const file of files) {
  for (const [index, line] of readFileSync(file, "utf8").split("\n").entries()) {
    for (const [pattern, instead] of RULES) {
      const match = pattern.exec(line);
      if (match === null) continue;
      found++;
      process.stderr.write(`${file}:${index + 1}: "${match[0]}": write ${instead}\n`);
    }
  }
}
process.exitCode = found === 0 ? 0 : 1;
