// The pictures of docs/images are those of what is built now: drawn again from what `npm run pictures` recorded, and compared. Where one
// fails, `npm run pictures -- --draw` draws the SVGs again, and `npm run pictures` records and draws all of them anew.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseServerConfig } from "../../functions/core/config/server-config.ts";
import { LOCAL_USERS } from "../../local/sign-in/users.ts";
import { dashboardPicture } from "../pictures/dashboard-picture.ts";
import { dashboardWidgets, shownBy } from "../pictures/dashboard-widgets.ts";
import { latencyPicture } from "../pictures/latency-picture.ts";
import { toolListsPage } from "../pictures/tool-lists-page.ts";
import { pages, readPage } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");
const IMAGES = join(ROOT, "docs/images");
const read = (file: string) => readFileSync(join(IMAGES, file), "utf8");
const widgets = dashboardWidgets(readFileSync(join(ROOT, "test/infra/golden/prod.golden.json"), "utf8"));

describe("docs/images", () => {
  it("has the current dashboard layout, with the metrics of a local run", () => {
    expect(read("dashboard.svg")).toBe(dashboardPicture(widgets, JSON.parse(read("dashboard.json"))));
  });

  it("has lines in every widget whose metrics a local run has", () => {
    const { widgets: data } = JSON.parse(read("dashboard.json"));
    const expected = widgets.filter((widget) => shownBy(widget).length > 0);
    expect(Object.keys(data)).toEqual(expected.map(({ properties }) => properties.title));
  });

  it("has the measured latencies", () => {
    expect(read("added-latency.svg")).toBe(latencyPicture(JSON.parse(read("added-latency.json"))));
  });

  it("has the screenshot of the page that shows two people's tool lists", () => {
    const { page, ...lists } = JSON.parse(read("tool-lists.json"));
    expect(createHash("sha256").update(toolListsPage(lists)).digest("hex")).toBe(page);
  });

  it("shows the people of the local sign-in, and the rule that hides a tool from one of them", () => {
    const { people, audit } = JSON.parse(read("tool-lists.json"));
    expect(people.map(({ name }: { name: string }) => name)).toEqual(LOCAL_USERS.map(({ name }) => name));
    const server = parseServerConfig(
      readFileSync(join(ROOT, "examples/tool-access/servers/whoami.json"), "utf8"),
    );
    const rules = server.ok ? Object.keys(server.config.tool_authorization ?? {}) : [];
    const denied = audit.filter(({ decision }: { decision: string }) => decision === "deny");
    expect(denied).toHaveLength(1);
    expect(rules).toContain(denied[0].denied_rule);
  });

  it("has no picture of 200 KB or more, and none that is unused", () => {
    const text = [...pages(), "README.md"].map((page) => readPage(page)).join("\n");
    const pictures = readdirSync(IMAGES).filter((file) => !file.endsWith(".json"));
    expect(pictures.filter((file) => statSync(join(IMAGES, file)).size >= 200_000)).toEqual([]);
    expect(pictures.filter((file) => !text.includes(`images/${file})`))).toEqual([]);
  });
});
