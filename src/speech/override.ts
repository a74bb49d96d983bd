/*
 * `sttOverrideConfig` and `ttsOverrideConfig`: what the author of a bot lays over a vendor's request. Credentials and
 * addresses are not in these requests; what the call depends on stays as the connector has set it.
 */

type Fields = Readonly<Record<string, unknown>>;

/**
 * `base` with the fields of `over`: objects are merged, everything else replaces what was there.
 * @param kept fields of `base` that stay as they are, or absent, with dots for those of inner objects
 */
export function overlaid(base: Fields, over: Fields | undefined, kept: readonly string[]): Record<string, unknown> {
  return merged(base, over ?? {}, new Set(kept), '');
}

function merged(base: Fields, over: Fields, kept: ReadonlySet<string>, path: string): Record<string, unknown> {
  const added = Object.entries(over).flatMap(([key, value]): [string, unknown][] => {
    if (kept.has(path + key)) return [];
    const inner = ownField(base, key);
    if (!isFields(value)) return isFields(inner) && holdsKept(kept, `${path}${key}.`) ? [] : [[key, value]];
    return [[key, merged(isFields(inner) ? inner : {}, value, kept, `${path}${key}.`)]];
  });
  // Defines fields and calls no setter: a field may have any name.
  return Object.fromEntries([...Object.entries(base), ...added]);
}

/** An object that holds something to be kept is not replaced as a whole. */
function holdsKept(kept: ReadonlySet<string>, prefix: string): boolean {
  return [...kept].some((name) => name.startsWith(prefix));
}

function ownField(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** Of any value that a bot's author wrote (`sttGenericData`): its fields, or none. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
