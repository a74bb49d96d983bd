import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { findTone } from '../media/goertzel.ts';
import { sine } from '../media/tone.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { readWav } from '../media/wav.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import { MemoryDisk, MemoryRecordingStore } from './testing.ts';

const OFFER =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n';

let clock: VirtualClock;
let store: MemoryRecordingStore;
let disk: MemoryDisk;
let endpoint: FakeEndpoint;
let recorder: Recorder;

function make(changes: Partial<RecorderOptions> = {}): Recorder {
  return new Recorder({
    ...{ directory: '/recordings', maxMinutes: 60, beep: { atStart: false, everySeconds: undefined } },
    ...{ store, clock, create: disk.create, log: pino({ level: 'silent' }) },
    ...changes,
  });
}

async function call(changes: Partial<RecorderOptions> = {}): Promise<void> {
  recorder = make(changes);
  const engine = new FakeMediaEngine({ clock, timeoutMs: 10_000_000 });
  endpoint = await engine.createEndpoint({ callId: 'call' });
  recorder.attach('call', endpoint);
  await endpoint.answer(OFFER);
  recorder.answered('call', 'session');
}

const command = (action: 'start' | 'stop' | 'pause' | 'resume', name?: string) =>
  recorder.command('call', { action, name, by: 'bot' });
/** Lets writes to the disk, which take no time, come to their end. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};
const entries = () => [...store.entries.values()];
const audio = () => {
  const { channels } = readWav(disk.file);
  const [left = new Int16Array(), right = new Int16Array()] = channels;
  return { left, right, ms: left.length / 8 };
};
const span = (samples: Int16Array, hz: number) =>
  findTone(samples, hz, 8000)[0] ?? { fromMs: Number.NaN, toMs: Number.NaN };

beforeEach(async () => {
  clock = new VirtualClock();
  store = new MemoryRecordingStore();
  disk = new MemoryDisk();
  await call();
});

describe('a recording', () => {
  it('has the caller on the left and what the caller hears on the right, where they were in time', async () => {
    command('start');
    await clock.run(1_000);
    endpoint.caller.speak(sine(400, 500, 8000));
    await clock.run(200);
    endpoint.playout.write(sine(1000, 300, 8000));
    await clock.run(1_800);
    recorder.ended('call');
    await recorder.close();
    const { left, right, ms } = audio();
    expect(ms).toBe(3_000);
    for (const [samples, hz, from, to] of [
      [left, 400, 1_000, 1_500],
      [right, 1000, 1_200, 1_500],
    ] as const) {
      const { fromMs, toMs } = span(samples, hz);
      expect(Math.abs(fromMs - from)).toBeLessThanOrEqual(20);
      expect(Math.abs(toMs - to)).toBeLessThanOrEqual(20);
    }
    expect(findTone(left, 1000, 8000)).toEqual([]);
    expect(entries()).toMatchObject([
      { state: 'completed', callId: 'call', sessionId: 'session', durationMs: 3_000, bytes: 96_044, startedBy: 'bot' },
    ]);
    expect(entries()[0]?.file).toMatch(/^[A-Za-z0-9_-]{32}\.wav$/);
  });

  it('is silent while it is paused, and takes its time', async () => {
    endpoint.caller.speak(sine(400, 5_000, 8000));
    const [started] = command('start');
    await clock.run(1_000);
    command('pause');
    expect(started?.state).toBe('paused');
    await clock.run(1_000);
    command('resume');
    await clock.run(1_000);
    command('stop');
    await recorder.close();
    const { left, ms } = audio();
    expect(ms).toBe(3_000);
    const spans = findTone(left, 400, 8000);
    expect(spans.map(({ fromMs, toMs }) => [Math.round(fromMs / 100), Math.round(toMs / 100)])).toEqual([
      [0, 10],
      [20, 30],
    ]);
    expect(entries()[0]).toMatchObject({ pauses: [{ fromMs: 1_000, toMs: 2_000 }], state: 'completed' });
  });

  it('tells where in the call it began, and that a pause lasted to its end', async () => {
    await clock.run(2_500);
    command('start', 'late');
    await clock.run(400);
    command('pause');
    await clock.run(600);
    await endpoint.close();
    await recorder.close();
    expect(entries()[0]).toMatchObject({ name: 'late', offsetMs: 2_500, pauses: [{ fromMs: 400, toMs: 1_000 }] });
  });

  it('is silence where the engine has lost frames, also at the end', async () => {
    command('start');
    await clock.run(500);
    const { onTap } = endpoint;
    onTap.call(endpoint, undefined);
    await clock.run(3_000);
    command('stop');
    await recorder.close();
    expect(audio().ms).toBe(3_500);
  });

  it('grows on disk while the call goes on, with a header that is true', async () => {
    command('start');
    await clock.run(1_400);
    await settle();
    expect(audio().ms).toBe(1_000);
    expect(disk.file.readUInt32LE(40)).toBe(disk.file.length - 44);
  });

  it('ends by itself when it is as long as it may be', async () => {
    await call({ maxMinutes: 1 });
    command('start');
    await clock.run(70_000);
    await settle();
    const last = entries().at(-1);
    expect(last).toMatchObject({ state: 'completed', durationMs: 60_000, note: expect.stringContaining('longest') });
    expect(recorder.active).toBe(0);
  });
});

describe('several recordings of one call', () => {
  it('are told apart by name, up to eight at a time', async () => {
    command('start', 'a');
    await clock.run(500);
    command('start', 'b');
    expect(command('start', 'a')[0]?.offsetMs).toBe(0);
    command('stop', 'a');
    expect(() => command('pause', 'a')).toThrow(expect.objectContaining({ code: 'recording_unknown' }));
    await clock.run(500);
    expect(command('pause').map(({ name }) => name)).toEqual(['b']);
    for (let n = 0; n < 7; n++) command('start');
    expect(() => command('start')).toThrow(expect.objectContaining({ code: 'too_many_recordings' }));
    await recorder.close();
    expect(disk.files.size).toBe(9);
    expect(recorder.idsOf('call')).toHaveLength(9);
  });
});

describe('what is wanted before the answer', () => {
  it('begins at the answer, once', async () => {
    recorder = make();
    recorder.attach('call', endpoint);
    recorder.ensure('call', 'parameter');
    recorder.ensure('call', 'rule r');
    expect(command('start', 'dropped')).toEqual([]);
    expect(command('stop', 'dropped')).toEqual([]);
    expect(command('start', 'kept')).toEqual([]);
    expect(recorder.active).toBe(0);
    recorder.answered('call', 'call');
    recorder.answered('call', 'call');
    recorder.ensure('call', 'rule r');
    expect(recorder.active).toBe(2);
    await recorder.close();
    expect(entries()).toMatchObject([{ startedBy: 'parameter' }, { startedBy: 'bot', name: 'kept' }]);
  });

  it('nothing is left of a call that is over', async () => {
    command('start');
    await clock.run(100);
    await endpoint.close();
    await recorder.close();
    expect(recorder.active).toBe(0);
    expect(() => command('start')).toThrow(expect.objectContaining({ code: 'call_not_live' }));
    recorder.ensure('nobody', 'x');
    recorder.ended('nobody');
  });
});

describe('a disk', () => {
  it('that is full fails the recording and not the call', async () => {
    disk.room = 50_000;
    command('start');
    for (let n = 0; n < 30; n++) {
      await clock.run(100);
      await settle();
    }
    expect(entries()).toMatchObject([{ state: 'failed', note: 'the disk is full', bytes: 48_044 }]);
    expect(audio().ms).toBe(1_500);
    expect(recorder.active).toBe(0);
    expect(endpoint.closed).toBe(false);
    disk.room = Number.POSITIVE_INFINITY;
    expect(command('start')).toHaveLength(1);
  });

  it('that does not keep up fails it after a while, with bounded memory', async () => {
    const gate = Promise.withResolvers<void>();
    disk.gate = gate.promise;
    command('start');
    await clock.run(30_000);
    await settle();
    expect(recorder.active).toBe(0);
    gate.resolve();
    await recorder.close();
    expect(entries()).toMatchObject([{ state: 'failed', note: 'the disk does not keep up with the call' }]);
  });

  it('that takes no file fails it', async () => {
    await call({ create: () => Promise.reject(Object.assign(new Error('denied'), { code: 'EACCES' })) });
    command('start');
    await clock.run(100);
    await settle();
    expect(entries().at(-1)).toMatchObject({ state: 'failed', note: 'the file cannot be written', bytes: 0 });
  });

  it('of which no more may be used takes none', async () => {
    await call({ maxGigabytes: 0 });
    command('start');
    await clock.run(100);
    await settle();
    expect(entries().at(-1)).toMatchObject({ state: 'failed', note: 'recordings.maxGigabytes is reached' });
  });
});

describe('a beep', () => {
  const beeps = () => endpoint.caller.spans.map(({ atMs }) => Math.round(atMs / 100) / 10);

  it('is heard at the start and every few seconds, while something is recorded', async () => {
    await call({ beep: { atStart: true, everySeconds: 15 } });
    await clock.run(1_000);
    const from = clock.now();
    command('start');
    await clock.run(40_000);
    command('stop');
    await clock.run(40_000);
    expect(beeps().map((at) => Math.round(at - from / 1000))).toEqual([0, 15, 30]);
    await recorder.close();
    const { right } = audio();
    expect(Math.abs(span(right, 1400).fromMs)).toBeLessThanOrEqual(20);
  });

  it('waits until the hub has spoken', async () => {
    await call({ beep: { atStart: true, everySeconds: undefined } });
    endpoint.playout.write(sine(1000, 1_000, 8000));
    command('start');
    await clock.run(2_000);
    const [prompt, beep] = endpoint.caller.spans;
    expect((beep?.atMs ?? 0) - (prompt?.endMs ?? 0)).toBeGreaterThanOrEqual(0);
    expect(endpoint.caller.spans).toHaveLength(2);
  });
});
