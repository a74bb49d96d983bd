import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger } from './log.ts';
import { createRedactor } from './redact.ts';

function logTo(settings: Parameters<typeof createLogger>[0]) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(settings, { write: (line) => lines.push(JSON.parse(line)) });
  return { lines, log };
}

describe('the log', () => {
  test('is one JSON object per line, with level, time and the ids of the call', () => {
    const { lines, log } = logTo({ level: 'info', callerContent: false });
    log.child({ callId: 'c', conversationId: 'v' }).info({ digitsCount: 3 }, 'collected');
    log.debug('not at this level');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        callId: 'c',
        conversationId: 'v',
        digitsCount: 3,
        msg: 'collected',
      },
    ]);
  });

  test('shows no secrets, wherever they are: in fields, lists, children, errors and their causes', () => {
    const { lines, log } = logTo({ level: 'info', callerContent: true });
    const cause = Object.assign(new Error('inner'), { config: { auth: { password: 'hush' } } });
    const error = Object.assign(new Error('outer', { cause }), { token: 'hush' });
    log
      .child({ token: 'hush' })
      .info({ bots: [{ auth: { clientSecret: 'hush' } }], headers: { Authorization: 'hush' }, err: error }, 'x');
    expect(JSON.stringify(lines)).not.toContain('hush');
    expect(lines[0]).toMatchObject({ token: '[redacted]', err: { message: 'outer', cause: { message: 'inner' } } });
  });

  test('shows what callers say and key only when asked to', () => {
    for (const callerContent of [false, true]) {
      const { lines, log } = logTo({ level: 'info', callerContent });
      log.child({ text: 'my name is Ada' }).info({ event: { digits: '4711' }, transcript: [{ text: 'Ada' }] }, 'turn');
      expect(/Ada|4711/.test(JSON.stringify(lines))).toBe(callerContent);
    }
  });
});

describe('redaction', () => {
  test('leaves the value alone, and copies only what it changes', () => {
    const redact = createRedactor(['text']);
    const value = { a: { text: 'x' }, b: { c: [1] } };
    const shown = redact(value) as typeof value;
    expect(shown).toEqual({ a: { text: '[redacted]' }, b: { c: [1] } });
    expect(shown.b).toBe(value.b);
    expect(value.a.text).toBe('x');
    const harmless = { a: 1 };
    expect(redact(harmless)).toBe(harmless);
  });

  test('ends on values that contain themselves', () => {
    const loop: Record<string, unknown> = { n: 1 };
    loop.self = loop;
    expect(JSON.stringify(createRedactor([])(loop))).toContain('[redacted]');
  });

  test('no secret comes through in any JSON', () => {
    const key = fc.constantFrom('a', 'token', 'api-key', 'client_secret', 'Password', 'tokens');
    const secretKeys = /"(token|api-key|client_secret|Password)":(?!"\[redacted\]")/;
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant('x'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(fc.property(value, (input) => !secretKeys.test(JSON.stringify(createRedactor([])(input)))));
  });
});
