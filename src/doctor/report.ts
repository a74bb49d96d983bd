import type { CheckResult, FindingStatus } from './check.ts';

export interface DoctorReport {
  /** Nothing has failed; warnings do not count. */
  ok: boolean;
  counts: Record<FindingStatus, number>;
  checks: readonly CheckResult[];
}

export function reportOf(checks: readonly CheckResult[]): DoctorReport {
  const counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  for (const { status } of checks) counts[status]++;
  return { ok: counts.failed === 0, counts, checks };
}

const SIGNS: Record<FindingStatus, string> = { ok: 'ok', warning: 'warning', failed: 'FAILED', skipped: '-' };

/** One check for the terminal; what to do stands below. */
export function resultLines({ check, status, message, advice }: CheckResult): string[] {
  const lines = [`${SIGNS[status].padEnd(8)} ${check}: ${message}`];
  if (advice !== undefined) lines.push(`         -> ${advice}`);
  return lines;
}

/** The last line. */
export function summaryLine({ ok, counts }: DoctorReport): string {
  const parts = [`${counts.ok} ok`];
  if (counts.warning > 0) parts.push(counts.warning === 1 ? '1 warning' : `${counts.warning} warnings`);
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.skipped > 0) parts.push(`${counts.skipped} not looked at`);
  return `${ok ? 'The hub can be used' : 'The hub cannot be used as it is'}: ${parts.join(', ')}.`;
}
