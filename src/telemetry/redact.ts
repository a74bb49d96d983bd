import { isSecretKey } from './secret-keys.ts';

const hidden = '[redacted]';
/** What lies deeper is not shown: nothing that is logged on purpose does. */
const maxDepth = 8;
/** Keys can come from outside (a bot's JSON): those beyond are judged anew each time. */
const maxRemembered = 1_000;

/**
 * A function that hides the values of secret keys, and of `alsoHidden`, anywhere in plain objects and arrays. What has
 * nothing to hide is returned as it is; the rest is copied, never changed.
 */
export function createRedactor(alsoHidden: readonly string[]): (value: unknown) => unknown {
  const names = new Set(alsoHidden);
  const remembered = new Map<string, boolean>();

  function hides(key: string): boolean {
    let answer = remembered.get(key);
    if (answer === undefined) {
      answer = names.has(key) || isSecretKey(key);
      if (remembered.size < maxRemembered) remembered.set(key, answer);
    }
    return answer;
  }

  function walk(value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      if (depth >= maxDepth) return hidden;
      const items = value.map((item) => walk(item, depth + 1));
      return items.some((item, index) => item !== value[index]) ? items : value;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    if (depth >= maxDepth) return hidden;
    let copy: Record<string, unknown> | undefined;
    for (const [key, item] of Object.entries(value)) {
      const shown = item !== undefined && hides(key) ? hidden : walk(item, depth + 1);
      if (shown === item) continue;
      copy ??= { ...value };
      copy[key] = shown;
    }
    return copy ?? value;
  }

  return (value) => walk(value, 0);
}
