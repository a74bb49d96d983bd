import { type CallFilter, type TimeOperator, timeOperators } from '../calls/call-query.ts';

const maxConditions = 8;

/**
 * Reads Live Hub's filter: conditions with commas between them, in parentheses or without:
 * `(setupTime>=2024-04-01,setupTime<2024-04-02T12:00:00Z)`, `(botConversationId=...)`, `(callId=...)`. A date alone is
 * its first moment in UTC; so is a time without a zone.
 * @returns the filter, or what is wrong, as a phrase that follows "expected"
 */
export function parseFilter(text: string): { filter: CallFilter } | { problem: string } {
  const inner = /^\s*\((.*)\)\s*$/s.exec(text)?.[1] ?? text;
  if (inner.trim() === '') return { filter: {} };
  const conditions = inner.split(',');
  if (conditions.length > maxConditions) return { problem: `expected at most ${maxConditions} conditions` };
  const times: { operator: TimeOperator; time: string }[] = [];
  const filter: { conversationId?: string; id?: string } = {};
  for (const condition of conditions) {
    const match = /^\s*([A-Za-z]+)\s*(>=|<=|>|<|=)\s*(.*?)\s*$/s.exec(condition);
    if (match === null) return { problem: 'expected conditions such as setupTime>=2024-04-01' };
    const [, field = '', sign = '', quoted = ''] = match;
    const value = /^(["'])(.*)\1$/s.exec(quoted)?.[2] ?? quoted;
    const operator = timeOperators.find((known) => known === sign);
    if (operator === undefined) return { problem: 'expected one of >=, >, <=, <, =' };
    switch (field) {
      case 'setupTime': {
        const time = parseTime(value);
        if (time === undefined)
          return { problem: 'expected a date or time such as 2024-04-01 or 2024-04-01T12:00:00Z' };
        times.push({ operator, time });
        break;
      }
      case 'botConversationId':
      case 'callId': {
        const key = field === 'callId' ? 'id' : 'conversationId';
        if (operator !== '=') return { problem: `expected ${field}=...: ids are not in an order` };
        if (!/^[\x21-\x7e]{1,128}$/.test(value)) return { problem: `expected an id after ${field}=` };
        if (filter[key] !== undefined) return { problem: `expected one condition for ${field}` };
        filter[key] = value;
        break;
      }
      default:
        return { problem: 'expected conditions for setupTime, botConversationId or callId' };
    }
  }
  return { filter: { ...filter, ...(times.length === 0 ? {} : { setupTime: times }) } };
}

/** ISO 8601: a date, or a date and a time with or without seconds and zone. */
function parseTime(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '00:00', zone = 'Z'] = match;
  const at = new Date(`${date}T${time}${zone.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
