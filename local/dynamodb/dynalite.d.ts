// dynalite has no type declarations.
declare module "dynalite" {
  import type { Server } from "node:http";

  const dynalite: (options?: { createTableMs?: number }) => Server;
  export = dynalite;
}
