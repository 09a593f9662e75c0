// The parameters of the local Parameter Store with their versions.
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../template/local-values.ts";

/** One version of a parameter, in the API's form. */
export type StoredParameter = {
  readonly Name: string;
  readonly Type: string;
  readonly Value: string;
  readonly Version: number;
  /** Seconds since the epoch. */
  readonly LastModifiedDate: number;
  readonly ARN: string;
  readonly DataType: "text";
};

/** Parameters by name, with all versions. */
export class ParameterStore {
  readonly #versions = new Map<string, StoredParameter[]>();

  /** Writes a new version. */
  put(name: string, value: string, type = "String"): StoredParameter {
    const versions = this.#versions.get(name) ?? [];
    const stored: StoredParameter = {
      Name: name,
      Type: type,
      Value: value,
      Version: (versions.at(-1)?.Version ?? 0) + 1,
      LastModifiedDate: Date.now() / 1000,
      ARN: `arn:aws:ssm:${LOCAL_REGION}:${LOCAL_ACCOUNT}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
      DataType: "text",
    };
    this.#versions.set(name, [...versions, stored]);
    return stored;
  }

  /** The latest version, or the version in `name:version`. */
  get(selector: string): StoredParameter | undefined {
    // A secrets file may store a value under a whole reference, including its version or label.
    const exact = this.#versions.get(selector);
    if (exact !== undefined) return exact.at(-1);
    const [name = "", version] = selector.split(":");
    const versions = this.#versions.get(name);
    return versions?.find(({ Version }) => String(Version) === version);
  }

  /** Deletes a parameter; false if it does not exist. */
  delete(name: string): boolean {
    return this.#versions.delete(name);
  }

  /** Latest versions below a path, sorted by name. */
  below(path: string, recursive: boolean): StoredParameter[] {
    const prefix = path.endsWith("/") ? path : `${path}/`;
    return [...this.#versions.keys()]
      .filter((name) => name.startsWith(prefix))
      .filter((name) => recursive || !name.slice(prefix.length).includes("/"))
      .sort()
      .flatMap((name) => this.get(name) ?? []);
  }
}
