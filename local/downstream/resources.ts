// Resources of the `everything` server: static text and binary, templates with completion, and notes that change.
import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type Variables,
} from "@modelcontextprotocol/server";
import { type NoteBoard, noteUri } from "./note-board.ts";
import { SAMPLE_PNG } from "./sample-media.ts";

const CITIES = ["Amsterdam", "Athens", "Berlin", "Bern", "Lisbon", "Tel Aviv"];

export function registerResources(server: McpServer, board: NoteBoard): void {
  server.registerResource(
    "sample-text",
    "sample://text",
    { title: "Sample text", description: "A static text", mimeType: "text/plain" },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: "text/plain", text: "A static text resource." }] }),
  );
  server.registerResource(
    "sample-image",
    "sample://image",
    { title: "Sample image", description: "A static PNG of one pixel", mimeType: "image/png" },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: "image/png", blob: SAMPLE_PNG }] }),
  );
  server.registerResource(
    "city",
    new ResourceTemplate("city://{name}/facts", { list: undefined, complete: { name: citiesStartingWith } }),
    { title: "Facts about a city", mimeType: "application/json" },
    (uri, variables) => {
      const city = decoded(variables, "name");
      const facts = { city, letters: city.length };
      return { contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(facts) }] };
    },
  );
  registerNotes(server, board);
}

function registerNotes(server: McpServer, board: NoteBoard): void {
  const template = new ResourceTemplate("note://board/{name}", {
    list: () => ({
      resources: board.names().map((name) => ({ uri: noteUri(name), name, mimeType: "text/plain" })),
    }),
    complete: { name: (value) => board.names().filter((name) => name.startsWith(value)) },
  });
  server.registerResource(
    "note",
    template,
    { title: "Note", description: "A note; change it with write_note", mimeType: "text/plain" },
    (uri, variables) => {
      const text = board.read(decoded(variables, "name"));
      if (text === undefined) throw new ResourceNotFoundError(uri.href);
      return { contents: [{ uri: uri.href, mimeType: "text/plain", text }] };
    },
  );
}

/** Completion values for a city. */
export function citiesStartingWith(value: string): string[] {
  return CITIES.filter((city) => city.toLowerCase().startsWith(value.toLowerCase()));
}

function decoded(variables: Variables, name: string): string {
  return decodeURIComponent(String(variables[name]));
}
