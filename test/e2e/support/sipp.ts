import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './peers.ts';
import { freePort } from './ports.ts';
import { releaseRequest } from './sipp-scenario.ts';

export interface SippOptions {
  scenario: string;
  hubPort: number;
  transport?: 'udp' | 'tcp';
  /** User part that is called. */
  service?: string;
  caller?: string;
  calls?: number;
  callsPerSecond?: number;
  /** Most calls at the same time. */
  concurrent?: number;
  /** Source address; any of 127.0.0.0/8. */
  host?: string;
  /** Instead of one that sipp makes up. */
  callId?: string;
  /** UDP port of the test's own RTP side, for the offer. 9 (discard) where a test has none. */
  mediaPort?: number;
  timeoutMs?: number;
}

export interface SippResult {
  exitCode: number | null;
  successful: number;
  failed: number;
  /** All messages sent and received, and sipp's own complaints. */
  messages: string;
  errors: string;
}

/** A run of sipp. */
export interface Sipp {
  /** Its end. Never rejects for failed calls: the result tells. */
  readonly done: Promise<SippResult>;
  /** Lets the call (the first, over UDP) go on that waits in `untilReleased`. */
  release(): Promise<void>;
  /** All messages so far. */
  messages(): Promise<string>;
}

/** Runs one scenario to its end. */
export function runSipp(options: SippOptions): Promise<SippResult> {
  return startSipp(options).done;
}

export function startSipp(options: SippOptions): Sipp {
  const host = options.host ?? '127.0.0.1';
  const started = Promise.withResolvers<{ pid: number; port: number; folder: string }>();
  started.promise.catch(() => {});
  return {
    done: run(options, host, started.resolve),
    async release() {
      const { pid, port } = await started.promise;
      await sendDatagram(releaseRequest(options.callId ?? `1-${pid}@${host}`), port, host);
    },
    async messages() {
      const { folder } = await started.promise;
      return await readOr(join(folder, 'messages.log'));
    },
  };
}

async function run(
  options: SippOptions,
  host: string,
  started: (sipp: { pid: number; port: number; folder: string }) => void,
): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-sipp-'));
  try {
    const file = join(folder, 'scenario.xml');
    await writeFile(file, options.scenario);
    const calls = options.calls ?? 1;
    const timeoutMs = options.timeoutMs ?? 40_000;
    const port = await freePort();
    const args = [
      `127.0.0.1:${options.hubPort}`,
      ...['-sf', file],
      ...['-s', options.service ?? 'demo'],
      ...['-key', 'caller', options.caller ?? 'sipp'],
      ...['-key', 'media_port_of_test', String(options.mediaPort ?? 9)],
      ...['-p', String(port)],
      ...['-i', host],
      ...['-mi', host],
      ...['-t', options.transport === 'tcp' ? 't1' : 'u1'],
      ...['-m', String(calls)],
      ...['-r', String(options.callsPerSecond ?? 10)],
      ...['-l', String(options.concurrent ?? calls)],
      ...(options.callId === undefined ? [] : ['-cid_str', options.callId]),
      ...['-timeout', `${Math.ceil(timeoutMs / 1000)}`, '-timeout_error'],
      ...['-trace_msg', '-message_file', join(folder, 'messages.log')],
      ...['-trace_err', '-error_file', join(folder, 'errors.log')],
      ...['-trace_stat', '-stf', join(folder, 'stat.csv'), '-fd', '1'],
      '-nostdin',
    ];
    const exitCode = await execute(folder, args, timeoutMs + 5000, (pid) => started({ pid, port, folder }));
    const messages = await readOr(join(folder, 'messages.log'));
    const errors = complaints(await readOr(join(folder, 'errors.log')));
    const { successful, failed } = totals(await readOr(join(folder, 'stat.csv')));
    return { exitCode, successful, failed, messages, errors };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function execute(
  folder: string,
  args: readonly string[],
  killAfterMs: number,
  spawned: (pid: number) => void,
): Promise<number | null> {
  const program = programPath('sipp');
  if (program === undefined) throw new Error('sipp is not installed');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } });
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('error', reject);
    child.once('spawn', () => spawned(child.pid ?? 0));
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

function sendDatagram(text: string, port: number, host: string): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.send(text, port, host, (error) => {
      socket.close();
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The cumulative columns of the last line of sipp's statistics. */
function totals(csv: string): { successful: number; failed: number } {
  const lines = csv.trim().split('\n');
  const names = (lines[0] ?? '').split(';');
  const values = (lines.at(-1) ?? '').split(';');
  const column = (name: string) => Number(values[names.indexOf(name)] ?? 0);
  return { successful: column('SuccessfulCall(C)'), failed: column('FailedCall(C)') };
}

/** What sipp says of calls and messages; not that it got little processor time. */
function complaints(log: string): string {
  const lines = log.replaceAll(/[^\n\t]*\t[^\n\t]*\t[\d.]+: Overload warning: [^\n]*?remaining\./g, '');
  return /^The following events occurred:\s*$/.test(lines) ? '' : lines;
}

async function readOr(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
