import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backchannelsOf, isBackchannel } from './backchannels.ts';
import { isEcho } from './echo.ts';
import { sent, Talk, types } from './testing-talk.ts';

const english = backchannelsOf('en-US');

describe('backchannels', () => {
  test.each(['uh-huh', 'Mm-hm.', 'OKAY', 'yeah yeah', 'Okay, I see.', 'mm hmm right'])('"%s" is one', (text) => {
    expect(isBackchannel(text, english)).toBe(true);
  });

  test.each(['', 'no', 'yes', 'stop', 'okay stop', 'I see a problem', 'right now', 'not okay'])(
    '"%s" is none',
    (text) => {
      expect(isBackchannel(text, english)).toBe(false);
    },
  );

  test.each([
    ['de-DE', 'ach so'],
    ['es', 'vale'],
    ['fr_FR', "d'accord"],
    ['it', 'va bene'],
    ['nl', 'oké'],
    ['PT-br', 'tá bom'],
  ])('%s has its own: "%s"', (language, text) => {
    expect(isBackchannel(text, backchannelsOf(language))).toBe(true);
    expect(isBackchannel('x', backchannelsOf(language))).toBe(false);
  });

  test('a language without a list has none', () => {
    expect(backchannelsOf('ja')).toEqual([]);
    expect(isBackchannel('okay', [])).toBe(false);
  });

  test('any row of phrases is one, and none with another word in it', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...english), { minLength: 1, maxLength: 5 }), fc.nat(4), (row, at) => {
        expect(isBackchannel(row.join(' '), english)).toBe(true);
        expect(isBackchannel(row.toSpliced(at % row.length, 0, 'operator').join(' '), english)).toBe(false);
      }),
    );
  });
});

describe('echo of the prompt', () => {
  const prompt = 'Welcome to the bank. Say <emphasis>billing</emphasis>, or support, or opening hours.';

  test.each(['welcome to the bank', 'say billing or support', 'to the bank say billing our support'])(
    '"%s" is it',
    (heard) => {
      expect(isEcho(heard, prompt)).toBe(true);
    },
  );

  test.each(['billing', 'opening hours', 'hours opening or billing say', 'i want to talk to support', ''])(
    '"%s" is not',
    (heard) => {
      expect(isEcho(heard, prompt)).toBe(false);
    },
  );
});

describe('in a conversation', () => {
  const talk = (parameters: object = {}) => new Talk({ bargeIn: true, ...parameters }).in('speaking');

  test('a backchannel pauses the prompt and lets it go on, with its hypothesis and its text', () => {
    const effects = talk()
      .on({ type: 'speechStarted' }, { type: 'interim', text: 'uh-huh' }, { type: 'speechEnded' })
      .final('uh-huh')
      .take();
    expect(types(effects).filter((type) => type.endsWith('Playout'))).toEqual(['pausePlayout', 'resumePlayout']);
    expect(types(effects)).not.toContain('stopPrompts');
    expect(sent(effects)).toEqual([]);
  });

  test('it is an answer when nothing plays', () => {
    expect(sent(new Talk({ bargeIn: true }).in('listening').say('okay').take())).toEqual(['message okay']);
  });

  test('the bot sets the phrases', () => {
    expect(
      types(
        talk({ bargeInIgnorePhrases: ['hold on'] })
          .say('hold on')
          .take(),
      ),
    ).not.toContain('stopPrompts');
    expect(
      types(
        talk({ bargeInIgnorePhrases: ['hold on'] })
          .say('okay')
          .take(),
      ),
    ).toContain('stopPrompts');
    expect(types(talk({ bargeInIgnorePhrases: [] }).say('okay').take())).toContain('stopPrompts');
  });

  test('the language of recognition decides', () => {
    expect(types(talk({ language: 'de-DE' }).say('ach so').take())).not.toContain('stopPrompts');
    expect(types(talk({ language: 'de-DE' }).say('uh-huh').take())).toContain('stopPrompts');
  });

  test('speech that fits nothing interrupts when it was long', () => {
    const said = (voicedMs: number, parameters: object = {}) =>
      types(talk(parameters).on({ type: 'speechStarted' }, { type: 'speechEnded', voicedMs }).final('').take());
    expect(said(500)).toContain('stopPrompts');
    expect(said(480)).not.toContain('stopPrompts');
    expect(said(900, { bargeInMinVoicedMS: 0 })).not.toContain('stopPrompts');
    expect(said(900, { bargeIn: false })).not.toContain('stopPrompts');
  });
});
