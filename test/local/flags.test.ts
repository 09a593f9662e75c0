// The command line of `npm start`.
import { expect, test } from "vitest";
import { readFlags } from "../../local/flags.ts";

test("npm start without flags runs the example with the demo on port 8787", () => {
  expect(readFlags([])).toEqual({
    configDir: undefined,
    port: 8787,
    demo: true,
    stagePath: false,
    edge: false,
    verbose: false,
  });
});

test("--config runs a configuration unchanged, without the demo", () => {
  expect(readFlags(["--config", "my", "--port", "0", "--stage-path", "--verbose"])).toEqual({
    configDir: "my",
    port: 0,
    demo: false,
    stagePath: true,
    edge: false,
    verbose: true,
  });
});

test("--demo adds the demo to your own configuration", () => {
  expect(readFlags(["--config", "own", "--demo"])).toMatchObject({ configDir: "own", demo: true });
});

test("--no-demo runs the example without the demo", () => {
  expect(readFlags(["--no-demo"])).toMatchObject({ configDir: undefined, demo: false });
});

test.each([
  [[], undefined],
  [["--cimd"], true],
  [["--no-cimd"], false],
])("with the flags %j, client id metadata documents are advertised: %s", (args, cimd) => {
  expect(readFlags(args)).toMatchObject({ cimd });
});

test("--help returns the usage text", () => {
  expect(readFlags(["--help"])).toBe("help");
});

test("--secrets names the secrets file", () => {
  expect(readFlags(["--secrets", "mine.json"])).toMatchObject({ secretsFile: "mine.json" });
  expect(readFlags([])).toMatchObject({ secretsFile: undefined });
});

test.each([
  [["--prot", "1"], "Unknown option '--prot'. Did you mean --port?"],
  [["extra"], "Unexpected argument 'extra'"],
  [["--port"], "Option '--port <value>' argument missing"],
  [["--port", "70000"], '--port expects a number from 0 to 65535, but got "70000"'],
  [["--port", "1e3"], '--port expects a number from 0 to 65535, but got "1e3"'],
  [["--cimd", "--no-cimd"], "--cimd and --no-cimd cannot be used together"],
  [["--config", ""], "--config expects a folder"],
  [["--secrets", ""], "--secrets expects a JSON file"],
])("%j is rejected: %s", (args, message) => {
  expect(() => readFlags(args)).toThrow(message);
});
