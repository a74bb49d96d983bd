import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { WordReader } from '../../../src/speech/fake-stt.ts';
import { refusalOf } from './fake-rules.ts';

const TOO_MANY = 'Too many requests. Please try again later';
const FRAME_BYTES = 320;
/** Silence after which the vendor ends an utterance by itself, in frames, where `endpointing` is 300. */
const MS_PER_FRAME = 20;

/** What understands audio, 20 ms at 8 kHz at a time. */
interface Ear {
  /** Frames of silence in a row. */
  readonly silentFrames: number;
  /** @returns the word that this frame completes */
  push(samples: Int16Array): number | undefined;
}

export interface FakeDeepgramOptions {
  apiKey?: string;
  /** Hears the words of `wordFrames` unless told. */
  ear?: () => Ear;
  /** A listen session that hears neither audio nor KeepAlive so long is closed. */
  idleMs?: number;
  /** PEM of a certificate for 127.0.0.1, for wss. */
  tls?: { key: string; cert: string };
}

/** At a time, of a project that pays as it goes: https://developers.deepgram.com/reference/api-rate-limits */
export const DEEPGRAM_SOCKETS = { '/v1/listen': 150, '/v1/speak': 45 } as const;

/**
 * Deepgram's listen and speak sockets, with the vendor's rules: the key, models, languages and parameters, the idle limit (NET-0001),
 * whole samples, known messages, 2,000 characters a Speak message, 20 flushes a minute, sockets at a time. Hears the words of `wordFrames`; speaks 80
 * samples per character.
 */
export class FakeDeepgram {
  /** Query parameters of each socket, in order. */
  readonly requests: { path: string; query: URLSearchParams }[] = [];
  readonly sockets = new Set<WebSocket>();
  /** Sockets that may be open at a time, by path. */
  limits: Readonly<Record<string, number>> = DEEPGRAM_SOCKETS;
  readonly #open = new Map<string, number>();
  /** Upgrades that are not answered. */
  readonly hanging = new Set<Duplex>();
  keepAlives = 0;
  /** Texts that were spoken. */
  readonly spoken: string[] = [];
  apiKey: string;
  /** What the upgrade is answered with instead. */
  refusesWith: number | undefined;
  /** Takes everything and says nothing, not even to a ping. */
  frozen = false;
  /** Tells what it understands, and never that it is final. */
  withholdsFinals = false;
  /** Texts and audio come so much later. */
  delayMs = 0;
  /** Audio ends within a sample. */
  cutsSamples = false;
  /** In the place of audio comes a message that is none. */
  garbled = false;
  /** The upgrade is never answered. */
  hangs = false;
  /** Audio of a text breaks off after so many characters, and the socket with it. */
  breaksAfterChars: number | undefined;
  readonly #options: FakeDeepgramOptions;
  readonly #server: ReturnType<typeof createServer>;
  readonly #upgrader = new WebSocketServer({ noServer: true, autoPong: false });

  constructor(options: FakeDeepgramOptions = {}) {
    this.#options = options;
    this.#server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    this.apiKey = options.apiKey ?? 'key';
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {});
      const known = request.headers.authorization === `Token ${this.apiKey}`;
      const url = new URL(request.url ?? '/', 'ws://x');
      const full = (this.#open.get(url.pathname) ?? 0) >= (this.limits[url.pathname] ?? 0);
      const wrong = known ? (refusalOf(url) ?? (full ? TOO_MANY : undefined)) : 'Invalid credentials.';
      const refused = wrong === undefined ? undefined : wrong === TOO_MANY ? 429 : 400;
      const status = known ? (this.refusesWith ?? refused) : 401;
      if (status !== undefined) {
        socket.end(`HTTP/1.1 ${status} No\r\ndg-error: ${wrong ?? 'refused'}\r\nConnection: close\r\n\r\n`);
        return;
      }
      if (this.hangs) {
        this.hanging.add(socket);
        socket.on('end', () => socket.destroy());
        socket.on('close', () => this.hanging.delete(socket));
        socket.resume();
        return;
      }
      this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => this.#take(webSocket, request));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `${this.#options.tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    for (const socket of this.hanging) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** All sockets break. */
  break(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  /** Sends a text to every socket. */
  say(text: string): void {
    for (const socket of this.sockets) socket.send(text);
  }

  #take(socket: WebSocket, request: IncomingMessage): void {
    const url = new URL(request.url ?? '/', 'ws://x');
    this.requests.push({ path: url.pathname, query: url.searchParams });
    this.sockets.add(socket);
    this.#count(url.pathname, 1);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.#count(url.pathname, -1);
    });
    socket.on('error', () => {});
    socket.on('ping', () => {
      if (!this.frozen) socket.pong();
    });
    if (url.pathname === '/v1/listen') this.#hear(socket, url.searchParams);
    else this.#speak(socket);
  }

  #count(path: string, more: number): void {
    this.#open.set(path, (this.#open.get(path) ?? 0) + more);
  }

  #hear(socket: WebSocket, query: URLSearchParams): void {
    const reader = this.#options.ear?.() ?? new WordReader();
    const endFrames = Number(query.get('endpointing')) / MS_PER_FRAME;
    let rest: Buffer = Buffer.alloc(0);
    let words: { word: number; end: number }[] = [];
    let heardMs = 0;
    /** Where the words under way begin. */
    let startMs = 0;
    let idle: NodeJS.Timeout | undefined;
    const alive = () => {
      clearTimeout(idle);
      idle = setTimeout(() => socket.close(1011, 'NET-0001'), this.#options.idleMs ?? 10_000);
    };
    alive();
    socket.on('close', () => clearTimeout(idle));
    const send = (flags: { is_final: boolean; speech_final: boolean; from_finalize?: boolean }) => {
      if (this.frozen || (this.withholdsFinals && flags.is_final)) return;
      const transcript = words.map(({ word }) => word).join(' ');
      socket.send(
        JSON.stringify({
          type: 'Results',
          channel_index: [0, 1],
          start: startMs / 1000,
          duration: (heardMs - startMs) / 1000,
          ...flags,
          channel: {
            alternatives: [
              {
                transcript,
                confidence: transcript === '' ? 0 : 0.98,
                words: words.map(({ word, end }) => ({
                  word: String(word),
                  start: (end - 300) / 1000,
                  end: end / 1000,
                  confidence: 0.98,
                })),
              },
            ],
          },
        }),
      );
      if (!flags.is_final) return;
      words = [];
      startMs = heardMs;
    };
    socket.on('message', (data: Buffer, binary: boolean) => {
      alive();
      if (!binary) {
        const { type } = JSON.parse(data.toString('utf8')) as { type?: string };
        const finalize = () => send({ is_final: true, speech_final: false, from_finalize: true });
        if (type === 'Finalize' && this.delayMs > 0) setTimeout(finalize, this.delayMs);
        else if (type === 'Finalize') finalize();
        else if (type === 'CloseStream') socket.close(1000);
        else if (type === 'KeepAlive') this.keepAlives += 1;
        else socket.close(1008, 'DATA-0000');
        return;
      }
      if (data.length % 2 === 1) {
        socket.close(1008, 'DATA-0000');
        return;
      }
      rest = Buffer.concat([rest, data]);
      for (; rest.length >= FRAME_BYTES; rest = rest.subarray(FRAME_BYTES)) {
        const samples = new Int16Array(FRAME_BYTES / 2);
        new Uint8Array(samples.buffer).set(rest.subarray(0, FRAME_BYTES));
        heardMs += MS_PER_FRAME;
        const word = reader.push(samples);
        if (word !== undefined) {
          words.push({ word, end: heardMs });
          send({ is_final: false, speech_final: false });
        }
        if (reader.silentFrames === endFrames && words.length > 0) send({ is_final: true, speech_final: true });
      }
    });
  }

  #speak(socket: WebSocket): void {
    let text = '';
    let flushes = 0;
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) {
        socket.close(1008, 'DATA-0000');
        return;
      }
      const message = JSON.parse(data.toString('utf8')) as { type?: string; text?: string };
      switch (message.type) {
        case 'Speak':
          if ((message.text ?? '').length > 2_000 || !(message.text ?? '').isWellFormed())
            socket.close(1008, 'DATA-0000');
          text += message.text ?? '';
          return;
        case 'Flush':
          flushes += 1;
          if (flushes > 20) socket.send(JSON.stringify({ type: 'Warning', description: 'EXCESSIVE_FLUSH' }));
          else this.#say(socket, text);
          text = '';
          return;
        case 'Close':
          socket.close(1000);
          return;
        default:
          socket.close(1008, 'DATA-0000');
      }
    });
  }

  #say(socket: WebSocket, text: string): void {
    this.spoken.push(text);
    if (this.frozen) return;
    if (this.delayMs > 0) setTimeout(() => this.#give(socket, text), this.delayMs);
    else this.#give(socket, text);
  }

  #give(socket: WebSocket, text: string): void {
    if (this.garbled) {
      socket.send('{"type":');
      return;
    }
    const whole = Buffer.from(fakeSpeech(text).buffer);
    const bytes = this.cutsSamples ? whole.subarray(0, -1) : whole;
    // Pieces of odd length: a sample may be cut in two.
    for (let at = 0; at < bytes.length; at += 1_001) {
      if (this.breaksAfterChars !== undefined && at >= this.breaksAfterChars * 160) {
        socket.terminate();
        return;
      }
      socket.send(bytes.subarray(at, at + 1_001));
    }
    socket.send(JSON.stringify({ type: 'Flushed', sequence_id: 0 }));
  }
}

/** What the fake makes of a text: 80 samples of one value for each character. */
export function fakeSpeech(text: string): Int16Array {
  const samples = new Int16Array(text.length * 80);
  for (let i = 0; i < text.length; i += 1) samples.fill(text.charCodeAt(i) * 100, i * 80, (i + 1) * 80);
  return samples;
}
