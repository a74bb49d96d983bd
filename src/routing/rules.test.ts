import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain as explainAll, type Routing } from './explain.ts';
import { type NumberPattern, parseNumberPattern } from './numbers.ts';
import { inboundOrigin, type RouteFacts, type RoutingRule, route } from './rules.ts';

function pattern(text: string): NumberPattern {
  const result = parseNumberPattern(text);
  if (!('pattern' in result)) throw new Error(result.problem);
  return result.pattern;
}

function rule(
  id: string,
  options: { origin?: RoutingRule['origin']; calling?: string; called?: string; bot?: string } = {},
): RoutingRule {
  return {
    id,
    type: 'call',
    origin: options.origin,
    calling: pattern(options.calling ?? '*'),
    called: pattern(options.called ?? '*'),
    destination: options.bot === undefined ? { reject: { code: 486, reason: id } } : { bot: options.bot },
  };
}

function explain(routingRules: RoutingRule[], facts: RouteFacts, more: Partial<Routing> = {}) {
  return explainAll({ routingRules, routingGroups: [], callBlockLists: [], ...more }, facts);
}

function call(options: Partial<RouteFacts> = {}): RouteFacts {
  return { type: 'call', origin: { sipConnection: 'carrier' }, calling: '+4912', called: '+15551230001', ...options };
}

describe('routing', () => {
  const rules = [
    rule('sales', { origin: { phoneNumber: '+1 555 123 0001' }, bot: 'sales' }),
    rule('pbx', { origin: { sipConnection: 'pbx' }, called: '100', bot: 'reception' }),
    rule('blocked', { calling: '+49*' }),
    rule('rest', { called: '+1555*', bot: 'demo' }),
  ];

  test('the first rule that matches decides', () => {
    expect(route(rules, call())).toEqual({
      rule: 'blocked',
      destination: { reject: { code: 486, reason: 'blocked' } },
      calling: '+4912',
      called: '+15551230001',
    });
    expect(route(rules, call({ calling: '+33' }))).toMatchObject({ rule: 'rest', destination: { bot: 'demo' } });
    expect(route(rules, call({ origin: { sipConnection: 'pbx' }, called: '100' })).rule).toBe('pbx');
  });

  test('a phone number of the hub is an origin besides its SIP connection', () => {
    const numbers = [{ number: '+15551230001', sipConnection: 'carrier' }];
    expect(inboundOrigin(numbers, 'carrier', '+1-555-123-0001')).toEqual({
      sipConnection: 'carrier',
      phoneNumber: '+15551230001',
    });
    expect(inboundOrigin(numbers, 'pbx', '+15551230001')).toEqual({ sipConnection: 'pbx' });
    expect(route(rules, call({ origin: inboundOrigin(numbers, 'carrier', '+15551230001') })).rule).toBe('sales');
  });

  test('calls that bots place and calls from outside do not mix', () => {
    const out: RoutingRule = { ...rule('out'), destination: { sipConnection: 'carrier' } };
    const anyBot = rule('in', { bot: 'demo' });
    expect(route([anyBot, out], call({ origin: { bot: 'demo' } })).rule).toBe('out');
    expect(route([out, anyBot], call()).rule).toBe('in');
    expect(route([rule('no'), out], call({ origin: { bot: 'demo' } })).rule).toBe('no');
    expect(explain([anyBot, out], call({ origin: { bot: 'demo' } })).rules[0]?.reasons).toEqual([
      'the rule leads to a bot, a call that a bot places cannot',
    ]);
    expect(explain([out], call()).rules[0]?.reasons).toEqual([
      'the rule names no origin: calls from outside go out only by a rule that names theirs',
    ]);
    const named: RoutingRule = { ...out, origin: { sipConnection: 'carrier' } };
    expect(route([named], call())).toMatchObject({ rule: 'out', destination: { sipConnection: 'carrier' } });
  });

  test('transfers have rules of their own', () => {
    const transfer: RoutingRule = { ...rule('agents'), type: 'transfer', destination: { sipConnection: 'pbx' } };
    const out: RoutingRule = { ...rule('out'), destination: { sipConnection: 'carrier' } };
    const facts = call({ origin: { bot: 'demo' } });
    expect(route([transfer, out], facts).rule).toBe('out');
    expect(route([out, transfer], { ...facts, type: 'transfer' }).rule).toBe('agents');
    expect(explain([transfer], facts).rules[0]?.reasons).toEqual(['the rule is for transfers, this is a call']);
  });

  test('a caller on a block list: the rules are not asked', () => {
    const list = { id: 'spam', numbers: [pattern('+49*')], reject: { code: 603, reason: 'Decline' } };
    const more = { callBlockLists: [list] };
    expect(explain(rules, call(), more)).toMatchObject({
      decision: { rule: undefined, destination: { reject: { code: 603 } } },
      blockedBy: 'spam',
      destinations: [],
    });
    expect(explain(rules, call(), more).rules.some(({ chosen }) => chosen)).toBe(false);
    expect(explain(rules, call({ origin: { bot: 'demo' } }), more).blockedBy).toBeUndefined();
  });

  test('no rule: 404', () => {
    expect(route(rules, call({ calling: 'x', called: 'y' }))).toMatchObject({
      rule: undefined,
      destination: { reject: { code: 404 } },
    });
    expect(route([], call())).toMatchObject({ destination: { reject: { code: 404 } } });
  });

  test('explains every rule in words', () => {
    const explanation = explain(rules, call({ calling: '' }));
    expect(explanation.decision.rule).toBe('rest');
    expect(explanation.rules).toEqual([
      {
        rule: 'sales',
        matched: false,
        chosen: false,
        reasons: ["the call comes from SIP connection 'carrier', the rule wants phone number '+1 555 123 0001'"],
      },
      {
        rule: 'pbx',
        matched: false,
        chosen: false,
        reasons: [
          "the call comes from SIP connection 'carrier', the rule wants SIP connection 'pbx'",
          "the called number is '+15551230001', the rule wants '100'",
        ],
      },
      {
        rule: 'blocked',
        matched: false,
        chosen: false,
        reasons: ["the calling number is absent, the rule wants one that begins with '+49'"],
      },
      { rule: 'rest', matched: true, chosen: true, reasons: ['matches: any origin, calling *, called +1555*'] },
    ]);
  });

  test('says which rule came first', () => {
    const [, second] = explain([rule('a'), rule('b')], call()).rules;
    expect(second).toMatchObject({
      matched: true,
      chosen: false,
      reasons: [expect.any(String), "not used: rule 'a' comes first"],
    });
  });

  const numbers = fc.constantFrom('', '+1555', '+1556', '100', 'demo', '1-00');
  const patterns = fc.constantFrom('*', '+1555', '+155*', '100', 'demo', '1*');
  const connection = fc.constantFrom('a', 'b');
  const anyRules = fc.array(
    fc.record({
      origin: fc.option(
        connection.map((sipConnection) => ({ sipConnection })),
        { nil: undefined },
      ),
      calling: patterns,
      called: patterns,
    }),
    { maxLength: 6 },
  );
  const anyCall = fc.record({ sipConnection: connection, calling: numbers, called: numbers });

  test('explain and route agree, and a rule matches or has a reason against it', () => {
    fc.assert(
      fc.property(anyRules, anyCall, (shapes, { sipConnection, calling, called }) => {
        const list = shapes.map((shape, index) => rule(`r${index}`, { ...shape, bot: 'b' }));
        const facts = call({ origin: { sipConnection }, calling, called });
        const { decision, rules: explained } = explain(list, facts);
        expect(decision).toEqual(route(list, facts));
        expect(explained.find((item) => item.matched)?.rule).toBe(decision.rule);
        expect(explained.filter((item) => item.chosen)).toHaveLength(decision.rule === undefined ? 0 : 1);
        for (const item of explained) {
          expect(item.reasons.length).toBeGreaterThan(0);
          expect(
            route(
              list.filter((one) => one.id === item.rule),
              facts,
            ).rule !== undefined,
          ).toBe(item.matched);
        }
      }),
    );
  });
});
