import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from './tts-text.ts';

describe('plainText', () => {
  it('speaks what is between SSML tags and keeps its structure', () => {
    const ssml =
      '<?xml version="1.0"?><speak version="1.1">Hello <emphasis level="strong">you</emphasis> &amp; me.' +
      '<break time="1s"/><sub alias="World Wide Web">WWW</sub> &#65;&#x42;<p>Next</p><!-- no --></speak>';
    expect(plainText(ssml)).toEqual({ text: 'Hello you & me.\n\nWorld Wide Web AB\n\nNext', hadSsml: true });
  });

  it('leaves angle brackets and ampersands of plain text alone', () => {
    expect(plainText('a < b & c > d')).toEqual({ text: 'a < b & c > d', hadSsml: false });
  });

  it.each([
    ['emoji, skin tones, flags, families', 'Hi 😀👍🏽🇩🇪👨‍👩‍👧 you', 'Hi you'],
    ['key caps', 'Press 5️⃣', 'Press 5'],
    ['control characters', 'a\u0000b\u001b[0m\u200bc', 'a b [0m c'],
    ['lone surrogates', 'a \ud800 b', 'a b'],
    ['emphasis', '**Very** *nice* `code` _it_ __is__', 'Very nice code it is'],
    ['products and names keep their signs', '3*4*5 and snake_case', '3*4*5 and snake_case'],
    ['headings', '## Title\nText', 'Title\nText'],
    ['links', 'See [our page](https://example.com/x).', 'See our page.'],
    ['bullets', 'Say:\n- one\n* two', 'Say:\n\none\n\ntwo'],
    ['line breaks', 'a \r\n b\r\n\r\n\r\nc', 'a\nb\n\nc'],
    ['joiners inside words of Indic and Persian text', 'می‌خواهم', 'می‌خواهم'],
  ])('%s', (_, input, expected) => {
    expect(plainText(input).text).toBe(expected);
  });

  it('never keeps control characters or lone surrogates, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, ssml) => {
        const result = plainText(ssml ? `<speak>${text}</speak>` : text).text;
        expect(result).not.toMatch(/(?!\n)\p{Cc}/u);
        expect(result.isWellFormed()).toBe(true);
        expect(result).toBe(result.trim());
      }),
    );
  });
});
