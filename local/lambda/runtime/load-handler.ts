// Loads `<file>.<export>` from the task root, as the managed Node.js runtime does.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A function's handler: `(event, context)`, or `(event, stream, context)` when streaming. */
export type Handler = (...args: unknown[]) => unknown;

/** @throws Error if the file or the export is missing, or the handler expects a callback. */
export async function loadHandler(taskRoot: string, handler: string): Promise<Handler> {
  const dot = handler.lastIndexOf(".");
  const [file, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const loaded = await loadModule(join(taskRoot, file));
  const found = loaded[name] ?? (loaded.default as Record<string, unknown> | undefined)?.[name];
  if (typeof found !== "function")
    throw named("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  return found as Handler;
}

async function loadModule(path: string): Promise<Record<string, unknown>> {
  for (const extension of [".js", ".cjs"]) {
    if (existsSync(path + extension)) return createRequire(path + extension)(path + extension);
  }
  if (existsSync(`${path}.mjs`)) return await import(pathToFileURL(`${path}.mjs`).href);
  throw named("Runtime.ImportModuleError", `Error: Cannot find module '${path}'`);
}

/** An error with Lambda's name for it. */
export function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
