/** The part of the WebAssembly JavaScript interface that flite needs; the compiler's ES libraries do not declare it. */
export type WasmModule = object & { readonly __wasmModule?: never };

export interface WasmMemory {
  /** Replaced whenever the memory grows. */
  readonly buffer: ArrayBuffer;
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

type WasmFunction = (...args: never[]) => number;

interface WasmApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Instance: new (module: WasmModule, imports: Record<string, Record<string, WasmFunction>>) => WasmInstance;
  Memory: new (descriptor: { initial: number }) => WasmMemory;
}

export type WasmImports = Record<string, WasmFunction>;

export const wasm = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
