// Pinned tools whose definition was seen to differ from the approved one. In the memory of one execution environment: an environment that
// has not seen a list since the change does not know of it.
import type { EffectiveServer } from "../core/config/effective-server.ts";

/** The known changes. */
export type ChangedTools = {
  /**
   * Records what a list has shown.
   *
   * @param isPinned by tool, whether the definition is the pinned one
   * @returns all tools of the list that have changed, and those whose change was not known before
   */
  record(
    server: EffectiveServer,
    isPinned: ReadonlyMap<string, boolean>,
  ): { changed: readonly string[]; found: readonly string[] };
  /** Returns the server with its denied tools; the same one if none is known. */
  withDenied(server: EffectiveServer): EffectiveServer;
};

/** Opens an empty record. A change is known until a list shows the pinned definition, or the pin changes. */
export function recordChangedTools(): ChangedTools {
  // The pins from which each tool differed, by the server's name and URL: tenants may have servers of their own. As text, because each
  // configuration that is read has lists of its own.
  const changes = new Map<string, Map<string, string>>();
  const keyOf = ({ name, url }: EffectiveServer) => `${name} ${url}`;
  const pinsOf = ({ curation }: EffectiveServer, tool: string) => String(curation?.tools?.pins.get(tool));
  return {
    record(server, isPinned) {
      const known = changes.get(keyOf(server)) ?? new Map<string, string>();
      changes.set(keyOf(server), known);
      const changed = [...isPinned].flatMap(([tool, is]) => (is ? [] : tool));
      const found = changed.filter((tool) => known.get(tool) !== pinsOf(server, tool));
      for (const [tool, is] of isPinned) {
        if (is) known.delete(tool);
        else known.set(tool, pinsOf(server, tool));
      }
      return { changed, found };
    },
    withDenied(server) {
      const tools = server.curation?.tools;
      const known = tools?.onChange === "deny" ? changes.get(keyOf(server)) : undefined;
      const denied = [...(known ?? [])].flatMap(([tool, pins]) =>
        pinsOf(server, tool) === pins ? tool : [],
      );
      return denied.length === 0 ? server : { ...server, changedTools: new Set(denied) };
    },
  };
}
