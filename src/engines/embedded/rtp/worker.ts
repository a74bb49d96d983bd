import type { Socket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { assertNever } from '../../../errors.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import { CallGrid } from './call-grid.ts';
import { closeUdp, openUdp } from './call-sockets.ts';
import { type FromWorker, type OpenCall, type ToWorker, type WorkerData, WorkerWord } from './messages.ts';
import { SLOT_MS } from './slot-clock.ts';
import { raiseThreadPriority } from './thread-priority.ts';
import { WorkerCall } from './worker-call.ts';

if (parentPort === null) throw new Error('this module runs as a worker thread');
const port = parentPort;
const words = new Int32Array((workerData as WorkerData).words);

interface Slot {
  call: WorkerCall;
  options: OpenCall;
  rtp: Socket;
  rtcp: Socket | undefined;
  slot: number;
  closing: boolean;
}

const calls = new Map<number, Slot>();
const grid = new CallGrid();
const tick = 1;

function post(message: FromWorker): void {
  port.postMessage(message);
}

words[WorkerWord.raised] = raiseThreadPriority() ? 1 : 0;

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'open':
      void open(message);
      return;
    case 'configure':
      void configure(message.id, message.audio);
      return;
    case 'dtmf':
      calls.get(message.id)?.call.sendDtmf(message.digits, message.durationMs, message.gapMs, message.token);
      return;
    case 'join':
      calls.get(message.id)?.call.join(message.memory, message.side);
      post({ type: 'bridge-done', id: message.id });
      return;
    case 'part':
      calls.get(message.id)?.call.part();
      post({ type: 'bridge-done', id: message.id });
      return;
    case 'press':
      calls.get(message.id)?.call.press(message.digit, message.durationMs);
      return;
    case 'keys-elsewhere':
      calls.get(message.id)?.call.sendKeysElsewhere(message.elsewhere);
      return;
    case 'tap':
      calls.get(message.id)?.call.listen(message.memory);
      return;
    case 'close':
      void close(message.id);
      return;
    case 'shutdown':
      void shutdown();
      return;
    default:
      assertNever(message);
  }
});

async function open(options: OpenCall): Promise<void> {
  const { id } = options;
  let socket: Socket | undefined;
  let rtcpFrom: Slot | undefined;
  const call = new WorkerCall(options, {
    sendRtp: (bytes, remotePort, address) => socket?.send(bytes, remotePort, address),
    sendRtcp: (bytes, length, remotePort, address) =>
      (rtcpFrom?.rtcp ?? socket)?.send(bytes, 0, length, remotePort, address),
    news: post,
    random: Math.random,
    wallMs: Date.now,
    sharedUs,
  });
  try {
    socket = await openUdp(
      options.host,
      options.port,
      (bytes, source) => call.onRtp(bytes, source.address, source.port, performance.now()),
      (error) => post({ type: 'socket-error', id, message: error.message }),
    );
  } catch (error) {
    post({ type: 'open-failed', id, code: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' });
    return;
  }
  const near = options.near === undefined ? undefined : calls.get(options.near)?.slot;
  const slot = grid.add(call, near);
  rtcpFrom = { call, options, rtp: socket, rtcp: undefined, slot, closing: false };
  calls.set(id, rtcpFrom);
  post({ type: 'opened', id });
  startClock();
}

/** The clock of the system, which all threads share; `performance.now()` counts from the start of its thread. */
function sharedUs(): number {
  return ((performance.timeOrigin + performance.now()) * 1000) | 0;
}

async function configure(id: number, audio: NegotiatedAudio): Promise<void> {
  const entry = calls.get(id);
  if (entry === undefined) return;
  entry.call.configure(audio, performance.now());
  if (audio.rtcpMux || entry.rtcp !== undefined) return;
  const { host, port: rtpPort } = entry.options;
  try {
    const rtcp = await openUdp(
      host,
      rtpPort + 1,
      (bytes, source) => entry.call.onRtcp(bytes, source.address, source.port, performance.now()),
      (error) => post({ type: 'socket-error', id, message: error.message }),
    );
    if (entry.closing || entry.rtcp !== undefined) await closeUdp(rtcp);
    else entry.rtcp = rtcp;
  } catch (error) {
    // The call goes on: its reports leave from the RTP port, the peer's are not heard.
    post({ type: 'socket-error', id, message: `no RTCP port: ${(error as Error).message}` });
  }
}

async function close(id: number): Promise<void> {
  const entry = calls.get(id);
  if (entry === undefined) return;
  entry.closing = true;
  calls.delete(id);
  grid.remove(entry.call, entry.slot);
  entry.call.close(performance.now());
  await closeUdp(entry.rtp);
  if (entry.rtcp !== undefined) await closeUdp(entry.rtcp);
  post({ type: 'closed', id });
}

async function shutdown(): Promise<void> {
  await Promise.all([...calls.keys()].map(close));
  port.close();
}

// ---- the clock: one absolute grid for all calls ----

/** The sockets have been read since the last slot was served. */
let socketsRead = false;

function startClock(): void {
  if (grid.dueMs !== undefined) return;
  grid.start(performance.now() + SLOT_MS);
  setTimeout(run, SLOT_MS);
}

/**
 * Serves the slot that is due, then waits for the next. When late, sockets are read before the first slot and between two: what came
 * in time for a slot is in it, and is not taken for late.
 */
function run(): void {
  const dueMs = grid.dueMs;
  if (dueMs === undefined) return;
  if (calls.size === 0) {
    grid.stop();
    return;
  }
  const now = performance.now();
  const early = dueMs - now;
  // Timers have a resolution of 1 ms: half of that early is nearer than another millisecond late.
  if (early > 0.5) {
    socketsRead = false;
    setTimeout(run, Math.max(1, Math.floor(early)));
    return;
  }
  if (early < -SLOT_MS && !socketsRead) {
    socketsRead = true;
    setImmediate(run);
    return;
  }
  if (early < -SLOT_MS) words[WorkerWord.lateSlots] = (words[WorkerWord.lateSlots] ?? 0) + 1;
  if (-early * 1000 > (words[WorkerWord.worstLateUs] ?? 0)) words[WorkerWord.worstLateUs] = Math.round(-early * 1000);
  const served = grid.serve(now);
  if (served !== 'slot') endRound(served === 'round');
  const wait = (grid.dueMs ?? now) - performance.now();
  // An immediate runs after the sockets.
  socketsRead = wait <= 0.5;
  if (socketsRead) setImmediate(run);
  else setTimeout(run, Math.max(1, Math.floor(wait)));
}

function endRound(active: boolean): void {
  words[WorkerWord.ticks] = (words[WorkerWord.ticks] ?? 0) + 1;
  if ((words[WorkerWord.ticks] ?? 0) % 25 === 0) publishCpu();
  if (active) post(tick);
}

function publishCpu(): void {
  const { user, system } = process.threadCpuUsage();
  words[WorkerWord.cpuMs] = Math.round((user + system) / 1000);
}
