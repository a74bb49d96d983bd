import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MEDIA_FORMAT_NAMES, mediaFormatOf, offeredFormats } from './media-formats.ts';
import { message } from './test-support.ts';
import { callHeaders } from './ws-dial.ts';
import {
  activitiesMessage,
  endMessage,
  initiateMessage,
  parseBotMessage,
  resumeMessage,
  userChunkFrame,
  userStreamMessage,
} from './ws-wire.ts';

function read(value: unknown) {
  const parsed = parseBotMessage(JSON.stringify(value));
  return parsed.ok ? parsed.message : parsed;
}

describe('what the hub sends', () => {
  test('is as sections 2 and 3.3 have it', () => {
    const initiate = initiateMessage({
      ...{ conversationId: 'c', botName: 'b', caller: '+1', expectAudioMessages: true },
      supportedMediaFormats: ['raw/lpcm16'],
    });
    expect(JSON.parse(initiate)).toEqual({
      ...{ type: 'session.initiate', conversationId: 'c', botName: 'b', caller: '+1' },
      ...{ expectAudioMessages: true, supportedMediaFormats: ['raw/lpcm16'] },
    });
    expect(JSON.parse(resumeMessage('c'))).toEqual({ type: 'session.resume', conversationId: 'c' });
    expect(JSON.parse(userStreamMessage('c', 'start'))).toEqual({ type: 'userStream.start', conversationId: 'c' });
    expect(JSON.parse(endMessage('c', { reasonCode: 'client-disconnected', reason: 'Client Side' }))).toEqual({
      ...{ type: 'session.end', conversationId: 'c', reasonCode: 'client-disconnected', reason: 'Client Side' },
    });
    const sent = message('hello');
    expect(JSON.parse(activitiesMessage('c', [sent]))).toEqual({
      ...{ type: 'activities', conversationId: 'c', activities: [sent] },
    });
  });

  test('an audio chunk is JSON whatever the conversation is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 40 }), (conversationId, bytes) => {
        const { before, after } = userChunkFrame(conversationId);
        const audioChunk = Buffer.from(bytes).toString('base64');
        const sent = JSON.parse(before + audioChunk + after);
        expect(sent).toEqual({ type: 'userStream.chunk', conversationId, audioChunk });
      }),
    );
  });

  test('headers carry no more than a header may', () => {
    expect(callHeaders('c', '+1555')).toEqual({ 'AC-Conversation-Id': 'c', 'AC-Caller-Number': '+1555' });
    expect(callHeaders('c', 'a\r\nX: yü')).toEqual({ 'AC-Conversation-Id': 'c', 'AC-Caller-Number': 'aX: y' });
    expect(callHeaders('c', 'ü')).toEqual({ 'AC-Conversation-Id': 'c' });
  });
});

describe('what the bot sends', () => {
  test.each([
    [{ type: 'session.accepted' }, { type: 'session.accepted', mediaFormat: undefined }],
    [
      { TYPE: 'SESSION.ACCEPTED', MediaFormat: 'raw/mulaw' },
      { type: 'session.accepted', mediaFormat: 'raw/mulaw' },
    ],
    [{ type: 'session.resumed' }, { type: 'session.accepted', mediaFormat: undefined }],
    [
      { type: 'session.error', reason: 5 },
      { type: 'session.error', reason: '' },
    ],
    [
      { type: 'connection.validated', success: 'true' },
      { type: 'connection.validated', success: true },
    ],
    [{ type: 'connection.validated' }, { type: 'connection.validated', success: false }],
    [{ type: 'userStream.started', participant: 'caller' }, { type: 'userStream.started' }],
    [
      { type: 'userStream.speech.started', participantId: 'x' },
      { type: 'speech', event: { type: 'started' } },
    ],
    [
      { type: 'userStream.speech.recognition', alternatives: [{ text: 'hi', confidence: '0.9' }] },
      { type: 'speech', event: { type: 'recognition', text: 'hi', confidence: 0.9 } },
    ],
    [
      { type: 'userStream.speech.recognition', text: 'hi', confidence: 90 },
      { type: 'speech', event: { type: 'recognition', text: 'hi', confidence: undefined } },
    ],
    [
      { type: 'userStream.speech.hypothesis', alternatives: ['hi'] },
      { type: 'speech', event: { type: 'hypothesis', text: 'hi' } },
    ],
    [
      { type: 'userStream.speech.hypothesis', text: 'hi', alternatives: [] },
      { type: 'speech', event: { type: 'hypothesis', text: 'hi' } },
    ],
    [
      { type: 'playStream.chunk', streamId: 3, audioChunk: '' },
      { type: 'playStream.chunk', streamId: '3', audioChunk: '' },
    ],
    [{ type: 'dance' }, { type: 'unknown', name: 'dance' }],
    [{ type: 'userStream.speech.hypothesis' }, { ok: false, broken: false, problem: expect.any(String) }],
    [
      { type: 'playStream.chunk', audioChunk: 7 },
      { ok: false, broken: false, problem: expect.any(String) },
    ],
    [{ type: 'playStream.mark.set' }, { ok: false, broken: false, problem: expect.any(String) }],
    [{ text: 'hi' }, { ok: false, broken: true, problem: 'it has no type' }],
    [[], { ok: false, broken: true, problem: 'expected a JSON object, got an array' }],
    [null, { ok: false, broken: true, problem: 'expected a JSON object, got null' }],
  ])('%j is read as %j', (frame, expected) => {
    expect(read(frame)).toEqual(expected);
  });

  test('never fails, whatever it is', () => {
    const types = fc.constantFrom('activities', 'session.accepted', 'playStream.start', 'playStream.mark.set', 'x');
    const frames = fc.oneof(
      fc.string(),
      fc.json(),
      fc.tuple(types, fc.object()).map(([type, rest]) => JSON.stringify({ ...rest, type })),
    );
    fc.assert(
      fc.property(frames, (text) => {
        expect(typeof parseBotMessage(text).ok).toBe('boolean');
      }),
    );
  });
});

describe('media formats', () => {
  test.each([
    ['raw/mulaw', 8000, 1],
    ['wav/mulaw', 8000, 1],
    ['raw/lpcm16', 16000, 2],
    ['wav/lpcm16_8', 8000, 2],
    ['RAW/lpcm16_24 ', 24000, 2],
  ])('%s is %i Hz with %i bytes', (name, sampleRate, bytesPerSample) => {
    expect(mediaFormatOf(name)).toMatchObject({ sampleRate, bytesPerSample, wav: /^wav/i.test(name) });
  });

  test('others are not known', () => {
    for (const name of ['', 'lpcm16', 'raw/alaw', 'constructor']) expect(mediaFormatOf(name)).toBeUndefined();
  });

  test('each is offered once, raw/lpcm16 always', () => {
    expect(offeredFormats(['raw/mulaw', 'raw/mulaw'])).toEqual(['raw/mulaw', 'raw/lpcm16']);
    expect(offeredFormats([...MEDIA_FORMAT_NAMES])).toEqual(MEDIA_FORMAT_NAMES);
  });
});
