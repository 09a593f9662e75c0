// A headless Chromium from the system's packages, because playwright-core includes none.
import { type Browser, chromium } from "playwright-core";

/** Where Debian and Ubuntu install it; CHROMIUM_PATH names another. */
const EXECUTABLE = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

// Without its sandbox it can run as root, as in CI; the other flags turn off background requests.
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
