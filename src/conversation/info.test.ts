import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readInfo } from './info.ts';
import { botEvent, Rig } from './testing.ts';
import { Talk } from './testing-talk.ts';

const info = (contentType: string, body: string, contentEncoding = '') => ({ contentType, contentEncoding, body });

describe('an INFO becomes metadata', () => {
  test.each([
    ['application/json', '{"a":[1]}', { contentType: 'application/json', value: { a: [1] } }],
    ['Application/JSON; charset=utf-8', '7', { contentType: 'application/json', value: 7 }],
    ['application/vnd.crm+json', 'null', { contentType: 'application/vnd.crm+json', value: null }],
    ['text/plain', 'hello {', { contentType: 'text/plain', value: 'hello {' }],
  ])('%s with %s', (contentType, body, metaData) => {
    const known = ['application/JSON', ' application/vnd.crm+json;x=1', 'text/plain'];
    expect(readInfo(info(contentType, body), known)).toEqual({ answer: { status: 200 }, metaData });
  });

  test.each([
    ['', '', '', 200],
    ['application/dtmf-relay', '', '', 200],
    ['application/dtmf-relay', 'Signal=5', '', 415],
    ['', 'x', '', 415],
    ['application/json', '{}', 'gzip', 415],
    ['application/json', '{', '', 400],
    ['application/json', `"${'x'.repeat(100_000)}"`, '', 413],
  ])('%s with %.20s (%s) is none and answered with %i', (contentType, body, encoding, status) => {
    const { answer, metaData } = readInfo(info(contentType, body, encoding), ['application/json']);
    expect(metaData).toBeUndefined();
    expect(answer).toEqual(status === 415 ? { status, accept: ['application/json'] } : { status });
  });

  test('nothing is taken unless the configuration names its type', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (contentType, body) => {
        expect(readInfo(info(contentType, body), []).answer).toEqual({ status: 415, accept: [] });
      }),
    );
  });
});

describe('the bot gets it', () => {
  const metaData = { contentType: 'application/json', value: { order: 7 } };
  const activities = (talk: Talk) =>
    talk.take().flatMap((effect) => (effect.type === 'sendToBot' ? effect.activities : []));

  test.each(['speaking', 'thinking', 'listening'] as const)('while %s, and the turn stays where it is', (phase) => {
    const talk = new Talk().in(phase).on({ type: 'metaData', ...metaData });
    expect(activities(talk)).toMatchObject([
      { type: 'event', name: 'metaData', value: { order: 7 }, parameters: { contentType: 'application/json' } },
    ]);
    expect(talk.phase).toBe(phase);
  });

  test('after the start event, also when it came first', () => {
    const talk = new Talk({ connectOnPrompt: false }).on({ type: 'metaData', ...metaData }, { type: 'botOpened' });
    expect(activities(talk).map(({ name }) => name)).toEqual(['start', 'metaData']);
  });

  test('not when the call is being ended', () => {
    const talk = new Talk().in('listening');
    talk.bot(botEvent('hangup')).on({ type: 'metaData', ...metaData });
    expect(activities(talk)).toEqual([]);
  });
});

test('in a conversation: what the bot allows by its parameters is taken, the rest refused, and neither ends the call', async () => {
  const rig = await new Rig({
    bot: () => [],
    parameters: { metaDataContentTypes: ['application/json'] },
  }).start();
  expect(rig.handle.receiveInfo(info('application/json', '{"order":7}'))).toEqual({ status: 200 });
  expect(rig.handle.receiveInfo(info('application/dtmf', '5'))).toEqual({ status: 415, accept: ['application/json'] });
  await rig.run(100);
  expect(rig.bot.heard()).toEqual(['start', 'metaData:{"order":7}']);
});
