// Resources and prompts of the conformance server, with the names and contents that the suites require.
import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { z } from "zod";
import { SAMPLE_PNG } from "../../local/downstream/sample-media.ts";

/** Registers the resources. */
export function registerResourceFixtures(server: McpServer): void {
  const texts = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "Watched resource content",
  };
  for (const [uri, text] of Object.entries(texts)) {
    server.registerResource(uri, uri, { description: "A text", mimeType: "text/plain" }, () => ({
      contents: [{ uri, mimeType: "text/plain", text }],
    }));
  }
  const binary = "test://static-binary";
  server.registerResource(binary, binary, { description: "An image", mimeType: "image/png" }, () => ({
    contents: [{ uri: binary, mimeType: "image/png", blob: SAMPLE_PNG }],
  }));
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "A template with one parameter", mimeType: "application/json" },
    ({ href }, { id }) => {
      const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
      return { contents: [{ uri: href, mimeType: "application/json", text }] };
    },
  );
}

/** Registers the prompts. */
export function registerPromptFixtures(server: McpServer): void {
  const text = (value: string) => ({
    role: "user" as const,
    content: { type: "text" as const, text: value },
  });
  server.registerPrompt("test_simple_prompt", { description: "Has no arguments" }, () => ({
    messages: [text("This is a simple prompt for testing.")],
  }));
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "Has two arguments",
      argsSchema: z.object({ arg1: z.string().describe("First"), arg2: z.string().describe("Second") }),
    },
    ({ arg1, arg2 }) => ({ messages: [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    {
      description: "Shows a resource",
      argsSchema: z.object({ resourceUri: z.string().describe("Its URI") }),
    },
    ({ resourceUri }) => {
      const resource = {
        uri: resourceUri,
        mimeType: "text/plain",
        text: "Embedded resource content for testing.",
      };
      return {
        messages: [
          { role: "user", content: { type: "resource", resource } },
          text("Please process the embedded resource above."),
        ],
      };
    },
  );
  server.registerPrompt("test_prompt_with_image", { description: "Shows an image" }, () => ({
    messages: [
      { role: "user", content: { type: "image", data: SAMPLE_PNG, mimeType: "image/png" } },
      text("Please analyze the image above."),
    ],
  }));
}
