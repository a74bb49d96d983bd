import { pathToFileURL } from 'node:url';

/** The parts of `onnxruntime-node` that are used. */
export interface Ort {
  Tensor: new (
    type: 'float32' | 'int64' | 'bool',
    data: Float32Array | BigInt64Array | Uint8Array,
    dims: readonly number[],
  ) => OrtTensor;
  InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession> };
}

export interface OrtTensor {
  readonly data: ArrayLike<number | bigint>;
  readonly dims: readonly number[];
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
}

export async function loadOrt(path: string): Promise<Ort> {
  const imported = (await import(pathToFileURL(path).href)) as Ort & { default?: Ort };
  return imported.default ?? imported;
}
