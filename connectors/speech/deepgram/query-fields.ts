import { fieldsOf } from '../../../src/speech/override.ts';

/** What a bot's author wrote for Deepgram (`sttGenericData`, `sttOverrideConfig`, ...) as query parameters; a list is one of them several times. */
export function queryFields(written: unknown, kept: ReadonlySet<string>): Record<string, string[]> {
  const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  return Object.fromEntries(
    Object.entries(fieldsOf(written)).flatMap(([key, value]): [string, string[]][] => {
      const values: unknown[] = Array.isArray(value) ? value : [value];
      const lower = key.toLowerCase();
      return kept.has(lower) || !values.every(isPlain) ? [] : [[key, values.map(String)]];
    }),
  );
}
