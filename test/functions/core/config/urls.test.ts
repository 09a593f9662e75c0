import { describe, expect, it } from "vitest";
import { urlFault } from "../../../../functions/core/config/urls.ts";

describe("urlFault", () => {
  it.each([
    "https://tools.example.com/mcp",
    "http://localhost:8080/mcp",
    "https://169.253.1.1/",
    "https://[fd01::a9fe]/",
  ])("takes %s", (url) => expect(urlFault(url)).toBeUndefined());

  it.each([
    "https://169.254.169.254/",
    "https://0xa9fea9fe/",
    "https://[::ffff:169.254.169.254]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://[::]/",
    "https://0.0.0.0/",
    "https://metadata.google.internal./",
    "https://instance-data/",
  ])("refuses %s, where a machine's credentials lie", (url) => {
    expect(urlFault(url)).toMatch(/an address by which a machine reaches itself or its cloud's credentials/);
  });

  it("refuses a third slash, which the URL parser silently drops", () => {
    expect(urlFault("https:///tools.example.com")).toMatch(/expected an https URL/);
  });
});
