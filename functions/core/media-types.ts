// Reads a client's Content-Type, Content-Encoding and Accept (RFC 9110 §8.3, §8.4 and §12.5.1). The gateway sets these headers
// itself, so that a server reads the body as the JSON in UTF-8 that was checked here.

export const JSON_TYPE = "application/json";
export const EVENT_STREAM_TYPE = "text/event-stream";

/** Removes only the spaces that HTTP knows; `trim` would remove others. */
const NOT_ASCII_TEXT = /[^\t\x20-\x7e]/;
const UTF_8 = /^charset=(?:utf-8|"utf-8")$/i;

/** Whether the headers say that the body is JSON in UTF-8 without a content encoding. */
export function isPlainJson(
  contentType: readonly string[] = [],
  contentEncoding: readonly string[] = [],
): boolean {
  const isPlain = contentEncoding.every((value) => value.trim().toLowerCase() === "identity");
  return contentType.length === 1 && isPlain && isJsonInUtf8(contentType[0] as string);
}

function isJsonInUtf8(contentType: string): boolean {
  if (NOT_ASCII_TEXT.test(contentType)) return false;
  const [type, ...parameters] = contentType.split(";").map((part) => part.trim());
  // Empty parameters are valid and mean nothing; any other one could change how a body is read.
  const stated = parameters.filter((parameter) => parameter !== "");
  return type?.toLowerCase() === JSON_TYPE && stated.length <= 1 && stated.every((each) => UTF_8.test(each));
}

/**
 * Which media types a client accepts.
 *
 * @param accept all values of Accept; undefined accepts everything
 * @param offered the types in question, in lower case
 */
export function acceptedTypes(accept: readonly string[] | undefined, offered: readonly string[]): string[] {
  const ranges = (accept === undefined || accept.length === 0 ? "*/*" : accept.join(","))
    .split(",")
    .map(readRange);
  const isWanted = (name: string): boolean | undefined => {
    const named = ranges.filter((range) => range.name === name);
    return named.length === 0 ? undefined : named.some((range) => range.isWanted);
  };
  // The most specific range decides.
  return offered.filter(
    (type) => isWanted(type) ?? isWanted(`${type.split("/")[0]}/*`) ?? isWanted("*/*") ?? false,
  );
}

function readRange(text: string): { name: string; isWanted: boolean } {
  const [name = "", ...parameters] = text.split(";");
  const isWanted = !parameters.some((parameter) => /^q=0(?:\.0*)?$/i.test(parameter.trim()));
  return { name: name.trim().toLowerCase(), isWanted };
}
