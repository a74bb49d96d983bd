import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import { toneAmplitude } from '../../../media/goertzel.ts';
import type { DtmfDigit } from '../../../media/port.ts';
import { createBridgeMemory } from './bridge-lane.ts';
import { BridgeLeg } from './bridge-leg.ts';
import { DtmfReceiver } from './dtmf-receiver.ts';
import { DtmfSender } from './dtmf-sender.ts';

const frame = new Int16Array(160);

interface Key {
  digit: DtmfDigit;
  /** In samples. */
  duration: number;
}

/** Two legs of one bridge; keys that the party of the first presses, as its packets would tell, one step per 20 ms. */
function legs(events = true) {
  const memory = createBridgeMemory();
  const from = new BridgeLeg(memory, 0);
  const to = new BridgeLeg(memory, 1);
  const sender = new DtmfSender();
  const receiver = new DtmfReceiver();
  const heard: Key[] = [];
  const steps: string[] = [];
  let now = 0;
  const step = () => {
    to.passKeys(sender);
    const kind = sender.step(now * 160, events, frame);
    steps.push(kind);
    if (kind === 'event') {
      const { payload, marker, timestamp } = sender;
      const digit = receiver.packet(payload, 0, payload.length, marker, timestamp, now * 20);
      if (digit !== undefined) heard.push({ digit, duration: 0 });
      const last = heard.at(-1);
      if (last !== undefined) last.duration = receiver.duration;
    }
    now++;
  };
  const press = ({ digit, duration }: Key) => {
    from.press(digit);
    for (let told = 160; told < duration; told += 160) {
      from.hold(told, false);
      step();
    }
    from.hold(duration, true);
    step();
  };
  return { from, to, sender, heard, steps, step, press };
}

describe('keys that pass a bridge', () => {
  it('arrive once each and as long as they were held', () => {
    const key = fc.record({ digit: fc.constantFrom(...DTMF_DIGITS), duration: fc.integer({ min: 320, max: 8000 }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat(10)), { minLength: 1, maxLength: 8 }), (presses) => {
        const { press, step, heard, sender } = legs();
        for (const [pressed, restFrames] of presses) {
          press(pressed);
          for (let i = 0; i < restFrames; i++) step();
        }
        for (let i = 0; sender.busy; i++) {
          step();
          if (i > 1000) throw new Error('the last key never ends');
        }
        expect(heard).toEqual(presses.map(([pressed]) => pressed));
      }),
    );
  });

  it('go out from the first packet on, not at the end of the press', () => {
    const { from, step, steps } = legs();
    from.press('4');
    from.hold(160, false);
    step();
    expect(steps).toEqual(['event']);
  });

  it('end without an end, when no more is heard of them', () => {
    const { from, step, sender, heard } = legs();
    from.press('4');
    from.hold(480, false);
    for (let i = 0; i < 30; i++) step();
    expect(sender.busy).toBe(false);
    expect(heard).toHaveLength(1);
    expect(heard[0]?.duration).toBeLessThanOrEqual(300 * 8 + 160);
  });

  it('become tones for a party that takes no events', () => {
    const { press, step, steps, sender } = legs(false);
    press({ digit: '5', duration: 1600 });
    expect(toneAmplitude(frame, 770, 8000)).toBeGreaterThan(4000);
    expect(toneAmplitude(frame, 1336, 8000)).toBeGreaterThan(4000);
    while (sender.busy) step();
    expect(steps.filter((kind) => kind === 'tone')).toHaveLength(10);
    expect(steps).not.toContain('event');
  });

  it('are gone when they could not be passed on', () => {
    const { from, to, sender, step, heard, press } = legs();
    from.press('1');
    from.hold(800, true);
    to.dropKeys(sender);
    step();
    press({ digit: '2', duration: 800 });
    while (sender.busy) step();
    expect(heard.map(({ digit }) => digit)).toEqual(['2']);
  });

  it('end with the bridge', () => {
    const { from, to, sender, step, heard } = legs();
    from.press('7');
    from.hold(160, false);
    for (let i = 0; i < 3; i++) step();
    to.dropKeys(sender);
    for (let i = 0; i < 10; i++) step();
    expect(sender.busy).toBe(false);
    expect(heard).toEqual([{ digit: '7', duration: 480 }]);
  });

  it('last 8 s at most', () => {
    const { from, step, sender, steps } = legs();
    from.press('9');
    for (let i = 1; i < 500; i++) {
      from.hold((i * 160) & 0xffff, false);
      step();
    }
    expect(sender.busy).toBe(false);
    expect(steps.filter((kind) => kind === 'event')).toHaveLength(402);
  });
});
