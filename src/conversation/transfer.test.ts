import { describe, expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { TransferOutcome } from './ports.ts';
import { botEvent, botMessage } from './testing.ts';
import { sent, spoken, Talk, types } from './testing-talk.ts';

const TARGET = { transferTarget: 'tel:+4930123456' };
const BUSY: TransferOutcome = { status: 'failed', reasonCode: 'busy', reason: 'SIP ;cause=486', sipStatus: 486 };
const ANSWERED: TransferOutcome = { status: 'answered', reason: 'OK', sipStatus: 200 };

function idOf(t: Talk): number {
  const { current } = t.state;
  if (current?.type !== 'transfer') throw new Error(`no transfer in ${t.phase}`);
  return current.id;
}

/** A bot that is told of the outcome has asked for a transfer, and it is being tried. */
function ringing(params: Record<string, unknown> = {}, layer: BotParameterLayer = {}): Talk {
  const t = new Talk({ sendDTMF: true, bargeIn: true, userNoInputTimeoutMS: 5000, ...layer }).in('listening');
  t.bot(botEvent('transfer', { ...TARGET, transferNotifications: true, ...params }));
  t.on({ type: 'transferBegun', id: idOf(t) });
  return t;
}

function ends(t: Talk, outcome: TransferOutcome): Talk {
  return t.on({ type: 'transferEnded', id: idOf(t), outcome });
}

describe('what the bot asks for', () => {
  test.each(['transfer', 'handover', 'Transfer'])('%s waits for the prompt before it', (name) => {
    const t = new Talk().in('listening').bot(botMessage('one'), botEvent(name, TARGET));
    expect(types(t.take())).not.toContain('transfer');
    expect(types(t.finish().take())).toContain('transfer');
    expect(t.phase).toBe('transferring');
  });

  test('all arguments, those of hub.yaml where the bot has none', () => {
    const layer = { transferTarget: 'sip:desk@pbx.example', transferReferredByURL: 'sip:1@hub.example' };
    const t = new Talk(layer).in('listening');
    const params = {
      handoverReason: 'wants a person',
      transferSipHeaders: '[{"name":"UUID","value":7},{"name":"Call-ID","value":"x"}]',
    };
    const effects = t.bot(botEvent('transfer', params)).take();
    expect(effects.find(({ type }) => type === 'transfer')).toMatchObject({
      request: {
        target: 'sip:desk@pbx.example',
        reason: 'wants a person',
        referredBy: 'sip:1@hub.example',
        headers: { UUID: '7' },
        returns: false,
      },
    });
    expect(effects).toContainEqual(expect.objectContaining({ type: 'log', details: { names: ['Call-ID'] } }));
    expect(t.state.params.handoverReason, 'arguments end with the activity').toBe('');
  });

  test('an interruption of the prompt before it, and abortPrompts, leave it as it is', () => {
    const t = new Talk({ bargeIn: true }).in('listening').bot(botMessage('one'), botEvent('transfer', TARGET));
    t.bot(botEvent('abortPrompts'));
    expect(types(t.take())).toContain('transfer');
  });

  test('it does not wait for the caller to finish', () => {
    const t = new Talk({ bargeIn: true }).in('listening').on({ type: 'speechStarted' });
    expect(types(t.bot(botEvent('transfer', TARGET)).take())).toContain('transfer');
    expect(t.state.utterance).toBe('none');
  });

  test('a call that rings is answered for it', () => {
    const t = new Talk().on({ type: 'botOpened' }).bot(botEvent('transfer', TARGET));
    expect(types(t.take()).filter((type) => type === 'answer' || type === 'transfer')).toEqual(['answer', 'transfer']);
  });

  test('another one is ignored while one waits or runs', () => {
    const t = new Talk().in('listening').bot(botMessage('one'), botEvent('transfer', TARGET));
    t.bot(botEvent('transfer', { transferTarget: 'tel:+49302' })).finish();
    t.bot(botEvent('handover', { transferTarget: 'tel:+49303' }));
    const asked = t.take().filter(({ type }) => type === 'transfer');
    expect(asked).toMatchObject([{ request: { target: TARGET.transferTarget } }]);
    expect(t.state.queue).toEqual([]);
  });
});

describe('a bot that is not told', () => {
  test('ends when the transfer is being tried, and leaves the call', () => {
    const t = new Talk({ sendEventsToBot: ['conversationEnd'] }).in('listening').bot(botEvent('transfer', TARGET));
    expect(t.phase).toBe('transferring');
    t.on({ type: 'transferBegun', id: idOf(t) });
    expect(t.state.ended).toMatchObject({ category: 'transferred', by: 'bot' });
    const effects = t.take();
    expect(types(effects)).not.toContain('hangup');
    expect(types(effects)).not.toContain('cancelTransfer');
    expect(effects.find(({ type }) => type === 'endBot')).toMatchObject({
      farewell: [{ name: 'conversationEnd', value: { reasonCode: 'transferred' } }],
    });
  });

  test('keeps the caller when the transfer cannot be tried', () => {
    const t = new Talk().in('listening').bot(botEvent('transfer'));
    const outcome = { status: 'failed', reasonCode: 'error', reason: 'no target', sipStatus: 400 } as const;
    t.on({ type: 'transferEnded', id: idOf(t), outcome });
    expect(sent(t.take())).toEqual([
      'transferStatus {"status":"failed","reasonCode":"error","reason":"no target","sipStatus":400}',
    ]);
    expect(t.phase).toBe('thinking');
  });
});

describe('a bot that is told', () => {
  test('is silent meanwhile: the caller is not heard, keys and silence do not count', () => {
    const t = ringing({}, { enableSpeechDetectionEvent: true, sendEventsToBot: ['voiceDetected'] });
    expect(t.phase).toBe('transferring');
    expect(t.state.recognition).toBeUndefined();
    expect(t.state.speechActivity).toBeUndefined();
    expect(Object.keys(t.state.timers)).toEqual(['transfer']);
    t.take();
    t.on({ type: 'dtmf', digit: '5' }, { type: 'speechStarted' }).say('hello');
    expect(t.take()).toEqual([]);
  });

  test('not even by startRecognition', () => {
    const t = ringing().bot(botEvent('startRecognition'));
    expect(t.state.recognition).toBeUndefined();
  });

  test('has the caller back after a failure, and its turn', () => {
    const t = ringing();
    t.take();
    ends(t, BUSY);
    expect(sent(t.take())).toEqual([
      'transferStatus {"status":"failed","reasonCode":"busy","reason":"SIP ;cause=486","sipStatus":486}',
    ]);
    expect(t.phase).toBe('thinking');
    t.bot(botMessage('They are busy.')).finish();
    expect(t.phase).toBe('listening');
    expect(t.state.recognition?.status).toBe('on');
    t.take();
    t.bot(botEvent('transfer', TARGET));
    expect(types(t.take()), 'and may try again').toContain('transfer');
  });

  test('ends when it is answered, and is told that last', () => {
    const t = ringing();
    t.take();
    ends(t, ANSWERED);
    expect(t.state.ended).toMatchObject({ category: 'transferred' });
    const effects = t.take();
    expect(types(effects)).not.toContain('hangup');
    expect(effects.find(({ type }) => type === 'endBot')).toMatchObject({
      farewell: [{ name: 'transferStatus', value: ANSWERED }],
    });
  });

  test('what it says meanwhile is said after a failure, and never when it is answered', () => {
    const t = ringing().bot(botMessage('wait'));
    expect(types(t.take())).not.toContain('playPrompt');
    ends(t, BUSY);
    expect(types(t.take())).toContain('playPrompt');
    const answered = ends(ringing().bot(botMessage('wait')), ANSWERED);
    expect(types(answered.take())).not.toContain('playPrompt');
  });

  test('a transfer that comes to no end is ended by the timer', () => {
    const t = ringing();
    t.take();
    t.fire('transfer');
    const effects = t.take();
    expect(types(effects)).toContain('cancelTransfer');
    expect(sent(effects)[0]).toContain('"sipStatus":408');
    expect(t.phase).toBe('thinking');
  });
});

describe('a hang-up while it rings', () => {
  test.each([
    [
      'of the caller',
      { type: 'callerHungUp', reason: { category: 'caller-hangup', by: 'caller', text: 'BYE' } },
      false,
    ],
    ['of an operator', { type: 'end', reason: { category: 'api', by: 'operator', text: 'API' } }, true],
  ] as const)('%s cancels it', (_, event, hangsUp) => {
    const t = ringing();
    t.take();
    const effects = t.on(event).take();
    expect(types(effects)).toContain('cancelTransfer');
    expect(types(effects).includes('hangup')).toBe(hangsUp);
    expect(t.state.ended).toEqual(event.reason);
  });

  test('of the bot waits for the outcome', () => {
    const t = ringing().bot(botEvent('hangup'));
    expect(t.phase).toBe('ending');
    expect(Object.keys(t.state.timers)).toEqual(['transfer']);
    t.take();
    ends(t, BUSY);
    expect(sent(t.take())[0]).toContain('transferStatus');
    t.fire('hangup');
    expect(t.state.ended?.category).toBe('bot-hangup');
    const answered = ends(ringing().bot(botEvent('hangup')), ANSWERED);
    expect(answered.state.ended?.category).toBe('transferred');
  });
});

describe('a bot that fails', () => {
  test('before the transfer: what it has asked for is done', () => {
    const t = new Talk().in('listening');
    t.bot(botMessage('Please hold'), botMessage('the line'), botEvent('transfer', TARGET), botMessage('never'));
    t.on({ type: 'botLost', code: 'x', message: 'gone' }).finish().finish();
    expect(types(t.take())).toContain('transfer');
    t.on({ type: 'transferBegun', id: idOf(t) });
    expect(t.state.ended?.category).toBe('transferred');
  });

  test('meanwhile: the caller hears of it only when the transfer fails', () => {
    const t = ringing().on({ type: 'botLost', code: 'x', message: 'gone' });
    expect(types(t.take())).not.toContain('playPrompt');
    ends(t, BUSY);
    const effects = t.take();
    expect(types(effects)).toContain('playPrompt');
    expect(sent(effects)).toEqual([]);
    t.finish().fire('hangup');
    expect(t.state.ended?.category).toBe('bot-failure');
    const answered = ends(ringing().on({ type: 'botLost', code: 'x', message: 'gone' }), ANSWERED);
    expect(answered.state.ended?.category).toBe('transferred');
  });
});

describe('a caller who returns', () => {
  const talking = () => {
    const t = ringing({ transferNotifications: false, transferReturnToBot: true });
    t.take();
    return ends(t, ANSWERED);
  };

  test('the bot is told of the answer, and again when the other party hangs up', () => {
    const t = talking();
    expect(sent(t.take())).toEqual(['transferStatus {"status":"answered","reason":"OK","sipStatus":200}']);
    expect(t.phase).toBe('transferring');
    expect(t.state.timers).toEqual({});
    t.on({ type: 'transferReturned', id: idOf(t), reason: 'the agent hung up' });
    expect(sent(t.take())).toEqual(['transferStatus {"status":"ended","reason":"the agent hung up"}']);
    expect(t.phase).toBe('thinking');
    expect(spoken(t.bot(botMessage('Anything else?')).take())).toEqual(['Anything else?']);
  });

  test('a hang-up of the caller ends both', () => {
    const t = talking();
    t.take();
    t.on({ type: 'callerHungUp', reason: { category: 'caller-hangup', by: 'caller', text: 'BYE' } });
    expect(types(t.take())).toContain('cancelTransfer');
    expect(t.state.ended?.category).toBe('caller-hangup');
  });

  test('reports of another transfer, or late ones, change nothing', () => {
    const t = talking();
    t.take();
    const before = t.state;
    ends(t, BUSY);
    t.on({ type: 'transferReturned', id: idOf(t) + 1, reason: 'x' }, { type: 'transferBegun', id: idOf(t) });
    expect(t.state).toEqual(before);
    expect(t.take()).toEqual([]);
  });
});
