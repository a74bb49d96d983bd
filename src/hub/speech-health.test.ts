import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import { SpeechError } from '../speech/ports.ts';
import { ServiceHealth } from '../speech/service-health.ts';
import { said, speechRig } from './speech-test-support.ts';

/** Before each probe, where those before it have failed. */
const PAUSES_MS = [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000];
const PROBE_LIMIT_MS = 10_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new DOMException('late', 'TimeoutError')), ms);
    return abort.signal;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const down = () => new SpeechError('speech_unavailable', 'the vendor is down', { retryable: true });

/** Services `a` and `b` of one kind, of which calls try `a` first. */
async function rig(kind: 'stt' | 'tts') {
  const hub = await speechRig({ clock: systemClock });
  onTestFinished(() => hub.close());
  const { stt, tts } = hub.bot();
  let calls = 0;
  const probesOf = (id: string) =>
    kind === 'tts'
      ? hub.tts(id).requests.filter(({ request }) => request.callId === 'probe')
      : hub.stt(id).sessions.filter(({ options }) => options.callId === 'probe');
  /** How often calls have asked a service, refusals included. */
  const asked = { a: 0, b: 0 };
  for (const id of ['a', 'b'] as const) {
    const fake = hub.stt(id);
    const open = fake.open.bind(fake);
    fake.open = (options, signal) => {
      if (options.callId === 'probe') probedAt.push(Date.now());
      else asked[id] += 1;
      return open(options, signal);
    };
    const voice = hub.tts(id);
    const synthesize = voice.synthesize.bind(voice);
    voice.synthesize = (request, signal) => {
      if (request.callId === 'probe') probedAt.push(Date.now());
      else asked[id] += 1;
      return synthesize(request, signal);
    };
  }
  const probedAt: number[] = [];
  return {
    ...{ hub, asked, probedAt, probesOf },
    /** A new call; takes no time. @returns the service that it has used in the end */
    async call(): Promise<'a' | 'b'> {
      const before = { ...asked };
      calls += 1;
      const callId = `call ${calls}`;
      const using = kind === 'tts' ? said(tts, callId) : stt?.open(optionsOf(callId), new AbortController().signal);
      const opened = await Promise.resolve(using).catch(() => undefined);
      await pass(0);
      if (typeof opened === 'object') opened.close();
      return asked.b > before.b ? 'b' : 'a';
    },
    breaks(id: 'a' | 'b') {
      hub.tts(id).fault = { error: down(), afterWords: 0 };
      hub.stt(id).refuses = down();
    },
    works(id: 'a' | 'b') {
      hub.tts(id).fault = undefined;
      hub.stt(id).refuses = undefined;
    },
    hangs(id: 'a' | 'b') {
      hub.tts(id).hangs = true;
      hub.stt(id).hangs = true;
    },
    usable: async (id: string) =>
      (await hub.metric('patchbay_speech_usable'))
        .find((line) => line.includes(`service="${id}",kind="${kind}"`))
        ?.at(-1),
  };
}

function optionsOf(callId: string) {
  const options = { callId, language: 'en-US', sampleRate: 8000, contextPhrases: [], contextBoost: 0 } as const;
  return { ...options, vendorOptions: undefined };
}

describe.each(['tts', 'stt'] as const)('a service of a hub (%s)', (kind) => {
  it('is left out by new calls when it has failed twice in a row, and not sooner', async () => {
    const { call, breaks, works, asked, usable, hub } = await rig(kind);
    breaks('a');
    await call();
    expect(await call()).toBe('b');
    expect(asked.a).toBe(2);
    expect(await usable('a')).toBe('0');
    expect(hub.logged({ msg: 'speech service is left out' })).toMatchObject([
      { level: 'error', speechService: 'a', kind, why: 'the vendor is down' },
    ]);
    works('a');
    expect(await call()).toBe('b');
    expect(asked.a).toBe(2);
    expect(hub.logged({ msg: 'speech service is left out' })).toHaveLength(1);
  });

  it('is probed after a pause, and a good probe brings it back for new calls', async () => {
    const { call, breaks, works, probesOf, probedAt, usable, hub } = await rig(kind);
    breaks('a');
    await call();
    await call();
    works('a');
    await pass((PAUSES_MS[0] as number) - 1);
    expect(probedAt).toEqual([]);
    expect(await call()).toBe('b');
    await pass(1);
    expect(probedAt).toHaveLength(1);
    await pass(0);
    expect(await usable('a')).toBe('1');
    expect(hub.logged({ msg: 'speech service is used again' })).toMatchObject([{ speechService: 'a', kind }]);
    expect(await call()).toBe('a');
    // The probe keeps nothing open.
    expect(probesOf('a')).toMatchObject([kind === 'tts' ? { outcome: 'aborted' } : { closed: true }]);
    await pass(1_000_000);
    expect(probedAt).toHaveLength(1);
  });

  it('stays out while probes fail, with longer and longer pauses, and then counts its failures anew', async () => {
    const { call, breaks, works, asked, probedAt, usable, hub } = await rig(kind);
    breaks('a');
    await call();
    await call();
    let at = Date.now();
    for (const pause of PAUSES_MS) {
      await pass(pause);
      at += pause;
      expect(probedAt.at(-1)).toBe(at);
      expect(await usable('a')).toBe('0');
    }
    expect(probedAt).toHaveLength(PAUSES_MS.length);
    expect(hub.logged({ msg: 'speech service is left out' })).toHaveLength(1);
    expect(await call()).toBe('b');
    expect(asked.a).toBe(2);
    works('a');
    await pass(300_000);
    expect(await call()).toBe('a');
    breaks('a');
    await call();
    expect(await usable('a')).toBe('1');
    await call();
    expect(await usable('a')).toBe('0');
    const brokenAt = Date.now();
    await pass(PAUSES_MS[0] as number);
    expect(probedAt.at(-1)).toBe(brokenAt + (PAUSES_MS[0] as number));
  });

  it('that has gone silent: its probe has failed after a while', async () => {
    const { call, breaks, works, hangs, probedAt, usable } = await rig(kind);
    breaks('a');
    await call();
    await call();
    const brokenAt = Date.now();
    works('a');
    hangs('a');
    await pass(60_000);
    const second = brokenAt + 10_000 + PROBE_LIMIT_MS + 20_000;
    expect(probedAt).toEqual([brokenAt + 10_000, second]);
    expect(await usable('a')).toBe('0');
  });

  it('is used when all are left out, which brings none back, and does not probe once the hub is closed', async () => {
    const { call, breaks, works, asked, probedAt, usable, hub } = await rig(kind);
    breaks('a');
    breaks('b');
    for (let i = 0; i < 3; i += 1) await call();
    expect([await usable('a'), await usable('b')]).toEqual(['0', '0']);
    const before = asked.a;
    works('a');
    expect(await call()).toBe('a');
    expect(asked.a).toBe(before + 1);
    expect(await usable('a')).toBe('0');
    await hub.speech.close();
    await pass(100_000);
    expect(probedAt).toEqual([]);
  });
});

it('failures count in a row: one that goes well between them makes the service stay', async () => {
  const { call, breaks, works, usable } = await rig('tts');
  for (let i = 0; i < 3; i += 1) {
    breaks('a');
    await call();
    works('a');
    expect(await call()).toBe('a');
  }
  expect(await usable('a')).toBeUndefined();
});

describe('a service that is left out comes back', () => {
  async function leftOut(probe: () => Promise<void>) {
    const changes: boolean[] = [];
    const health = new ServiceHealth({ probe, probeAfterMs: 1_000, onChange: ({ usable }) => changes.push(usable) });
    onTestFinished(() => health.close());
    health.failed(down());
    health.failed(down());
    await pass(0);
    expect(health.usable).toBe(false);
    return { health, changes };
  }

  it('though the wall clock was set back', async () => {
    const { health, changes } = await leftOut(async () => {});
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(5_000);
    expect(health.usable).toBe(true);
    expect(changes).toEqual([false, true]);
  });

  it('though a probe of it has never ended', async () => {
    let probes = 0;
    const { health, changes } = await leftOut(() => {
      probes += 1;
      return probes === 1 ? new Promise<void>(() => {}) : Promise.resolve();
    });
    await pass(1_000 + PROBE_LIMIT_MS + 2_000 + 10);
    expect(health.usable).toBe(true);
    expect(changes).toEqual([false, true]);
  });
});
