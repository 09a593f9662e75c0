// Prompts of the `everything` server: without arguments, with arguments and completion, with an image and a resource.
import { completable, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { citiesStartingWith } from "./resources.ts";
import { SAMPLE_PNG } from "./sample-media.ts";

export function registerPrompts(server: McpServer): void {
  server.registerPrompt(
    "say_hello",
    { title: "Say hello", description: "A prompt without arguments" },
    () => ({
      messages: [{ role: "user", content: { type: "text", text: "Say hello." } }],
    }),
  );
  server.registerPrompt(
    "plan_trip",
    {
      title: "Plan a trip",
      description: "A prompt with arguments; the city completes",
      argsSchema: z.object({
        city: completable(z.string().describe("Where to"), citiesStartingWith),
        days: z.string().optional().describe("How many days"),
      }),
    },
    ({ city, days = "3" }) => ({
      messages: [
        { role: "user", content: { type: "text", text: `Plan a trip of ${days} days to ${city}.` } },
      ],
    }),
  );
  server.registerPrompt(
    "describe_image",
    { title: "Describe an image", description: "A prompt with an image" },
    () => ({
      messages: [
        { role: "user", content: { type: "image", data: SAMPLE_PNG, mimeType: "image/png" } },
        { role: "user", content: { type: "text", text: "Describe this image." } },
      ],
    }),
  );
  server.registerPrompt(
    "summarize_resource",
    {
      title: "Summarize a resource",
      description: "A prompt with an embedded resource",
      argsSchema: z.object({ uri: z.string().describe("URI to show in the prompt") }),
    },
    ({ uri }) => ({
      messages: [
        {
          role: "user",
          content: { type: "resource", resource: { uri, mimeType: "text/plain", text: "Sample text." } },
        },
        { role: "user", content: { type: "text", text: "Summarize the resource above." } },
      ],
    }),
  );
}
