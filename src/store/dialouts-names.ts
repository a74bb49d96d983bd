/** The queue of pg-boss that holds a bot's dialouts, one job each: other bots' are never in the way. */
export function dialoutQueue(bot: string): string {
  return `dialout/${bot}`;
}

/** What nodes tell each other with NOTIFY. */
export const dialoutChannel = 'patchbay_dialouts';

export type DialoutNotice = { queued: string } | { freed: string } | { cancel: string; by: string };

export function readNotice(payload: string): DialoutNotice | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    if (typeof value !== 'object' || value === null) return undefined;
    if ('queued' in value && typeof value.queued === 'string') return { queued: value.queued };
    if ('freed' in value && typeof value.freed === 'string') return { freed: value.freed };
    if ('cancel' in value && typeof value.cancel === 'string' && 'by' in value && typeof value.by === 'string') {
      return { cancel: value.cancel, by: value.by };
    }
  } catch {
    // nobody of ours wrote it
  }
  return undefined;
}
