import { setImmediate } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import { OpeningHedges } from '../../../src/speech/opening-hedges.ts';
import type { SpeechService, SpeechToText } from '../../../src/speech/ports.ts';
import { ServiceHealth } from '../../../src/speech/service-health.ts';
import { steadyStt } from '../../../src/speech/steady-stt.ts';
import { StickyChoice } from '../../../src/speech/sticky-choice.ts';
import { googleConfigSchema } from './config.ts';
import { createGoogle } from './connector.ts';
import { authority, startFakeGoogle } from './fake.test-support.ts';

const CALL_MS = 15 * 60_000;

/** Speech in pieces of six words with pauses; twelve seconds without one wherever a stream comes to its end. */
function* speech(limitMs: number): Generator<{ words: number[]; atMs: number }> {
  let word = 1;
  for (let atMs = 0; atMs < CALL_MS; ) {
    const sinceStart = atMs % limitMs;
    const count = sinceStart > limitMs - 26_000 && sinceStart < limitMs - 18_000 ? 40 : 6;
    yield { words: Array.from({ length: count }, () => word++), atMs };
    atMs += count * 300 + 900;
  }
}

/** Opens of a recogniser that are under way. */
function counted(stt: SpeechToText): SpeechToText & { opening: number } {
  const own = {
    ...stt,
    opening: 0,
    async open(...args: Parameters<SpeechToText['open']>) {
      own.opening += 1;
      return await stt.open(...args).finally(() => {
        own.opening -= 1;
      });
    },
  };
  return own;
}

/** Time stands still meanwhile: the wire is a real one. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const since = performance.now();
  while (!holds()) {
    if (performance.now() - since > 5_000) throw new Error(`waited for ${what}`);
    await setImmediate();
  }
}

describe.skipIf(authority === undefined)('a call of 15 minutes (needs the program openssl)', () => {
  test.each([
    ['v1', 'vendor', 305_000],
    ['v2', 'hub', 300_000],
  ] as const)(
    'every word arrives once: %s, endpointed by the %s',
    { timeout: 60_000 },
    async (api, endpointing, limitMs) => {
      const clock = new VirtualClock();
      const fake = await startFakeGoogle({ clock });
      const settings = fake.settings({ stt: { api, endpointing, chunkMs: 100 } });
      const service: SpeechService = createGoogle(googleConfigSchema.parse(settings), { clock });
      const google = counted(service.stt as SpeechToText);
      const failovers: unknown[] = [];
      const health = new ServiceHealth({ probe: async () => {}, probeAfterMs: 60_000, onChange: () => {} });
      const stt = steadyStt({
        candidates: [{ stt: google, health, hedges: new OpeningHedges() }],
        limits: { openMs: 3_000, finalMs: 1_200, silentMs: 2_000 },
        clock,
        choice: new StickyChoice(),
        onFailover: (failover) => failovers.push(failover),
      });
      const session = await stt.open(
        {
          ...{ callId: 'long', language: 'en-US', sampleRate: 8000, vendorOptions: undefined },
          ...{ contextPhrases: [], contextBoost: 0 },
        },
        new AbortController().signal,
      );
      const heard: number[] = [];
      const errors: unknown[] = [];
      session.on('final', ({ text }) => heard.push(...text.split(' ').map(Number)));
      session.on('error', (error) => errors.push(error));
      let understood = 0;
      session.on('interim', ({ text }) => {
        understood = Number(text.split(' ').at(-1));
      });
      const write = (words: number[]) => {
        for (const samples of wordFrames(words)) {
          session.write({ samples, sampleRate: 8000, timestampMs: clock.now() });
          clock.advance(20);
        }
      };
      const said: number[] = [];
      for (const { words } of speech(limitMs)) {
        session.startUtterance(0);
        for (const word of words) {
          write([word]);
          await until(`word ${word} to be understood`, () => understood === word && google.opening === 0);
        }
        session.endUtterance(0);
        said.push(...words);
        write(Array<number>(45).fill(0));
        await until(`${said.length} words`, () => heard.length >= said.length && google.opening === 0);
      }
      expect(heard).toEqual(said);
      expect(clock.now()).toBeGreaterThanOrEqual(CALL_MS);
      expect([errors, failovers]).toEqual([[], []]);
      const long = fake.server.streams.filter(({ heardMs }) => heardMs > 200_000);
      expect(long).toHaveLength(endpointing === 'vendor' ? 3 : 0);
      session.close();
      await vi.waitFor(() => expect(fake.server.open).toEqual([]));
      health.close();
      await service.close();
      await fake.dispose();
    },
  );
});
