import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitSsml, isSsml } from './ssml.ts';

describe('fitSsml', () => {
  it('leaves plain text alone, whatever is in it', () => {
    expect(fitSsml('a < b & <c>', false)).toEqual({ text: 'a < b & <c>', lost: undefined });
  });

  it.each([
    ['<speak>Hello <break time="1s"/>world</speak>', 'Hello world'],
    ['<speak><p>One.</p><p>Two.</p></speak>', 'One. Two.'],
    ['<speak>Dial <sub alias="nine one one">911</sub> &amp; wait</speak>', 'Dial nine one one & wait'],
    ['<speak><metadata><x>no</x></metadata>yes</speak>', 'yes'],
    ['<speak><audio src="http://x/y.wav"><desc>a bell</desc>ding</audio> dong</speak>', 'ding dong'],
    ['<?xml version="1.0"?><speak version="1.1">Hi</speak>', 'Hi'],
    ['<speak><![CDATA[a < b]]></speak>', 'a < b'],
  ])('plain text of %s', (ssml, text) => {
    expect(fitSsml(ssml, false)).toEqual({ text, lost: 'SSML: the service takes plain text only' });
  });

  it('keeps everything for a service that takes everything', () => {
    const ssml = '<speak xml:lang="en-US">Hi <amazon:effect name="whispered">you &amp; me</amazon:effect></speak>';
    expect(fitSsml(ssml, true)).toEqual({ text: ssml, lost: undefined });
  });

  it('leaves out what the service does not take, and tells', () => {
    expect(fitSsml('<speak>Hi <emphasis level="strong">you</emphasis><break time="1s"/></speak>', ['break'])).toEqual({
      text: '<speak>Hi you<break time="1s"/></speak>',
      lost: 'SSML elements that the service does not take: <emphasis>',
    });
  });

  it.each(['<speak>Hello <b>world</speak>', '<speak>Hello', '<speak>Hello & world</speak>'])(
    'what is not well-formed is spoken without mark-up: %s',
    (ssml) => {
      const { text, lost } = fitSsml(ssml, true);
      expect(text).toMatch(/^Hello( & world| world)?$/);
      expect(lost).toContain('not well-formed');
    },
  );

  it('entities of a document type are not expanded', () => {
    const bomb = '<!DOCTYPE speak [<!ENTITY a "aaaa">]><speak>&a;</speak>';
    expect(isSsml(bomb)).toBe(false);
    expect(fitSsml('<speak><!DOCTYPE speak [<!ENTITY a "aaaa">]>&a;</speak>', true).lost).toContain('not well-formed');
  });

  it('never throws, and what it gives is well-formed for a service that reads it strictly', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '/', '&', '"', 'a', 's ', '<s>', '</s>', ' x="1"', ';') }),
        (text) => {
          const fitted = fitSsml(`<speak>${text}</speak>`, ['s']);
          if (isSsml(fitted.text)) expect(fitSsml(fitted.text, ['s'])).toEqual({ text: fitted.text, lost: undefined });
        },
      ),
    );
  });
});
