import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTone } from '../../media/goertzel.ts';
import { sine } from '../../media/tone.ts';
import { ForkPlayout, LUMP_SAMPLES } from './fork-playout.ts';
import { AudioForkModule } from './testing/audio-fork-module.ts';

const FRAME = 160;

/** A playout and the module that it feeds, on a clock of the test. One `frame()` is 20 ms of FreeSWITCH. */
class Bench {
  now = 1000;
  heldUpMs = 0;
  readonly heard: number[] = [];
  readonly keys: { digit: string; atMs: number }[] = [];
  readonly lumps: number[] = [];
  kills = 0;
  /** What the module has not read yet; undefined: it reads at once. */
  unread: (() => void)[] | undefined;
  readonly module = new AudioForkModule(() => {});
  readonly playout = new ForkPlayout({
    now: () => this.now,
    heldUpMs: () => this.heldUpMs,
    pressKey: (digit) => this.keys.push({ digit, atMs: this.heard.length / 8 }),
  });

  attach(): this {
    this.playout.attach({
      send: (lump) => {
        this.lumps.push(lump.length / 2);
        this.#deliver(() => this.module.binary(lump));
      },
      killAudio: () => {
        this.kills++;
        this.#deliver(() => this.module.text('{"type":"killAudio"}'));
      },
    });
    return this;
  }

  #deliver(message: () => void): void {
    if (this.unread === undefined) message();
    else this.unread.push(message);
  }

  /** The module plays on, but its connection is not served: it reads nothing, and the hub gets its frames all at once. */
  stall(frames: number): void {
    for (let i = 0; i < frames; i++) {
      const frame = new Int16Array(FRAME);
      this.module.tick(frame);
      this.heard.push(...frame);
      this.now += 20;
    }
    for (let i = 0; i < frames; i++) this.playout.tick(FRAME);
    for (const message of this.unread ?? []) message();
    this.unread = undefined;
  }

  connect(options = { sending: true, keysAsTones: false }): this {
    this.playout.configure(options);
    return this.attach();
  }

  /** The module takes a frame; the hub is told half a frame later. */
  frame(): void {
    this.now += 10;
    const frame = new Int16Array(FRAME);
    this.module.tick(frame);
    this.heard.push(...frame);
    this.now += 10;
    this.playout.tick(FRAME);
  }

  frames(count: number): this {
    for (let i = 0; i < count; i++) this.frame();
    return this;
  }

  heardMs(hertz: number): number {
    return findTone(Int16Array.from(this.heard), hertz, 8000).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  }

  /** Samples heard that are not silence. */
  sound(): number[] {
    return this.heard.filter((sample) => sample !== 0);
  }
}

/** `count` samples, each with a value of its own. */
function numbered(count: number, from = 1): Int16Array {
  return Int16Array.from({ length: count }, (_, i) => from + i);
}

describe('what goes to mod_audio_fork', () => {
  it.each([20, 60, 100, 140, 333])('%i ms are heard whole, and nothing stays behind', (ms) => {
    const bench = new Bench().connect();
    const samples = numbered(8 * ms);
    bench.playout.write(samples);
    bench.frames(40);
    expect(bench.sound()).toEqual([...samples]);
    expect(bench.module.collectedLength).toBe(0);
    expect(bench.playout.playedMs).toBe(ms);
    expect(new Set(bench.lumps)).toEqual(new Set([LUMP_SAMPLES]));
  });

  it('a long prompt is heard without a hole, from the first frame on, and at most 480 ms of it are under way', () => {
    const bench = new Bench().connect();
    bench.playout.write(numbered(24_000));
    expect(bench.module.playoutLength).toBe(6 * LUMP_SAMPLES);
    bench.frames(150);
    expect(bench.heard.slice(0, 24_000)).toEqual([...numbered(24_000)]);
  });

  it('a sample of -1 is a sample: marks are not used', () => {
    const bench = new Bench().connect();
    bench.playout.write(new Int16Array(800).fill(-1));
    bench.frames(12);
    expect(bench.sound()).toEqual(Array.from({ length: 800 }, () => -1));
  });

  it('what is written in real time is heard without a hole after the first one', () => {
    const bench = new Bench().connect();
    for (let i = 0; i < 100; i++) {
      bench.playout.write(new Int16Array(FRAME).fill(1000));
      bench.frame();
    }
    const late = bench.heard.slice(-8000);
    expect(late.every((sample) => sample === 1000)).toBe(true);
  });

  it('waits for the connection, and sends what was lost with one again', async () => {
    const bench = new Bench();
    bench.playout.configure({ sending: true, keysAsTones: false });
    bench.playout.write(numbered(4000));
    const drained = bench.playout.drained();
    expect(bench.lumps).toEqual([]);
    bench.attach().frames(10);
    bench.playout.attach(undefined);
    const playedMs = bench.playout.playedMs;
    expect(playedMs).toBe(200);
    expect(bench.playout.queuedMs).toBe(300);
    const second = new Bench();
    Object.assign(second, { playout: bench.playout });
    bench.now += 500;
    second.now = bench.now;
    bench.playout.attach({ send: (lump) => second.module.binary(lump), killAudio: () => {} });
    for (let i = 0; i < 40; i++) {
      bench.now += 20;
      second.frame();
    }
    expect(second.sound()).toEqual([...numbered(4000)].slice(1600));
    expect(await drained).toBe(true);
  });
});

describe('stopping is stopping', () => {
  it('flush empties the module; what is written next is heard whole, and nothing of before', async () => {
    const bench = new Bench().connect();
    bench.playout.write(sine(1000, 5000, 8000));
    bench.frames(20);
    const waiting = bench.playout.drained();
    const droppedMs = bench.playout.flush();
    expect(bench.playout.playedMs + droppedMs).toBe(5000);
    expect(await waiting).toBe(false);
    const next = numbered(1600, 5000);
    bench.playout.write(next);
    const before = bench.heard.length;
    bench.frames(20);
    expect(bench.heard.slice(before).filter((sample) => sample !== 0)).toEqual([...next]);
    expect(bench.heardMs(1000)).toBe(400);
  });

  it('pause takes back what is in the module, resume sends it again from where it stopped', () => {
    const bench = new Bench().connect();
    bench.playout.write(numbered(6400));
    bench.frames(15);
    bench.playout.pause();
    expect(bench.playout.paused).toBe(true);
    bench.frames(20);
    expect(bench.playout.playedMs).toBe(300);
    expect(bench.playout.queuedMs).toBe(500);
    expect(bench.sound()).toHaveLength(2400);
    bench.playout.resume();
    bench.frames(40);
    expect(bench.sound()).toEqual([...numbered(6400)]);
  });

  it('knows what has been played while the hub was held up', () => {
    const bench = new Bench().connect();
    bench.playout.write(numbered(6400));
    bench.frames(5);
    const late = bench.now;
    for (let i = 0; i < 10; i++) bench.module.tick(new Int16Array(FRAME));
    bench.now = late + 206;
    expect(bench.playout.playedMs).toBe(100);
    bench.heldUpMs = 206;
    const droppedMs = bench.playout.flush();
    expect(droppedMs).toBe(500);
    expect(bench.playout.playedMs).toBe(300);
    bench.heldUpMs = 0;
    for (let i = 0; i < 10; i++) bench.playout.tick(FRAME);
    bench.playout.write(numbered(1600));
    bench.frames(20);
    expect(bench.playout.playedMs).toBe(500);
  });

  it('frames that were held up are no proof that the module has stopped: what is said next is heard', () => {
    const bench = new Bench().connect();
    bench.playout.write(sine(500, 2_000, 8000));
    bench.frames(15);
    bench.unread = [];
    bench.playout.flush();
    bench.playout.write(sine(900, 400, 8000));
    bench.stall(15);
    bench.frames(60);
    expect(bench.heardMs(900)).toBeGreaterThanOrEqual(360);
  });

  it('nothing is killed when there is nothing to stop', () => {
    const bench = new Bench().connect();
    bench.playout.flush();
    bench.playout.pause();
    bench.playout.resume();
    expect(bench.kills).toBe(0);
  });

  it('a hold takes back likewise', () => {
    const bench = new Bench().connect();
    bench.playout.write(numbered(3200));
    bench.frames(5);
    bench.playout.configure({ sending: false, keysAsTones: false });
    bench.frames(10);
    expect(bench.sound()).toHaveLength(800);
    bench.playout.configure({ sending: true, keysAsTones: false });
    bench.frames(30);
    expect(bench.sound()).toEqual([...numbered(3200)]);
  });

  it('whatever is done, each sample is heard once, in order, or was flushed', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), count: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({ do: fc.constant('frames' as const), count: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ do: fc.constantFrom('flush' as const, 'pause' as const, 'resume' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const bench = new Bench().connect();
        let written = 0;
        let droppedMs = 0;
        for (const action of steps) {
          switch (action.do) {
            case 'write':
              bench.playout.write(Int16Array.from({ length: action.count }, (_, i) => ((written + i) % 30_000) + 1));
              written += action.count;
              break;
            case 'frames':
              bench.frames(action.count);
              break;
            case 'flush':
              droppedMs += bench.playout.flush();
              break;
            default:
              bench.playout[action.do]();
          }
        }
        bench.playout.resume();
        bench.frames(10 + Math.ceil(bench.playout.queuedMs / 20) * 2);
        expect(bench.playout.queuedMs).toBe(0);
        expect(bench.playout.playedMs + droppedMs).toBeCloseTo(written / 8, 6);
        expect(bench.sound()).toHaveLength(Math.round(bench.playout.playedMs * 8));
        expect(bench.module.collectedLength).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('keys', () => {
  it('wait for what is playing and hold up what comes later', async () => {
    const bench = new Bench().connect();
    bench.playout.write(sine(1000, 300, 8000));
    const sent = new Promise<void>((done) =>
      bench.playout.sendKeys({ digits: ['4', '#'], durationMs: 80, gapMs: 60, done }),
    );
    bench.playout.write(sine(400, 300, 8000));
    bench.frames(60);
    await sent;
    expect(bench.keys.map(({ digit }) => digit).join('')).toBe('4#');
    expect(bench.keys[0]?.atMs).toBeGreaterThanOrEqual(300);
    const second = findTone(Int16Array.from(bench.heard), 400, 8000)[0]?.fromMs ?? 0;
    expect(second).toBeGreaterThanOrEqual((bench.keys[1]?.atMs ?? 0) + 140);
    expect(bench.heardMs(400)).toBeGreaterThanOrEqual(280);
  });

  it('are tones for a party without RFC 4733, which a flush does not drop', async () => {
    const bench = new Bench().connect({ sending: true, keysAsTones: true });
    let done = false;
    bench.playout.sendKeys({
      digits: ['7'],
      durationMs: 100,
      gapMs: 100,
      done: () => {
        done = true;
      },
    });
    bench.frames(3);
    bench.playout.write(sine(400, 1000, 8000));
    bench.playout.flush();
    bench.frames(20);
    expect(bench.keys).toEqual([]);
    expect(done).toBe(true);
    expect(findTone(Int16Array.from(bench.heard), 852, 8000, { minShare: 0.3 }).length).toBeGreaterThan(0);
    expect(bench.playout.playedMs).toBe(0);
  });

  it('are done when the call ends', () => {
    const bench = new Bench();
    let count = 0;
    const request = { digits: ['1' as const], durationMs: 80, gapMs: 60, done: () => count++ };
    bench.playout.sendKeys(request);
    bench.playout.close();
    bench.playout.sendKeys(request);
    expect(count).toBe(2);
  });
});

it('mod_audio_fork, as the double has it, does what was measured on the real one', () => {
  const short = new AudioForkModule(() => {});
  short.binary(new Uint8Array(2 * 1120).fill(1)); // 140 ms
  expect(short.playoutLength).toBe(0);
  short.binary(new Uint8Array(2 * 160).fill(1));
  expect(short.playoutLength).toBe(1280);
  short.binary(new Uint8Array(2 * 480).fill(1));
  expect([short.playoutLength, short.collectedLength]).toEqual([1280, 480]);
  short.text('{"type":"killAudio"}');
  expect(short.playoutLength).toBe(1280);
  short.tick(new Int16Array(160));
  expect([short.playoutLength, short.collectedLength]).toEqual([0, 480]);
});
