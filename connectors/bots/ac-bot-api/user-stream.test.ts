import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { loadResampler } from '../../../src/media/resample.ts';
import { sine } from '../../../src/media/tone.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { fallbackFormat, mediaFormatOf } from './media-formats.ts';
import { MAX_HELD_MS, MAX_SOCKET_BYTES, STREAM_ANSWER_MS, UserStream } from './user-stream.ts';
import { framesOf } from './ws-test-support.ts';

const makeResampler = await loadResampler();
const [frame] = framesOf(sine(440, 20, 8000), 8000);
if (frame === undefined) throw new Error('no frame');

function rigOf() {
  const clock = new VirtualClock();
  const sent: { type: string; audioChunk?: string; conversationId: string }[] = [];
  const warnings: string[] = [];
  const link = { bufferedBytes: 0, send: (text: string) => void sent.push(JSON.parse(text)) };
  const stream = new UserStream({
    conversationId: 'c "quoted"',
    format: mediaFormatOf('raw/mulaw') ?? fallbackFormat(),
    chunkMs: 20,
    makeResampler,
    clock,
    log: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line).msg) }),
  });
  stream.attach(link);
  return { clock, sent, warnings, link, stream, types: () => sent.map(({ type }) => type.replace('userStream.', '')) };
}

describe('the stream of the caller', () => {
  test('starts, flows when the bot is ready, and stops', () => {
    const { stream, types, sent, clock } = rigOf();
    stream.write(frame);
    stream.start();
    stream.start();
    stream.write(frame);
    expect(types()).toEqual(['start']);
    stream.onStarted();
    stream.write(frame);
    stream.stop();
    stream.write(frame);
    expect(types()).toEqual(['start', 'chunk', 'stop']);
    stream.onStopped();
    expect(sent.every(({ conversationId }) => conversationId === 'c "quoted"')).toBe(true);
    expect(Buffer.from(sent[1]?.audioChunk ?? '', 'base64')).toHaveLength(160);
    expect(clock.pending).toBe(0);
  });

  test('wishes that come while an answer is awaited are carried out after it', () => {
    const { stream, types } = rigOf();
    stream.start();
    stream.stop();
    expect(types()).toEqual(['start']);
    stream.onStarted();
    expect(types()).toEqual(['start', 'stop']);
    stream.start();
    expect(types()).toEqual(['start', 'stop']);
    stream.onStopped();
    expect(types()).toEqual(['start', 'stop', 'start']);
  });

  test('a bot that does not answer is taken to have done so, with a warning', () => {
    const { stream, types, clock, warnings } = rigOf();
    stream.start();
    clock.advance(STREAM_ANSWER_MS);
    stream.write(frame);
    stream.stop();
    clock.advance(STREAM_ANSWER_MS);
    stream.start();
    expect(types()).toEqual(['start', 'chunk', 'stop', 'start']);
    expect(warnings).toHaveLength(2);
    stream.close();
    expect(clock.pending).toBe(0);
  });

  test('a bot that ends the stream by itself gets no more until it is started again', () => {
    const { stream, types } = rigOf();
    stream.start();
    stream.onStarted();
    stream.onStopped();
    stream.write(frame);
    expect(types()).toEqual(['start']);
    stream.start();
    expect(types()).toEqual(['start', 'start']);
  });

  test('begins anew on another connection', () => {
    const { stream, types, link, clock } = rigOf();
    stream.start();
    stream.onStarted();
    stream.write(frame);
    stream.detach();
    stream.write(frame);
    stream.attach(link);
    expect(types()).toEqual(['start', 'chunk', 'start']);
    stream.onStarted();
    stream.write(frame);
    expect(types()).toEqual(['start', 'chunk', 'start', 'chunk']);
    stream.close();
    expect(clock.pending).toBe(0);
  });

  test('a bot that does not read loses the oldest audio, within bounds, and is told of once', () => {
    const { stream, types, sent, link, warnings } = rigOf();
    stream.start();
    stream.onStarted();
    link.bufferedBytes = MAX_SOCKET_BYTES;
    const held = MAX_HELD_MS / 20;
    for (let n = 0; n < held + 50; n++) {
      const samples = new Int16Array(160).fill(n * 100);
      stream.write({ ...frame, samples });
    }
    expect(types()).toEqual(['start']);
    expect(warnings).toEqual([expect.stringContaining('oldest is dropped')]);
    link.bufferedBytes = 0;
    stream.write(frame);
    expect(types()).toHaveLength(1 + held + 1);
    const first = Buffer.from(sent[1]?.audioChunk ?? '', 'base64');
    const expected = rigOf();
    expected.stream.start();
    expected.stream.onStarted();
    expected.stream.write({ ...frame, samples: new Int16Array(160).fill(50 * 100) });
    expect(first.toString('base64')).toBe(expected.sent[1]?.audioChunk);
  });

  test('what is held back goes out before the stop', () => {
    const { stream, types, link } = rigOf();
    stream.start();
    stream.onStarted();
    link.bufferedBytes = MAX_SOCKET_BYTES;
    for (let n = 0; n < 3; n++) stream.write(frame);
    stream.stop();
    expect(types()).toEqual(['start', 'chunk', 'chunk', 'chunk', 'stop']);
  });

  test('chunks stand between a start that was answered and its stop, whatever happens', () => {
    const step = fc.constantFrom('start', 'stop', 'write', 'started', 'stopped', 'time', 'detach', 'attach');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { stream, types, clock, link } = rigOf();
        for (const what of steps) {
          if (what === 'start') stream.start();
          else if (what === 'stop') stream.stop();
          else if (what === 'write') stream.write(frame);
          else if (what === 'started') stream.onStarted();
          else if (what === 'stopped') stream.onStopped();
          else if (what === 'time') clock.advance(STREAM_ANSWER_MS);
          else if (what === 'detach') stream.detach();
          else stream.attach(link);
        }
        stream.close();
        expect(clock.pending).toBe(0);
        expect(types().join(' ')).toMatch(/^((start)( chunk)*( stop)? ?)*$/);
      }),
    );
  });
});
