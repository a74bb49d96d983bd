/** `google.protobuf.Value` as it is written: one field is set. */
type WrittenValue =
  | { nullValue: 'NULL_VALUE' }
  | { numberValue: number }
  | { stringValue: string }
  | { boolValue: boolean }
  | { structValue: WrittenStruct }
  | { listValue: { values: WrittenValue[] } };

export interface WrittenStruct {
  fields: { [name: string]: WrittenValue };
}

/** ... and as SDKs read it. */
interface ReadValue {
  nullValue?: unknown;
  numberValue?: number | null;
  stringValue?: string | null;
  boolValue?: boolean | null;
  structValue?: ReadStruct | null;
  listValue?: { values?: ReadValue[] | null } | null;
}

export interface ReadStruct {
  fields?: { [name: string]: ReadValue } | null;
}

/** Deeper values are left out: what a caller's network puts into headers must not cost a call. */
const MAX_DEPTH = 32;

/** An object as JSON would carry it: what JSON leaves out (functions, undefined) is left out, numbers that are none become null. */
export function toStruct(object: Readonly<Record<string, unknown>>, depth = 0): WrittenStruct {
  const fields: Record<string, WrittenValue> = {};
  for (const [name, value] of Object.entries(object)) {
    const written = toValue(value, depth + 1);
    if (written !== undefined && name !== '__proto__') fields[name] = written;
  }
  return { fields };
}

function toValue(value: unknown, depth: number): WrittenValue | undefined {
  if (depth > MAX_DEPTH) return undefined;
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'number':
      return Number.isFinite(value) ? { numberValue: value } : { nullValue: 'NULL_VALUE' };
    case 'boolean':
      return { boolValue: value };
    case 'bigint':
      return { stringValue: String(value) };
    case 'object':
      if (value === null) return { nullValue: 'NULL_VALUE' };
      if (value instanceof Date) return { stringValue: value.toISOString() };
      if (!Array.isArray(value)) return { structValue: toStruct(value as Record<string, unknown>, depth) };
      return {
        listValue: { values: value.map((item) => toValue(item, depth + 1) ?? { nullValue: 'NULL_VALUE' as const }) },
      };
    default:
      return undefined;
  }
}

/** The object that a Struct carries. */
export function fromStruct(struct: ReadStruct | null | undefined): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(struct?.fields ?? {})) {
    if (name !== '__proto__') object[name] = fromValue(value);
  }
  return object;
}

function fromValue({ stringValue, numberValue, boolValue, structValue, listValue }: ReadValue): unknown {
  if (structValue) return fromStruct(structValue);
  if (listValue) return (listValue.values ?? []).map(fromValue);
  return stringValue ?? numberValue ?? boolValue ?? null;
}
