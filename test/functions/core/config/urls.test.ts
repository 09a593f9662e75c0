import { describe, expect, it } from "vitest";
import { baseUrlFault, originFault, urlFault } from "../../../../functions/core/config/urls.ts";

describe("urlFault", () => {
  it.each([
    "https://tools.example.com/mcp",
    "http://localhost:8080/mcp",
    "https://169.253.1.1/",
    "https://[fd01::a9fe]/",
    "https://a",
    "http://127.0.0.1/",
    "http://127.10.200.30/",
    "http://[::1]:8080/",
    "https://tools.example.com/a?b=%20c",
    "https://10.0.0.1/",
    "https://1.169.254.1/",
    "https://169.25.4.1/",
    "https://[fe8::1]/",
    "https://[fec0::1]/",
    "https://[fd00:ec20::254]/",
    "https://[2001:db8::a9fe:1:1]/",
    "https://my-instance-data/",
    "https://instance-data.example.com/",
    "https://metadataxgoogle.internal/",
    "https://metadata.googlexinternal/",
    "https://my.metadata.google.internal/",
    "https://instance-data.ec2xinternal/",
    "https://instance-dataxec2.internal/",
    "https://user.example/@team",
  ])("accepts %s", (url) => expect(urlFault(url)).toBeUndefined());

  it.each([
    "https://169.254.169.254/",
    "https://0xa9fea9fe/",
    "https://[::ffff:169.254.169.254]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://[::]/",
    "https://0.0.0.0/",
    "https://metadata.google.internal./",
    "https://metadata.google.internal/",
    "https://instance-data/",
    "https://instance-data./",
    "https://instance-data.ec2.internal/",
    "https://0.1.2.3/",
    "https://169.254.0.1/",
    "https://[fe90::1]/",
    "https://[fea0::1]/",
    "https://[febf::1:2]/",
    "https://[fd00:ec2::23]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[::ffff:169.254.0.1]/",
  ])("rejects %s, which serves a machine's credentials", (url) => {
    expect(urlFault(url)).toMatch(/is a link-local, metadata or unspecified address/);
  });

  it("rejects a third slash, which the URL parser silently removes", () => {
    expect(urlFault("https:///tools.example.com")).toMatch(/expected an https URL/);
  });

  it.each([
    "",
    "tools.example.com",
    "ftp://tools.example.com",
    "xhttps://tools.example.com",
    " https://tools.example.com",
    "https://tools.example.com ",
    "https://tools.example.com/a b",
    "https://tools.example.com\n",
    "https://tools.example.com/\tmcp",
    "https://tools.example.com/\u0000",
    "https://tools.example.com/\u007f",
    "https://tools.example.com\\mcp",
    "HTTPS://tools.example.com",
    "https:/tools.example.com",
    "https://",
    "https://tools.example.com:99999",
  ])("rejects %j, which is not an https URL as written", (text) => {
    expect(urlFault(text)).toMatch(/^expected an https URL such as "https:\/\/host\.example\/path", got "/);
  });

  it.each(["{id}", "{", "}", "<id", "id>", "%7Bid", "id%7d", "%7bid", "id%7D"])(
    "rejects a placeholder such as %s",
    (text) => {
      expect(urlFault(`https://a.example/${text}`)).toBe(
        `"https://a.example/${text}" still contains a placeholder. Replace it with the real id or host.`,
      );
    },
  );

  it.each(["user:hunter2@", "user@", ":hunter2@"])(
    "rejects the credentials %s without repeating them",
    (part) => {
      expect(urlFault(`https://${part}a.example/`)).toBe(
        'credentials in a URL end up in logs: remove the part before "@" in "https://…@a.example/".',
      );
    },
  );

  it("rejects a fragment, even an empty one", () => {
    expect(urlFault("https://a.example/#")).toBe(
      'a fragment is never sent: remove "#" and what follows it from "https://a.example/#".',
    );
  });

  it.each([
    "http://a.example/",
    "http://128.0.0.1/",
    "http://localhost.example/",
    "http://[::2]/",
    "http://127.example/",
    "http://127.a.b.c/",
    "http://127.0.0.1.evil.example/",
    "http://10.127.0.1/",
  ])("rejects plain http to another host: %s", (url) => {
    expect(urlFault(url)).toBe(
      `expected https, got "${url}". Plain http is accepted only for localhost, 127.0.0.0/8 and [::1].`,
    );
  });
});

describe("baseUrlFault", () => {
  it.each(["https://a.example", "https://a.example/base", "https://a.example:8443", "http://localhost:3000"])(
    "accepts %s",
    (url) => expect(baseUrlFault(url)).toBeUndefined(),
  );

  it.each([
    ["https://a.example/", "https://a.example"],
    ["https://a.example/base//", "https://a.example/base"],
    ["https://A.example:443/base", "https://a.example/base"],
  ])("rejects %s and says to write %s", (url, normal) => {
    expect(baseUrlFault(url)).toBe(`"${url}" is compared byte for byte. Write "${normal}".`);
  });

  it("rejects a query, even an empty one", () => {
    expect(baseUrlFault("https://a.example?")).toBe(
      'a base URL must not have a query: remove "?" and what follows it from "https://a.example?".',
    );
  });

  it("rejects a text that is not a URL", () => {
    expect(baseUrlFault("a.example")).toMatch(/^expected an https URL/);
  });
});

describe("originFault", () => {
  it.each(["https://a.example", "https://a.example:8443", "http://localhost:6274"])(
    "accepts %s",
    (origin) => {
      expect(originFault(origin)).toBeUndefined();
    },
  );

  it.each([
    "https://a.example/",
    "https://a.example/app",
    "https://a.example:443",
    "https://a.example?b",
    "https://A.example",
  ])("rejects %s and says what to write", (text) => {
    expect(originFault(text)).toBe(
      `an origin must not have a path: "${text}" never matches. Write "https://a.example".`,
    );
  });

  it("rejects *, null, and plain http", () => {
    expect(originFault("*")).toBe(
      `"*" would allow every web page to use a signed-in user's access. List each origin.`,
    );
    expect(originFault("null")).toMatch(/^expected an https URL/);
    expect(originFault("http://a.example")).toMatch(/^expected https/);
  });
});
