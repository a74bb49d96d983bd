/** The queue of pg-boss that holds a bot's dialouts, one job each: other bots' are never in the way. */
export function dialoutQueue(bot: string): string {
  return `dialout/${bot}`;
}

/** What nodes tell each other with NOTIFY. */
export const dialoutChannel = 'patchbay_dialouts';

export type DialoutNotice = { changed: string } | { cancel: string; by: string };

export function readNotice(payload: string): DialoutNotice | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    if (typeof value !== 'object' || value === null) return undefined;
    if ('changed' in value && typeof value.changed === 'string') return { changed: value.changed };
    if ('cancel' in value && typeof value.cancel === 'string' && 'by' in value && typeof value.by === 'string') {
      return { cancel: value.cancel, by: value.by };
    }
  } catch {
    // nobody of ours wrote it
  }
  return undefined;
}
