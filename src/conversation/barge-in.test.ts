import { describe, expect, test } from 'vitest';
import { botEvent, botMessage } from './testing.ts';
import { sent, spoken, Talk, types } from './testing-talk.ts';

describe('what an utterance sounds like', () => {
  const during = (voicedMs: number, parameters = {}) =>
    new Talk({ bargeIn: true, ...parameters })
      .in('speaking')
      .on({ type: 'speechStarted' }, { type: 'speechEnded', voicedMs });
  const stopped = (talk: Talk) => types(talk.take()).includes('stopPrompts');

  test('a word that was found in an interjection is no interruption, unless somebody spoke for long', () => {
    expect(stopped(during(260).final('help', false, 'interjection'))).toBe(false);
    expect(stopped(during(260).final('help', false))).toBe(true);
    expect(stopped(during(500).final('help', false, 'interjection'))).toBe(true);
  });

  test('a short word that was refused is an interruption, a sound is not', () => {
    expect(stopped(during(300).final('', true, 'word'))).toBe(true);
    expect(stopped(during(300).final('', true))).toBe(false);
    expect(stopped(during(180).final('', true, 'word'))).toBe(false);
  });

  test('a word that was refused, and would have been a backchannel, is no interruption', () => {
    expect(stopped(during(300).final('', true, 'word', 'i see'))).toBe(false);
    expect(stopped(during(300).final('', true, 'word', 'help me'))).toBe(true);
  });

  test('what was refused as a whole tells more than what the beginning seemed to be', () => {
    const heard = (voicedMs: number) =>
      new Talk({ bargeIn: true })
        .in('speaking')
        .on(
          { type: 'speechStarted' },
          { type: 'interim', text: 'uh', tentative: true },
          { type: 'speechEnded', voicedMs },
        );
    expect(stopped(heard(300).final('', true, 'word', 'stop'))).toBe(true);
    expect(stopped(heard(600).final('', true, undefined, 'operator'))).toBe(true);
    expect(stopped(heard(600).final('', true))).toBe(false);
  });

  test('a refused word does not count where more words are wanted, or where nothing refused counts', () => {
    expect(stopped(during(300, { bargeInMinWordCount: 2 }).final('', true, 'word'))).toBe(false);
    expect(stopped(during(300, { bargeInMinVoicedMS: 0 }).final('', true, 'word'))).toBe(false);
  });

  test('while the bot listens, the words count as they are', () => {
    const talk = new Talk({ bargeIn: true }).in('listening').on({ type: 'speechStarted' }, { type: 'speechEnded' });
    expect(sent(talk.final('help', false, 'interjection').take())).toEqual(['message help']);
  });
});

describe('barge-in is reversible', () => {
  const talk = () => new Talk({ bargeIn: true, bargeInMinWordCount: 2 }).in('speaking');

  test('too few words: the prompt goes on and the words are forgotten', () => {
    const effects = talk().say('uh-huh').take();
    expect(types(effects).filter((type) => type.endsWith('Playout'))).toEqual(['pausePlayout', 'resumePlayout']);
    expect(sent(effects)).toEqual([]);
  });

  test('undecided for too long: the prompt goes on, and may still be interrupted', () => {
    const t = talk().on({ type: 'speechStarted' }).fire('bargeIn');
    expect(types(t.take())).toContain('resumePlayout');
    expect(t.phase).toBe('speaking');
    t.on({ type: 'interim', text: 'please stop' });
    expect(types(t.take())).toContain('stopPrompts');
    expect(t.phase).toBe('listening');
  });

  test('undecided for too long with one word needed: whoever still speaks interrupts', () => {
    const t = new Talk({ bargeIn: true }).in('speaking').on({ type: 'speechStarted' }).fire('bargeIn');
    expect(types(t.take())).toContain('stopPrompts');
    expect(t.phase).toBe('listening');
  });

  describe('undecided for too long, and the caller has just said something', () => {
    const said = () => {
      const t = new Talk({ bargeIn: true }).in('speaking');
      t.on({ type: 'speechStarted' }, { type: 'speechHushed' }).fire('bargeIn');
      return t;
    };

    test('his text decides: an interruption', () => {
      const t = said();
      expect(types(t.take())).not.toContain('resumePlayout');
      t.on({ type: 'speechEnded', voicedMs: 400 }).final('stop');
      expect(types(t.take())).toEqual(expect.arrayContaining(['stopPrompts']));
      expect(t.phase).toBe('thinking');
    });

    test('his text decides: a backchannel', () => {
      const t = said().on({ type: 'speechEnded', voicedMs: 400 }).final('okay');
      expect(types(t.take()).filter((type) => type.endsWith('Playout'))).toEqual(['pausePlayout', 'resumePlayout']);
      expect(t.phase).toBe('speaking');
    });

    test('his text does not come: the prompt goes on, and the text may still interrupt it', () => {
      const t = said().on({ type: 'speechEnded', voicedMs: 400 }).fire('bargeIn');
      expect(types(t.take())).toContain('resumePlayout');
      t.final('stop');
      expect(types(t.take())).toContain('stopPrompts');
    });

    test('his text does not come, but he spoke for long: that interrupts', () => {
      const t = said().on({ type: 'speechEnded', voicedMs: 600 });
      expect(types(t.take())).not.toContain('stopPrompts');
      expect(types(t.fire('bargeIn').take())).toContain('stopPrompts');
      expect(t.final('stop').phase).toBe('thinking');
    });

    test.each([
      ['what he seemed to say is no interruption', {}, 'okay'],
      ['more words are wanted', { bargeInMinWordCount: 2 }, ''],
      ['nothing without words counts', { bargeInMinVoicedMS: 0 }, ''],
    ])('his text does not come, he spoke for long, and %s: the prompt goes on', (_, parameters, seems) => {
      const t = new Talk({ bargeIn: true, ...parameters }).in('speaking').on({ type: 'speechStarted' });
      if (seems !== '') t.on({ type: 'interim', text: seems, tentative: true });
      t.on({ type: 'speechHushed' }).fire('bargeIn').on({ type: 'speechEnded', voicedMs: 600 }).fire('bargeIn');
      expect(types(t.take())).toContain('resumePlayout');
    });

    test('he speaks on: that interrupts', () => {
      const t = said().on({ type: 'speechResumed' });
      expect(types(t.take())).toContain('stopPrompts');
    });

    test('he speaks on, and what he says so far is no interruption', () => {
      const t = new Talk({ bargeIn: true }).in('speaking').on({ type: 'speechStarted' });
      t.on({ type: 'interim', text: 'okay yeah', tentative: true }).fire('bargeIn');
      expect(types(t.take())).toContain('resumePlayout');
      expect(t.phase).toBe('speaking');
    });
  });

  test('a tentative hypothesis stops nothing', () => {
    const t = new Talk({ bargeIn: true }).in('speaking').on({ type: 'speechStarted' });
    t.on({ type: 'interim', text: 'help', tentative: true });
    expect(types(t.take())).not.toContain('stopPrompts');
    t.on({ type: 'interim', text: 'help' });
    expect(types(t.take())).toContain('stopPrompts');
  });

  test.each([
    ['long', 'so many words', 600, true],
    ['long, and nothing was guessed', '', 600, true],
    ['long, but it seemed to be a backchannel', 'uh huh', 600, false],
    ['short', 'so many words', 300, false],
  ])('speech that fits nothing and is %s', (_, hypothesis, voicedMs, stops) => {
    const t = new Talk({ bargeIn: true }).in('speaking').on({ type: 'speechStarted' });
    if (hypothesis !== '') t.on({ type: 'interim', text: hypothesis, tentative: true });
    t.on({ type: 'speechEnded', voicedMs }).final('');
    expect(types(t.take()).includes('stopPrompts')).toBe(stops);
  });

  test('a hang-up that is queued meanwhile resumes the prompt: the last words are heard', () => {
    const t = talk().on({ type: 'speechStarted' }).bot(botEvent('hangup'));
    expect(types(t.take())).toContain('resumePlayout');
    expect(t.phase).toBe('ending');
  });
});

describe('an interruption that leads to nothing', () => {
  const cut = (parameters = {}) => {
    const t = new Talk({ bargeIn: true, bargeInMinWordCount: 0, ...parameters }).in('listening');
    t.bot(botMessage('one'), botMessage('two'));
    t.on({ type: 'speechStarted' }, { type: 'speechDiscarded' });
    t.take();
    return t;
  };

  test('what it took away is said again', () => {
    const t = cut().fire('replay');
    expect(spoken(t.take())).toEqual(['one', 'two']);
    t.finish().finish();
    expect(t.state.timers.replay).toBeUndefined();
  });

  test('unless input follows', () => {
    const t = cut();
    t.say('stop').bot(botMessage('fine')).finish();
    expect(t.state.timers.replay).toBeUndefined();
  });

  test('unless it is switched off', () => {
    expect(cut({ bargeInReplayTimeoutMS: 0 }).state.timers.replay).toBeUndefined();
  });
});

describe('the bot learns what was heard', () => {
  test('with the next input, once', () => {
    const t = new Talk({ bargeIn: true }).in('speaking').say('stop it');
    const request = t.take().find((effect) => effect.type === 'sendToBot');
    expect(request?.activities[0]?.interrupted).toEqual({
      promptId: 1,
      activityId: 'm:Hello there',
      text: 'Hello there',
    });
    t.say('again');
    expect(t.take().find((effect) => effect.type === 'sendToBot')?.activities[0]?.interrupted).toBeUndefined();
  });
});

describe('turns overlap', () => {
  test('nobody talks over the caller: a prompt that arrives while he speaks waits for the end', () => {
    const t = new Talk().in('listening').on({ type: 'speechStarted' }).bot(botMessage('news'));
    expect(types(t.take())).not.toContain('playPrompt');
    expect(t.state.recognition?.status).toBe('on');
    t.on({ type: 'speechEnded' }).final('hello');
    const effects = t.take();
    expect(sent(effects)).toEqual(['message hello']);
    expect(types(effects)).toContain('playPrompt');
  });

  test('an utterance that never ends is ended', () => {
    const t = new Talk().in('listening').on({ type: 'speechStarted' }).fire('utterance');
    expect(types(t.take())).toContain('endUtterance');
    t.fire('final');
    expect(types(t.take())).toEqual(expect.arrayContaining(['stopRecognition', 'startRecognition']));
    expect(t.phase).toBe('listening');
  });
});
