import { createSocket, type Socket } from 'node:dgram';
import { decodeTable, encodeG711 } from '../../../src/media/g711.ts';
import type { SipUac, UacCall } from '../sip-uac.ts';
import { murmur } from './idle-line.ts';

const FRAME = 160;
const FRAME_MS = 20;
/** Mean magnitude from which a packet of the hub carries its prompt; its silence is 0. */
const PROMPT_LEVEL = 500;
/** A second of the room that the phone stands in, over and over. */
const MURMUR_FRAMES = 50;
const TABLE = decodeTable('PCMU');

/** A clip on the line. Clock readings in milliseconds, `performance.now()`. */
export interface Said {
  /** When its first and its last voiced packet went out; the promise: when all of it has. */
  firstVoicedAt: number;
  lastVoicedAt: number;
  readonly done: Promise<void>;
}

interface Clip {
  packets: Buffer[];
  next: number;
  firstVoiced: number;
  lastVoiced: number;
  said: Said;
  resolve: () => void;
}

/** One phone of the rig: a call with 20 ms G.711 both ways, the time of every packet that matters kept. */
export class Line {
  readonly #socket: Socket;
  readonly #uac: SipUac;
  readonly #quiet: Buffer[];
  readonly #header = Buffer.alloc(12);
  #call: UacCall | undefined;
  #clip: Clip | undefined;
  #remote: { host: string; port: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #startedAt = 0;
  /** The last packet of the hub that carried a prompt, and the first one after `#armedAt`. */
  lastPromptAt = 0;
  #onPrompt: ((at: number) => void) | undefined;
  /** Packets of prompts, in order of arrival. */
  promptPackets = 0;
  ended = false;

  private constructor(socket: Socket, uac: SipUac) {
    this.#socket = socket;
    this.#uac = uac;
    this.#quiet = packets(murmur(MURMUR_FRAMES * FRAME));
    socket.on('message', (bytes) => this.#hear(bytes));
    socket.on('error', () => undefined);
  }

  static async dial(uac: SipUac, id: number): Promise<{ line: Line; callId: string }> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const line = new Line(socket, uac);
    const call = await new Promise<UacCall>((resolve, reject) => {
      const made: UacCall = uac.invite(id, socket.address().port, {
        answer: (sdp) => {
          const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? '127.0.0.1';
          line.#start(host, Number(/^m=audio (\d+)/m.exec(sdp)?.[1]));
          resolve(made);
        },
        end: () => {
          line.ended = true;
          reject(new Error(`call ${id} ended with ${made.status}`));
        },
      });
    });
    line.#call = call;
    return { line, callId: call.callId };
  }

  /** Says a clip (8 kHz) from the next packet on. `voiced`: samples between which it is voiced. */
  say(samples: Int16Array, voiced: { from: number; to: number }): Said {
    const finished = Promise.withResolvers<void>();
    const said: Said = { firstVoicedAt: 0, lastVoicedAt: 0, done: finished.promise };
    this.#clip = {
      packets: packets(samples),
      next: 0,
      firstVoiced: Math.floor(voiced.from / FRAME),
      lastVoiced: Math.floor((voiced.to - 1) / FRAME),
      said,
      resolve: finished.resolve,
    };
    return said;
  }

  /** When the next packet of a prompt comes. @throws Error after `ms` */
  nextPrompt(ms: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no prompt within ${ms} ms`)), ms);
      this.#onPrompt = (at) => {
        clearTimeout(timer);
        resolve(at);
      };
    });
  }

  hangUp(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#call !== undefined) this.#uac.hangUp(this.#call);
    setTimeout(() => this.#socket.close(), 500);
  }

  #start(host: string, port: number): void {
    this.#remote = { host, port };
    this.#startedAt = performance.now();
    this.#header[0] = 0x80;
    this.#header.writeUInt32BE(Math.floor(Math.random() * 2 ** 32), 8);
    this.#tick();
  }

  #tick(): void {
    const payload = this.#next();
    this.#header.writeUInt16BE(this.#sent & 0xffff, 2);
    this.#header.writeUInt32BE((this.#sent * FRAME) >>> 0, 4);
    if (this.#remote !== undefined) {
      this.#socket.send(Buffer.concat([this.#header, payload]), this.#remote.port, this.#remote.host);
    }
    this.#sent++;
    const due = this.#startedAt + this.#sent * FRAME_MS;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, due - performance.now()));
  }

  #next(): Buffer {
    const clip = this.#clip;
    if (clip !== undefined) {
      const payload = clip.packets[clip.next];
      if (clip.next === clip.firstVoiced) clip.said.firstVoicedAt = performance.now();
      if (clip.next === clip.lastVoiced) clip.said.lastVoicedAt = performance.now();
      clip.next++;
      if (payload !== undefined) return payload;
      this.#clip = undefined;
      clip.resolve();
    }
    return this.#quiet[this.#sent % this.#quiet.length] as Buffer;
  }

  #hear(bytes: Buffer): void {
    if (bytes.length < 12 + FRAME || ((bytes[1] as number) & 0x7f) !== 0) return;
    let sum = 0;
    for (let i = 12; i < bytes.length; i++) sum += Math.abs(TABLE[bytes[i] as number] as number);
    if (sum / (bytes.length - 12) < PROMPT_LEVEL) return;
    const now = performance.now();
    this.lastPromptAt = now;
    this.promptPackets++;
    const tell = this.#onPrompt;
    this.#onPrompt = undefined;
    tell?.(now);
  }
}

function packets(samples: Int16Array): Buffer[] {
  const count = Math.ceil(samples.length / FRAME);
  const padded = new Int16Array(count * FRAME);
  padded.set(samples);
  return Array.from({ length: count }, (_, i) => {
    const codes = Buffer.alloc(FRAME);
    encodeG711('PCMU', padded.subarray(i * FRAME, (i + 1) * FRAME), codes, 0);
    return codes;
  });
}
