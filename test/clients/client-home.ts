// An empty home directory for a client that runs as a program, so that it does not touch the developer's own clients. Its browser is
// sign-in-browser.ts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export type ClientHome = { directory: string; environment: Record<string, string>; remove(): void };

/** @param user the user who signs in */
export function clientHome(user: "free" | "pro"): ClientHome {
  const directory = mkdtempSync(join(tmpdir(), "client-home-"));
  const bin = join(directory, "bin");
  mkdirSync(bin);
  const program = join(import.meta.dirname, "sign-in-browser.ts");
  const script = (name: string, more = "") => {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$1" ${more}\n`, { mode: 0o755 });
    return file;
  };
  // Browser command of programs that read neither BROWSER nor a setting.
  for (const name of ["xdg-open", "open"]) script(name);
  return {
    directory,
    environment: {
      PATH: [bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
      HOME: directory,
      BROWSER: script("browser"),
      SIGN_IN: script("sign-in", "--print"),
      USER_TO_BE: user,
      MCP_AUTO_OPEN_ENABLED: "true",
      MCP_REMOTE_CONFIG_DIR: join(directory, "mcp-remote"),
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
