import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DtmfDigit, KeyPress, MediaEndpointEvents } from '../media/port.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { InfoKeys } from './info-keys.ts';

/** An endpoint as far as keys are concerned; `told` is what its listeners hear. */
class Keyboard extends EventEmitter<MediaEndpointEvents> {
  readonly told: string[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super();
    this.#clock = clock;
    this.on('dtmf', ({ digit }) => this.told.push(`${this.#clock.now()} ${digit}`));
  }

  pressKey(press: KeyPress): void {
    this.emit('dtmf', press);
  }
}

let clock: VirtualClock;
let endpoint: Keyboard;
let keys: InfoKeys;
const press = (digit: DtmfDigit, durationMs = 100): KeyPress => ({ digit, durationMs });
const inRtp = (digit: DtmfDigit, durationMs?: number) => endpoint.emit('dtmf', press(digit, durationMs));
const digits = () => endpoint.told.map((line) => line.split(' ')[1]).join('');

beforeEach(() => {
  clock = new VirtualClock();
  endpoint = new Keyboard(clock);
  keys = new InfoKeys({ endpoint, clock, bothWays: () => true });
});

describe('a party that may send a key both ways', () => {
  it('counts once when INFO follows, soon or when the key is let go', async () => {
    inRtp('5', 3_000);
    await clock.run(4_000);
    keys.press(press('5', 3_000));
    await clock.run(1_000);
    expect(endpoint.told).toEqual(['0 5']);
  });

  it('counts once when INFO comes first', async () => {
    keys.press(press('5'));
    await clock.run(150);
    inRtp('5');
    await clock.run(1_000);
    expect(endpoint.told).toEqual(['150 5']);
  });

  it('counts when it comes in INFO only, a little later', async () => {
    keys.press(press('5'));
    await clock.run(1_000);
    expect(endpoint.told).toEqual(['200 5']);
  });

  it('the same key twice is two, however the ways interleave', async () => {
    inRtp('5');
    await clock.run(120);
    inRtp('5');
    keys.press(press('5'));
    await clock.run(120);
    keys.press(press('5'));
    await clock.run(5_000);
    expect(digits()).toBe('55');
  });

  it('a key of long ago is another one', async () => {
    inRtp('5');
    await clock.run(2_200);
    keys.press(press('5'));
    await clock.run(1_000);
    expect(digits()).toBe('55');
  });

  it('keys of both ways in any order of arrival are those that were pressed', async () => {
    const pressed = fc.array(
      fc.record({ digit: fc.constantFrom('1', '2'), gapMs: fc.integer({ min: 120, max: 900 }) }),
      {
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        pressed,
        fc.integer({ min: -90, max: 1_500 }),
        fc.constantFrom('rtp', 'info', 'both'),
        async (presses, infoLagMs, ways) => {
          const clock = new VirtualClock();
          const endpoint = new Keyboard(clock);
          const keys = new InfoKeys({ endpoint, clock, bothWays: () => true });
          let at = 100;
          for (const { digit, gapMs } of presses) {
            const key = press(digit as DtmfDigit);
            if (ways !== 'info') clock.after(at, () => endpoint.emit('dtmf', key));
            if (ways !== 'rtp') clock.after(at + infoLagMs, () => keys.press(key));
            at += gapMs;
          }
          await clock.run(at + 5_000);
          const heard = endpoint.told.map((line) => line.split(' ')[1]);
          expect([...heard].sort()).toEqual(presses.map(({ digit }) => digit).sort());
          if (ways !== 'info' || infoLagMs >= 0) expect(heard).toEqual(presses.map(({ digit }) => digit));
          keys.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('after its end keys that waited are dropped', async () => {
    keys.press(press('5'));
    keys.close();
    keys.close();
    await clock.run(1_000);
    expect([endpoint.told, endpoint.listenerCount('dtmf'), clock.pending]).toEqual([[], 1, 0]);
  });
});

it('a party that sends keys in INFO only is heard at once', () => {
  keys.close();
  keys = new InfoKeys({ endpoint, clock, bothWays: () => false });
  keys.press(press('5'));
  keys.press(press('5'));
  expect(endpoint.told).toEqual(['0 5', '0 5']);
});
