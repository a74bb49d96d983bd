/** What `plainText` had to leave out; told to the operator once. */
export interface PlainText {
  text: string;
  /** The text was SSML, whose mark-up is not spoken. */
  hadSsml: boolean;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/**
 * What is left to speak of a message, in any language: SSML mark-up removed (`<p>`, `<s>` and `<break>` still separate
 * sentences, `<sub alias>` speaks its alias), Markdown emphasis, emoji and control characters removed, white space
 * collapsed (line breaks stay, they separate paragraphs and list items).
 */
export function plainText(input: string): PlainText {
  const hadSsml = /^\s*<speak[\s>/]/u.test(input) || /^\s*<\?xml/u.test(input);
  const text = hadSsml ? stripSsml(input) : input;
  return { text: tidy(text), hadSsml };
}

function stripSsml(ssml: string): string {
  return ssml
    .replace(/[\r\n]+/gu, ' ')
    .replace(/<!--[^>]*-->|<\?[^>]*>/gu, ' ')
    .replace(/<sub\b[^>]*?\balias\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>[^<]*<\/sub>/gu, (_, a, b) => ` ${a ?? b} `)
    .replace(/<\/?(?:p|s|break|speak|voice|par|seq|audio|mark)\b[^>]*>/gu, '\n\n')
    .replace(/<[^<>]*>/gu, '')
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/giu, (whole, hex, decimal, name) => {
      if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
    });
}

function tidy(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/\r\n?/gu, '\n')
      .replace(/[\u2028\u2029]/gu, '\n')
      // Emoji with their joiners, skin tones, variation selectors, key caps and flags.
      .replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\ufe0e\ufe0f\u20e3]/gu, (char) =>
        /[©®™]/u.test(char) ? char : ' ',
      )
      // Control, format (zero width, direction marks), private use and unassigned characters; the joiners stay, some scripts need them.
      .replace(/(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\ufffd]/gu, ' ')
      .replace(/(?<![\p{L}\p{M}])[\u200c\u200d]+|[\u200c\u200d]+(?![\p{L}\p{M}])/gu, '')
      // Markdown: emphasis, code, headings, and the text of a link without its address.
      .replace(/\[([^[\]\n]{1,200})\]\((?:https?:|mailto:|tel:|\/)[^()\s]{0,500}\)/gu, '$1')
      .replace(/(?<![\w*])\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?![\w*])|`+/gu, '')
      .replace(/(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)/gu, '')
      .replace(/^[^\S\n]*#{1,6}[^\S\n]+/gmu, '')
      // A bullet is not spoken, the item is a paragraph of its own.
      .replace(/^[^\S\n]*[-*•‣◦][^\S\n]+/gmu, '\n')
      .replace(/[^\S\n]+/gu, ' ')
      .replace(/ *\n */gu, '\n')
      .replace(/\n{3,}/gu, '\n\n')
      .trim()
  );
}
