/** Written forms that flite cannot read, with what is said instead; each is said with spaces around it. */
const SYMBOLS: Readonly<Record<string, string>> = {
  '&': 'and',
  '+': 'plus',
  '=': 'equals',
  '@': 'at',
  '°': 'degrees',
  '™': '',
  '®': '',
  '©': 'copyright',
  '§': 'section',
  '×': 'times',
  '÷': 'divided by',
  '±': 'plus or minus',
  '½': 'one half',
  '¼': 'one quarter',
  '¾': 'three quarters',
};

const CURRENCIES: Readonly<Record<string, readonly [one: string, many: string]>> = {
  '€': ['euro', 'euros'],
  '£': ['pound', 'pounds'],
  '¥': ['yen', 'yen'],
  '₹': ['rupee', 'rupees'],
  '₪': ['shekel', 'shekels'],
};

/** Letters that lose no diacritic by decomposition. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ð: 'th',
  Ð: 'Th',
  þ: 'th',
  Þ: 'Th',
  ł: 'l',
  Ł: 'L',
  ı: 'i',
};

/**
 * Writes English text so that flite reads it as a person would: printable ASCII only, addresses and URLs spelt with
 * "dot", "at" and "slash", currencies and symbols as words, letters of other alphabets left out.
 * Numbers, times, dollars, percentages and common titles stay: flite reads those itself.
 * @returns '' when nothing is left to say
 */
export function fliteText(text: string): string {
  const ascii = text
    .replace(/[‘’‚‛′ʼ]/gu, "'")
    .replace(/[“”„‟«»″]/gu, ' ')
    .replace(/[\u2010\u2011]/gu, '-')
    .replace(/(?<=\d)\s?[–—−]\s?(?=\d)/gu, ' to ')
    .replace(/[–—―]/gu, ', ')
    .replace(/−(?=\d)/gu, ' minus ')
    .replace(/…/gu, '...')
    .replace(/[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+/giu, sayAddress)
    .replace(/\b(?:(?:https?|ftp):\/\/|www\.)[^\s<>"']{1,300}/giu, sayUrl)
    .replace(
      /\b[a-z0-9-]{2,63}(?:\.[a-z0-9-]{2,63})*\.(?:com|org|net|io|ai|dev|app|info|eu|uk|de|fr|gov|edu)\b(?:\/[^\s<>"']{0,200})?/giu,
      sayUrl,
    )
    .replace(/([€£¥₹₪])\s?(\d[\d,]*)(?:\.(\d{2})\b)?/gu, (_, sign: string, whole: string, cents?: string) =>
      sayMoney(sign, whole, cents),
    )
    .replace(/(\d[\d,]*)(?:\.(\d{2}))?\s?([€£¥₹₪])/gu, (_, whole: string, cents: string | undefined, sign: string) =>
      sayMoney(sign, whole, cents),
    )
    .replace(/#\s?(?=\d)/gu, ' number ')
    .replace(/(?<=\d)\s?°\s?C\b/gu, ' degrees Celsius')
    .replace(/(?<=\d)\s?°\s?F\b/gu, ' degrees Fahrenheit')
    .replace(/(?<![\w.])-(?=\d)/gu, ' minus ')
    .replace(/\$(?!\d)/gu, ' dollar ')
    .replace(/[&+=@°™®©§×÷±½¼¾]/gu, (sign) => ` ${SYMBOLS[sign] ?? ''} `)
    .replace(/[€£¥₹₪]/gu, (sign) => ` ${CURRENCIES[sign]?.[1] ?? ''} `)
    .replace(/[ßæÆœŒøØđĐðÐþÞłŁı]/gu, (letter) => LETTERS[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]+/gu, ' ')
    .replace(/[/\\_*~^|<>{}[\]`#"]+/gu, ' ')
    .replace(/\s+([,.;:!?])/gu, '$1')
    .replace(/\s+/gu, ' ')
    .trim();
  return /[a-z0-9%$]/iu.test(ascii) ? ascii : '';
}

function sayMoney(sign: string, whole: string, cents: string | undefined): string {
  const [one, many] = CURRENCIES[sign] ?? ['', ''];
  const amount = whole.replace(/,+$/u, '');
  const tail = whole.slice(amount.length);
  const unit = amount === '1' ? one : many;
  return ` ${amount} ${unit}${cents === undefined || cents === '00' ? '' : ` ${Number(cents)}`}${tail} `;
}

/** "john.doe@example.com" as "john dot doe at example dot com". */
function sayAddress(address: string): string {
  return ` ${spell(address)} `;
}

/** A URL without its scheme, query and fragment: "www.example.com/a" as "example dot com slash a". */
function sayUrl(url: string): string {
  const end = /[.,;:!?)\]]*$/u.exec(url)?.[0] ?? '';
  const address = url
    .slice(0, url.length - end.length)
    .replace(/^(?:https?|ftp):\/\//iu, '')
    .replace(/^www\./iu, '')
    .replace(/[?#].*$/u, '')
    .replace(/\/$/u, '');
  return ` ${spell(address)}${end} `;
}

function spell(address: string): string {
  return address
    .replace(/\./gu, ' dot ')
    .replace(/@/gu, ' at ')
    .replace(/\//gu, ' slash ')
    .replace(/_/gu, ' underscore ')
    .replace(/-/gu, ' dash ')
    .replace(/\+/gu, ' plus ')
    .replace(/%/gu, ' percent ')
    .replace(/:/gu, ' colon ')
    .replace(/\s+/gu, ' ')
    .trim();
}
