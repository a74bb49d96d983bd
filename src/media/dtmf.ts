import { type DtmfDigit, MediaError } from './port.ts';

/** RFC 4733 section 3.2, in the order of the event codes 0..15. */
export const DTMF_DIGITS: readonly DtmfDigit[] = [
  ...(['0', '1', '2', '3', '4', '5', '6', '7'] as const),
  ...(['8', '9', '*', '#', 'A', 'B', 'C', 'D'] as const),
];

/** Splits a string into key presses; letters in either case. @throws MediaError `bad_digits` */
export function parseDigits(digits: string): DtmfDigit[] {
  return [...digits.toUpperCase()].map((character) => {
    const digit = DTMF_DIGITS.find((known) => known === character);
    if (digit === undefined) throw new MediaError('bad_digits', `no key of a telephone: ${JSON.stringify(character)}`);
    return digit;
  });
}
