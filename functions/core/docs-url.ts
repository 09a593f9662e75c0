// Addresses of documentation pages in messages: the npm package contains no documentation.

const DOCS = "https://github.com/descope/descope-mcp-gateway/blob/main/docs";

/** @param page its file name, with an anchor if there is one: `combined.md#names` */
export function docsUrl(page: string): string {
  return `${DOCS}/${page}`;
}
