import { type Cidr, formatCidr } from '../routing/cidr.ts';
import { formatNumberPattern, type NumberPattern } from '../routing/numbers.ts';
import { isSecretKey } from '../telemetry/secret-keys.ts';

const hidden = '***';

function redactUrl(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/i, `$1${hidden}@`)
    .replace(/^([a-z][a-z0-9+.-]*:\/\/.*[?&]password=)[^&#\s]*/i, `$1${hidden}`);
}

function isCidr(value: object): value is Cidr {
  return 'network' in value && 'prefix' in value && 'family' in value;
}

function isNumberPattern(value: object): value is NumberPattern {
  return 'kind' in value && (value.kind === 'any' || 'prefix' in value || 'number' in value);
}

/** A copy of a configuration that can be printed as JSON: blocks and patterns as they are written, secrets as `***`. */
export function redactConfig(value: unknown): unknown {
  if (typeof value === 'string') return redactUrl(value);
  if (Array.isArray(value)) return value.map((item) => redactConfig(item));
  if (typeof value !== 'object' || value === null) return value;
  if (isCidr(value)) return formatCidr(value);
  if (isNumberPattern(value)) return formatNumberPattern(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSecretKey(key) && item !== undefined ? hidden : redactConfig(item),
    ]),
  );
}
