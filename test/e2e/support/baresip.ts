import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './peers.ts';
import { freePort, freeUdpRange } from './ports.ts';
import { waitFor } from './wait-for.ts';
import { readPcmWav, writePcmWav } from './wav.ts';

const MODULES = '/usr/lib/baresip/modules';

export interface BaresipOptions {
  /** What its microphone hears from the start of the call on: 8 kHz, mono. baresip may end the call where it ends. */
  microphone: Int16Array;
  codec?: 'PCMU' | 'PCMA';
  /** User part of its address. */
  user?: string;
  /** SIP port, where a test must know it before. */
  port?: number;
  /** Answers calls by itself. */
  answers?: boolean;
}

/** A headless baresip: an independent softphone with its own SIP stack, RTP stack and codecs. */
export class Baresip {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #control: Socket;
  /** Types of the events seen: CALL_ESTABLISHED, CALL_CLOSED, ... */
  readonly events: string[] = [];
  #pending = Buffer.alloc(0);

  private constructor(child: ChildProcess, folder: string, control: Socket) {
    this.#child = child;
    this.#folder = folder;
    this.#control = control;
    control.on('error', () => {});
    control.on('data', (chunk) => this.#read(chunk));
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const program = programPath('baresip');
    if (program === undefined) throw new Error('baresip is not installed');
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-baresip-'));
    const [controlPort, rtpPorts] = [await freePort(), await freeUdpRange(20)];
    const sipPort = options.port ?? (await freePort());
    const microphone = join(folder, 'microphone.wav');
    await writeFile(microphone, writePcmWav(options.microphone));
    const config = [
      `sip_listen 127.0.0.1:${sipPort}`,
      'net_interface 127.0.0.1',
      `rtp_ports ${rtpPorts}`,
      `audio_source aufile,${microphone}`,
      'audio_player aubridge,nowhere',
      'audio_alert aubridge,nowhere',
      `module_path ${MODULES}`,
      'module g711.so',
      'module aufile.so',
      'module aubridge.so',
      'module sndfile.so',
      `snd_path ${folder}`,
      'module_app account.so',
      'module_app menu.so',
      'module_app ctrl_tcp.so',
      `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    ];
    await writeFile(join(folder, 'config'), `${config.join('\n')}\n`);
    const codec = options.codec ?? 'PCMU';
    await writeFile(
      join(folder, 'accounts'),
      `<sip:${options.user ?? 'baresip'}@127.0.0.1>;regint=0;audio_codecs=${codec}/8000/1;answermode=${options.answers ? 'auto' : 'manual'}\n`,
    );
    await writeFile(join(folder, 'contacts'), '');
    const child = spawn(program, ['-f', folder], { stdio: 'ignore' });
    try {
      const control = await waitFor('baresip to listen', 10_000, () => connect(controlPort));
      return new Baresip(child, folder, control);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  dial(uri: string): void {
    this.#command('dial', uri);
  }

  /** Sends REFER in its call. */
  transfer(uri: string): void {
    this.#command('transfer', uri);
  }

  hangUp(): void {
    this.#command('hangup', '');
  }

  established(ms = 15_000): Promise<true> {
    return waitFor('baresip to be in the call', ms, () => this.events.includes('CALL_ESTABLISHED') || undefined);
  }

  closed(ms = 30_000): Promise<true> {
    return waitFor('baresip to see the end of the call', ms, () => this.events.includes('CALL_CLOSED') || undefined);
  }

  /** What baresip heard, from its own decoder, 16 bit mono. Complete after the call. */
  heard(): { samples: Int16Array; rate: number } {
    const file = readdirSync(this.#folder).find((name) => /^dump.*-dec\.wav$/.test(name));
    if (file === undefined) throw new Error(`baresip recorded nothing; events: ${this.events.join(' ')}`);
    return readPcmWav(readFileSync(join(this.#folder, file)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    this.#control.destroy();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(timer);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** ctrl_tcp speaks JSON objects in netstrings. */
  #command(command: string, params: string): void {
    const message = JSON.stringify({ command, params, token: 'test' });
    this.#control.write(`${message.length}:${message},`);
  }

  #read(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const colon = this.#pending.indexOf(0x3a);
      const length = Number(this.#pending.toString('latin1', 0, Math.max(0, colon)));
      if (colon < 0 || this.#pending.length < colon + length + 2) return;
      const message = JSON.parse(this.#pending.toString('utf8', colon + 1, colon + 1 + length)) as { type?: string };
      if (typeof message.type === 'string') this.events.push(message.type);
      this.#pending = this.#pending.subarray(colon + length + 2);
    }
  }
}

function connect(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
