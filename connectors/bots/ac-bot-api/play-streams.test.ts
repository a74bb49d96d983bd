import { describe, expect, test } from 'vitest';
import type { BotPlayEvent } from '../../../src/bots/port.ts';
import { loadResampler } from '../../../src/media/resample.ts';
import { fallbackFormat } from './media-formats.ts';
import { MAX_MARKS, PlayStreams } from './play-streams.ts';
import { parseBotMessage } from './ws-wire.ts';

const makeResampler = await loadResampler();
const AUDIO = Buffer.alloc(320, 1).toString('base64');

function rigOf() {
  const events: BotPlayEvent[] = [];
  const warnings: string[] = [];
  let ids = 0;
  const streams = new PlayStreams({
    conversationId: 'c',
    callRate: 8000,
    defaultFormat: fallbackFormat(),
    makeResampler,
    newId: () => `new-${++ids}`,
    emit: (event) => void events.push(event),
    warn: (problem) => void warnings.push(problem),
  });
  const say = (message: Record<string, unknown>): void => {
    const parsed = parseBotMessage(JSON.stringify(message));
    if (!parsed.ok) throw new Error(parsed.problem);
    streams.handle(parsed.message as Parameters<PlayStreams['handle']>[0]);
  };
  const story = () => events.map((event) => (event.type === 'mark' ? `mark ${event.markId}` : event.type));
  return { streams, say, events, warnings, story };
}

const start = { type: 'playStream.start', streamId: 's', mediaFormat: 'raw/lpcm16_8' };
const chunk = { type: 'playStream.chunk', streamId: 's', audioChunk: AUDIO };
const stop = { type: 'playStream.stop', streamId: 's' };

describe('streams of the bot', () => {
  test('start, audio, mark and stop come in order', () => {
    const { say, events, story } = rigOf();
    say({ ...start, altText: 'hello', activityParams: { bargeIn: true } });
    say(chunk);
    say({ type: 'playStream.mark.set', streamId: 's', markId: 'm' });
    say(chunk);
    say(stop);
    expect(story()).toEqual(['start', 'audio', 'mark m', 'audio', 'stop']);
    expect(events[0]).toEqual({ type: 'start', streamId: 's', altText: 'hello', activityParams: { bargeIn: true } });
    expect(events.every((event) => event.streamId === 's')).toBe(true);
  });

  test('an empty stream is one', () => {
    const { say, story, warnings } = rigOf();
    say(start);
    say(stop);
    expect([story(), warnings]).toEqual([['start', 'stop'], []]);
  });

  test('one that begins before the stop of another ends that one', () => {
    const { say, events, warnings } = rigOf();
    say(start);
    say({ ...start, streamId: 't' });
    say(chunk);
    say(stop);
    say({ ...stop, streamId: 't' });
    expect(events.map(({ type, streamId }) => `${type} ${streamId}`)).toEqual([
      'start s',
      'stop s',
      'start t',
      'stop t',
    ]);
    expect(warnings).toHaveLength(3);
  });

  test('ids may be numbers or missing', () => {
    const { say, events, warnings } = rigOf();
    say({ ...start, streamId: 7 });
    say({ ...chunk, streamId: '7' });
    say({ type: 'PLAYSTREAM.STOP' });
    say({ type: 'playStream.start', mediaFormat: 'raw/lpcm16' });
    say({ ...stop, streamId: undefined });
    expect(events.map(({ type, streamId }) => `${type} ${streamId}`)).toEqual([
      ...['start 7', 'audio 7', 'stop 7'],
      ...['start new-1', 'stop new-1'],
    ]);
    expect(warnings).toEqual([]);
  });

  test('without a format the accepted one is taken; one that is not known stays silent', () => {
    const { say, events, story, warnings } = rigOf();
    say({ type: 'playStream.start', streamId: 's' });
    say(chunk);
    say(stop);
    const samples = events.reduce((sum, event) => sum + (event.type === 'audio' ? event.samples.length : 0), 0);
    expect(samples).toBe(80);
    say({ ...start, mediaFormat: 'raw/opus' });
    say(chunk);
    say(stop);
    expect(story().slice(-2)).toEqual(['start', 'stop']);
    expect(warnings.join()).toContain('raw/opus');
  });

  test('what is no base64 is told', () => {
    const { say, story, warnings } = rigOf();
    say(start);
    say({ ...chunk, audioChunk: '!!!' });
    say({ ...chunk, audioChunk: '' });
    expect(story()).toEqual(['start']);
    expect(warnings).toEqual(['audioChunk is not base64']);
  });

  test.each([
    [{ markId: 'm' }, 'm', { markId: 'm' }],
    [{ mark: 5 }, '5', { markId: '5', mark: 5 }],
    [{ name: 'm' }, 'm', { markId: 'm', name: 'm' }],
    [{ mark: { id: 'm' } }, 'm', { markId: 'm', mark: { id: 'm' } }],
  ])('a mark set as %j is reported once, in the words of the bot', (keys, markId, expected) => {
    const { say, streams } = rigOf();
    say(start);
    say({ type: 'playStream.mark.set', ...keys });
    expect(JSON.parse(streams.reached(markId) ?? '')).toEqual({
      type: 'playStream.mark.reached',
      conversationId: 'c',
      streamId: 's',
      ...expected,
    });
    expect(streams.reached(markId)).toBeUndefined();
    expect(streams.reached('another')).toBeUndefined();
  });

  test('marks are bounded', () => {
    const { say, streams, warnings } = rigOf();
    say(start);
    for (let n = 0; n <= MAX_MARKS; n++) say({ type: 'playStream.mark.set', markId: n });
    expect(streams.reached('0')).toBeUndefined();
    expect(streams.reached(`${MAX_MARKS}`)).toBeDefined();
    expect(warnings).toHaveLength(1);
  });
});
