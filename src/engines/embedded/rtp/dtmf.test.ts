import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import { toneAmplitude } from '../../../media/goertzel.ts';
import { DtmfReceiver } from './dtmf-receiver.ts';
import { DtmfSender } from './dtmf-sender.ts';

const frame = new Int16Array(160);

function payload(event: number, duration: number, end = false): Uint8Array {
  return Uint8Array.of(event, (end ? 0x80 : 0) | 10, duration >> 8, duration & 255);
}

function receive(receiver: DtmfReceiver, bytes: Uint8Array, timestamp: number, nowMs: number, marker = false) {
  return receiver.packet(bytes, 0, bytes.length, marker, timestamp, nowMs);
}

describe('DtmfReceiver', () => {
  it('reports a press at its first packet, whichever that is', () => {
    const receiver = new DtmfReceiver();
    expect(receive(receiver, payload(5, 480), 1000, 0)).toBe('5');
    expect(receiver.duration).toBe(480);
    expect(receive(receiver, payload(5, 640, true), 1000, 20)).toBeUndefined();
    expect(receive(receiver, payload(5, 640, true), 1000, 40)).toBeUndefined();
    expect(receive(receiver, payload(11, 800, true), 3000, 200)).toBe('#');
  });

  it('tells the same key pressed twice, also when the end of the first was lost', () => {
    const receiver = new DtmfReceiver();
    expect(receive(receiver, payload(1, 160), 1000, 0, true)).toBe('1');
    expect(receive(receiver, payload(1, 160), 4000, 375, true)).toBe('1');
    expect(receive(receiver, payload(1, 320), 7000, 750)).toBe('1');
  });

  it('joins the segments of a long press, and the packets of a sender that moves the timestamp', () => {
    const receiver = new DtmfReceiver();
    expect(receive(receiver, payload(2, 0xffff), 0, 8000, true)).toBe('2');
    expect(receive(receiver, payload(2, 160), 0xffff, 8020)).toBeUndefined();
    const drifting = new DtmfReceiver();
    expect(receive(drifting, payload(3, 160), 0, 0, true)).toBe('3');
    expect(receive(drifting, payload(3, 320), 160, 20)).toBeUndefined();
    expect(receive(drifting, payload(3, 480, true), 320, 40)).toBeUndefined();
  });

  it('ignores overtaken packets, other events and short payloads', () => {
    const receiver = new DtmfReceiver();
    expect(receive(receiver, payload(4, 160), 5000, 0, true)).toBe('4');
    expect(receive(receiver, payload(3, 800, true), 1000, 10)).toBeUndefined();
    expect(receive(receiver, payload(16, 160), 9000, 500, true)).toBeUndefined();
    expect(receive(receiver, new Uint8Array(3), 9000, 500)).toBeUndefined();
  });
});

describe('DtmfSender', () => {
  it('steps through a press: marker, growing duration, three ends, a gap', () => {
    const sender = new DtmfSender();
    let done = 0;
    sender.add(['7'], 60, 80, () => done++);
    const steps: unknown[] = [];
    for (let i = 0; i < 8; i++) {
      const step = sender.step(1000 + i * 160, true, frame);
      const { marker, timestamp } = sender;
      steps.push(step === 'event' ? [...sender.payload, marker, timestamp] : step);
    }
    expect(steps).toEqual([
      [7, 10, 0, 160, true, 1000],
      [7, 10, 1, 64, false, 1000],
      [7, 0x8a, 1, 224, false, 1000],
      [7, 0x8a, 1, 224, false, 1000],
      [7, 0x8a, 1, 224, false, 1000],
      'silence',
      'silence',
      'idle',
    ]);
    expect(done).toBe(1);
  });

  it('sends tones to a peer without telephone-event', () => {
    const sender = new DtmfSender();
    sender.add(['1'], 100, 60, () => {});
    expect(sender.step(0, false, frame)).toBe('tone');
    expect(toneAmplitude(frame, 697, 8000)).toBeGreaterThan(4000);
    expect(toneAmplitude(frame, 1209, 8000)).toBeGreaterThan(4000);
    expect(toneAmplitude(frame, 941, 8000)).toBeLessThan(2000);
  });

  it('is heard by the receiver, key for key, though packets are lost', () => {
    const press = fc.record({ digit: fc.constantFrom(...DTMF_DIGITS), lost: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(press, { maxLength: 12 }), fc.nat(0xffff_ffff), (presses, start) => {
        const sender = new DtmfSender();
        const receiver = new DtmfReceiver();
        const digits = presses.map(({ digit }) => digit);
        sender.add(digits, 100, 80, () => {});
        const heard: string[] = [];
        let index = -1;
        let left = 0;
        for (let i = 0; sender.busy; i++) {
          const timestamp = (start + i * 160) >>> 0;
          if (sender.step(timestamp, true, frame) !== 'event') continue;
          if (sender.marker) left = presses[++index]?.lost ?? 0;
          // All but one of the seven packets of a press may be lost.
          if (left-- > 0) continue;
          const digit = receive(receiver, sender.payload, sender.timestamp, i * 20, sender.marker);
          if (digit !== undefined) heard.push(digit);
        }
        expect(heard).toEqual(digits);
      }),
    );
  });
});
