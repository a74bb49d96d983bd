import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BotActivity } from '../../../src/bots/port.ts';
import { Inbox } from './inbox.ts';
import { parseIncoming, type ReaderOptions, readActivity } from './incoming.ts';
import { withoutMarkdown } from './speakable.ts';

const options: ReaderOptions = {
  newId: () => 'new',
  warn: () => {},
  handoffTarget: undefined,
  speakSuggestedActions: false,
};

function read(activity: object, own: Partial<ReaderOptions> = {}): Partial<BotActivity>[] {
  const parsed = parseIncoming({ id: 'c|1', from: { id: 'bot' }, ...activity });
  return parsed === undefined ? [] : readActivity(parsed, { ...options, ...own });
}

const textOf = (activity: object, own?: Partial<ReaderOptions>) => read({ type: 'message', ...activity }, own)[0]?.text;
const card = (kind: string, content: object) => [{ contentType: `application/vnd.microsoft.card.${kind}`, content }];

describe('what of a message is said', () => {
  test.each([
    ['the text', { text: 'Hello.' }, 'Hello.'],
    ['what is to be spoken goes before', { text: 'See below', speak: '<speak>Hello</speak>' }, '<speak>Hello</speak>'],
    ['empty speak is none', { text: 'Hello.', speak: ' ' }, 'Hello.'],
    ['the words of Markdown', { text: '# Menu\n* **Soup**\n* _Fish_ and `chips`' }, 'Menu\nSoup\nFish and chips'],
    ['plain text as it is', { text: '2 * 3 * 4', textFormat: 'plain' }, '2 * 3 * 4'],
    ['a hero card', { attachments: card('hero', { title: 'Open', text: 'Nine to five' }) }, 'Open. Nine to five.'],
    ['a card after the text', { text: 'Look:', attachments: card('hero', { title: 'A' }) }, 'Look: A.'],
    ['an adaptive card that speaks', { attachments: card('adaptive', { speak: 'Say this' }) }, 'Say this'],
    ['its blocks', { attachments: card('adaptive', { body: [{ type: 'TextBlock', text: 'A?' }, 7] }) }, 'A?'],
    ['its fallback', { attachments: card('adaptive', { fallbackText: 'F' }) }, 'F'],
    ['no picture', { text: 'Hi', attachments: [{ contentType: 'image/png', contentUrl: 'https://x.example' }] }, 'Hi'],
    ['nothing', { attachments: [{ contentType: 'image/png' }] }, undefined],
  ])('%s', (_, activity, text) => {
    expect(textOf(activity)).toBe(text);
  });

  test('suggested actions are expected to be said, and said only where that is wanted', () => {
    const activity = {
      text: 'Which?',
      suggestedActions: { actions: [{ title: 'Red' }, { value: 1 }, { title: 'Blue' }] },
    };
    expect(read({ type: 'message', ...activity })).toMatchObject([
      { text: 'Which?', activityParams: { sttContextPhrases: ['Red', 'Blue'] } },
    ]);
    expect(textOf(activity, { speakSuggestedActions: true })).toBe('Which? Red. Blue.');
  });

  test('an audio attachment is played', () => {
    const attachments = [{ contentType: 'audio/wav', contentUrl: 'https://x.example/a.wav', name: 'jingle' }];
    const activityParams = { playUrlUrl: 'https://x.example/a.wav', playUrlAltText: 'jingle' };
    expect(read({ type: 'message', attachments })).toMatchObject([{ type: 'event', name: 'playUrl', activityParams }]);
  });

  test.each([
    ['ignoringInput', { expectAnotherBotMessage: true }],
    ['expectingInput', {}],
    ['acceptingInput', {}],
    [undefined, {}],
  ])('inputHint %s', (inputHint, activityParams) => {
    expect(read({ type: 'message', text: 'a', inputHint })[0]?.activityParams).toEqual(activityParams);
  });
});

describe('parameters and activities of the Bot API', () => {
  const params = { activityParams: { language: 'de-DE' }, sessionParams: { bargeIn: true } };

  test('in channelData of a message, of an event, or of a message without words', () => {
    expect(read({ type: 'message', text: 'a', channelData: params })[0]).toMatchObject({ text: 'a', ...params });
    expect(read({ type: 'event', name: 'hangup', channelData: params })[0]).toMatchObject({
      name: 'hangup',
      ...params,
    });
    expect(read({ type: 'message', channelData: params })).toMatchObject([
      { type: 'event', name: 'config', ...params },
    ]);
  });

  test('in the value of an event, also as a whole activity', () => {
    expect(read({ type: 'event', name: 'config', value: params })[0]).toMatchObject({ name: 'config', ...params });
    const value = { type: 'event', name: 'playUrl', activityParams: { playUrlUrl: 'https://x.example' } };
    expect(read({ type: 'event', name: 'telephony', value })).toEqual([
      { text: undefined, value: undefined, sessionParams: {}, id: 'c|1#0', ...value },
    ]);
  });

  test('a list of activities, after the words of the message', () => {
    const activities = [{ type: 'event', name: 'sendDtmf', activityParams: { dtmf: '12#' } }, { text: 'b' }, 7];
    expect(read({ type: 'message', text: 'a', channelData: { activities } })).toMatchObject([
      { id: 'c|1', text: 'a' },
      { id: 'c|1#0', name: 'sendDtmf', activityParams: { dtmfDigits: '12#' } },
      { id: 'c|1#1', type: 'message', text: 'b' },
    ]);
  });
});

describe('handoff', () => {
  test.each([
    ['a string', { value: 'tel:+15550100' }, 'tel:+15550100'],
    ['a number', { value: '+1 (555) 01-00' }, 'tel:+15550100'],
    ['an object of the telephony channel', { value: { TargetPhoneNumber: '+15550100' } }, 'tel:+15550100'],
    [
      'parameters in the value',
      { value: { activityParams: { transferTarget: 'sip:a@x.example' } } },
      'sip:a@x.example',
    ],
    [
      'parameters in channelData',
      { channelData: { activityParams: { transferTarget: 'sip:b@x.example' } } },
      'sip:b@x.example',
    ],
    ['nothing: what is configured', { value: { context: 'vip' } }, 'tel:100'],
    ['what is no target: what is configured', { value: 'javascript:alert(1)' }, 'tel:100'],
  ])('%s', (_, fields, transferTarget) => {
    for (const kind of [
      { type: 'event', name: 'handoff.initiate' },
      { type: 'event', name: 'Handoff' },
      { type: 'handoff' },
    ]) {
      expect(read({ ...kind, ...fields }, { handoffTarget: 'tel:100' })).toMatchObject([
        { type: 'event', name: 'transfer', activityParams: { transferTarget } },
      ]);
    }
  });

  test('its reason; without any target the hub knows one', () => {
    const value = { va_AgentMessage: 'the caller is angry' };
    expect(read({ type: 'event', name: 'handoff.initiate', value })[0]?.activityParams).toEqual({
      handoverReason: 'the caller is angry',
    });
  });
});

test.each([
  ['endOfConversation', { type: 'endOfConversation', text: 'all done' }, 'hangup', { hangupReason: 'all done' }],
  ['its code', { type: 'endOfConversation', code: 'botTimedOut' }, 'hangup', { hangupReason: 'botTimedOut' }],
  ['a command', { type: 'command', name: 'channel/vnd.microsoft.telephony.recording.start' }, 'startCallRecording', {}],
])('%s', (_, activity, name, activityParams) => {
  expect(read(activity)).toMatchObject([{ type: 'event', name, activityParams }]);
});

test.each(['typing', 'trace', 'conversationUpdate', 'delay', 'command', 'event', 'invokeResponse'])(
  '%s is not for the telephone',
  (type) => expect(read({ type })).toEqual([]),
);

test('whatever comes, reading it does not throw, and gives activities that are whole', () => {
  const anything = fc.record(
    {
      id: fc.anything(),
      type: fc.oneof(
        fc.constantFrom('message', 'event', 'endOfConversation', 'handoff', 'typing', 'command'),
        fc.anything(),
      ),
      name: fc.oneof(fc.constantFrom('hangup', 'handoff.initiate', 'config'), fc.anything()),
      text: fc.oneof(fc.string(), fc.anything()),
      value: fc.anything(),
      from: fc.anything(),
      channelData: fc.oneof(fc.anything(), fc.record({ activities: fc.anything(), activityParams: fc.anything() })),
      attachments: fc.oneof(fc.anything(), fc.array(fc.record({ contentType: fc.string(), content: fc.anything() }))),
      suggestedActions: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(anything), (activities) => {
      const taken = new Inbox('dl_me', options).take({ activities, watermark: '1' });
      for (const { id, type, name, text } of taken.activities) {
        expect(typeof id).toBe('string');
        expect(type === 'message' ? typeof text : typeof name).toBe('string');
      }
    }),
  );
});

test('an activity that comes again, and what the hub has sent itself, is not handed out', () => {
  const inbox = new Inbox('dl_me', options);
  const said = { type: 'message', id: '1', text: 'a', from: { id: 'bot' } };
  const own = { type: 'message', id: '2', text: 'mine', from: { id: 'dl_me' }, channelData: { clientActivityID: 'x' } };
  expect(inbox.take({ activities: [said, own], watermark: '2' }).activities.map(({ text }) => text)).toEqual(['a']);
  expect(inbox.take({ activities: [said, own, { ...said, id: '3' }], watermark: undefined }).activities).toHaveLength(
    1,
  );
  expect([inbox.watermark, inbox.hasEcho('x'), inbox.hasEcho('y')]).toEqual(['2', true, false]);
});

test('after the end of the conversation nothing more is heard', () => {
  const activities = [{ type: 'endOfConversation' }, { type: 'message', text: 'late' }];
  expect(new Inbox('dl_me', options).take({ activities, watermark: '2' })).toMatchObject({
    ended: true,
    activities: [{ name: 'hangup' }],
  });
});

test('text without marks stays as it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z0-9 ,.?!€äöü']*$/), (text) => {
      expect(withoutMarkdown(text)).toBe(text.trim());
    }),
  );
  expect(withoutMarkdown('snake_case_name and 2*3')).toBe('snake_case_name and 2*3');
});
