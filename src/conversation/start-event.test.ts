import { describe, expect, test } from 'vitest';
import type { CallFacts } from './ports.ts';
import { startParameters } from './start-event.ts';

const facts: CallFacts = {
  callId: 'c',
  conversationId: 'v',
  caller: '+1',
  callerHost: 'h1',
  callerDisplayName: undefined,
  callee: '+2',
  calleeHost: 'h2',
  headers: new Map([
    ['p-asserted-identity', ['first', 'second']],
    ['x-a.1', ['dotted']],
  ]),
};
const usual = {
  locale: 'en-US',
  vaigConversationId: 'v',
  caller: '+1',
  callerHost: 'h1',
  callee: '+2',
  calleeHost: 'h2',
};

describe('parameters of the start event', () => {
  test.each([
    [{}, {}],
    [{ id: 'P-Asserted-Identity' }, { id: 'first' }],
    [{ id: 'p-asserted-identity.1' }, { id: 'second' }],
    [{ id: 'P-Asserted-Identity.2' }, {}],
    [{ id: 'X-A.1' }, { id: 'dotted' }],
    [{ id: 'X-None' }, {}],
    [{ callerDisplayName: 'P-Asserted-Identity' }, { callerDisplayName: 'first' }],
  ])('sipHeadersToBot %j adds %j', (sipHeadersToBot, added) => {
    expect(
      startParameters(facts, { language: 'en-US', sipHeadersToBot: sipHeadersToBot as Record<string, string> }),
    ).toEqual({
      ...usual,
      ...added,
    });
  });
});
