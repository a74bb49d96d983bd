import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBound } from './bound-port.ts';
import { programPath } from './peers.ts';
import { freePort } from './ports.ts';
import { waitFor } from './wait-for.ts';

/** Steps of a sipp scenario that is called; `[...]` are sipp's own keywords. */

const COPIED = ['[last_Via:]', '[last_From:]', '[last_To:];tag=[pid]SIPpTag01[call_number]', '[last_Call-ID:]'];
const CONTACT = 'Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>';

const SDP = [
  'v=0',
  'o=sipp 53655765 2353687637 IN IP[local_ip_type] [local_ip]',
  's=-',
  'c=IN IP[local_ip_type] [local_ip]',
  't=0 0',
  'm=audio [media_port_of_test] RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
].join('\n');

export interface ReplyOptions {
  /** With an answer to the offer; a text is one of its own. */
  sdp?: boolean | string;
  headers?: readonly string[];
  /** The CSeq method, where the last request was another. */
  method?: string;
  /** False: the To has its tag already; a text is the tag of one of several forks. */
  tag?: boolean | string;
  /** Answers the INVITE that `gotKeptInvite` has kept, whatever came since. */
  toInvite?: boolean;
}

export function reply(status: number, reason: string, options: ReplyOptions = {}): string {
  const body = options.sdp === true ? SDP : typeof options.sdp === 'string' ? options.sdp : '';
  const { tag } = options;
  const copied = COPIED.map((line) =>
    tag === undefined || tag === true ? line : line.replace(/;tag=.*/, tag === false ? '' : `;tag=${tag}`),
  );
  const cseq = options.method === undefined ? '[last_CSeq:]' : `CSeq: [last_cseq_number] ${options.method}`;
  const own = tag === undefined || tag === true ? '[pid]SIPpTag01[call_number]' : tag;
  const kept = ['Via: [$via]', 'From: [$caller]', `To: [$callee];tag=${own}`, '[last_Call-ID:]', 'CSeq: [$cseq]'];
  const lines = [
    `SIP/2.0 ${status} ${reason}`,
    ...(options.toInvite === true ? kept : [...copied, cseq]),
    CONTACT,
    ...(options.headers ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    'Content-Length: [len]',
    '',
    body,
  ];
  const repeated = status >= 200 && options.tag !== false && options.toInvite !== true ? ' retrans="500"' : '';
  return `<send${repeated}><![CDATA[\n${lines.join('\n')}\n]]></send>`;
}

export const got = (method: string, timeoutMs = 15_000): string =>
  `<recv request="${method}" timeout="${timeoutMs}"></recv>`;

/** A request of the callee, in the dialog that its 200 made. */
export function calleeRequest(method: string, cseq: number, headers: readonly string[] = []): string {
  const lines = [
    `${method} [next_url] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    'Max-Forwards: 70',
    'From: <sip:callee@[local_ip]:[local_port]>;tag=[pid]SIPpTag01[call_number]',
    'To: [$caller]',
    '[last_Call-ID:]',
    `CSeq: ${cseq} ${method}`,
    CONTACT,
    ...headers,
    'Content-Length: 0',
  ];
  return `<send retrans="500"><![CDATA[\n${lines.join('\n')}\n\n]]></send>`;
}

/** BYE of the callee, and its answer. */
export function calleeBye(headers: readonly string[] = [], cseq = 1): string {
  return `${calleeRequest('BYE', cseq, headers)}<recv response="200" timeout="15000"></recv>`;
}

/** The INVITE, whose From and Contact a BYE of the callee needs. */
export const gotInvite = (): string =>
  '<recv request="INVITE" rrs="true" timeout="15000"><action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/><log message="[$caller]"/></action></recv>';

/** The INVITE, of which everything is kept that later answers of other branches need (`toInvite`). */
export function gotKeptInvite(): string {
  const fields = { via: 'Via:', caller: 'From:', callee: 'To:', cseq: 'CSeq:' };
  const kept = Object.entries(fields).map(
    ([name, header]) => `<ereg regexp=".*" search_in="hdr" header="${header}" assign_to="${name}"/>`,
  );
  const read = Object.keys(fields).map((name) => `[$${name}]`);
  return `<recv request="INVITE" rrs="true" timeout="15000"><action>${kept.join('')}<log message="${read.join(' ')}"/></action></recv>`;
}

export interface CalleeResult {
  exitCode: number | null;
  /** All messages sent and received. */
  messages: string;
  errors: string;
}

export interface SippCallee {
  port: number;
  /** When its last call is over. */
  done: Promise<CalleeResult>;
  stop(): void;
}

/** Starts sipp as a callee; it is there when this resolves. */
export async function startCallee(
  steps: readonly string[],
  options: { calls?: number; mediaPort?: number; timeoutMs?: number; transport?: 'udp' | 'tcp'; port?: number } = {},
): Promise<SippCallee> {
  const program = programPath('sipp');
  if (program === undefined) throw new Error('sipp is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-callee-'));
  const file = join(folder, 'scenario.xml');
  await writeFile(
    file,
    `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="callee">\n${steps.join('\n')}\n</scenario>\n`,
  );
  const port = options.port ?? (await freePort());
  const args = [
    ...['-sf', file, '-p', String(port), '-i', '127.0.0.1', '-mi', '127.0.0.1'],
    ...['-key', 'media_port_of_test', String(options.mediaPort ?? 9)],
    ...['-t', options.transport === 'tcp' ? 't1' : 'u1', '-m', String(options.calls ?? 1)],
    ...['-timeout', `${Math.ceil((options.timeoutMs ?? 30_000) / 1000)}`, '-timeout_error', '-nostdin'],
    ...['-trace_msg', '-message_file', join(folder, 'messages.log')],
    ...['-trace_err', '-error_file', join(folder, 'errors.log')],
  ];
  const child = spawn(program, args, { cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } });
  const done = ended(child).then(async (exitCode) => {
    const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
    const result = { exitCode, messages: await read('messages.log'), errors: await read('errors.log') };
    await rm(folder, { recursive: true, force: true });
    return result;
  });
  await waitFor(
    'sipp to listen',
    15_000,
    async () => child.exitCode !== null || (await isBound(port, options.transport ?? 'udp')),
  );
  return { port, done, stop: () => child.kill('SIGKILL') };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
