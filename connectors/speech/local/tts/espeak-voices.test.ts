import { describe, expect, it } from 'vitest';
import { parseVariantTable, parseVoiceTable, voiceByName, voiceForLanguage } from './espeak-voices.ts';

const TABLE = `Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 5  de              --/M      German             gmw/de
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  es              --/M      Spanish_(Spain)    roa/es
 5  es-419          --/M      Spanish_(Latin_America) roa/es-419           (es-mx 6)(es 6)
 5  fr-be           --/M      French_(Belgium)   roa/fr-BE            (fr 8)
 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)
 5  nb              --/M      Norwegian_Bokmål  gmq/nb               (no 5)
 5  he              --/M      Hebrew             sem/he
 5  pt              --/M      Portuguese_(Portugal) roa/pt               (pt-pt 5)
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)
 5  vi-vn-x-central --/M      Vietnamese_(Central) aav/vi-VN-x-central
 5  yue             --/M      Chinese_(Cantonese) sit/yue              (zh-yue 5)(zh 8)
`;
const VARIANTS = `Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  variant         --/M      Adam               !v/adam
 5  variant         --/F      female3            !v/f3
`;
const voices = parseVoiceTable(TABLE);
const variants = parseVariantTable(VARIANTS);

describe('the table of espeak-ng', () => {
  it('is read column by column', () => {
    expect(voices).toHaveLength(14);
    expect(voices[0]).toEqual({
      id: 'cmn',
      name: 'Chinese_(Mandarin,_latin_as_English)',
      file: 'sit/cmn',
      others: [
        { tag: 'zh-cmn', priority: 5 },
        { tag: 'zh', priority: 5 },
      ],
    });
    expect(variants).toEqual(['adam', 'f3']);
  });

  it('gives nothing for the output of another program', () => {
    expect(parseVoiceTable('usage: cat [file]\n')).toEqual([]);
  });
});

describe('voiceForLanguage', () => {
  it.each([
    ['de-DE', 'de'],
    ['pt-BR', 'pt-br'],
    ['pt-PT', 'pt'],
    ['pt', 'pt'],
    ['fr-FR', 'fr-fr'],
    ['fr-CA', 'fr-fr'],
    ['fr', 'fr-fr'],
    ['en-US', 'en-us'],
    ['en-AU', 'en-gb'],
    ['es-ES', 'es'],
    ['es-MX', 'es-419'],
    ['es-AR', 'es-419'],
    ['nb-NO', 'nb'],
    ['no', 'nb'],
    ['iw-IL', 'he'],
    ['zh-CN', 'cmn'],
    ['zh-Hans-CN', 'cmn'],
    ['zh-HK', 'yue'],
    ['de_AT', 'de'],
    ['vi-VN', 'vi-vn-x-central'],
    ['tlh', undefined],
    ['', undefined],
  ])('%s is spoken by %s', (language, expected) => {
    expect(voiceForLanguage(voices, language)).toBe(expected);
  });
});

describe('voiceByName', () => {
  it.each([
    ['de', 'de'],
    ['DE', 'de'],
    ['German', 'de'],
    ['gmw/de', 'de'],
    ['de+f3', 'de+f3'],
    ['en-gb+Adam', 'en-gb+adam'],
    ['de+nobody', undefined],
    ['de+f3+f3', undefined],
    ['nobody', undefined],
    ['../../etc/passwd', undefined],
    ['-h', undefined],
    ['', undefined],
  ])('%s is %s', (name, expected) => {
    expect(voiceByName(voices, variants, name)).toBe(expected);
  });
});
