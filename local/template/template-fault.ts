// The error for a template that this machine cannot run as AWS would. It names the resource and the property, because the local
// run must reject unsupported settings instead of ignoring them.

/** Thrown while the template is read; `message` names the place and the problem. */
export class TemplateFault extends Error {
  override readonly name = "TemplateFault";

  constructor(where: string, what: string) {
    super(`${where}: ${what}`);
  }
}
