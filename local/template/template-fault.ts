// The error for a template that this machine cannot run as AWS would. It names the resource and the property, since the
// local run must reject what it does not imitate rather than leave it out.

/** Thrown while the template is read; `message` says where and what. */
export class TemplateFault extends Error {
  override readonly name = "TemplateFault";

  constructor(where: string, what: string) {
    super(`${where}: ${what}`);
  }
}
