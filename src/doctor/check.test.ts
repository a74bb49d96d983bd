import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { type CheckResult, type DoctorCheck, runChecks } from './check.ts';
import { reportOf, resultLines, summaryLine } from './report.ts';

function run(checks: DoctorCheck[], signal = new AbortController().signal): Promise<CheckResult[]> {
  return runChecks(checks, { clock: systemClock, signal, told: () => {} });
}

describe('the checks of a doctor', () => {
  it('go on after a failure, and leave out what needs what has failed', async () => {
    const results = await run([
      { name: 'a', run: async () => ({ status: 'ok', message: 'good' }) },
      {
        name: 'b',
        run: () => Promise.reject(new Error('broken')),
        adviceFor: (error) => `mend it: ${(error as Error).message}`,
      },
      { name: 'c', needs: ['a', 'b'], run: async () => ({ status: 'ok', message: 'never' }) },
      { name: 'd', needs: ['c'], run: async () => ({ status: 'ok', message: 'never' }) },
      { name: 'e', needs: ['a'], run: async () => ({ status: 'warning', message: 'odd', advice: 'look' }) },
    ]);
    expect(results.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'a ok',
      'b failed',
      'c skipped',
      'd skipped',
      'e warning',
    ]);
    expect(results.flatMap(resultLines)).toEqual([
      'ok       a: good',
      'FAILED   b: broken',
      '         -> mend it: broken',
      '-        c: needs b',
      '-        d: needs c',
      'warning  e: odd',
      '         -> look',
    ]);
    const report = reportOf(results);
    expect(report.ok).toBe(false);
    expect(summaryLine(report)).toBe('The hub cannot be used as it is: 1 ok, 1 warning, 1 failed, 2 not looked at.');
  });

  it('end when they are given up', async () => {
    const given = new AbortController();
    const results = run(
      [
        { name: 'a', run: () => new Promise(() => {}) },
        { name: 'b', run: async () => ({ status: 'ok', message: '' }) },
      ],
      given.signal,
    );
    given.abort();
    expect((await results).map(({ check, status }) => `${check} ${status}`)).toEqual(['a failed']);
  });

  it('are good when nothing has failed', () => {
    const report = reportOf([{ check: 'a', status: 'warning', message: '', ms: 1 }]);
    expect(report.ok).toBe(true);
    expect(summaryLine(report)).toBe('The hub can be used: 0 ok, 1 warning.');
  });
});
