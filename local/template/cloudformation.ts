// The parts of a CloudFormation template and of a CDK asset manifest that the local run reads.

export type TemplateResource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
};

export type Template = {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type?: string; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
};

/** A template with the folders of its assets: S3 object key of a function's code -> folder with the bundle. */
export type SynthesisedStack = {
  readonly template: Template;
  readonly assetFolders: ReadonlyMap<string, string>;
};

/** Reads `<stack>.assets.json`: the path of each asset's object key on this machine. */
export function assetFolders(manifest: AssetManifest, outputFolder: string): Map<string, string> {
  const folders = new Map<string, string>();
  for (const { source, destinations } of Object.values(manifest.files ?? {})) {
    for (const { objectKey } of Object.values(destinations)) {
      folders.set(objectKey, `${outputFolder}/${source.path}`);
    }
  }
  return folders;
}

/** The part of the CDK's asset manifest that the local run reads. */
export type AssetManifest = {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
};
