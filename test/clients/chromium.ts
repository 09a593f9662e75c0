// A headless Chromium of the system's own packages; playwright-core brings none.
import { type Browser, chromium } from "playwright-core";

/** Where Debian and Ubuntu install it; CHROMIUM_PATH names another. */
const EXECUTABLE = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

// Without its sandbox it runs as root, as in CI; the rest keeps it from calling home.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}
