const VARIABLE = /\{([A-Za-z_][\w.-]{0,100})\}/g;
const MAX_VALUE_CHARS = 500;

/**
 * Fills `{caller}` and `{dialoutMetadata.name}` from the parameters of the start event. A variable that is not there becomes '';
 * values are one line each, so that a display name cannot pretend to be a paragraph of the prompt.
 */
export function fillVariables(text: string, values: Readonly<Record<string, unknown>>): string {
  return text.replace(VARIABLE, (_, path: string) => {
    let value: unknown = values;
    for (const key of path.split('.')) {
      const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
      value = inside ? (value as Record<string, unknown>)[key] : undefined;
    }
    if (value === undefined || value === null) return '';
    const plain = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return plain.replace(/\p{Cc}+/gu, ' ').slice(0, MAX_VALUE_CHARS);
  });
}
