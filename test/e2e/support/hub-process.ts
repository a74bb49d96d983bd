import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import type { CallRecord } from '../../../src/calls/record.ts';
import { freeHubPorts, type HubConfigOptions, type HubPorts, hubConfig, TEST_AUTHORIZATION } from './hub-config.ts';
import { waitFor } from './wait-for.ts';

export const PROJECT = join(import.meta.dirname, '../../..');
/** What `npm start` runs. */
export const PRODUCTION = join(PROJECT, 'bin/patchbay.js');
/** Node's flags as in `npm start`: a hub that is measured must have the same. */
const NODE_FLAGS = packageJson.scripts.start.split(' ').slice(1, -2);
/** Composes the hub with speech made of tones, and with a lossy SIP socket when told. */
export const TEST_LAUNCHER = join(import.meta.dirname, 'hub-launcher.ts');

export interface StartHubOptions extends Omit<HubConfigOptions, 'ports' | 'dataDir'> {
  program?: string;
  ports?: HubPorts;
  /** Kept between two hubs by the test; otherwise made and removed with the hub. */
  dataDir?: string;
  env?: Record<string, string>;
  /** Besides those of `npm start`. */
  nodeFlags?: readonly string[];
  /** The configuration's text, where a test wants a wrong one. */
  configText?: string;
}

/** A hub in a process of its own. */
export class HubProcess {
  readonly ports: HubPorts;
  readonly dataDir: string;
  readonly child: ChildProcess;
  /** From the start of the process to the first good /readyz. */
  readyAfterMs = 0;
  /** Standard output and error, the latest part. */
  output = '';
  readonly exited: Promise<number | null>;
  readonly #folder: string;

  private constructor(child: ChildProcess, ports: HubPorts, dataDir: string, folder: string) {
    this.child = child;
    this.ports = ports;
    this.dataDir = dataDir;
    this.#folder = folder;
    const collect = (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-2_000_000);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    this.exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Starts a hub without waiting for it: `ready()` or `exited` tell. */
  static async spawn(options: StartHubOptions): Promise<HubProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
    const ports = options.ports ?? (await freeHubPorts());
    const dataDir = options.dataDir ?? join(folder, 'data');
    const file = join(folder, 'hub.yaml');
    await writeFile(file, options.configText ?? hubConfig({ ...options, ports, dataDir }));
    const flags = [...NODE_FLAGS, ...(options.nodeFlags ?? [])];
    const args = [...flags, options.program ?? PRODUCTION, 'start', '--config', file];
    const child = spawn(process.execPath, args, {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    return new HubProcess(child, ports, dataDir, folder);
  }

  static async start(options: StartHubOptions): Promise<HubProcess> {
    const hub = await HubProcess.spawn(options);
    try {
      await hub.ready();
    } catch (error) {
      await hub.stop();
      throw error;
    }
    return hub;
  }

  get api(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  async ready(ms = 45_000): Promise<void> {
    const startedAt = performance.now();
    let code: number | null | undefined;
    this.exited.then((exitCode) => {
      code = exitCode;
    }, undefined);
    await waitFor('the hub to be ready', ms, async () => {
      if (code !== undefined) throw new Error(`the hub ended with ${code}:\n${this.output}`);
      return (await statusOf(`${this.api}/readyz`)) === 200 || undefined;
    });
    this.readyAfterMs = performance.now() - startedAt;
  }

  /** As the tests' API client, who may everything. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.api}${path}`, { ...init, headers: { authorization: TEST_AUTHORIZATION, ...init.headers } });
  }

  async get<T>(path: string): Promise<T> {
    const answer = await this.fetch(path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async calls(): Promise<CallRecord[]> {
    const { calls } = await this.get<{ calls: CallRecord[] }>('/api/v1/calls?limit=100');
    return calls;
  }

  /** Waits until a call is over and its record complete. `which` defaults to the newest. */
  endedCall(which: (call: CallRecord) => boolean = () => true, ms = 15_000): Promise<CallRecord> {
    return waitFor('an ended call', ms, async () => {
      const call = (await this.calls()).find(which);
      if (call?.state !== 'ended') return undefined;
      return this.get<CallRecord>(`/api/v1/calls/${call.id}`);
    });
  }

  /** Sum of all series of one Prometheus metric whose labels contain `labels`. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await this.fetch('/metrics')).text();
    let sum = 0;
    let found = false;
    for (const line of text.split('\n')) {
      const match = /^([a-zA-Z_:][\w:]*)(\{[^}]*\})? (\S+)$/.exec(line);
      if (match?.[1] !== name || !(match[2] ?? '').includes(labels)) continue;
      found = true;
      sum += Number(match[3]);
    }
    if (!found && labels === '') throw new Error(`there is no metric ${name}`);
    return sum;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it, gently at first. Keeps the data directory when the test gave it. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      const insist = setTimeout(() => this.child.kill('SIGTERM'), 1000);
      const force = setTimeout(() => this.child.kill('SIGKILL'), 6000);
      await this.exited;
      clearTimeout(insist);
      clearTimeout(force);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}
