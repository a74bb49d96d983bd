import type { Socket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { assertNever } from '../../../errors.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import { closeUdp, openUdp } from './call-sockets.ts';
import { type FromWorker, type OpenCall, type ToWorker, type WorkerData, WorkerWord } from './messages.ts';
import { REPLY_SLOTS, SLOT_MS, SLOTS, SlotClock } from './slot-clock.ts';
import { raiseThreadPriority } from './thread-priority.ts';
import { WorkerCall } from './worker-call.ts';

/**
 * Calls share a slot until it holds this many, and the slot served last is filled first: the tick message follows it
 * at once, so with few calls their audio reaches the main thread without waiting, and with many they are spread.
 */
const SLOT_FILL = 50;

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
const slots: WorkerCall[][] = Array.from({ length: SLOTS }, () => []);
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
  const slot = chooseSlot(options.near);
  rtcpFrom = { call, options, rtp: socket, rtcp: undefined, slot, closing: false };
  calls.set(id, rtcpFrom);
  slots[slot]?.push(call);
  post({ type: 'opened', id });
  startClock();
}

/** The clock of the system, which all threads share; `performance.now()` counts from the start of its thread. */
function sharedUs(): number {
  return ((performance.timeOrigin + performance.now()) * 1000) | 0;
}

/** A call near another is sent in the very slot in which the other is heard, and the other way round: half a round apart. */
function chooseSlot(near: number | undefined): number {
  const other = near === undefined ? undefined : calls.get(near);
  if (other !== undefined) return (other.slot + REPLY_SLOTS) % SLOTS;
  let chosen = SLOTS - 1;
  for (let slot = SLOTS - 1; slot >= 0; slot--) {
    const size = slots[slot]?.length ?? 0;
    if (size < SLOT_FILL) return slot;
    if (size < (slots[chosen]?.length ?? 0)) chosen = slot;
  }
  return chosen;
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
  const list = slots[entry.slot];
  list?.splice(list.indexOf(entry.call), 1);
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

let clock: SlotClock | undefined;
let skipped = 0;
const skippedBefore = new Array<number>(SLOTS).fill(0);
let active = false;

function startClock(): void {
  if (clock !== undefined) return;
  clock = new SlotClock(performance.now() + SLOT_MS);
  setTimeout(run, SLOT_MS);
}

/** Serves the slot that is due, then waits for the next; when late, sockets are read between two slots. */
function run(): void {
  if (clock === undefined) return;
  if (calls.size === 0) {
    clock = undefined;
    return;
  }
  const now = performance.now();
  const early = clock.dueMs - now;
  // Timers have a resolution of 1 ms: half of that early is nearer than another millisecond late.
  if (early > 0.5) {
    setTimeout(run, Math.max(1, Math.floor(early)));
    return;
  }
  if (early < -SLOT_MS) words[WorkerWord.lateSlots] = (words[WorkerWord.lateSlots] ?? 0) + 1;
  if (-early * 1000 > (words[WorkerWord.worstLateUs] ?? 0)) words[WorkerWord.worstLateUs] = Math.round(-early * 1000);
  skipped += clock.skipLost(now);
  serve(clock);
  clock.advance();
  const wait = clock.dueMs - performance.now();
  if (wait <= 0.5) setImmediate(run);
  else setTimeout(run, Math.max(1, Math.floor(wait)));
}

function serve(grid: SlotClock): void {
  const slot = grid.slot;
  const missed = skipped - (skippedBefore[slot] ?? 0);
  skippedBefore[slot] = skipped;
  const list = slots[slot];
  const dueMs = grid.dueMs;
  if (list !== undefined) {
    for (let i = 0; i < list.length; i++) if (list[i]?.receive(dueMs)) active = true;
  }
  const senders = slots[(slot + REPLY_SLOTS) % SLOTS];
  if (senders !== undefined) for (let i = 0; i < senders.length; i++) senders[i]?.send(missed);
  if (slot !== SLOTS - 1) return;
  words[WorkerWord.ticks] = (words[WorkerWord.ticks] ?? 0) + 1;
  if ((words[WorkerWord.ticks] ?? 0) % 25 === 0) publishCpu();
  if (active) post(tick);
  active = false;
}

function publishCpu(): void {
  const { user, system } = process.threadCpuUsage();
  words[WorkerWord.cpuMs] = Math.round((user + system) / 1000);
}
