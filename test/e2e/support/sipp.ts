import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './peers.ts';
import { freePort } from './ports.ts';

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

/** Runs one scenario to its end. Never rejects for failed calls: the result tells. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-sipp-'));
  try {
    const file = join(folder, 'scenario.xml');
    await writeFile(file, options.scenario);
    const calls = options.calls ?? 1;
    const timeoutMs = options.timeoutMs ?? 40_000;
    const args = [
      `127.0.0.1:${options.hubPort}`,
      ...['-sf', file],
      ...['-s', options.service ?? 'demo'],
      ...['-key', 'caller', options.caller ?? 'sipp'],
      ...['-key', 'media_port_of_test', String(options.mediaPort ?? 9)],
      ...['-p', String(await freePort())],
      ...['-i', options.host ?? '127.0.0.1'],
      ...['-mi', options.host ?? '127.0.0.1'],
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
    const exitCode = await run(folder, args, timeoutMs + 5000);
    const messages = await readOr(join(folder, 'messages.log'));
    const errors = await readOr(join(folder, 'errors.log'));
    const { successful, failed } = totals(await readOr(join(folder, 'stat.csv')));
    return { exitCode, successful, failed, messages, errors };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(folder: string, args: readonly string[], killAfterMs: number): Promise<number | null> {
  const program = programPath('sipp');
  if (program === undefined) throw new Error('sipp is not installed');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } });
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
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

async function readOr(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
